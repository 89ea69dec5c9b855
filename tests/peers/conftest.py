"""What several files here need: room for many sockets, and the scene."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from tests.peers.scene import Scene, make_scene

DESCRIPTORS = 20_000


@pytest.fixture(scope="session", autouse=True)
def _many_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, DESCRIPTORS), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """Everything there is, in a namespace of its own; its TIME_WAITs last a minute."""
    with make_scene() as made:
        yield made
