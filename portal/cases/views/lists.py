"""The lists of cases and of tasks, and the page of a case."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import UnprocessableEntity

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission, may
from portal.accounts.absences import list_colleagues
from portal.cases.list_forms import CaseFilterForm
from portal.cases.offers import offers_of
from portal.cases.queries import lists
from portal.cases.queries.events import EVENT_KEY, CaseEvent
from portal.cases.queries.lists import CaseLine, CaseList, TaskFilter
from portal.cases.queries.page import get_facts
from portal.cases.service import reading
from portal.cases.views.blueprint import bp, page
from portal.cases.words import ACTS, entries_of
from portal.casework.queries.board import LaterHeap, offer_heap, viewpoint
from portal.casework.timeline import Entry
from portal.evidence.handing import hand_out
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.kernel.page import Page
from portal.web.language import current_language
from portal.web.pagination import requested_window

offer_heap(
    LaterHeap("cases.tasks", _l("Tasks in cases"), Permission.WORK_CASES, lists.heap_of_tasks)
)


@bp.get("/cases")
@requires(Permission.WORK_CASES)
def cases() -> ResponseReturnValue:
    """Cases in scope: one's own, the open ones by their date, or all of them."""
    which, view, form = _which(), viewpoint(current_actor()), _filters()
    if not form.validate():
        return _cases(form, which, Page(()), 422)
    chosen = form.to_filter(which)
    window = requested_window(*lists.key_kinds(chosen))
    return _cases(form, which, lists.list_cases(db.session(), chosen, view, window))


def _which() -> CaseList:
    """The list that the URL asks for; refused if there is none of that name."""
    name = request.args.get("list", CaseList.OPEN)
    if name not in set(CaseList):
        raise UnprocessableEntity("list")
    return CaseList(name)


def _filters() -> CaseFilterForm:
    view = viewpoint(current_actor())
    unit = list_colleagues(db.session(), view.actor.department or "", view.today)
    officers = [(str(one.id), one.name) for one in unit]
    return CaseFilterForm(request.args).offer(current_place(), current_language().tag, officers)


def _cases(
    form: CaseFilterForm, which: CaseList, lines: Page[CaseLine], status: int = 200
) -> ResponseReturnValue:
    listed = {"lines": lines, "chosen": which, "lists": tuple(CaseList)}
    return page("cases", status=status, form=form, **listed)


@bp.get("/cases/tasks")
@requires(Permission.WORK_CASES)
def tasks() -> ResponseReturnValue:
    """What the reader has to do in cases by date, or the unit that the reader heads."""
    view = viewpoint(current_actor())
    heads = may(view.actor, Permission.HEAD_CASES)
    chosen = TaskFilter(heads and "unit" in request.args, overdue="overdue" in request.args)
    lines = lists.list_tasks(db.session(), view, requested_window(*lists.DUE_KEY), chosen)
    return page("tasks", lines=lines, lists=tuple(CaseList), chosen=chosen, heads=heads)


@bp.get("/cases/<number>")
@requires(Permission.WORK_CASES)
def case(number: str) -> ResponseReturnValue:
    """Everything about one case, and what may be done with it now."""
    actor = current_actor()
    shown = reading.open_page(number, actor=actor)
    return page(
        "case",
        case=shown.case,
        course=shown.course,
        oversight=shown.oversight,
        meetings=shown.meetings,
        members=shown.members,
        chain=shown.chain,
        facts=shown.case.facts,
        offers=offers_of(shown.case, shown.course, shown.oversight, actor),
        acts=ACTS,
        entries=_entries(shown.events),
        further=shown.events.after is not None,
    )


@bp.get("/cases/<number>/timeline")
@requires(Permission.WORK_CASES)
def timeline(number: str) -> ResponseReturnValue:
    """Everything that was done in a case, the newest first."""
    actor, window = current_actor(), requested_window(*EVENT_KEY)
    lines = reading.open_timeline(number, window, actor=actor)
    facts = get_facts(db.session(), number, actor)
    return page("timeline", facts=facts, lines=lines, entries=_entries(lines))


def _entries(events: Page[CaseEvent]) -> list[Entry]:
    return list(entries_of(events.items, current_place(), current_language().tag))


@bp.get("/cases/<number>/files/<uuid:evidence_id>")
@requires(Permission.WORK_CASES)
def paper_file(number: str, evidence_id: UUID) -> ResponseReturnValue:
    """A paper as it was put in."""
    opened = reading.open_paper(number, evidence_id, actor=current_actor())
    return hand_out(opened, evidence_id, "original")


@bp.app_template_global("gathers")
def _gathers() -> bool:
    """Whether the reader puts reports into cases."""
    return may(current_actor(), Permission.WORK_CASES)
