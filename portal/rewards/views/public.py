"""How rewards work, for everybody."""

from datetime import UTC, datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.access.guard import public
from portal.identities.rules import SMALLEST_CELL
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.rewards.queries.public import list_reward_years
from portal.web.language import current_language

bp = Blueprint("reward_rules", __name__)


@bp.get("/rewards")
@public
def rewards() -> ResponseReturnValue:
    """The schemes of the place with their figures, how to claim, and the yearly numbers."""
    return render_template(
        "rewards/public.html",
        place=current_place(),
        language=current_language().tag,
        years=list_reward_years(db.session(), datetime.now(UTC)),
        smallest=SMALLEST_CELL,
    )
