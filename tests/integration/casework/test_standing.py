"""Work that stands still (C23), the two streams of leads (C1), and what their lists cost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from portal.casework.queries.board import (
    count_board,
    count_reports,
    list_reports,
    list_section,
    viewpoint,
)
from portal.casework.queries.filters import Filter, Section, section_ways, sections_of
from portal.casework.queries.standing import count_standing, list_standing, standing_ways
from portal.casework.rules import STANDS_AFTER
from portal.infra.database import db
from portal.intake.models import Report, Stream
from portal.intake.states import ReportState
from portal.kernel.actor import Role
from portal.kernel.page import Window
from tests.factories.casework import make_actor, make_clerk, make_officer, make_supervisor
from tests.factories.intake import make_report, submit

S = ReportState
NOW = datetime.now(UTC)
LONG = timedelta(days=60)


def still(state=S.ROUTED, *, since=LONG, **columns):
    return make_report(state=state, columns={"changed_at": NOW - since, **columns})


def listed(actor, state=S.ROUTED):
    page = list_standing(db.session(), state, viewpoint(actor), Window())
    return [line.reference for line in page.items]


@pytest.mark.requirement("C23")
@pytest.mark.parametrize("state", [S.ROUTED, S.ACCEPTED, S.VERIFIED, S.ANSWERED, S.CONTESTED])
def test_what_has_had_no_step_for_long_is_listed_by_its_state(app, state):
    officer, report = make_officer(), still(state)
    still(state, since=timedelta(hours=1))

    assert listed(officer, state) == [report.reference]
    counts = count_standing(db.session(), viewpoint(officer))
    assert counts == {one: int(one is state) for one in STANDS_AFTER}


@pytest.mark.requirement("C23")
def test_what_waits_for_its_reporter_does_not_stand_still(app):
    still(waiting_since=NOW - LONG)

    assert listed(make_officer()) == []


@pytest.mark.requirement("C23")
def test_supervisors_see_their_region_and_officers_their_unit(app):
    here = still(region="320412")
    there = still(region="440300")

    assert listed(make_supervisor("320412")) == [here.reference]
    assert listed(make_supervisor("320000")) == [here.reference]
    assert set(listed(make_officer())) == {here.reference, there.reference}
    assert listed(make_officer("CULTURE_ENF@320402")) == []


def test_the_longest_stand_first_and_pages_lead_there_and_back(app):
    officer = make_officer()
    made = [still(since=LONG + timedelta(days=days)) for days in (1, 3, 2)]
    view, session = viewpoint(officer), db.session()

    first = list_standing(session, S.ROUTED, view, Window(limit=2))
    second = list_standing(session, S.ROUTED, view, Window(first.after, limit=2))
    back = list_standing(session, S.ROUTED, view, Window(second.before, backwards=True, limit=2))

    order = [made[1].reference, made[2].reference, made[0].reference]
    assert [line.reference for line in (*first.items, *second.items)] == order
    assert [line.reference for line in back.items] == order[:2]


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_page_takes_a_bounded_number_of_statements(desk, counted, language):
    pages, _officer = desk(Role.CASE_OFFICER, language=language)
    report = still()

    with counted() as statements:
        page = pages.get("/desk/standing?state=routed")

    assert report.reference in page.text()
    assert len(statements) <= 6, statements
    assert pages.get("/desk/standing?state=closed").status == 422


# --- Two streams ----------------------------------------------------------------------------------


@pytest.mark.requirement("C1")
def test_findings_of_patrols_are_never_counted_with_reports(app):
    clerk, view = make_clerk(), None
    submit()
    submit(stream=Stream.PATROL)
    view, session = viewpoint(clerk), db.session()

    count = {
        stream: count_reports(session, Filter(stream=stream), view) for stream in (None, *Stream)
    }

    assert count == {None: 1, Stream.REPORTED: 1, Stream.PATROL: 1}
    both = list_reports(session, Filter(), view, Window()).items
    assert {line.stream for line in both} == set(Stream)


@pytest.mark.requirement("C1")
def test_staff_enter_what_they_found_themselves_with_nobody_to_give_a_receipt_to(desk):
    pages, _officer = desk(Role.CASE_OFFICER)
    page = pages.get("/desk/reports/new")

    page = pages.post(page, {"channel": "patrol", "narrative": "巡查时看到示例书店卖盗版教材。"})

    assert page.status == 200
    assert "/desk/reports/new" in page.path
    report = db.session.query(Report).one()
    assert (report.stream, report.wants_feedback) == (Stream.PATROL, False)


def test_the_list_is_narrowed_to_one_stream(desk):
    pages, _clerk = desk(Role.TRIAGE_CLERK, department="TRIAGE@320400", region="320400")
    reported, found = submit().reference, submit(stream=Stream.PATROL).reference

    page = pages.get("/desk/reports?stream=patrol")

    assert found in page.text()
    assert reported not in page.text()


# --- What the heaps cost --------------------------------------------------------------------------


@pytest.mark.parametrize("make", [make_officer, make_clerk, lambda: make_supervisor("320412")])
def test_no_heap_walks_over_all_reports(app, make):
    """Each way into a heap is a search in an index; on SQLite, whose plans can be read."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("plans of other databases depend on what is stored")
    view = viewpoint(make())
    for section in sections_of(view.actor):
        for way in section_ways(section, view):
            wanted = select(Report.id).where(*way).limit(100).params(view.moments)
            compiled = wanted.compile(db.engine, compile_kwargs={"literal_binds": True})
            plan = db.session.execute(text(f"EXPLAIN QUERY PLAN {compiled}".replace(":", r"\:")))
            walks = {row.detail for row in plan if row.detail.startswith("SCAN report")}
            # In this index stands nothing but what is in the heap.
            assert walks <= {"SCAN report USING INDEX ix_report_escalated"}, (section, walks)


