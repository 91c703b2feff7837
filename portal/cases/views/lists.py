"""The lists of cases and of tasks, and the page of a case."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.cases.offers import CaseOfReport, case_of_report, offers_of
from portal.cases.queries import lists
from portal.cases.queries.chain import get_chain
from portal.cases.queries.course import get_course
from portal.cases.queries.joint import list_members
from portal.cases.queries.lists import CaseList
from portal.cases.queries.oversight import get_oversight
from portal.cases.service import reading
from portal.cases.views.blueprint import bp, page
from portal.cases.words import ACTS, entries_of
from portal.casework.queries.board import viewpoint
from portal.casework.queries.lines import Facts
from portal.evidence.handing import hand_out
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language
from portal.web.pagination import requested_window


@bp.get("/cases")
@requires(Permission.WORK_CASES)
def cases() -> ResponseReturnValue:
    """Cases in scope: one's own, the open ones by their date, or all of them."""
    name = request.args.get("list", CaseList.OPEN)
    if name not in set(CaseList):
        raise UnprocessableEntity("list")
    chosen, view = CaseList(name), viewpoint(current_actor())
    kinds = lists.NEWEST_KEY if chosen is CaseList.ALL else lists.DUE_KEY
    lines = lists.list_cases(db.session(), chosen, view, requested_window(*kinds))
    return page("cases", lines=lines, chosen=chosen, lists=tuple(CaseList))


@bp.get("/cases/tasks")
@requires(Permission.WORK_CASES)
def tasks() -> ResponseReturnValue:
    """What the reader has to do in cases, by date."""
    view = viewpoint(current_actor())
    lines = lists.list_tasks(db.session(), view, requested_window(*lists.DUE_KEY))
    return page("tasks", lines=lines, lists=tuple(CaseList))


@bp.get("/cases/<number>")
@requires(Permission.WORK_CASES)
def case(number: str) -> ResponseReturnValue:
    """Everything about one case, and what may be done with it now."""
    actor = current_actor()
    shown = reading.open_page(number, actor=actor)
    course = get_course(db.session(), number, actor)
    oversight = get_oversight(db.session(), number, actor)
    return page(
        "case",
        case=shown,
        course=course,
        oversight=oversight,
        members=list_members(db.session(), number, actor),
        chain=get_chain(db.session(), number, shown.parties, actor),
        facts=shown.facts,
        offers=offers_of(shown, course, oversight, actor),
        acts=ACTS,
        entries=list(entries_of(shown.events, current_place(), current_language().tag)),
    )


@bp.get("/cases/<number>/files/<uuid:evidence_id>")
@requires(Permission.WORK_CASES)
def paper_file(number: str, evidence_id: UUID) -> ResponseReturnValue:
    """A paper as it was put in."""
    opened = reading.open_paper(number, evidence_id, actor=current_actor())
    return hand_out(opened, evidence_id, "original")


@bp.app_template_global("case_on")
def _case_on(facts: Facts) -> CaseOfReport:
    """The case of a report, for the page of the report."""
    if facts.merged_into is not None:
        return CaseOfReport()
    return case_of_report(
        db.session(), facts.id, facts.state, facts.department_code, current_actor()
    )
