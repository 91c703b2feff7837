"""Records as programs are answered with them."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from portal.kernel.page import Page, Window
from portal.rights_holders.api.shapes import name_of
from portal.rights_holders.queries.complaints import ComplaintLine, SheetPage
from portal.rights_holders.queries.works import WorkLine
from portal.rights_holders.rules.complaints import ComplaintField
from portal.rights_holders.words import problem_words
from portal.web.language import current_language
from portal.web.pagination import decode_cursor, encode_cursor

T = TypeVar("T")
Said = dict[str, Any]


def window_of(asked: Mapping[str, Any]) -> Window:
    """The part of a list that a request asks for."""
    after = asked.get("after")
    key = None if after is None else decode_cursor(after, (int,))
    return Window(key=key, limit=asked["limit"])


def said_page(page: Page[T], say: Callable[[T], Said]) -> Said:
    """A part of a list, and where it goes on."""
    following = None if page.after is None else encode_cursor(page.after)
    return {"items": [say(one) for one in page.items], "next": following}


def said_work(line: WorkLine) -> Said:
    """A work of the register."""
    return {
        "number": line.number,
        "title": line.title,
        "kind": line.kind,
        "author": line.author,
        "identifiers": [{"scheme": one, "value": value} for one, value in line.identifiers],
        "sellers": list(line.sellers),
        "proved": line.proved,
        "complaints": line.complaints,
    }


def said_complaint(line: ComplaintLine) -> Said:
    """A complaint with its state, its clock and what was decided."""
    columns = (one for one in ComplaintField if one is not ComplaintField.NUMBER)
    decision = line.outcome.to_reporter.in_(current_language().tag) if line.outcome else None
    return {
        "number": line.number,
        "state": line.state,
        "typed": {name_of(one): line.cells.get(one, "") for one in columns},
        "work": line.work_number,
        "problems": [
            {"field": one.field.replace("-", "_"), "fault": one.fault, "words": problem_words(one)}
            for one in line.problems
        ],
        "made_at": line.made_at,
        "complete_by": line.due_on if line.problems else None,
        "row": line.row,
        "repeats": line.repeats,
        "reference": line.reference,
        "stage": line.stage,
        "promised_on": line.promised_on,
        "decision": decision,
    }


def said_batch(batch: SheetPage) -> Said:
    """A batch and how far its rows have come."""
    return {
        "number": batch.number,
        "rows": batch.rows,
        "received_at": batch.received_at,
        "declared_at": batch.declared_at,
        "under_way": batch.under_way,
        "counts": {state.value: count for state, count in batch.counts.items()},
    }
