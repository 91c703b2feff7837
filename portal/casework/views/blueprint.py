"""The desk's blueprint, what its pages share, and what the slower of two officers is told."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor
from portal.access.permissions import Permission
from portal.casework.forms import ActForm
from portal.casework.offers import offers_of
from portal.casework.queries.dossier import get_heading, is_in_sight
from portal.casework.queries.leads import find_reference
from portal.casework.queries.lines import Heading
from portal.casework.words import ACTS
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import MoveRefused, NotFound
from portal.web.errors import typed_text
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk

bp = Blueprint("casework", __name__, url_prefix="/desk")
offer_on_desk(bp, "desk", _l("My work"), Permission.USE_DESK, order=10)
offer_on_desk(bp, "reports", _l("Reports"), Permission.READ_REPORTS, order=20)


def page(template: str, *, status: int = 200, **context: object) -> ResponseReturnValue:
    """A page of the desk, with the place and the language that it shows names by."""
    language = current_language().tag
    text = render_template(
        f"casework/{template}.html", place=current_place(), language=language, **context
    )
    return text, status


def act(
    name: str, form: ActForm, reference: str, service: Callable[..., object], said: str
) -> ResponseReturnValue:
    """The page of an act on a report: have it done and go back, or ask, as long as it is open."""
    form.offer(current_place(), current_language().tag)
    if form.validate_on_submit():
        service(form.to_command(reference), actor=current_actor())
        return done(reference, said)
    heading = get_heading(db.session(), reference, current_actor())
    if (closed := not_open(name, heading)) is not None:
        return closed
    form.see(heading.facts.version)
    status, words = form.http_status, ACTS[name]
    return page("act", status=status, form=form, heading=heading, act=name, words=words)


def not_open(name: str, heading: Heading) -> ResponseReturnValue | None:
    """What is shown instead of an act that the page of the report has no button for; else None.

    What was typed meanwhile is given back: nobody is asked to mend what cannot be done.
    """
    offers = offers_of(heading, current_actor())
    if offers.include(name):
        return None
    shown = {"heading": heading, "words": ACTS[name], "acts": ACTS, "open": offers.moves}
    return page("not_open", status=409, typed=typed_text(), **shown)


def done(reference: str, words: object) -> ResponseReturnValue:
    """Say what was done and go back to the report, or to one's work if it left one's sight."""
    flash(str(words), "success")
    if not is_in_sight(db.session(), reference, current_actor()):
        return redirect(url_for("casework.desk"), 303)
    return redirect(url_for("casework.report", reference=reference), 303)


def find_heading(reference: str) -> Heading | None:
    """What a report is and who has it, if the reader may still see it."""
    try:
        return get_heading(db.session(), reference, current_actor())
    except NotFound:
        return None


@bp.errorhandler(MoveRefused)
def changed_meanwhile(_refusal: MoveRefused) -> ResponseReturnValue:
    """Tell the second of two officers what became of the report and who has it (risk 30)."""
    met = request.view_args or {}
    reference = met.get("reference") or find_reference(db.session(), met.get("lead_id"))
    return page("changed", status=409, heading=find_heading(reference))
