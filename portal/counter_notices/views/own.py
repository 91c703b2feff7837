"""Counter-notices to the complaints of an organisation, read and answered by its people."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.counter_notices.forms import AnswerForm
from portal.counter_notices.queries import own as queries
from portal.counter_notices.service.filing import answer_counter_notice
from portal.infra.database import db
from portal.kernel.errors import NotFound
from portal.rights_holders.queries.complaints import offer_countered
from portal.rights_holders.queries.own import get_own_page
from portal.web.returned import returns_form

bp = Blueprint("own_counters", __name__, url_prefix="/rights-holders")
offer_countered(queries.is_countered)


@bp.app_template_global("counter_notice_to")
def counter_notice_to(number: str, complaint: int) -> queries.Told | None:
    """Whether there is a counter-notice to a complaint, for its page."""
    return queries.find_told(db.session(), number, complaint)


@bp.app_template_global("counters_to_answer")
def counters_to_answer(number: str) -> queries.ToAnswer:
    """The complaints of an organisation whose counter-notices wait for its answer."""
    return queries.list_to_answer(db.session(), number, current_actor())


@bp.get("/<number>/complaints/<int:complaint>/counter-notices")
@requires(Permission.FILE_COMPLAINTS)
def show(number: str, complaint: int) -> ResponseReturnValue:
    """What is said against a complaint, and how it was decided."""
    lines = queries.list_own_counters(db.session(), number, complaint, current_actor())
    if not lines:
        raise NotFound("counter-notice")
    return _page("own", number, complaint, lines=lines), 200


@bp.route(
    "/<number>/complaints/<int:complaint>/counter-notices/<uuid:notice>/answer",
    methods=["GET", "POST"],
)
@requires(Permission.FILE_COMPLAINTS)
@returns_form("words")
def answer(number: str, complaint: int, notice: UUID) -> ResponseReturnValue:
    """Answer a counter-notice."""
    form, actor = AnswerForm(), current_actor()
    queries.demand_own_counters(db.session(), number, complaint, notice, actor)
    if form.validate_on_submit():
        answer_counter_notice(form.to_command(number, complaint, notice), actor=actor)
        flash(_("Your answer is with the office."), "success")
        return redirect(url_for(".show", number=number, complaint=complaint), code=303)
    return _page("answer", number, complaint, form=form), form.http_status


def _page(template: str, number: str, complaint: int, **context: object) -> str:
    shown = get_own_page(db.session(), number, current_actor())
    name = f"counter_notices/{template}.html"
    return render_template(name, own=shown, complaint=complaint, **context)
