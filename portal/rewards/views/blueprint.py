"""The blueprint of rewards at the desk, and what its pages share."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor
from portal.access.permissions import Permission, may
from portal.cases.queries.page import CaseFacts
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.rewards.models import Award
from portal.rewards.queries.desk import list_of_case
from portal.rewards.words import RANK_WORDS, explained
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk

bp = Blueprint("rewards", __name__, url_prefix="/desk")
offer_on_desk(bp, "awards", _l("Rewards"), Permission.READ_AWARDS, order=70)
offer_on_desk(bp, "funds", _l("Reward funds"), Permission.READ_FUNDS, order=72)


@bp.app_context_processor
def reward_words() -> dict[str, object]:
    """What lines and ranks mean in words."""
    return {"explained": explained, "rank_words": RANK_WORDS}


@bp.app_template_global("awards_of")
def awards_of(facts: CaseFacts) -> tuple[Award, ...]:
    """The awards of a case, for its page; none for whoever reads no awards."""
    if not may(current_actor(), Permission.READ_AWARDS):
        return ()
    return list_of_case(db.session(), facts.id)


def page(template: str, *, status: int = 200, **context: object) -> ResponseReturnValue:
    """A page about rewards, with the place and the language that it shows names by."""
    name, language = f"rewards/{template}.html", current_language().tag
    return render_template(name, place=current_place(), language=language, **context), status


def done_with_award(award_id: UUID, words: object) -> ResponseReturnValue:
    """Say what was done and go back to the award."""
    flash(str(words), "success")
    return redirect(url_for("rewards.award", award_id=award_id), 303)


def done_in_case(number: str, words: object) -> ResponseReturnValue:
    """Say what was done and go back to the rewards of the case."""
    flash(str(words), "success")
    return redirect(url_for("rewards.of_case", number=number), 303)
