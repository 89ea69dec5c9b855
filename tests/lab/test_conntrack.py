"""What confirms a full conntrack table runs on this kernel; the table is the whole host's."""

from __future__ import annotations

from pathlib import Path

import pytest

from netinspect.rules.conntrack_full import RULE
from tests.lab.judging import confirm
from tests.lab.netns import make_namespace
from tests.rules.checking import check
from tests.samples import make_sample, namespace

_FOLDER = Path("/proc/sys/net/netfilter")
pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not _FOLDER.is_dir(), reason="connection tracking is not loaded"),
]


def test_lines_that_confirm_it_run() -> None:
    sysctls = {f"net.netfilter.nf_conntrack_{name}": "1000" for name in ("count", "max")}
    [finding] = check(RULE, make_sample(namespaces=[namespace(sysctls=sysctls)]))

    with make_namespace() as inside:
        output = confirm(inside, finding)

    assert "nf_conntrack_count = 0" in output
    assert "early_drop" in output
