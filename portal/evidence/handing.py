"""How a file leaves: inert, and from an origin of its own where the installation has one."""

from uuid import UUID

from flask import Flask, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as PageNotFound

from portal.evidence.addresses import new_address
from portal.evidence.names import download_headers
from portal.evidence.queries import OpenedFile
from portal.infra.config import settings

ENDPOINT = "evidence.file"


def hand_out(opened: OpenedFile, evidence_id: UUID, what: str) -> ResponseReturnValue:
    """Send a file, or lead to where it is fetched; that it was opened is written down already."""
    origin = settings().files_origin
    if not origin:
        return send(opened)
    address = url_for(ENDPOINT, address=new_address(evidence_id, what))
    return redirect(f"{origin}{address}", code=303)


def send(opened: OpenedFile) -> Response:
    """Hand a file out as it is read, inert whatever it is."""
    return Response(opened.chunks, headers=download_headers(opened.kind, opened.filename))


def keep_apart() -> None:
    """Answer for files only where files are, and for everything else only where they are not."""
    host = settings().files_origin.partition("://")[2]
    if (bool(host) and request.host == host) != (request.endpoint == ENDPOINT):
        raise PageNotFound


def init_files(app: Flask) -> None:
    """Keep the two origins apart on every request."""
    app.before_request(keep_apart)
