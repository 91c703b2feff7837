"""The desk as staff see it: what is shown to whom, and that nothing from outside comes alive."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from portal.audit.models import AuditEvent
from portal.casework.service.acceptance import AcceptReport, accept_report
from portal.casework.service.conversation import AddNote, AskReporter, add_note, ask_reporter
from portal.casework.service.routing import route_report
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.intake.models import Report
from portal.intake.states import ReportState
from portal.kernel.actor import Role
from portal.triage.service import RouteReport
from tests.factories.casework import make_clerk, make_officer
from tests.factories.intake import make_report
from tests.pages import Pages

S = ReportState
OWN, OTHER = "CULTURE_ENF@320412", "CULTURE_ENF@320402"
CANARY = "金丝雀专用词"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "\u202egnp.exe\u202c 反向",
    "'; DROP TABLE report; --",
    "</textarea></title><svg onload=alert(1)>",
)


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_desk_opens_on_work_in_both_languages(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    mine = make_report(state=S.ACCEPTED, officer=officer)

    page = pages.get("/desk")

    assert mine.reference in page.text()
    assert page.find("nav.moj-sub-navigation a[aria-current]")


@pytest.mark.parametrize("section", ["mine", "department", "nobody", "overdue", "unrouted"])
def test_every_heap_opens(desk, section):
    pages, _officer = desk(Role.CASE_OFFICER)
    make_report(state=S.ROUTED)

    assert pages.get(f"/desk?section={section}").status == 200


def test_a_heap_that_does_not_exist_is_refused(desk):
    pages, _officer = desk(Role.CASE_OFFICER)

    assert pages.get("/desk?section=everything").status == 422


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.FINANCE])
def test_those_who_read_no_reports_are_told_so_and_see_none(desk, role):
    make_report(state=S.ROUTED, title=CANARY)
    pages, _actor = desk(role)

    page = pages.get("/desk")

    assert page.status == 200
    assert "SL-" not in page.text()
    assert pages.get("/desk/reports").status == 403


def test_an_administrator_is_led_to_the_tasks_that_need_a_person(desk):
    now = datetime.now(UTC)
    lost = {"subject_id": uuid4(), "state": TaskState.DEAD, "created_at": now, "done_at": now}
    db.session.add(Task(kind=TaskKind.SCAN_FILE, dedupe="lost", not_before=now, **lost))
    db.session.commit()
    pages, _admin = desk(Role.ADMINISTRATOR)

    page = pages.get("/desk")

    assert page.one("main a[href=/desk/health]").text.startswith("1")


def test_nobody_works_here_without_signing_in(app):
    report = make_report()
    page = Pages(app).get(f"/desk/reports/{report.reference}", follow=False)

    assert page.status == 303
    assert "/desk/sign-in" in page.response.headers["Location"]


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_page_of_a_report_shows_what_is_open_in_every_state(desk, state, language):
    pages, head = desk(Role.SUPERVISOR, Role.TRIAGE_CLERK, region="320000", language=language)
    report = make_report(state=state, title="题目", columns={"region": "320412"})

    page = pages.get(f"/desk/reports/{report.reference}")

    assert page.status == 200
    assert report.reference in page.text("h1")
    assert head.id


@pytest.mark.parametrize(
    "act", ["accept", "decline", "return", "ask", "note", "instruct", "assign", "route"]
)
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_act_has_a_page(desk, act, language):
    pages, _head = desk(Role.DEPARTMENT_HEAD, language=language)
    report = make_report(state=S.ROUTED)

    assert pages.get(f"/desk/reports/{report.reference}/{act}").status == 200


def test_a_report_is_worked_from_acceptance_to_closing_on_the_pages(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.ROUTED)
    at = f"/desk/reports/{report.reference}"

    def act(name, **fields):
        page = pages.post(pages.get(f"{at}/{name}"), fields)
        assert page.status == 200, page.problems()
        return page

    act("accept")
    act("ask", question="哪一天看到的？")
    act("verify", method="site-visit", finding="confirmed", summary="到店看过。")
    act("answer", text="属实，已经处理。")
    page = act("close", outcome="close.measures-taken")

    assert (report.state, report.handler_id) == (S.CLOSED, officer.id)
    assert "到店看过" in page.text()
    assert not page.find("main form[method=post]")


def test_a_note_looks_different_from_what_the_reporter_reads(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.ACCEPTED, officer=officer)
    ask_reporter(AskReporter(report.reference, "哪一天看到的？"), actor=officer)
    add_note(AddNote(report.reference, "店主已经换人"), actor=officer)

    page = pages.get(f"/desk/reports/{report.reference}")

    assert "店主已经换人" in page.text(".sl-note")
    assert "只有工作人员能看到" in page.text(".sl-note")
    assert "哪一天看到的？" in page.text(".moj-message-item")
    assert "店主已经换人" not in page.text(".moj-message-item")


def test_closing_without_an_answer_says_what_to_do_first(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.VERIFIED, officer=officer)

    page = pages.get(f"/desk/reports/{report.reference}/close")

    assert page.status == 409
    assert page.find(f"main a[href='/desk/reports/{report.reference}/answer']")
    assert report.state is S.VERIFIED


def test_a_form_that_is_refused_keeps_what_was_typed(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.ACCEPTED, officer=officer)

    page = pages.get(f"/desk/reports/{report.reference}/verify")
    page = pages.post(page, {"method": "online", "summary": "网上查过。"})

    assert page.status == 422
    assert page.fields()["summary"] == "网上查过。"
    assert page.problems()


@pytest.mark.requirement("E1")
def test_the_second_of_two_officers_is_told_who_has_it(desk):
    pages, _second = desk(Role.CASE_OFFICER)
    report = make_report(state=S.ROUTED)
    page = pages.get(f"/desk/reports/{report.reference}")
    accept_report(AcceptReport(report.reference), actor=make_officer(display_name="示例承办人甲"))

    page = pages.post(page)

    assert page.status == 409
    assert "示例承办人甲" in page.text()


@pytest.mark.requirement("E1")
def test_the_second_of_two_clerks_who_route_is_told_where_it_went(desk):
    pages, _second = desk(Role.TRIAGE_CLERK, department="TRIAGE@320400", region="320400")
    report = make_report()
    page = pages.get(f"/desk/reports/{report.reference}/route")
    command = RouteReport(report.reference, OWN, "属于我区文化市场", None, report.version)
    route_report(command, actor=make_clerk())

    page = pages.post(page, {"department": "", "other": OTHER, "reason": "看着像他们的"})

    assert page.status == 409
    assert report.reference in page.text("main")
    assert report.department_code == OWN


# --- Scope (T06) --------------------------------------------------------------------------------


@pytest.mark.requirement("T06")
@pytest.mark.parametrize("role", [Role.CASE_OFFICER, Role.DEPARTMENT_HEAD])
def test_another_units_report_is_nowhere(desk, role):
    foreign = make_report(
        state=S.ROUTED, department=OTHER, title=CANARY, indexed=True, narrative=f"{CANARY}。"
    )
    pages, _actor = desk(role)

    for path in (
        "/desk",
        "/desk?section=department",
        "/desk?section=nobody",
        "/desk?section=overdue",
        "/desk?section=unrouted",
        "/desk/reports",
    ):
        page = pages.get(path)
        assert foreign.reference not in page.text("table"), path
        assert CANARY not in page.text("table"), path
        assert not re.search(r"\([1-9]", page.text("nav.moj-sub-navigation")), path
    for act in ("", "/accept", "/ask", "/note", "/assign", "/verify", "/instruct", "/close"):
        status = pages.get(f"/desk/reports/{foreign.reference}{act}").status
        assert status == 404 or (status == 403 and act == "/assign")


@pytest.mark.requirement("T06")
def test_restricted_and_conflicted_reports_are_hidden_from_reception_and_supervision(desk):
    for column in ("restricted", "conflict"):
        make_report(
            state=S.ROUTED,
            title=CANARY,
            indexed=True,
            columns={column: True, "region": "320412"},
        )

    for role in (Role.TRIAGE_CLERK, Role.SUPERVISOR):
        pages, _actor = desk(role, department="TRIAGE@320000", region="320000")
        for path in ("/desk/reports", "/desk?section=nobody"):
            assert CANARY not in pages.get(path).text("table")


@pytest.mark.requirement("T06")
def test_a_report_about_the_same_is_named_only_to_those_who_may_see_it(desk):
    foreign = make_report(state=S.ROUTED, department=OTHER)
    own = make_report(state=S.ROUTED, columns={"duplicate_of": foreign.id})
    pages, _officer = desk(Role.CASE_OFFICER)

    page = pages.get(f"/desk/reports/{own.reference}")

    assert foreign.reference not in page.text()


# --- Lists and filters --------------------------------------------------------------------------


@pytest.mark.requirement("T18")
@pytest.mark.parametrize(
    "query",
    [
        "sort=drop",
        "state=nowhere",
        "urgency=very",
        "category=books.invented",
        "channel=carrier-pigeon",
        "kind=rumour",
        "who=everybody",
        "region=%E4%B9%8C%E6%9C%89%E4%B9%A1",
        "department=NOBODY%40000000",
    ],
)
def test_a_filter_that_means_nothing_is_refused_with_a_message(desk, query):
    pages, _officer = desk(Role.CASE_OFFICER)

    page = pages.get(f"/desk/reports?{query}")

    assert page.status == 422
    assert page.problems()


@pytest.mark.requirement("T18")
def test_a_place_in_the_list_that_is_nonsense_is_refused(desk):
    pages, _officer = desk(Role.CASE_OFFICER)

    for cursor in ("x", "WzFd", "W10", "bnVsbA", "A" * 600):
        assert pages.get(f"/desk/reports?after={cursor}").status == 400


def test_filters_narrow_the_list(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    mine = make_report(state=S.ACCEPTED, officer=officer, columns={"region": "320412"})
    other = make_report(state=S.ROUTED, language="en", columns={"urgency": "high"})

    def listed(query):
        return pages.get(f"/desk/reports?{query}").text("table")

    assert mine.reference in listed("who=me")
    assert other.reference not in listed("who=me")
    assert other.reference in listed("who=nobody")
    assert mine.reference not in listed("who=nobody")
    assert mine.reference in listed("region=320400")
    assert other.reference not in listed("region=320400")
    assert other.reference in listed("urgency=high")
    assert mine.reference in listed("state=accepted")
    assert other.reference not in listed("state=accepted")
    assert mine.reference not in listed("contested=y")
    assert mine.reference in listed("department=CULTURE_ENF%40320412")
    assert mine.reference in listed("category=piracy.print&channel=web&kind=tip&sort=newest")


def test_the_filters_in_use_say_what_they_are_set_to(desk):
    pages, _officer = desk(Role.CASE_OFFICER)

    page = pages.get("/desk/reports?state=accepted&region=320412&overdue=y")

    assert [tag.text.partition(" ")[2] for tag in page.find(".moj-filter__tag")] == [
        "状态：已受理",
        "地区：320412",
        "只看逾期的",
    ]


def test_a_filter_shows_what_it_is_set_to_on_its_own_page_only(desk):
    pages, _officer = desk(Role.CASE_OFFICER)
    in_english, _other = desk(Role.CASE_OFFICER, language="en")

    def chosen(someone, query):
        page = someone.get(f"/desk/reports?{query}")
        options = [*page.find("#state option"), *page.find("#urgency option")]
        return [
            one["value"] for one in options if one["value"] and one.get("selected", "no") != "no"
        ], page

    assert chosen(pages, "")[0] == []
    assert chosen(pages, "state=accepted")[0] == ["accepted"]
    assert chosen(pages, "urgency=high")[0] == ["high"]
    assert chosen(pages, "")[0] == []
    assert "紧急程度" in chosen(pages, "state=accepted")[1].text("form")
    assert "Urgency" in chosen(in_english, "state=accepted")[1].text("form")


@pytest.mark.parametrize("sent", ["false", ""])
def test_what_somebody_put_into_an_address_changes_no_filter_of_anybody_else(
    desk, monkeypatch, sent
):
    monkeypatch.setattr("portal.casework.filter_forms._EMPTY_FIELDS", {})
    pages, _officer = desk(Role.CASE_OFFICER)
    pages.get(f"/desk/reports?overdue={sent}")

    assert pages.get("/desk/reports").one("#overdue")["value"] == "y"


def test_the_list_is_paged_both_ways_without_losing_or_repeating_one(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    clerk = make_clerk()
    made = {
        make_report(state=S.ROUTED, officer=officer, clerk=clerk).reference for _one in range(53)
    }

    for order in ("due", "newest"):
        first = pages.get(f"/desk/reports?sort={order}")
        second = pages.get(first.one("a[rel=next]")["href"])
        back = pages.get(second.one("a[rel=prev]")["href"])

        def references(page):
            return [link.text for link in page.find("tbody th a")]

        assert len(references(first)) == 50
        assert set(references(first)) | set(references(second)) == made
        assert references(back) == references(first)


# --- What comes from outside stays text (T17, T38, risk 16) -------------------------------------


@pytest.mark.requirement("T15")
@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_shown_and_do_nothing(desk, words):
    report = make_report(
        state=S.ROUTED, title=words, narrative=f"{words} 一家店", place=words, urls=(words,)
    )
    pages, _officer = desk(Role.CASE_OFFICER)

    shown = pages.get(f"/desk/reports/{report.reference}")
    listed = pages.get("/desk/reports")

    for page in (shown, listed):
        assert "\u202e" not in page.text()
        assert not page.find("svg[onload]")
        assert not page.find("a[href=javascript:alert(1)]")
    assert "alert(1)" in shown.text() or "alert" not in words


@pytest.mark.requirement("T15")
def test_what_looks_like_a_template_stays_as_it_was_written(desk):
    report = make_report(state=S.ROUTED, title="{{ 7*7 }}", narrative="{% for x in y %} 一家店")
    pages, _officer = desk(Role.CASE_OFFICER)

    for path in (f"/desk/reports/{report.reference}", "/desk/reports"):
        shown = pages.client.get(path).text
        assert "{{ 7*7 }}" in shown
        assert ">49<" not in shown


@pytest.mark.requirement("F14")
def test_opening_a_report_is_noted_once_an_hour_for_each_reader(desk):
    report = make_report(state=S.ROUTED)
    pages, officer = desk(Role.CASE_OFFICER)

    for _time in range(3):
        pages.get(f"/desk/reports/{report.reference}")

    opened = select(AuditEvent).where(AuditEvent.action == "report.open")
    assert [one.actor_id for one in db.session.scalars(opened)] == [officer.id]


# --- What it costs (P12) ------------------------------------------------------------------------


def store_many(like, number):
    """Rows as `like`, without content, so that a list is long at once."""
    row = {column.name: getattr(like, column.name) for column in Report.__table__.columns}
    bare = {"content": None, "content_key": None}
    copies = [row | bare | {"id": uuid4(), "reference": f"SL-{n:08}"} for n in range(number)]
    if copies:
        db.session.execute(insert(Report), copies)
        db.session.commit()


@pytest.mark.requirement("P12")
@pytest.mark.parametrize("stored", [5, 500])
def test_a_list_takes_six_statements_whatever_is_stored(desk, counted, stored):
    pages, _officer = desk(Role.CASE_OFFICER)
    clerk = make_clerk()
    real = [make_report(state=S.ROUTED, clerk=clerk) for _one in range(5)]
    store_many(real[0], stored - 5)
    pages.get("/desk")

    for path in ("/desk", "/desk/reports", "/desk/reports?sort=newest"):
        with counted() as statements:
            assert pages.get(path).status == 200
        assert len(statements) <= 6, (path, statements)


@pytest.mark.requirement("P12")
@pytest.mark.parametrize("stored", [5, 50])
def test_the_page_of_a_report_takes_fourteen_statements_at_most_once_opened(desk, counted, stored):
    pages, officer = desk(Role.CASE_OFFICER)
    full = make_report(state=S.CONTESTED, officer=make_officer())
    alike = make_report(state=S.ROUTED, columns={"duplicate_of": full.id})
    store_many(alike, stored)
    for _one in range(stored):
        add_note(AddNote(full.reference, "备注"), actor=officer)

    page, other = f"/desk/reports/{full.reference}", f"/desk/reports/{alike.reference}"
    pages.get(other)  # what a process keeps for all pages is read now

    with counted() as first:
        pages.get(page)
    with counted() as again:
        pages.get(page)

    assert len(first) <= 16, "\n".join(s[:160].replace(chr(10), " ") for s in first)
    assert len(again) <= 14, again


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_an_act_that_is_not_open_is_refused_before_anything_is_typed(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    report = make_report(state=S.ROUTED, officer=officer)

    page = pages.get(f"/desk/reports/{report.reference}/close")

    assert page.status == 409
    assert not page.find("main form[method=post]")
    assert page.find(f"main a[href='/desk/reports/{report.reference}/accept']")
    assert not page.find(f"main a[href='/desk/reports/{report.reference}/answer']")
