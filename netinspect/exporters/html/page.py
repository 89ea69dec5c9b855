"""The frame of every page: head, style, script, and the promise that nothing is loaded.

The Content-Security-Policy names the style and the script of the page by their hashes: the browser
runs nothing else, asks for nothing, and sends nothing, whatever a host put into its names.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from importlib import resources

from netinspect import __version__
from netinspect.exporters.html.markup import Markup, join, tag


def page(title: str, body: Iterable[Markup]) -> Iterator[bytes]:
    """Yield a whole page piece by piece."""
    yield f'<!DOCTYPE html>\n<html lang="en">\n{_head(title)}\n<body>\n'.encode()
    for piece in body:
        yield f"{piece}\n".encode()
    yield f"{tag('script', _packaged('page.js'))}\n</body>\n</html>\n".encode()


def made_by(hint: str = "") -> Markup:
    """Write the end of a page."""
    return tag("footer", f"Made by netinspect {__version__}. {hint}")


def _head(title: str) -> Markup:
    return tag(
        "head",
        join(
            [
                tag("meta", charset="utf-8"),
                tag("meta", http_equiv="Content-Security-Policy", content=_policy()),
                tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
                tag("meta", name="color-scheme", content="light dark"),
                tag("meta", name="referrer", content="no-referrer"),
                tag("title", title),
                tag("style", _packaged("page.css")),
            ],
            Markup("\n"),
        ),
    )


def _policy() -> str:
    return (
        f"default-src 'none'; style-src {_hash('page.css')}; script-src {_hash('page.js')}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(name: str) -> str:
    return f"'sha256-{b64encode(sha256(_packaged(name).encode()).digest()).decode()}'"


@cache
def _packaged(name: str) -> Markup:
    return Markup(resources.files(__package__).joinpath(name).read_text("utf-8"))
