"""Listeners: new, gone, of another owner, with another limit of their accept queue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netinspect.changes.changes import Change, Difference, Turn, known_differences
from netinspect.changes.notable import is_notable
from netinspect.changes.pair import Pair
from netinspect.changes.services import Service, ServiceKey
from netinspect.finding import Scalar, Unit
from netinspect.measures.socket_names import proto_name
from netinspect.measures.subjects import process_text


def compare_listeners(pair: Pair) -> Iterator[Change]:
    """Yield what changed of the listeners that pass the filter at one of the moments."""
    before, after = pair.services
    for key in sorted({*before, *after}, key=lambda key: (key.place, key.port, key)):
        old, new = before.get(key), after.get(key)
        if not any(service and service.selected for service in (old, new)):
            continue
        if not all(pair.shows_services(side, key.proto) for side in (0, 1)):
            continue
        change = _compare(key, old, new)
        if change is not None:
            yield change


def _compare(key: ServiceKey, old: Service | None, new: Service | None) -> Change | None:
    if old is None or new is None:
        service, turn = (new, Turn.NEW) if old is None else (old, Turn.GONE)
        assert service is not None, "it listens at one of the moments"
        limits = (service.backlog, None) if new is None else (None, service.backlog)
        backlog = () if service.backlog is None else (Difference("backlog", *limits),)
        notable = not service.passing
        return Change(turn, key.text, backlog, _owner(service), _about(key, service), notable)
    values = tuple(_differences(old, new))
    if not values:
        return None
    notable = any(value.name != "sockets" or is_notable(value) for value in values)
    return Change(Turn.CHANGED, key.text, values, "", _about(key, new), notable)


def _differences(old: Service, new: Service) -> Iterator[Difference]:
    texts = (("process", old.names, new.names), ("unit", old.units, new.units))
    yield from known_differences(*texts, unit=Unit.TEXT)
    numbers = (("backlog", old.backlog, new.backlog), ("sockets", old.sockets, new.sockets))
    yield from known_differences(*numbers)


def _owner(service: Service) -> str:
    holders = service.holders or ()
    names = sorted(set(map(process_text, holders)))
    if len(names) > 1:
        return f"{service.names} ({len(names):,} processes)"
    return "".join(names) or "owner not known"


def _about(key: ServiceKey, service: Service) -> Mapping[str, Scalar]:
    pids = {process.pid for process in service.holders or ()}
    return {
        "proto": proto_name(key.proto),
        "local_addr": key.address,
        "port": key.port,
        "netns": str(key.place) if key.place else None,
        "pid": next(iter(pids)) if len(pids) == 1 else None,
        "process": service.names,
        "unit": service.units,
    }
