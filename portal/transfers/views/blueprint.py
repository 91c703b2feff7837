"""The blueprint of hand-overs, what its pages share, and what the slower of two is told."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor
from portal.access.permissions import Permission
from portal.casework.queries.dossier import is_in_sight
from portal.casework.queries.lines import Facts
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import MoveRefused, NotFound
from portal.transfers.forms import HandOverForm
from portal.transfers.queries import HandOverLine, PassedOn, get_line, passed_on
from portal.transfers.words import HAND_OVER_ACTS
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk

bp = Blueprint("transfers", __name__, url_prefix="/desk")
offer_on_desk(bp, "with_partners", _l("With partner bodies"), Permission.READ_REPORTS, order=60)


@bp.app_template_global("passed_on_of")
def passed_on_of(facts: Facts) -> PassedOn:
    """The hand-overs of a report as its page shows them to this reader."""
    return passed_on(db.session(), facts, current_actor())


@bp.app_context_processor
def hand_over_words() -> dict[str, object]:
    """What the acts on a hand-over are called, for the page of its report."""
    return {"hand_over_acts": HAND_OVER_ACTS}


def page(template: str, *, status: int = 200, **context: object) -> ResponseReturnValue:
    """A page about hand-overs, with the place and the language that it shows names by."""
    language = current_language().tag
    text = render_template(
        f"transfers/{template}.html", place=current_place(), language=language, **context
    )
    return text, status


def act(
    name: str,
    form: HandOverForm,
    line: HandOverLine,
    service: Callable[..., str],
    said: str,
) -> ResponseReturnValue:
    """The page of an act on a hand-over: have it done and go back, or ask, if it is open."""
    form.offer_for(line)
    if form.validate_on_submit():
        return done(service(form.to_command(line.id), actor=current_actor()), said)
    words = HAND_OVER_ACTS[name]
    if request.method == "GET" and name not in line.acts:
        return page("not_open", status=409, line=line, words=words)
    form.see(line.version)
    return page("act", status=form.http_status, form=form, line=line, words=words)


def line_of(hand_over_id: UUID) -> HandOverLine:
    """The hand-over that the page is about."""
    return get_line(db.session(), hand_over_id, current_actor())


def done(reference: str, words: object) -> ResponseReturnValue:
    """Say what was done and go back to the report, or to the list if it left one's sight."""
    flash(str(words), "success")
    if not is_in_sight(db.session(), reference, current_actor()):
        return redirect(url_for("transfers.with_partners"), 303)
    return redirect(url_for("casework.report", reference=reference, _anchor="passed-on"), 303)


@bp.errorhandler(MoveRefused)
def changed_meanwhile(_refusal: MoveRefused) -> ResponseReturnValue:
    """Tell the second of two officers how the hand-over stands now."""
    met = request.view_args or {}
    try:
        line = line_of(met["hand_over_id"]) if "hand_over_id" in met else None
    except NotFound:
        line = None
    return page("changed", status=409, line=line, reference=met.get("reference"))
