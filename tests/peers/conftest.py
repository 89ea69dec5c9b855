"""The scene that several files look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers.scene import Scene, make_scene


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with make_scene() as made:
        yield made
