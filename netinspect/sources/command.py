"""The command line that starts the probe on this host."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from netinspect.sources.options import Kind, SourceOptions

# The probe is a package of its own to the child, which sees no site-packages and no environment.
# Its folder goes last, so that nothing in there can stand in for the standard library.
_LOADER = """\
import sys
sys.path.append(sys.argv.pop(1))
from probe.__main__ import main
sys.exit(main())
"""
_PACKAGE = Path(__file__).resolve().parent.parent


def probe_command(options: SourceOptions) -> list[str]:
    """Build the command; with sudo in front where it is asked for and we are not root yet."""
    sudo = options.sudo and os.geteuid() != 0
    source = options.kind.value if options.kind is not Kind.PORTABLE else Kind.AUTO.value
    return [
        *(["sudo", "--"] if sudo else []),
        sys.executable,
        # Root must not leave compiled files in a folder that belongs to the user.
        *(["-B"] if sudo else []),
        *["-I", "-S", "-c", _LOADER, str(_PACKAGE)],
        *["--interval", str(options.interval)],
        *["--source", source],
        *["--viewer-pid", str(os.getpid())],
        *([] if options.live else ["--cpu-share", "1"]),
        *([] if options.only is None else ["--only", options.only]),
        *(["--info-limit", str(1 << 31)] if options.info else []),
        *([] if options.owners else ["--without-owners"]),
    ]
