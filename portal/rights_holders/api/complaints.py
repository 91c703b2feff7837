"""Complaints one by one, for programs."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import url_for

from portal.infra.database import db
from portal.rights_holders.api import shapes
from portal.rights_holders.api.answers import Said, said_complaint, said_page, window_of
from portal.rights_holders.api.blueprint import NUMBER, bp, current_call, once, opened_by, own
from portal.rights_holders.queries import complaints as queries
from portal.rights_holders.queries.standings import list_history
from portal.rights_holders.rules.complaints import ComplaintField
from portal.rights_holders.rules.tokens import TokenScope
from portal.rights_holders.service import complaints as service
from portal.rights_holders.service import erasure
from portal.rights_holders.service.complaints import FileComplaint
from portal.rights_holders.service.requests import Once
from portal.rights_holders.states import ComplaintState
from portal.web.language import current_language

_REFUSED: Final = HTTPStatus.UNPROCESSABLE_ENTITY


@bp.get("/complaints")
@opened_by(TokenScope.READ, HTTPStatus.NOT_FOUND, _REFUSED)
@bp.arguments(shapes.ComplaintsAsked, location="query", unknown=None)
@bp.response(200, shapes.ComplaintPage)
def list_complaints(asked: Mapping[str, Any]) -> Said:
    """What the organisation filed: by state, by work, by batch, by age."""
    filters = queries.Filters(
        state=ComplaintState(asked["state"]) if "state" in asked else None,
        work=asked.get("work"),
        sheet=asked.get("batch"),
        oldest_first=asked["order"] == "oldest",
    )
    found = queries.list_complaints(db.session(), own(), window_of(asked), filters)
    return said_page(found, said_complaint)


@bp.get(f"/complaints/{NUMBER}")
@opened_by(TokenScope.READ, HTTPStatus.NOT_FOUND)
@bp.response(200, shapes.ComplaintShape)
def get_complaint(number: int) -> Said:
    """One complaint: where it is, what is missing, what is promised, what was decided."""
    return said_complaint(queries.get_complaint(db.session(), own(), number))


@bp.get(f"/complaints/{NUMBER}/history")
@opened_by(TokenScope.READ, HTTPStatus.NOT_FOUND)
@bp.response(200, shapes.HistoryShape)
def get_history(number: int) -> Said:
    """Where a complaint has stood since when: each state, and each stage of its report."""
    lines = list_history(db.session(), own(), number)
    return {"items": [{"at": one.at, "state": one.state, "stage": one.stage} for one in lines]}


@bp.post("/complaints")
@opened_by(TokenScope.COMPLAINTS, HTTPStatus.CONFLICT, _REFUSED)
@bp.arguments(shapes.OnceHeaders, location="headers")
@bp.arguments(shapes.NewComplaint)
@bp.response(201, shapes.ComplaintShape)
def add_complaint(
    headers: Mapping[str, str], sent: Mapping[str, Any]
) -> tuple[Said, int, dict[str, str]]:
    """File a complaint; what is incomplete waits for what is missing."""
    call = current_call()

    def add(mark: Once) -> int:
        files, language = tuple(sent["files"]), current_language().tag
        command = FileComplaint(call.number, cells_in(sent), language, sent=files, once=mark)
        return service.file_complaint_now(command, actor=call.actor)

    made = once(headers, add)
    return get_said(made), 201, {"Location": url_for("api.get_complaint", number=made)}


@bp.post(f"/complaints/{NUMBER}/withdrawal")
@opened_by(TokenScope.COMPLAINTS, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
@bp.response(200, shapes.ComplaintShape)
def withdraw_complaint(number: int) -> Said:
    """Take back a complaint that was not filed; what was typed and sent for it is erased."""
    call = current_call()
    erasure.withdraw_complaint(call.number, number, actor=call.actor)
    return get_said(number)


def get_said(number: int) -> Said:
    """A complaint as it is now."""
    return said_complaint(queries.get_complaint(db.session(), own(), number))


def cells_in(sent: Mapping[str, Any]) -> dict[str, str]:
    """What was sent, by the columns of a sheet."""
    named = ((one, sent.get(shapes.name_of(one))) for one in ComplaintField)
    return {str(one): str(value) for one, value in named if value}
