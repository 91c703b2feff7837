"""Rules that close at reception: two people, a rehearsal, and what they never touch."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.accounts.service.administration import disable_account
from portal.audit.models import AuditEvent
from portal.casework.models import ClosedByRule, ClosingRule
from portal.casework.queries.board import viewpoint
from portal.casework.queries.closing import list_closed, rehearse
from portal.casework.queries.filters import Filter
from portal.casework.queries.saved import get_saved
from portal.casework.service import closing_rules as service
from portal.casework.service.closing_rules import (
    ApproveClosing,
    ProposeClosing,
    approve_closing,
    close_by_rules,
    propose_closing,
    withdraw_closing,
)
from portal.casework.service.routing import route_report
from portal.casework.service.saved import SaveFilter, delete_filter, save_filter
from portal.feedback.service import ContestResult, WriteToDesk, contest_result, write_to_desk
from portal.infra.database import db
from portal.intake.models import Message, MessageKind, Stream
from portal.intake.states import ReportState
from portal.jurisdiction.place import ReasonKind, Urgency
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from portal.triage.service import RouteReport
from tests.factories.casework import make_actor, make_clerk, make_head
from tests.factories.intake import make_report, submit

S = ReportState
DESK = "TRIAGE@320400"
SYSTEM = Actor.system("test")
LEAD = (Role.TRIAGE_CLERK, Role.DEPARTMENT_HEAD)
WANTED = Filter(category="piracy.print")


def lead(department=DESK):
    return make_actor(*LEAD, department=department, region=department.partition("@")[2])


def reason():
    reasons = current_place().reasons.values()
    return next(one.code for one in reasons if one.kind is ReasonKind.CLOSE_UNROUTED)


def rule(owner, second=None, chosen=WANTED):
    filter_id = save_filter(SaveFilter("示例规则", chosen), actor=owner)
    propose_closing(ProposeClosing(filter_id, reason()), actor=owner)
    if second:
        approve_closing(as_read(filter_id), actor=second)
    return filter_id


def as_read(filter_id):
    return ApproveClosing(filter_id, db.session.get_one(ClosingRule, filter_id).proposed_at)


def received(**columns):
    columns = {"region": "320412", "routing_version": 1, **columns}
    return make_report(columns=columns)


def test_a_rule_closes_nothing_until_a_second_person_has_switched_it_on(app):
    owner, second, report = lead(), lead(), received()
    filter_id = rule(owner)
    assert close_by_rules(actor=SYSTEM) == 0

    approve_closing(as_read(filter_id), actor=second)

    assert close_by_rules(actor=SYSTEM) == 1
    assert report.state is S.CLOSED
    assert close_by_rules(actor=SYSTEM) == 0


def test_every_closing_tells_the_reporter_as_by_hand_and_can_be_contested(app):
    owner, second, report = lead(), lead(), received()
    filter_id = rule(owner, second)

    close_by_rules(actor=SYSTEM)

    told = select(Message).where(Message.report_id == report.id)
    assert db.session.scalars(told.where(Message.kind == MessageKind.ANSWER)).one()
    entry = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "report.close_unrouted")
    ).one()
    assert (entry.actor_id, entry.details["rule"]) == (owner.id, filter_id.hex)
    contest_result(
        ContestResult(report.id, "contest.still-going-on", "还在卖。"), actor=Actor.public()
    )
    assert report.state is S.CONTESTED
    assert close_by_rules(actor=SYSTEM) == 0


def test_a_report_that_others_follow_is_left_to_people_and_so_the_rehearsal_says(app):
    owner, second, report = lead(), lead(), received()
    submitted = make_report(columns={"merged_into": report.id, "category": "other"})
    filter_id = rule(owner, second)

    tried = rehearse(db.session(), get_saved(db.session(), filter_id, owner), viewpoint(owner))

    assert report.reference not in {line.reference for line in tried.items}
    assert close_by_rules(actor=SYSTEM) == 0
    assert (report.state, submitted.state) == (S.RECEIVED, S.RECEIVED)


def test_nobody_switches_on_their_own_rule_nor_one_of_another_reception(app):
    owner = lead()
    filter_id = rule(owner)

    with pytest.raises(RuleBroken):
        approve_closing(as_read(filter_id), actor=owner)
    with pytest.raises(NotFound):
        approve_closing(as_read(filter_id), actor=lead("TRIAGE@320000"))
    with pytest.raises(NotFound):
        withdraw_closing(filter_id, actor=lead("TRIAGE@320000"))


def test_what_was_proposed_anew_since_it_was_read_is_not_switched_on(app):
    owner, second, report = lead(), lead(), received()
    filter_id = rule(owner)
    read = as_read(filter_id)
    propose_closing(ProposeClosing(filter_id, reason()), actor=owner)

    with pytest.raises(MoveRefused, match="changed-meanwhile"):
        approve_closing(read, actor=second)

    assert close_by_rules(actor=SYSTEM) == 0
    assert report.state is S.RECEIVED


@pytest.mark.parametrize("make", [make_clerk, make_head])
def test_only_whoever_leads_a_reception_proposes_a_rule(app, make):
    somebody = make()
    filter_id = save_filter(SaveFilter("示例", WANTED), actor=somebody)

    with pytest.raises(NotPermitted):
        propose_closing(ProposeClosing(filter_id, reason()), actor=somebody)


def test_only_reasons_for_closing_at_reception_are_taken(app):
    owner = lead()
    filter_id = save_filter(SaveFilter("示例", WANTED), actor=owner)

    with pytest.raises(RuleBroken):
        propose_closing(ProposeClosing(filter_id, "decline.no-breach"), actor=owner)


@pytest.mark.parametrize(
    "columns",
    [
        {"restricted": True},
        {"conflict": True},
        {"urgency": Urgency.HIGH},
        {"urgency": Urgency.CRITICAL},
        {"category": "other.unclear"},
        {"region": "440300"},
        {"contested_result": 1},
        {"stream": Stream.PATROL},
        {"waiting_since": datetime.now(UTC)},
        {"routing_version": 0},
    ],
)
def test_what_a_rule_never_closes(app, columns):
    rule(lead(), lead())
    report = received(**columns)

    assert close_by_rules(actor=SYSTEM) == 0
    assert report.state is S.RECEIVED


def test_what_others_follow_waits_for_a_person_whatever_these_are_like(app):
    rule(lead(), lead())
    report = received()
    received(urgency=Urgency.HIGH, merged_into=report.id)

    assert close_by_rules(actor=SYSTEM) == 0
    assert report.state is S.RECEIVED


def test_what_its_reporter_has_added_to_waits_for_a_person(app):
    rule(lead(), lead())
    report = received()
    write_to_desk(WriteToDesk(report.id, "还有一张照片。"), actor=Actor.public())

    assert close_by_rules(actor=SYSTEM) == 0
    assert report.state is S.RECEIVED


def test_what_is_with_another_unit_is_not_receptions_to_close(app):
    rule(lead(), lead())
    report = make_report(state=S.ROUTED, columns={"region": "320412"})

    assert close_by_rules(actor=SYSTEM) == 0
    assert report.state is S.ROUTED


@pytest.mark.parametrize("gone", ["owner", "second"])
def test_a_rule_is_off_when_one_of_its_two_people_is_gone(app, gone):
    people = {"owner": lead(), "second": lead()}
    filter_id = rule(people["owner"], people["second"])
    report = received()
    disable_account(people[gone].id, actor=Actor.operator())

    assert close_by_rules(actor=SYSTEM) == 0
    assert report.state is S.RECEIVED
    assert db.session.get_one(ClosingRule, filter_id).off_because is not None


def test_a_rule_that_is_taken_away_or_whose_filter_is_deleted_closes_nothing(app):
    owner, second = lead(), lead()
    withdraw_closing(rule(owner, second), actor=second)
    delete_filter(rule(owner, second), actor=owner)
    received()

    assert close_by_rules(actor=SYSTEM) == 0


def test_proposing_again_asks_for_approval_again(app):
    owner, second = lead(), lead()
    filter_id = rule(owner, second)
    propose_closing(ProposeClosing(filter_id, reason()), actor=owner)
    received()

    assert close_by_rules(actor=SYSTEM) == 0


def test_the_rehearsal_shows_what_would_have_been_closed_and_touches_nothing(app):
    owner = lead()
    filter_id = save_filter(SaveFilter("示例", WANTED), actor=owner)
    fits = received()
    received(urgency=Urgency.HIGH)
    received(received_at=datetime.now(UTC) - timedelta(days=40))

    session = db.session()
    found = rehearse(session, get_saved(session, filter_id, owner), viewpoint(owner))

    assert [line.reference for line in found.items] == [fits.reference]
    assert (found.count, fits.state) == (1, S.RECEIVED)


def test_the_rehearsal_counts_what_was_at_the_reception_and_nothing_that_never_was(app):
    owner = lead()
    filter_id = save_filter(SaveFilter("示例", WANTED), actor=owner)
    passed_on = make_report(state=S.ROUTED, department=DESK)
    onward = RouteReport(passed_on.reference, "CULTURE_ENF@320412", "按职责分工")
    route_report(onward, actor=make_clerk())
    make_report(state=S.ROUTED, department="CULTURE_ENF@320412")

    session = db.session()
    found = rehearse(session, get_saved(session, filter_id, owner), viewpoint(owner))

    assert [line.reference for line in found.items] == [passed_on.reference]


def test_the_daily_report_names_rule_and_report_to_whoever_may_see_it(app):
    owner, second, report = lead(), lead(), received()
    rule(owner, second)
    close_by_rules(actor=SYSTEM)

    line = list_closed(db.session(), owner, Window()).items[0]
    assert (line.reference, line.name, line.reason) == (report.reference, "示例规则", reason())
    assert list_closed(db.session(), make_head(), Window()).items == ()
    assert db.session.scalars(select(ClosedByRule)).one().report_id == report.id


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_rule_is_proposed_and_switched_on_on_the_pages(desk, language):
    post = {"department": DESK, "region": "320400", "language": language}
    first, owner = desk(*LEAD, **post)
    second, _other = desk(*LEAD, **post)
    report = received()
    filter_id = save_filter(SaveFilter("示例规则", WANTED), actor=owner)

    page = first.get(f"/desk/filters/{filter_id}/closing")
    assert report.reference in page.text()
    assert first.post(page, {"reason": ""}).status == 422
    page = first.post(page, {"reason": reason()})
    assert page.status == 200
    at = f"/desk/closing-rules/{filter_id}"
    assert not first.get(at).find(f"form[action={at}/approve]")
    second.post(second.get(at), {}, form=f"form[action={at}/approve]")
    close_by_rules(actor=SYSTEM)

    assert report.state is S.CLOSED
    assert report.reference in first.get("/desk/closing-rules").text()


def test_a_rule_gets_past_what_it_cannot_close(app, monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE", 1)
    owner, second = lead(), lead()
    # Nothing can be written to a reporter whose key is gone.
    erased = [received(content=None, content_key=None) for _one in range(2)]
    fits = received()
    fits.next_due_on += timedelta(days=30)
    db.session.commit()
    rule(owner, second)

    closed = [close_by_rules(actor=SYSTEM) for _hour in range(3)]

    db.session.expire_all()
    assert (closed, fits.state) == ([0, 0, 1], S.CLOSED)
    assert {one.state for one in erased} == {S.RECEIVED}


def test_a_fresh_report_is_left_to_triage_first(app):
    rule(lead(), lead())
    sent = submit()

    assert close_by_rules(actor=SYSTEM) == 0
    assert sent.reference
