"""Files for complaints, for programs: sent ahead, and named by the complaint they belong to."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from flask import url_for
from werkzeug.datastructures import FileStorage

from portal.evidence.names import display_name
from portal.evidence.queries import FileLine
from portal.infra.database import db
from portal.rights_holders.api import shapes
from portal.rights_holders.api.answers import Said, said_complaint
from portal.rights_holders.api.blueprint import NUMBER, bp, current_call, once, opened_by, own
from portal.rights_holders.api.uploads import demand_one_part, hash_of, kept, size_of
from portal.rights_holders.queries import complaints as queries
from portal.rights_holders.rules.tokens import TokenScope
from portal.rights_holders.service.complaints import AddFiles, add_files
from portal.rights_holders.service.files import SendFile, send_file
from portal.rights_holders.service.requests import Once

_REFUSED: Final = HTTPStatus.UNPROCESSABLE_ENTITY


@bp.post("/files")
@opened_by(TokenScope.COMPLAINTS, HTTPStatus.CONFLICT, _REFUSED)
@bp.arguments(shapes.OnceHeaders, location="headers")
@bp.arguments(shapes.NewFile, location="files")
@bp.response(201, shapes.SentFileShape)
def add_file(
    headers: Mapping[str, str], sent: Mapping[str, FileStorage]
) -> tuple[Said, int, dict[str, str]]:
    """Send a file ahead of the complaint that names its number; what none names goes in a day."""
    demand_one_part()
    file, call = sent["file"], current_call()

    def send(mark: Once) -> int:
        with kept(file, call.actor) as ids:
            return send_file(SendFile(call.number, ids[0], mark), actor=call.actor)

    said = hash_of(file)
    answer = {"name": display_name(file.filename or ""), "size": size_of(file)}
    made = once(headers, send, said)
    return {"number": made, **answer}, 201, {"Location": url_for("api.get_file", number=made)}


@bp.get(f"/files/{NUMBER}")
@opened_by(TokenScope.READ, HTTPStatus.NOT_FOUND)
@bp.response(200, shapes.FileShape)
def get_file(number: int) -> Said:
    """A file that waits for its complaint."""
    return {"number": number, **_said(queries.get_sent_file(db.session(), own(), number))}


@bp.get(f"/complaints/{NUMBER}/files")
@opened_by(TokenScope.READ, HTTPStatus.NOT_FOUND)
@bp.response(200, shapes.FileList)
def list_complaint_files(number: int) -> Said:
    """The files that came with a complaint."""
    found = queries.list_own_files(db.session(), own(), number)
    return {"items": [_said(one) for one in found]}


@bp.post(f"/complaints/{NUMBER}/files")
@opened_by(TokenScope.COMPLAINTS, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, _REFUSED)
@bp.arguments(shapes.OnceHeaders, location="headers")
@bp.arguments(shapes.AddedFiles)
@bp.response(200, shapes.ComplaintShape)
def add_complaint_files(
    headers: Mapping[str, str], sent: Mapping[str, Sequence[int]], number: int
) -> Said:
    """Put files that were sent ahead into a complaint that waits; complete, it is filed."""
    call, numbers = current_call(), tuple(sent["files"])
    queries.find_own(db.session(), own(), number)

    def add(mark: Once) -> int:
        return add_files(AddFiles(call.number, number, numbers, mark), actor=call.actor)

    once(headers, add)
    return said_complaint(queries.get_complaint(db.session(), own(), number))


def _said(line: FileLine) -> Said:
    return {"name": line.filename, "size": line.size, "received_at": line.received_at}
