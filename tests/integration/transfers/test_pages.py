"""The desk and the tracking page: what is offered, what is shown, and what it costs."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.audit.models import AuditEvent
from portal.infra.database import db
from portal.intake.models import Clock, Report
from portal.intake.states import ReportState
from portal.jurisdiction.place import Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Role
from portal.transfers.models import HandOver
from portal.transfers.queries import get_line
from portal.transfers.service.preparing import seal_bundle
from portal.transfers.service.replying import RecordReturn, record_return
from portal.transfers.service.sending import deliver_announcement
from portal.transfers.states import HandOverState
from portal.transfers.words import HAND_OVER_ACTS
from portal.triage.service import triage_report
from portal.web import pagination
from tests.factories.casework import make_clerk
from tests.factories.intake import make_report
from tests.factories.transfers import (
    MACHINE,
    PARTNER,
    WAY,
    make_hand_over,
    make_passed_report,
    today,
)
from tests.integration.counting import counted
from tests.integration.feedback.reporter import Reporter

pytestmark = pytest.mark.usefixtures("app")
S = HandOverState
LIST = "/desk/transfers"


def only_hand_over() -> HandOver:
    db.session.expire_all()
    return db.session.scalars(select(HandOver)).one()


@pytest.mark.requirement("B14")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_clerk_passes_a_matter_on_by_the_pages_from_the_report_to_the_answer(desk, language):
    pages, _clerk = desk(language=language)
    report = make_passed_report()
    page = pages.get(f"/desk/reports/{report.reference}")
    assert f"/desk/reports/{report.reference}/pass-on" in page.links()

    page = pages.get(f"/desk/reports/{report.reference}/pass-on")
    page = pages.post(page, {"reason": "属于贵单位职责。"})
    assert page.status == 200
    made = only_hand_over()
    assert (made.department_code, made.language) == (PARTNER, language)
    seal_bundle(made.id, actor=MACHINE)
    act = f"{LIST}/{made.id}"
    day = today().isoformat()

    saved = pages.get(f"{act}/bundle").response
    assert (saved.mimetype, saved.data[:2]) == ("application/zip", b"PK")
    pages.post(pages.get(f"{act}/send"), {"carrier": "in-person", "sent_on": day, "note": "王某"})
    pages.post(pages.get(f"{act}/receive"), {"received_on": day, "their_reference": "7号"})
    page = pages.post(
        pages.get(f"{act}/answer"),
        {
            "answered_on": day,
            "result": "case-opened",
            "answer": "已立案",
            "to_reporter": "市场监管部门已经立案。",
            "outcome": "close.case-opened",
        },
    )

    assert page.status == 200
    assert only_hand_over().state is S.ANSWERED
    db.session.expire_all()
    assert db.session.get_one(Report, report.id).state is ReportState.CLOSED
    actions = set(db.session.scalars(select(AuditEvent.action)))
    assert {"report.open-bundle", "report.pass-on", "report.pass-on-answered"} <= actions


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize("state", [S.READY, S.SENT, S.RECEIVED])
def test_the_page_of_a_report_offers_what_the_state_allows_and_tells_what_was_done(
    desk, language, state
):
    pages, _clerk = desk(language=language)
    made = make_hand_over(state=state)
    report = db.session.get_one(Report, made.report_id)

    page = pages.get(f"/desk/reports/{report.reference}")

    offered = {link.rpartition("/")[2] for link in page.links() if str(made.id) in link}
    expected = {
        S.READY: {"bundle", "send", "withdraw"},
        S.SENT: {"bundle", "receive", "answer", "return", "withdraw"},
        S.RECEIVED: {"bundle", "answer", "return", "withdraw"},
    }
    assert offered == expected[state]
    assert f"/desk/reports/{report.reference}/pass-on" not in page.links()
    assert current_place().departments[PARTNER].name.in_(language) in page.text("main")


def test_a_notice_is_ordered_and_settled_and_a_matter_taken_back_by_the_pages(desk, postbox):
    pages, _clerk = desk(language="en")
    act = f"{LIST}/{make_hand_over(state=S.READY).id}"
    made = only_hand_over()

    address = {"address": "intake@market.example.org", "carrier": "fetched"}
    page = pages.post(pages.get(f"{act}/announce"), address)
    assert "A message is about to go out." in page.text("main")
    postbox.behaviour = "hang-up"
    deliver_announcement(made.id, actor=MACHINE)
    page = pages.post(pages.get(f"{act}/send-again"), {})
    assert (page.status, only_hand_over().state) == (200, S.READY)
    page = pages.post(pages.get(f"{act}/withdraw"), {"reason": "Sent to the wrong body."})

    assert (page.status, only_hand_over().state) == (200, S.WITHDRAWN)


@pytest.mark.requirement("F9")
def test_what_comes_back_is_taken_back_by_its_page(desk):
    pages, _clerk = desk(language="en")
    made = make_hand_over(state=S.SENT)

    back = {"returned_on": today().isoformat(), "reason": "Not theirs."}
    page = pages.post(pages.get(f"{LIST}/{made.id}/return"), back)

    assert page.status == 200
    assert only_hand_over().state is S.RETURNED


@pytest.mark.requirement("U33")
@pytest.mark.parametrize(
    "act", ["send", "announce", "send-again", "receive", "answer", "return", "withdraw", "bundle"]
)
def test_the_pages_of_somebody_elses_hand_over_are_not_there(desk, act):
    pages, _stranger = desk(Role.CASE_OFFICER, "CULTURE_ENF@320402")
    made = make_hand_over(state=S.READY)

    assert pages.get(f"{LIST}/{made.id}/{act}").status == 404


def test_a_form_that_is_not_filled_in_comes_back_and_nothing_is_made(desk):
    pages, _clerk = desk(language="en")
    report = make_passed_report()

    page = pages.post(pages.get(f"/desk/reports/{report.reference}/pass-on"), {})

    assert page.status == 422
    assert page.problems() == ["Say why it is passed on"]
    assert db.session.scalars(select(HandOver)).all() == []


def test_the_slower_of_two_is_told_how_it_stands(desk):
    pages, _clerk = desk(language="en")
    made = make_hand_over(state=S.SENT)
    page = pages.get(f"{LIST}/{made.id}/receive")
    record_return(RecordReturn(made.id, today(), "不属于我局职责。"), actor=make_clerk())

    page = pages.post(page, {"received_on": today().isoformat()})

    assert page.status == 409


def test_an_answer_needs_a_word_for_the_reporter_when_the_report_ends_with_it(desk):
    pages, _clerk = desk(language="en")
    made = make_hand_over(state=S.SENT)

    page = pages.post(
        pages.get(f"{LIST}/{made.id}/answer"),
        {"answered_on": today().isoformat(), "result": "other", "answer": "x"},
    )

    assert page.status == 422
    assert len(page.problems()) == 2


@pytest.mark.parametrize("address", ["a@b", "two@x.org,three@x.org", "a b@x.org", "<a@x.org>"])
def test_a_notice_goes_to_one_address_of_a_known_form(desk, postbox, address):
    pages, _clerk = desk(language="en")
    made = make_hand_over(state=S.READY)

    page = pages.post(
        pages.get(f"{LIST}/{made.id}/announce"), {"address": address, "carrier": "post"}
    )

    assert page.status == 422
    assert page.problems() == ["Enter one address, like office@example.org"]


@pytest.mark.requirement("B14")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_list_shows_what_is_out_with_whom_since_when_and_only_that(desk, language):
    pages, _clerk = desk(language=language)
    out, back = make_hand_over(state=S.SENT), make_hand_over(state=S.RETURNED)
    references = {
        one.id: db.session.get_one(Report, one.report_id).reference for one in (out, back)
    }

    page = pages.get(LIST)

    text = page.text("main")
    assert references[out.id] in text
    assert references[back.id] not in text
    assert current_place().departments[PARTNER].name.in_(language) in text
    assert references[out.id] not in pages.get(f"{LIST}?silent=y").text("main")


@pytest.mark.parametrize("many", [3, 30])
def test_the_list_takes_the_same_few_statements_whatever_is_out(desk, many):
    pages, _clerk = desk()
    first = make_hand_over(state=S.SENT)
    copy_open(first, many)
    pages.get(LIST)

    with counted() as statements:
        page = pages.get(LIST)

    assert len(page.find("[data-row]")) == many + 1
    assert len(statements) <= 3, statements


def test_the_list_is_paged_by_key_and_loses_none(desk, monkeypatch):
    monkeypatch.setattr("portal.transfers.views.acts.requested_window", small_window)
    pages, _clerk = desk()
    copy_open(make_hand_over(state=S.SENT), 6)
    seen, page = [], pages.get(LIST)

    while True:
        seen += [row.text for row in page.find("[data-row]")]
        onward = [a["href"] for a in page.find("a[rel=next]")]
        if not onward:
            break
        page = pages.get(onward[0])

    assert len(seen) == len(set(seen)) == 7


def small_window(*kinds):
    """Three rows on a page."""
    return pagination.requested_window(*kinds, limit=3)


def copy_open(made: HandOver, count: int) -> None:
    """More hand-overs of the same report, each with another body, as the table would hold them."""
    columns = {c.key: getattr(made, c.key) for c in HandOver.__table__.columns}
    for number in range(2, count + 2):
        more = {"number": number, "department_code": f"MARKET@{320000 + number}", "bundle_id": None}
        dropped = {"id", "words", "words_key"}
        given = {name: value for name, value in columns.items() if name not in dropped}
        given["made_at"] = made.made_at + timedelta(seconds=number)
        db.session.add(HandOver(**(given | more), words=None, words_key=None))
    db.session.commit()


# --- What the reporter reads ----------------------------------------------------------------------


SAYS = {
    S.SENT: ("办理", "has had it since"),
    S.RECEIVED: ("对方已确认收到", "has confirmed so"),
    S.ANSWERED: ("已立案", "A case was opened"),
    S.RETURNED: ("对您承诺的日期不变", "due on the same day as before"),
}


@pytest.mark.requirement("B27")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize("state", list(SAYS))
def test_the_reporter_reads_who_has_it_since_when_and_what_came_of_it(app, state, language):
    reporter = Reporter(app)
    report = passed_by(reporter)
    make_hand_over(report, state)

    text = reporter.come_back(language=language).text("main")

    name = current_place().departments[PARTNER].name.in_(language)
    assert name in text
    assert SAYS[state][language == "en"] in text
    assert "不属于我局职责" not in text
    assert "市监收" not in text


@pytest.mark.requirement("B27")
@pytest.mark.requirement("F9")
def test_what_is_promised_to_the_reporter_never_moves_later_by_passing_on(app):
    reporter = Reporter(app)
    report = passed_by(reporter)
    before = first_date(report)

    made = make_hand_over(report, S.SENT)
    sent = first_date(report)
    record_return(RecordReturn(made.id, today(), "不属于我局职责。"), actor=make_clerk())

    assert sent == before
    assert first_date(report) <= before


def test_what_is_only_prepared_is_told_to_nobody_outside(app):
    reporter = Reporter(app)
    report = passed_by(reporter)
    make_hand_over(report, S.READY)

    assert "has had it since" not in reporter.come_back(language="en").text("main")


@pytest.mark.requirement("B27")
def test_a_late_answer_is_called_late(app):
    reporter = Reporter(app)
    report = passed_by(reporter)
    make_hand_over(report, S.RECEIVED)
    late = today() - timedelta(days=1)
    of_it = (Clock.report_id == report.id, Clock.stage == Stage.TRANSFER)
    db.session.execute(update(Clock).where(*of_it).values(due_on=late, promised_on=late))
    db.session.commit()

    assert "is late. The desk asks for it." in reporter.come_back(language="en").text("main")


def passed_by(reporter: Reporter) -> Report:
    """A report of this reporter that lies with a partner body."""
    report = reporter.send(category="goods.counterfeit", region="320412")
    triage_report(report.id, actor=MACHINE)
    assert reporter.report.department_code == PARTNER
    return reporter.report


def first_date(report: Report):
    """The nearest date that runs for the reporter."""
    db.session.expire_all()
    running = select(Clock.promised_on).where(
        Clock.report_id == report.id, Clock.met_at.is_(None), Clock.stage != Stage.TRIAGE
    )
    return min(db.session.scalars(running))


def test_a_report_of_our_own_unit_offers_a_choice_of_bodies(desk):
    pages, officer = desk(Role.CASE_OFFICER, "CULTURE_ENF@320412", "en")
    report = make_report(state=ReportState.ACCEPTED, officer=officer, columns={"region": "320412"})

    page = pages.get(f"/desk/reports/{report.reference}/pass-on")
    page = pages.post(page, {"partner": "POLICE@320412", "reason": "涉嫌犯罪。"})

    assert page.status == 200
    assert only_hand_over().department_code == "POLICE@320412"


@pytest.mark.parametrize("state", list(WAY))
def test_an_act_has_a_page_exactly_where_the_hand_over_has_its_button(desk, state):
    pages, clerk = desk()
    made = make_hand_over(state=state, officer=clerk)

    found = {
        act: pages.get(f"{LIST}/{made.id}/{act.replace('_', '-')}").status for act in HAND_OVER_ACTS
    }

    if set(found.values()) == {404}:
        assert state is S.ANSWERED  # the report has ended with it, out of the clerk's sight
        return
    offered = set(get_line(db.session(), made.id, clerk).acts)
    assert {act for act, status in found.items() if status == 200} == offered
    assert {found[act] for act in found.keys() - offered} <= {409}


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_what_a_body_has_already_is_not_passed_on_again(desk, language):
    pages, clerk = desk(language=language)
    report = make_passed_report()
    make_hand_over(report, officer=clerk)

    page = pages.get(f"/desk/reports/{report.reference}/pass-on")

    assert page.status == 409
    assert not page.find("main form[method=post]")
