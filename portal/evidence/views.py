"""The one page on the origin of files."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.access.guard import public
from portal.evidence.addresses import open_address
from portal.evidence.handing import send
from portal.kernel.actor import Actor

bp = Blueprint("evidence", __name__)


@bp.get("/files/<address>")
@public
def file(address: str) -> ResponseReturnValue:
    """A file, once, for whoever was given its address on the desk a moment ago."""
    return send(open_address(address, actor=Actor.public()))
