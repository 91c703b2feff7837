"""Every address of the desk below another, with ids of what it is about."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import Flask

_PART = re.compile(r"<(?:(\w+)(?:\(([^)]*)\))?:)?(\w+)>")
_NOTHING: Mapping[str, Any] = {"uuid": UUID(int=1), "int": 987}


def addresses(
    app: Flask, below: str, named: Mapping[str, str]
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Method, path and parts of each route below `below` that is about something.

    `named` has the parts that are words; numbers and ids are such that nothing has them.
    """
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(below) or not rule.arguments:
            continue
        given = {name: _part(kind, of, name, named) for kind, of, name in _PART.findall(rule.rule)}
        built = rule.build(given)
        assert built is not None, rule
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            yield method, built[1], given


def _part(kind: str, choices: str, name: str, named: Mapping[str, str]) -> Any:
    if kind == "any":
        return choices.split(",", maxsplit=1)[0].strip("' ")
    return _NOTHING[kind] if kind in _NOTHING else named[name]