@pytest.mark.requirement("C23")
def test_what_stands_still_in_a_unit_is_found_without_that_of_others(app):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("plans of other databases depend on what is stored")
    for state in STANDS_AFTER:
        (way,) = standing_ways(state, viewpoint(make_officer()))
        wanted = select(Report.id).where(*way).limit(100)
        compiled = wanted.compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = db.session.execute(text(f"EXPLAIN QUERY PLAN {compiled}".replace(":", r"\:")))

        found = [row.detail for row in plan if "ix_report_open_unit_standing" in row.detail]

        assert found, state
        assert "department_code=? AND state=? AND changed_at<?" in found[0]


def test_a_report_that_two_ways_lead_to_is_counted_and_listed_once(app):
    supervisor = make_actor(Role.SUPERVISOR, department="CULTURE_ENF@320412", region="320412")
    report = make_report(state=S.ROUTED)
    report.region = "320412"
    db.session.commit()
    view = viewpoint(supervisor)

    assert count_board(db.session(), view).counts[Section.NOBODY] == 1


def test_a_heap_that_was_looked_at_before_is_looked_at_as_of_now(app):
    """The statement is kept for the day, and the moment is given to it each time."""
    clerk, report = make_clerk(), make_report(state=S.RECEIVED)
    early = replace(viewpoint(clerk), now=report.entered_at)
    late = replace(early, now=report.entered_at + timedelta(minutes=6))
    assert early == late

    counts = [count_board(db.session(), one).counts[Section.UNROUTED] for one in (early, late)]
    pages = [
        list_section(db.session(), Section.UNROUTED, one, Window()).items for one in (early, late)
    ]

    assert counts == [0, 1]
    assert [len(page) for page in pages] == [0, 1]


def test_what_is_kept_for_one_reader_serves_no_other_and_no_later_day(app):
    first, second = make_officer(), make_officer()
    report = make_report(state=S.ACCEPTED)
    report.handler_id, report.next_due_on = first.id, viewpoint(first).today
    db.session.commit()
    views = {name: viewpoint(one) for name, one in (("first", first), ("second", second))}
    tomorrow = replace(views["first"], today=views["first"].today + timedelta(days=1))

    mine = {
        name: count_board(db.session(), view).counts[Section.MINE] for name, view in views.items()
    }
    late = [
        count_board(db.session(), one).counts[Section.OVERDUE] for one in (views["first"], tomorrow)
    ]

    assert mine == {"first": 1, "second": 0}
    assert late == [0, 1]
