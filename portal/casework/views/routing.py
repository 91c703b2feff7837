"""Routing a report by hand; on the desk, so that the slower of two is told who has it."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.queries.dossier import get_heading
from portal.casework.service import routing
from portal.casework.views.blueprint import bp, not_open, page
from portal.infra.database import db
from portal.intake.queries import get_report
from portal.jurisdiction.queries import current_place
from portal.triage.forms import RouteForm
from portal.triage.suggestions import find_suggestion_for, preselected
from portal.web.language import current_language
from portal.web.returned import returns_form


@bp.route("/reports/<reference>/route", methods=["GET", "POST"])
@requires(Permission.ROUTE_REPORTS)
@returns_form("reason")
def route(reference: str) -> ResponseReturnValue:
    """Ask for a unit and a reason, and send the report there."""
    report = get_report(db.session(), reference, current_actor())
    suggestion = find_suggestion_for(db.session(), report)
    form = RouteForm().offer(current_place(), report, current_language().tag)
    if form.validate_on_submit():
        routing.route_report(form.to_command(reference), actor=current_actor())
        flash(_("Sent. The unit finds it on its desk."), "success")
        return redirect(url_for("casework.desk", section="unrouted"), 303)
    heading = get_heading(db.session(), reference, current_actor())
    if (closed := not_open("route", heading)) is not None:
        return closed
    form.begin(report, preselected(suggestion))
    status = form.http_status
    return page("route", status=status, form=form, report=report, suggestion=suggestion)
