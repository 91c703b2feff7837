"""Filters that people keep: views, shared views, alerts with numbers only, and handing work out."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select

from portal.accounts.models import Absence
from portal.accounts.service.absence import SetAbsence, set_absence
from portal.accounts.service.administration import (
    ChangeAccount,
    change_account,
    disable_account,
)
from portal.audit.models import AuditEvent
from portal.casework.models import SavedFilter
from portal.casework.queries.board import viewpoint
from portal.casework.queries.filters import Filter, Holder, Order
from portal.casework.queries.saved import (
    arguments_of,
    count_views,
    filter_of,
    list_alerts,
    list_saved,
)
from portal.casework.service import saved as service
from portal.casework.service.holding import ReleaseReport, release_report
from portal.casework.service.saved import (
    ChangeFilter,
    SaveFilter,
    change_filter,
    delete_filter,
    hand_out,
    look_at_alerts,
    save_filter,
    stop_sharing,
)
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.lead_models import ExclusionCause
from portal.intake.models import Channel, Report, ReportKind, Stream
from portal.intake.states import ReportState
from portal.jurisdiction.place import Urgency
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken
from portal.triage.wall import exclude
from tests.factories.casework import make_head, make_officer
from tests.factories.intake import make_report

S = ReportState
OWN, OTHER = "CULTURE_ENF@320412", "CULTURE_ENF@320402"
SYSTEM = Actor.system("test")
WORKDAY = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
HOLIDAY = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)


def saved(actor, chosen=Filter(), **uses):  # noqa: B008  # a frozen value
    filter_id = save_filter(SaveFilter("示例筛选", chosen), actor=actor)
    if uses:
        change_filter(ChangeFilter(filter_id, "示例筛选", **uses), actor=actor)
    return db.session.get_one(SavedFilter, filter_id)


def counts(actor):
    session = db.session()
    return [one.count for one in count_views(session, list_saved(session, actor), viewpoint(actor))]


@pytest.mark.parametrize(
    "chosen",
    [
        Filter(),
        Filter(states=(S.ROUTED,), category="piracy.print", region="320412", overdue=True),
        Filter(urgency=Urgency.HIGH, department=OWN, holder=Holder.NOBODY, contested=True),
        Filter(channel=Channel.LETTER, kind=ReportKind.TIP, stream=Stream.PATROL, stuck=True),
        Filter(order=Order.NEWEST, near_school=True),
    ],
)
def test_a_filter_comes_back_as_it_was_kept(app, chosen):
    assert filter_of(arguments_of(chosen)) == chosen


@pytest.mark.parametrize(
    "arguments", [{"state": "lost"}, {"category": "no.such"}, {"region": "999999"}, {"who": "all"}]
)
def test_a_filter_that_names_what_is_no_more_is_none(app, arguments):
    with pytest.raises(ValueError, match=r".*"):
        filter_of(arguments)


def test_a_kept_filter_finds_what_its_reader_may_see_and_counts_it(app):
    head = make_head()
    make_report(state=S.ROUTED)
    make_report(state=S.ROUTED, department=OTHER)
    saved(head, shared=True)

    assert counts(head) == [1]
    assert counts(make_officer()) == [1]
    assert counts(make_officer(OTHER)) == []


def test_a_private_filter_is_its_owners_alone(app):
    officer = make_officer()
    kept = saved(officer)

    assert list_saved(db.session(), make_officer()) == []
    for stranger in (make_officer(), make_head()):
        with pytest.raises(NotFound):
            change_filter(ChangeFilter(kept.id, "meins"), actor=stranger)
        with pytest.raises(NotFound):
            delete_filter(kept.id, actor=stranger)


@pytest.mark.parametrize("use", ["shared", "hand_out"])
def test_only_whoever_leads_the_unit_shares_and_hands_out(app, use):
    officer = make_officer()
    kept = saved(officer)

    with pytest.raises(NotPermitted):
        change_filter(ChangeFilter(kept.id, "示例", **{use: True}), actor=officer)


def test_nobody_keeps_more_than_twenty(app):
    officer = make_officer()
    for _one in range(20):
        saved(officer)

    with pytest.raises(RuleBroken):
        saved(officer)


# --- Alerts ---------------------------------------------------------------------------------------


@pytest.mark.requirement("U4")
@pytest.mark.requirement("U19")
@pytest.mark.parametrize(
    ("uses", "speaks"),
    [
        ({"digest": True}, True),
        ({"alert_over": 0}, True),
        ({"alert_over": 1}, False),
        ({"alert_days": 3}, True),
        ({"alert_days": 300}, False),
        ({}, False),
    ],
)
def test_an_alert_speaks_beyond_its_threshold_and_a_digest_always(app, uses, speaks):
    officer = make_officer()
    long_ago = datetime.now(UTC) - timedelta(days=30)
    make_report(state=S.ROUTED, columns={"received_at": long_ago})
    saved(officer, **uses)

    with time_machine.travel(WORKDAY, tick=False):
        look_at_alerts(actor=SYSTEM)

    said = list_alerts(list_saved(db.session(), officer), viewpoint(officer))
    assert [one.found for one in said] == ([1] if speaks else [])


@pytest.mark.requirement("U4")
@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Counted November 25, 2026 09:00"), ("zh-Hans", "统计时间：2026年11月25日 09:00")],
)
def test_an_alert_says_at_which_hour_of_the_place_it_was_counted(desk, language, said):
    pages, head = desk(Role.DEPARTMENT_HEAD, language=language)
    saved(head, digest=True)

    with time_machine.travel(WORKDAY, tick=False):
        look_at_alerts(actor=SYSTEM)

    assert said in pages.get("/desk").text("main")


@pytest.mark.requirement("U19")
def test_a_number_changes_at_the_fixed_hour_only_and_not_on_holidays(app):
    officer = make_officer()
    saved(officer, digest=True)
    with time_machine.travel(WORKDAY, tick=False):
        look_at_alerts(actor=SYSTEM)
    make_report(state=S.ROUTED)

    with time_machine.travel(HOLIDAY, tick=False):
        assert look_at_alerts(actor=SYSTEM) == 0

    said = list_alerts(list_saved(db.session(), officer), viewpoint(officer))
    assert [one.found for one in said] == [0]


def test_an_alert_counts_in_the_scope_its_owner_has_now(app):
    officer = make_officer()
    make_report(state=S.ROUTED)
    kept = saved(officer, digest=True)
    moved = ChangeAccount(officer.id, frozenset({Role.CASE_OFFICER}), OTHER, "320402")
    change_account(moved, actor=Actor.operator())

    with time_machine.travel(WORKDAY, tick=False):
        look_at_alerts(actor=SYSTEM)
    assert kept.found == 0

    disable_account(officer.id, actor=Actor.operator())
    with time_machine.travel(WORKDAY, tick=False):
        look_at_alerts(actor=SYSTEM)
    assert kept.off_because == "owner-gone"


def test_the_head_takes_back_what_somebody_shares_who_has_left(desk):
    pages, head = desk(Role.DEPARTMENT_HEAD, language="en")
    gone, colleague, stranger = make_head(), make_head(), make_head(OTHER)
    left = saved(gone, shared=True)
    here, theirs = saved(colleague, shared=True), saved(stranger, shared=True)
    moved_owner(gone, None)
    page = pages.get("/desk/filters")
    assert "Shared by people who have left" in page.text("main")

    for filter_id in (left.id, here.id):
        form = f"form[action=/desk/filters/{filter_id}/stop-sharing]"
        assert pages.post(pages.get("/desk/filters"), {}, form=form).status == 200
    for filter_id in (theirs.id, left.id):
        with pytest.raises(NotFound):
            stop_sharing(filter_id, actor=head)
    with pytest.raises(NotPermitted):
        stop_sharing(here.id, actor=make_officer())

    db.session.expire_all()
    assert (left.shared, here.shared, theirs.shared) == (False, False, True)
    assert "Shared by people" not in pages.get("/desk/filters").text("main")


# --- Handing out ----------------------------------------------------------------------------------


@pytest.mark.requirement("U18")
def test_what_comes_to_the_unit_and_fits_goes_to_the_officer_of_the_rule(app):
    head, officer = make_head(), make_officer()
    saved(head, Filter(category="piracy.print"), hand_out=True, hand_to=officer.id)
    fits = make_report(state=S.ROUTED)
    other = make_report(state=S.ROUTED, columns={"category": "other.unclear"})
    elsewhere = make_report(state=S.ROUTED, department=OTHER)

    assert hand_out(actor=SYSTEM) == 1

    assert fits.handler_id == officer.id
    assert (other.handler_id, elsewhere.handler_id) == (None, None)
    entry = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "report.assign")).one()
    assert (entry.actor_kind, entry.details["handler"]) == ("system", officer.id.hex)
    assert hand_out(actor=SYSTEM) == 0


def test_everybody_present_gets_something_in_turn(app):
    head, one, other, absent = make_head(), make_officer(), make_officer(), make_officer()
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    set_absence(SetAbsence(absent.id, today, today, one.id), actor=absent)
    saved(head, hand_out=True)
    reports = [make_report(state=S.ROUTED) for _one in range(6)]

    assert hand_out(actor=SYSTEM) == 6

    given = [report.handler_id for report in reports]
    assert {who: given.count(who) for who in given} == {head.id: 2, one.id: 2, other.id: 2}


def test_what_an_officer_puts_back_is_not_handed_out_again(app):
    head, officer = make_head(), make_officer()
    saved(head, hand_out=True, hand_to=officer.id)
    report = make_report(state=S.ROUTED)
    hand_out(actor=SYSTEM)
    release_report(ReleaseReport(report.reference), actor=officer)

    assert hand_out(actor=SYSTEM) == 0
    assert report.handler_id is None


def closed_owner(head, _officer):
    disable_account(head.id, actor=Actor.operator())


def demoted_owner(head, _officer):
    command = ChangeAccount(head.id, frozenset({Role.CASE_OFFICER}), OWN, "320412")
    change_account(command, actor=Actor.operator())


def moved_owner(head, _officer):
    command = ChangeAccount(head.id, frozenset({Role.DEPARTMENT_HEAD}), OTHER, "320402")
    change_account(command, actor=Actor.operator())


def closed_officer(_head, officer):
    disable_account(officer.id, actor=Actor.operator())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (closed_owner, "owner-gone"),
        (demoted_owner, "owner-leads-no-more"),
        (moved_owner, "owner-leads-no-more"),
        (closed_officer, "officer-not-available"),
    ],
)
def test_a_rule_whose_people_are_gone_is_off_and_says_so(app, change, code):
    head, officer = make_head(), make_officer()
    kept = saved(head, hand_out=True, hand_to=officer.id)
    report = make_report(state=S.ROUTED)
    change(head, officer)

    assert hand_out(actor=SYSTEM) == 0
    assert (kept.off_because, report.handler_id) == (code, None)


@pytest.mark.parametrize("kept_from", ["excluded", "away"])
def test_a_rule_stays_on_where_whoever_stands_in_cannot_have_a_report(app, kept_from):
    head, officer, other = make_head(), make_officer(), make_officer()
    kept = saved(head, hand_out=True, hand_to=officer.id)
    report = make_report(state=S.ROUTED)
    today, day = viewpoint(head).today, timedelta(days=1)
    set_absence(SetAbsence(officer.id, today - day, today + day, other.id), actor=head)
    if kept_from == "away":
        db.session.add(
            Absence(account_id=other.id, from_on=today, until_on=today, substitute_id=officer.id)
        )
        db.session.commit()
    if kept_from == "excluded":
        with unit_of_work(SYSTEM) as uow:
            cause = {other.id: ExclusionCause.DECLARED}
            exclude(uow, uow.session.get_one(Report, report.id), cause)

    assert hand_out(actor=SYSTEM) == 0

    db.session.expire_all()
    assert (kept.off_because, report.handler_id) == (None, None)


def test_a_rule_gets_past_what_it_may_not_hand_out(app, monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE", 2)
    head, officer = make_head(), make_officer()
    kept = saved(head, hand_out=True, hand_to=officer.id)
    for report in [make_report(state=S.ROUTED) for _one in range(5)]:
        with unit_of_work(SYSTEM) as uow:
            cause = {officer.id: ExclusionCause.DECLARED}
            exclude(uow, uow.session.get_one(Report, report.id), cause)
    fits = make_report(state=S.ROUTED)
    fits.next_due_on += timedelta(days=30)
    db.session.commit()

    given = [hand_out(actor=SYSTEM) for _minute in range(3)]

    db.session.expire_all()
    assert (given, fits.handler_id) == ([0, 0, 1], officer.id)
    assert (kept.upto_id, kept.off_because) == (None, None)
    again = make_report(state=S.ROUTED)
    assert sum(hand_out(actor=SYSTEM) for _minute in range(3)) == 1, "the round begins again"
    db.session.expire_all()
    assert again.handler_id == officer.id


def test_a_rule_hands_nothing_to_another_unit(app):
    head = make_head()

    for stranger in (make_officer(OTHER).id, uuid4()):
        with pytest.raises(RuleBroken):
            saved(head, hand_out=True, hand_to=stranger)


# --- Pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_filter_is_kept_used_and_deleted_on_the_pages(desk, language):
    pages, head = desk(Role.DEPARTMENT_HEAD, language=language)
    report = make_report(state=S.ROUTED)
    page = pages.get("/desk/reports?state=routed")
    address = page.one("a[href=/desk/filters/new?state=routed]")["href"]
    page = pages.get(f"{address}&endpoint=x&_rule=1&_scheme=javascript&_external=1")
    assert page.find("a[href=/desk/reports?state=routed]")
    page = pages.get(address)

    page = pages.post(page, {"name": "新转来的"})
    form = "form[novalidate]"
    page = pages.post(page, {"name": "新转来的", "shared": "y", "hand_out": "y"}, form=form)
    assert "新转来的" in page.text()
    assert "新转来的 (1)" in pages.get("/desk").text("nav.moj-side-navigation")

    hand_out(actor=SYSTEM)
    assert db.session.get_one(Report, report.id).handler_id == head.id
    assert "新转来的" in pages.get(f"/desk/reports/{report.reference}").text("section")

    kept = db.session.scalars(select(SavedFilter)).one()
    page = pages.get(f"/desk/filters/{kept.id}")
    pages.post(page, {}, form=f"form[action=/desk/filters/{kept.id}/delete]")
    assert "新转来的" not in pages.get("/desk/filters").text()


def test_an_officer_is_not_asked_what_only_a_head_decides(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    kept = saved(officer)

    page = pages.get(f"/desk/filters/{kept.id}")

    assert not page.find("[name=hand_out]")
    assert not page.find("[name=shared]")


def test_alerts_stand_on_the_desk_with_numbers_only(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.ROUTED, title="金丝雀专用词")
    saved(officer, digest=True)
    with time_machine.travel(WORKDAY, tick=False):
        look_at_alerts(actor=SYSTEM)

    panel = pages.get("/desk").text("section")

    assert "示例筛选: 1" in panel
    assert report.reference not in panel
    assert "金丝雀专用词" not in panel


def test_filters_beside_a_list_cost_two_statements(desk, counted):
    pages, officer = desk(Role.CASE_OFFICER)
    for _one in range(8):
        saved(officer, digest=True)
    pages.get("/desk")

    for path in ("/desk", "/desk/reports"):
        with counted() as statements:
            assert pages.get(path).status == 200
        assert len(statements) <= 6, statements
