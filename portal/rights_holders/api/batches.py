"""Many complaints at once, for programs: sent, declared, and watched while they are filed."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import url_for

from portal.infra.database import db
from portal.rights_holders.api import shapes
from portal.rights_holders.api.answers import Said, said_batch, said_page, window_of
from portal.rights_holders.api.blueprint import NUMBER, bp, current_call, once, opened_by, own
from portal.rights_holders.api.complaints import cells_in
from portal.rights_holders.queries import complaints as queries
from portal.rights_holders.rules.sheets import Sheet, SheetRow
from portal.rights_holders.rules.tokens import TokenScope
from portal.rights_holders.service import complaints as service
from portal.rights_holders.service.complaints import SendSheet
from portal.rights_holders.service.requests import Once
from portal.web.language import current_language

_REFUSED: Final = HTTPStatus.UNPROCESSABLE_ENTITY


@bp.get("/batches")
@opened_by(TokenScope.READ, _REFUSED)
@bp.arguments(shapes.ListAsked, location="query", unknown=None)
@bp.response(200, shapes.BatchPage)
def list_batches(asked: Mapping[str, Any]) -> Said:
    """The batches and sheets that the organisation sent, the newest first."""
    return said_page(queries.list_sheets(db.session(), own(), window_of(asked)), said_batch)


@bp.get(f"/batches/{NUMBER}")
@opened_by(TokenScope.READ, HTTPStatus.NOT_FOUND)
@bp.response(200, shapes.BatchShape)
def get_batch(number: int) -> Said:
    """How far the rows of a batch are.

    Those that are wrong: `/complaints?batch=…&state=needs-information`.
    """
    return said_batch(queries.get_sheet_page(db.session(), own(), number))


@bp.post("/batches")
@opened_by(TokenScope.COMPLAINTS, HTTPStatus.CONFLICT, _REFUSED)
@bp.arguments(shapes.OnceHeaders, location="headers")
@bp.arguments(shapes.NewBatch)
@bp.response(201, shapes.BatchShape)
def add_batch(
    headers: Mapping[str, str], sent: Mapping[str, Any]
) -> tuple[Said, int, dict[str, str]]:
    """Send rows, right or wrong; nothing is filed before the batch is declared.

    A row with the number of a complaint that waits mends that one.
    """
    call = current_call()
    rows = (SheetRow(at, cells_in(row)) for at, row in enumerate(sent["rows"], start=1))
    sheet = Sheet(tuple(rows), encoding="json")

    def send(mark: Once) -> int:
        command = SendSheet(call.number, sheet, current_language().tag, mark)
        return service.send_sheet(command, actor=call.actor)

    made = once(headers, send)
    found = queries.get_sheet_page(db.session(), own(), made)
    return said_batch(found), 201, {"Location": url_for("api.get_batch", number=made)}


@bp.post(f"/batches/{NUMBER}/declaration")
@opened_by(TokenScope.COMPLAINTS, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, _REFUSED)
@bp.arguments(shapes.Declaration)
@bp.response(200, shapes.BatchShape)
def declare_batch(_sent: Mapping[str, Any], number: int) -> Said:
    """Declare what is declared, and have the complete rows filed; a second time does nothing."""
    call = current_call()
    service.declare_sheet(call.number, number, actor=call.actor)
    return said_batch(queries.get_sheet_page(db.session(), own(), number))
