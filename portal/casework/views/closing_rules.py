"""Rules that close at reception: what one would close, switching it on, and the daily report."""

from datetime import datetime
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.models import SavedFilter
from portal.casework.queries import closing as queries
from portal.casework.queries.board import MOST_COUNTED, viewpoint
from portal.casework.queries.saved import get_saved
from portal.casework.rules import leads_reception
from portal.casework.saved_forms import ClosingRuleForm
from portal.casework.service import closing_rules as service
from portal.casework.views.blueprint import bp, page
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window

CLOSES = Permission.CLOSE_UNROUTED_REPORTS
offer_on_desk(bp, "closing_rules", _l("Closed by rules"), CLOSES, order=45)


@bp.get("/closing-rules")
@requires(CLOSES)
def closing_rules() -> ResponseReturnValue:
    """The rules of one's reception, and what they have closed, the newest first."""
    session, actor = db.session(), current_actor()
    return page(
        "closing_rules",
        rules=queries.list_rules(session, actor),
        closed=queries.list_closed(session, actor, requested_window(*queries.CLOSED_KEY)),
    )


@bp.route("/filters/<uuid:filter_id>/closing", methods=["GET", "POST"])
@requires(CLOSES)
def propose_closing(filter_id: UUID) -> ResponseReturnValue:
    """Propose a rule for one's own filter, after seeing what it would have closed."""
    actor, form = current_actor(), ClosingRuleForm()
    saved = get_saved(db.session(), filter_id, actor)
    form.offer(current_place(), current_language().tag)
    if form.validate_on_submit():
        service.propose_closing(form.to_command(filter_id), actor=actor)
        flash(_("Proposed. Somebody else has to switch it on."), "success")
        return redirect(url_for(".closing_rules"), 303)
    status = 422 if form.is_submitted() else 200
    return _rehearsed(saved, status=status, form=form)


@bp.get("/closing-rules/<uuid:filter_id>")
@requires(CLOSES)
def closing_rule(filter_id: UUID) -> ResponseReturnValue:
    """One rule of one's reception, with what it would have closed."""
    rule = queries.get_rule(db.session(), filter_id, current_actor())
    saved = db.session.get_one(SavedFilter, filter_id)
    return _rehearsed(saved, rule=rule)


@bp.post("/closing-rules/<uuid:filter_id>/approve")
@requires(CLOSES)
def approve_closing(filter_id: UUID) -> ResponseReturnValue:
    """Switch on what somebody else has proposed."""
    command = service.ApproveClosing(filter_id, _moment(request.form.get("proposed_at", "")))
    service.approve_closing(command, actor=current_actor())
    flash(_("The rule is on."), "success")
    return redirect(url_for(".closing_rules"), 303)


def _moment(text: str) -> datetime | None:
    """When the rule on the page was proposed; nonsense counts as another rule."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


@bp.post("/closing-rules/<uuid:filter_id>/withdraw")
@requires(CLOSES)
def withdraw_closing(filter_id: UUID) -> ResponseReturnValue:
    """Take a rule away."""
    service.withdraw_closing(filter_id, actor=current_actor())
    flash(_("The rule is gone."), "success")
    return redirect(url_for(".closing_rules"), 303)


def _rehearsed(saved: SavedFilter, *, status: int = 200, **more: object) -> ResponseReturnValue:
    """The page of a rule: what it would have closed, and what may be done with it."""
    actor = current_actor()
    return page(
        "closing_rule",
        status=status,
        saved=saved,
        rehearsal=queries.rehearse(db.session(), saved, viewpoint(actor)),
        bound=MOST_COUNTED,
        leads=leads_reception(actor),
        own=actor.id,
        **more,
    )
