"""The lists of cases and of what is to be done in them: filters, dates, and what was picked."""

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, text, update

from portal.cases.models import THROUGHOUT, Case, CaseReport, CaseTask
from portal.cases.queries.lists import (
    CaseFilter,
    CaseList,
    TaskFilter,
    heap_of_due_tasks,
    heap_of_tasks,
    key_kinds,
    list_cases,
    list_tasks,
)
from portal.cases.service.opening import AddReports, add_reports
from portal.cases.service.tasks import GiveTask, give_task
from portal.cases.states import CaseState
from portal.casework.queries.board import count_board, viewpoint
from portal.infra.database import db
from portal.intake.lead_models import ReportExclusion
from portal.intake.states import ReportState
from portal.kernel.actor import Role
from portal.kernel.errors import RuleBroken
from portal.kernel.page import Window
from portal.web.pagination import decode_cursor, encode_cursor
from tests.factories.cases import TITLE, make_case, today
from tests.factories.casework import make_head, make_officer, make_supervisor
from tests.factories.intake import make_report

S = ReportState
ELSEWHERE = "CULTURE_ENF@320402"
DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("app")


def change(number, **columns):
    db.session.execute(update(Case).where(Case.number == number).values(**columns))
    db.session.commit()


def found(chosen, actor):
    page = list_cases(db.session(), chosen, viewpoint(actor), Window())
    return {line.number for line in page.items}


def test_a_list_of_cases_is_narrowed_down_by_each_filter_and_by_all_together():
    officer, colleague = make_officer(), make_officer()
    mine, other = make_case(officer=officer), make_case(officer=colleague)
    change(other, category="piracy.online", region="320404", next_due_on=today() - DAY)

    for chosen in (
        CaseFilter(category="piracy.online"),
        CaseFilter(region="320404"),
        CaseFilter(handler=colleague.id),
        CaseFilter(overdue=True),
        CaseFilter(CaseList.ALL, CaseState.PROPOSED, "piracy.online", "320400", colleague.id),
    ):
        assert found(chosen, officer) == {other}, chosen
    assert found(CaseFilter(CaseList.MINE, overdue=True), officer) == set()
    assert found(CaseFilter(state=CaseState.FILED), officer) == set()
    assert found(CaseFilter(), officer) == {mine, other}


def test_closed_cases_are_found_by_their_state_on_whatever_list():
    officer = make_officer()
    number = make_case(officer=officer)
    change(number, state=CaseState.CLOSED, ending="no-breach")

    assert found(CaseFilter(state=CaseState.CLOSED), officer) == {number}
    assert found(CaseFilter(), officer) == set()


def test_a_filter_finds_nothing_that_its_reader_may_not_see():
    make_case(officer=make_officer())

    assert found(CaseFilter(CaseList.ALL, region="320400"), make_officer(ELSEWHERE)) == set()
    assert len(found(CaseFilter(CaseList.ALL, region="320400"), make_supervisor())) == 1


