"""The desk's blueprint, what its pages share, and what the slower of two officers is told."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor
from portal.access.permissions import Permission
from portal.casework.forms import ActForm
from portal.casework.queries.dossier import get_heading, is_in_sight
from portal.casework.queries.leads import find_reference
from portal.casework.queries.lines import Heading
from portal.casework.rules import may_take
from portal.casework.words import ACTS
from portal.infra.database import db
from portal.intake.states import ReportAction
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import MoveRefused, NotFound
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.returned import comes_back

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


def asked(form: ActForm, reference: str, act: str) -> ResponseReturnValue:
    """The page of an act: the form as it is, with the version that the reader sees now."""
    heading = get_heading(db.session(), reference, current_actor())
    if request.method == "GET" and not _is_open(heading, act):
        words = {"words": ACTS[act], "acts": ACTS, "open": _open(heading)}
        return page("not_open", status=409, heading=heading, **words)
    if not form.is_submitted() or comes_back():
        # What comes back shows the report as it is now, so it may be sent once more.
        form.seen.data = str(heading.facts.version)
    status = 422 if form.is_submitted() else 200
    return page("act", status=status, form=form, heading=heading, act=act, words=ACTS[act])


def _is_open(heading: Heading, act: str) -> bool:
    """Whether an act may be begun now: a move of the lifecycle must lead somewhere."""
    return act not in set(ReportAction) or act in heading.facts.open_actions


def _open(heading: Heading) -> list[ReportAction]:
    """The moves that the reader could make instead; none on a merged report."""
    facts, actor = heading.facts, current_actor()
    if facts.merged_into is not None:
        return []
    return [one for one in facts.open_actions if may_take(actor, one, facts.department_code)]


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
