"""Giving out decisions as statements of reasons; who took them is on the trail."""

import json
from dataclasses import dataclass
from datetime import date

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.exchange.dsa import as_csv, statement_of
from portal.exchange.queries import list_decided
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class ExportDecisions:
    """Which days, in which language, and as what: `json` or `csv`."""

    first: date
    last: date
    language: str
    form: str


@dataclass(frozen=True, slots=True)
class Exported:
    """A file of statements."""

    name: str
    media_type: str
    content: str


def export_decisions(command: ExportDecisions, *, actor: Actor) -> Exported:
    """The decisions of these days in the actor's scope, in the fields of the DSA database."""
    demand(actor, Permission.HEAD_CASES)
    with unit_of_work(actor) as uow:
        found = list_decided(uow.session, command.first, command.last, command.language, actor)
        days = {"first": command.first.isoformat(), "last": command.last.isoformat()}
        record(uow, "decision.export", "decision", None, count=len(found), **days)
    statements = [statement_of(one) for one in found]
    name = f"statements-{command.first}-{command.last}"
    if command.form == "csv":
        return Exported(f"{name}.csv", "text/csv; charset=utf-8", as_csv(statements))
    said = json.dumps(statements, ensure_ascii=False, indent=1)
    return Exported(f"{name}.json", "application/json", said)