@pytest.mark.parametrize("chosen", [CaseFilter(), CaseFilter(CaseList.ALL)])
def test_pages_of_a_list_lead_on_and_back_over_equal_dates(chosen):
    officer = make_officer()
    numbers = {make_case(officer=officer) for _one in range(5)}
    db.session.execute(
        update(Case).values(opened_at=db.session.scalars(select(Case)).first().opened_at)
    )
    db.session.commit()
    view, seen, window = viewpoint(officer), [], Window(limit=2)
    kinds = key_kinds(chosen)

    while True:
        page = list_cases(db.session(), chosen, view, window)
        seen.append([line.number for line in page.items])
        if page.after is None:
            break
        window = Window(decode_cursor(encode_cursor(page.after), kinds), limit=2)
    back = list_cases(db.session(), chosen, view, Window(page.before, backwards=True, limit=2))

    assert {one for lines in seen for one in lines} == numbers
    assert [len(lines) for lines in seen] == [2, 2, 1]
    assert [line.number for line in back.items] == seen[1]


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_filters_stand_in_the_address_and_what_is_wrong_there_is_said(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    number = make_case(officer=officer)

    fits = pages.get(f"/desk/cases?region=320412&handler={officer.id}&state=proposed")
    none = pages.get("/desk/cases?overdue=y&list=all")
    wrong = pages.get("/desk/cases?region=nowhere")

    assert TITLE in fits.text("main")
    assert number not in none.text("main")
    assert wrong.status == 422
    assert pages.get(f"/desk/cases?handler={make_officer(ELSEWHERE).id}").status == 422


def test_the_filter_by_person_offers_the_people_of_each_unit_to_its_own(desk):
    for unit in ("CULTURE_ENF@320412", ELSEWHERE):
        pages, officer = desk(Role.CASE_OFFICER, department=unit)

        offered = pages.get("/desk/cases").find("#handler option")

        names = [one["value"] for one in offered if one["value"]]
        assert names == [str(officer.id)]


def test_filters_cost_no_more_statements_and_as_many_whatever_is_stored(desk, counted):
    pages, officer = desk(Role.CASE_OFFICER)
    for _one in range(3):
        make_case(officer=officer)
    path = "/desk/cases?list=all&category=teaching.pirated&region=320400&overdue=y"
    pages.get(path)

    with counted() as statements:
        pages.get(path)

    assert len(statements) <= 5, statements


# --- Tasks ---------------------------------------------------------------------------------------


@pytest.mark.requirement("E13")
def test_each_task_has_a_day_and_the_overdue_ones_have_a_list_of_their_own():
    officer, colleague, head = make_officer(), make_officer(), make_head()
    number = make_case(officer=officer)
    for owner in (officer, colleague):
        give_task(GiveTask(number, owner.id, today() + DAY, "取证"), actor=head)
    late = db.session.scalars(select(CaseTask).where(CaseTask.owner_id == colleague.id)).one()
    late.due_on = today() - DAY
    db.session.commit()

    def texts(actor, **chosen):
        page = list_tasks(db.session(), viewpoint(actor), Window(), TaskFilter(**chosen))
        return [(line.id, line.overdue) for line in page.items]

    assert [overdue for _id, overdue in texts(officer)] == [False]
    assert texts(officer, overdue=True) == []
    assert texts(head, whole_unit=True, overdue=True) == [(late.id, True)]
    assert len(texts(head, whole_unit=True)) == 2
    assert texts(make_head(ELSEWHERE), whole_unit=True) == []


@pytest.mark.requirement("E13")
def test_what_goes_on_throughout_the_case_is_never_overdue_and_stands_last(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    form = pages.get(f"/desk/cases/{number}/give-task")
    said = {"text": "全程保管物证", "owner": str(officer.id), "span": "throughout"}
    assert pages.post(form, said).status == 200
    give_task(GiveTask(number, officer.id, today() + 300 * DAY, "回访"), actor=officer)

    lines = list_tasks(db.session(), viewpoint(officer), Window()).items

    assert [(line.text, line.due_on is None, line.overdue) for line in lines] == [
        ("回访", False, False),
        ("全程保管物证", True, False),
    ]
    stored = db.session.scalars(select(CaseTask.due_on).order_by(CaseTask.due_on.desc())).first()
    assert stored == THROUGHOUT
    for path in ("/desk/cases/tasks", f"/desk/cases/{number}"):
        assert "贯穿办案全程" in pages.get(path).text("main")


def test_a_task_until_a_day_needs_the_day(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    form = pages.get(f"/desk/cases/{number}/give-task")

    page = pages.post(form, {"text": "取证", "owner": str(officer.id)})

    assert page.status == 422
    assert db.session.scalar(select(CaseTask.id)) is None


def test_only_whoever_heads_a_unit_reads_what_all_of_it_is_to_do(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    give_task(GiveTask(number, make_officer().id, today(), "别人的事"), actor=officer)

    assert "别人的事" not in pages.get("/desk/cases/tasks?unit=y").text("main")
    pages, _head = desk(Role.DEPARTMENT_HEAD)
    assert "别人的事" in pages.get("/desk/cases/tasks?unit=y").text("main")


def test_the_desk_counts_the_readers_own_tasks_in_cases(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    for owner in (officer.id, officer.id, make_officer().id):
        give_task(GiveTask(number, owner, today(), "取证"), actor=officer)

    later = count_board(db.session(), viewpoint(officer)).later

    assert {heap.endpoint: count for heap, count in later}["cases.tasks"] == 2
    assert "/desk/cases/tasks" in pages.get("/desk").links()


# --- Picked on a list ---------------------------------------------------------------------------


def gather(pages, *reports, path="/desk/cases/gather"):
    page = pages.get("/desk/reports")
    token = page.one("form#bulk input[name=csrf_token]")["value"]
    values = [f"{one.reference}:{one.version}" for one in reports]
    given = {"csrf_token": token, "act": "note", "picked": values}
    return pages._checked(pages.client.post(path, data=given), path)  # noqa: SLF001


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_case_is_opened_on_what_was_picked_on_a_list(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    reports = [make_report(state=S.ACCEPTED, officer=officer) for _one in range(3)]
    page = gather(pages, *reports)
    [link] = [one for one in page.links() if "open-case" in one]

    case = pages.post(pages.get(link), {"title": TITLE, "summary": "货架上有盗版光盘。"})

    assert case.status == 200
    assert len(db.session.scalars(select(CaseReport)).all()) == 3


def test_what_was_picked_is_added_to_a_case_and_what_cannot_be_says_why(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    free, held = make_report(state=S.VERIFIED, officer=officer), make_report(state=S.ROUTED)
    foreign = make_report(state=S.ACCEPTED, department=ELSEWHERE)

    page = gather(pages, free, held, foreign)

    assert foreign.reference not in page.text("main")
    assert "受理" in page.text("main table")
    page = gather(pages, free)
    assert pages.post(page, {"number": number.lower()}).status == 200
    assert len(db.session.scalars(select(CaseReport)).all()) == 2


def test_several_reports_go_into_a_case_together_or_not_at_all():
    officer = make_officer()
    number = make_case(officer=officer)
    free, routed = make_report(state=S.ACCEPTED, officer=officer), make_report(state=S.ROUTED)

    with pytest.raises(RuleBroken, match="report-not-taken-on"):
        add_reports(AddReports(number, [free.reference, routed.reference]), actor=officer)

    assert len(db.session.scalars(select(CaseReport)).all()) == 1


def test_no_address_is_longer_than_a_server_takes(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    reports = [make_report(state=S.ACCEPTED, officer=officer) for _one in range(52)]

    [link] = [one for one in gather(pages, *reports).links() if "open-case" in one]

    assert len(link) < 1000


def test_nothing_picked_leads_back_to_the_list_and_clerks_gather_nothing(desk):
    pages, _officer = desk(Role.CASE_OFFICER)
    make_report(state=S.ACCEPTED)
    assert gather(pages).status == 303
    pages, _clerk = desk(Role.TRIAGE_CLERK, department="TRIAGE@320400", region="320400")
    make_report(state=S.RECEIVED)
    assert not pages.get("/desk/reports").find("button[formaction]")
    assert gather(pages).status == 403


@pytest.mark.parametrize("heap", [heap_of_tasks, heap_of_due_tasks])
def test_ones_tasks_are_counted_without_a_walk_over_the_cases_of_the_unit(heap):
    """As SQLite goes about it where an officer has a thousand tasks and a unit 500 cases."""
    asked, engine = heap(viewpoint(make_officer())), create_engine("sqlite://")
    tables = [one.__table__ for one in (Case, CaseTask, CaseReport, ReportExclusion)]
    spread = {
        "ix_case_task_owner_id": ("case_task", "1813 1001 13 1"),
        "ix_case_file_unit_opened": ("case_file", "21114 501 1 1"),
    }
    with engine.connect() as connection:
        db.metadata.create_all(connection, tables)
        connection.execute(text("ANALYZE"))
        for index, (table, rows) in spread.items():
            row = {"table": table, "index": index, "rows": rows}
            connection.execute(text("INSERT INTO sqlite_stat1 VALUES (:table, :index, :rows)"), row)
        connection.execute(text("ANALYZE sqlite_schema"))

        compiled = asked.compile(engine, compile_kwargs={"literal_binds": True})
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()

    assert plan[0].detail.startswith("SEARCH case_task USING INDEX ix_case_task_")
