"""Reports that were picked on a list: into a new case, or into one there is."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.cases.forms import MOST_REPORTS
from portal.cases.list_forms import GatherForm
from portal.cases.queries.gathering import list_joinable
from portal.cases.service import opening
from portal.cases.views.blueprint import bp, done, page
from portal.casework.queue_forms import read_picked, write_picked
from portal.infra.database import db
from portal.web.returned import returns_form


@bp.post("/cases/gather")
@requires(Permission.WORK_CASES)
def gather() -> ResponseReturnValue:
    """What was picked, and which of it can be in a case; nothing is done yet."""
    picked = read_picked(request.form.getlist("picked"))
    if not picked:
        flash(_("Pick the reports on the list first."))
        return redirect(url_for("casework.reports"), 303)
    form = GatherForm(formdata=None)
    form.picked.data = write_picked(picked)
    return _gathered(form)


@bp.post("/cases/gather/add")
@requires(Permission.WORK_CASES)
@returns_form("number")
def gather_into() -> ResponseReturnValue:
    """Put what was picked into a case."""
    form = GatherForm()
    if form.validate_on_submit():
        command = form.to_command()
        opening.add_reports(command, actor=current_actor())
        return done(command.number, _("The reports are in the case."))
    return _gathered(form, 422)


def _gathered(form: GatherForm, status: int = 200) -> ResponseReturnValue:
    lines = list_joinable(db.session(), form.references, current_actor())
    return page("gather", status=status, form=form, lines=lines, most=MOST_REPORTS)
