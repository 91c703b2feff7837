"""How often identities were opened, for everybody."""

from datetime import UTC, datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.access.guard import public
from portal.identities import queries
from portal.identities.rules import SMALLEST_CELL
from portal.infra.database import db

bp = Blueprint("openings", __name__)


@bp.get("/openings")
@public
def openings() -> ResponseReturnValue:
    """The numbers of the last quarters; small ones are not told."""
    quarters = queries.list_quarters(db.session(), datetime.now(UTC))
    return render_template("identities/figures.html", quarters=quarters, smallest=SMALLEST_CELL)
