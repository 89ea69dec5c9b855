"""Every JSON document says of which form it is, and is valid by the schema of that form."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import netinspect
from tests.commands.cli import run
from tests.moments import busy_moment, document_of
from tests.recording.moments import web_07

FOLDER = resources.files("netinspect.schemas")
PANES = ("processes", "sockets", "ports", "ephemeral", "descriptors")


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas by the name of the form."""
    read = [json.loads(p.read_text()) for p in FOLDER.iterdir() if p.name.endswith(".json")]
    return {schema["title"]: schema for schema in read}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep two moments in files."""
    path = tmp_path_factory.mktemp("moments")
    (path / "busy.json").write_bytes(document_of(busy_moment()))
    (path / "web.json").write_bytes(document_of(web_07()[-1]))
    return path


def test_every_form_has_its_schema() -> None:
    root = Path(netinspect.__file__).parent
    files = [path for path in root.rglob("*.py") if "probe" not in path.parts]  # no document
    text = "".join(path.read_text() for path in files)

    assert set(re.findall(r'SCHEMA = "(netinspect\.\w+/1)"', text)) == set(schemas())
    for name, schema in schemas().items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["properties"]["schema"] == {"const": name}


def test_what_two_schemas_name_alike_is_alike() -> None:
    known: dict[str, Any] = {}
    for name in ("report", "snapshot", "table", "doctor"):
        for part, schema in schemas()[f"netinspect.{name}/1"]["$defs"].items():
            assert known.setdefault(part, schema) == schema, (name, part)


@pytest.mark.parametrize("source", ["busy.json", "web.json", None])
@pytest.mark.parametrize(
    "words",
    [
        *((name, "--format", "json") for name in PANES),
        ("check", "--format", "json", "--explain"),
        ("snapshot",),
        ("doctor", "--format", "json"),
        ("explain", "accept-queue-full", "--format", "json"),
        ("explain", "Connection refused", "--format", "json"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_document_is_valid(words: tuple[str, ...], source: str | None, folder: Path) -> None:
    where = ("--from", str(folder / source)) if source else ()

    document = json.loads(run(*words, *where).stdout)

    validate(document)


def test_difference_is_valid(folder: Path) -> None:
    validate(
        json.loads(run("diff", "busy.json", "web.json", "--format", "json", cwd=folder).stdout)
    )


def validate(document: Any) -> None:
    jsonschema.Draft202012Validator(schemas()[document["schema"]]).validate(document)
