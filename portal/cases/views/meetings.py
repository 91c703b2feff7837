"""Pages of meetings about a case: minutes, and their points, which are tasks."""

from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.cases import meeting_forms as forms
from portal.cases.queries import lists
from portal.cases.queries.lists import CaseList
from portal.cases.queries.meetings import get_meeting
from portal.cases.queries.page import get_facts
from portal.cases.queries.people import list_doers
from portal.cases.rules import may_work
from portal.cases.service import meetings
from portal.cases.states import CaseState
from portal.cases.views.blueprint import asked, bp, page, sent
from portal.cases.words import ACTS
from portal.casework.queries.board import LaterHeap, offer_heap, viewpoint
from portal.casework.queue_words import officer_choices
from portal.infra.database import db
from portal.jurisdiction.queries import unit_name
from portal.web.language import current_language
from portal.web.pagination import requested_window
from portal.web.returned import returns_form

offer_heap(
    LaterHeap(
        "cases.due_tasks", _l("Tasks due soon"), Permission.WORK_CASES, lists.heap_of_due_tasks
    )
)


@bp.get("/cases/tasks/due")
@requires(Permission.WORK_CASES)
def due_tasks() -> ResponseReturnValue:
    """The reader's tasks whose day is near or over."""
    view, chosen = viewpoint(current_actor()), lists.DUE_TASKS
    lines = lists.list_tasks(db.session(), view, requested_window(*lists.DUE_KEY), chosen)
    return page("due_tasks", lines=lines, lists=tuple(CaseList))


@bp.route("/cases/<number>/record-meeting", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("subject", "present", "minutes")
def record_meeting(number: str) -> ResponseReturnValue:
    """Enter the minutes of a meeting."""
    form = forms.MeetingForm()
    if sent(form):
        meeting = meetings.record_meeting(form.to_command(number), actor=current_actor())
        flash(_("The minutes are in the case. Now enter what was decided."), "success")
        return redirect(url_for("cases.meeting", number=number, which=meeting), 303)
    return asked("record_meeting", form, number, ACTS["record_meeting"])


@bp.get("/cases/<number>/meetings/<uuid:which>")
@requires(Permission.WORK_CASES)
def meeting(number: str, which: UUID) -> ResponseReturnValue:
    """The minutes of a meeting, and its points."""
    actor = current_actor()
    facts = get_facts(db.session(), number, actor)
    shown = get_meeting(db.session(), number, which, actor)
    adds = facts.state is not CaseState.CLOSED and may_work(actor, facts.department)
    return page("meeting", meeting=shown, facts=facts, adds=adds)


@bp.route("/cases/<number>/meetings/<uuid:which>/add-point", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("text")
def add_point(number: str, which: UUID) -> ResponseReturnValue:
    """Enter what a meeting decided."""
    form = forms.PointForm().of_case(*_owners(number))
    if sent(form):
        meetings.add_point(form.to_command(number, which), actor=current_actor())
        flash(_("The point is a task now."), "success")
        return redirect(url_for("cases.meeting", number=number, which=which), 303)
    return asked("add_point", form, number, ACTS["add_point"])


def _owners(number: str) -> tuple[forms.Options, forms.Options]:
    """Who can do something in a case: officers of its unit, and units that take part."""
    owners, members = list_doers(db.session(), number, current_actor())
    language = current_language().tag
    named = [(one.id.hex, unit_name(one.department_code, language)) for one in members]
    return officer_choices(owners), named
