"""What two units passed to each other in a month, told to both and acknowledged by each (C14)."""

from datetime import date, datetime
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select, update

from portal.audit.models import AuditEvent
from portal.cases.models import Case
from portal.cases.service.chain import FollowCase, ReturnCaseLead, follow_case, return_case_lead
from portal.cases.service.disputes import SendAgain, send_again, watch_case_leads
from portal.cases.service.joint import AddMember, GiveMemberTask, add_member, give_member_task
from portal.cases.states import CaseEnding, CaseState, ChainDirection
from portal.casework.service.watching import watch_leads
from portal.digests.gathering import all_given
from portal.digests.models import DigestMonth, UnitDigest
from portal.digests.queries import get_page, list_digests
from portal.digests.rules import Shared
from portal.digests.service import (
    AcknowledgeDigest,
    acknowledge_digest,
    ask_for_digests,
    make_digests,
)
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.intake.models import Stream
from portal.intake.states import LeadState, ReportState
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotFound, NotPermitted
from portal.kernel.page import Window
from tests.factories.cases import make_case
from tests.factories.casework import keep_out, make_head, make_officer, make_supervisor
from tests.factories.intake import make_report
from tests.factories.leads import make_lead

pytestmark = pytest.mark.usefixtures("app", "known_place")
HERE, THERE, THIRD = "CULTURE_ENF@320412", "CULTURE_ENF@320402", "CULTURE_ENF@320404"
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
SYSTEM = Actor.system("test")
MARK = "金丝雀专用词"


def at(day: str) -> time_machine.travel:
    return time_machine.travel(datetime.fromisoformat(f"{day}T10:00:00+08:00"), tick=False)


def tell_units() -> int:
    """What the clock asks for and a worker makes: how many digests there are more."""
    ask_for_digests(actor=SYSTEM)
    wanted = select(DigestMonth).where(DigestMonth.made_at.is_(None))
    asked = [one.id for one in db.session.scalars(wanted)]
    for month_id in asked:
        make_digests(month_id, actor=SYSTEM)
    made = select(DigestMonth.digests).where(DigestMonth.id.in_(asked))
    return sum(db.session.scalars(made))


@pytest.fixture
def october():
    """Three leads and a lead of a case from here to there, some of it answered, all in October."""
    with at("2026-10-12"):
        officer = make_officer(HERE)
        report = make_report(state=ReportState.ACCEPTED, officer=officer, narrative=f"{MARK}书店")
        for state in (LeadState.REPORTED, LeadState.RETURNED, LeadState.ROUTED):
            make_lead(report, state, unit=THERE, asked=MARK)
        found = make_report(
            state=ReportState.ACCEPTED, officer=officer, columns={"stream": Stream.PATROL}
        )
        make_lead(found, unit=THERE)
        number = make_case(report, officer=officer)
        order = FollowCase(number, "320402", THERE, MARK, ChainDirection.UP)
        follow_case(order, actor=officer)
    return report, number


@pytest.fixture
def told(october):
    """The same, with the digests of October."""
    with at("2026-11-02"):
        tell_units()
    return october


def of(unit: str, other: str, month: date = OCTOBER) -> UnitDigest:
    wanted = select(UnitDigest).filter_by(department_code=unit, other_code=other, month=month)
    return db.session.scalars(wanted).one()


@pytest.mark.requirement("C14")
@pytest.mark.requirement("C1")
def test_both_units_are_told_once_what_was_passed_answered_returned_and_still_waits(told):
    with at("2026-11-03"):
        assert tell_units() == 0
    ours, theirs = of(HERE, THERE), of(THERE, HERE)

    assert ours.given == {
        "lead": {"passed": 3, "answered": 1, "returned": 1, "waiting": 1},
        "patrol-lead": {"passed": 1, "waiting": 1},
        "case-lead": {"passed": 1, "waiting": 1},
    }
    assert (ours.taken, theirs.given, theirs.taken) == ({}, {}, ours.given)


@pytest.mark.requirement("C14")
def test_what_goes_on_in_the_next_month_is_told_then_with_what_was_late(told):
    _report, number = told
    with at("2026-11-10"):
        officer, head = make_officer(HERE), make_head(HERE)
        until = date(2026, 11, 12)
        member = add_member(AddMember(number, THERE, "协查", "案情", until), actor=head)
        give_member_task(GiveMemberTask(number, member, until, "查仓库"), actor=officer)
    with at("2026-11-24"):
        watch_leads(actor=SYSTEM)
        watch_case_leads(actor=SYSTEM)
        [which] = [UUID(one["id"]) for one in of(HERE, THERE).things if one["kind"] == "case-lead"]
        return_case_lead(ReturnCaseLead(which, "不是我们的"), actor=make_officer(THERE))
        send_again(SendAgain(number, which, "320404", THIRD, MARK), actor=make_officer(HERE))
    with at("2026-12-01"):
        assert tell_units() == 4

    assert of(HERE, THERE, NOVEMBER).given == {
        "lead": {"late": 1, "waiting": 1},
        "patrol-lead": {"late": 1, "waiting": 1},
        "case-lead": {"returned": 1, "late": 1},
        "task": {"passed": 1, "late": 1, "waiting": 1},
    }
    assert of(THIRD, HERE, NOVEMBER).taken == {"case-lead": {"passed": 1, "waiting": 1}}


@pytest.mark.requirement("C14")
def test_a_task_due_on_the_last_day_of_all_keeps_no_digest_from_being_made(october):
    _report, number = october
    with at("2026-10-14"):
        officer, head = make_officer(HERE), make_head(HERE)
        member = add_member(AddMember(number, THERE, "协查", "案情", date.max), actor=head)
        give_member_task(GiveMemberTask(number, member, date.max, "查仓库"), actor=officer)
    with at("2026-11-02"):
        assert tell_units() == 2

    assert of(HERE, THERE).given["task"] == {"passed": 1, "waiting": 1}


@pytest.mark.requirement("C14")
def test_what_a_unit_had_not_done_when_the_case_ended_waits_with_nobody(october):
    _report, number = october
    with at("2026-10-14"):
        officer, head = make_officer(HERE), make_head(HERE)
        member = add_member(AddMember(number, THERE, "协查", "案情", NOVEMBER), actor=head)
        give_member_task(GiveMemberTask(number, member, NOVEMBER, "查仓库"), actor=officer)
    ended = {"state": CaseState.CLOSED, "ending": CaseEnding.NOT_ESTABLISHED}
    db.session.execute(update(Case).where(Case.number == number).values(**ended))
    db.session.commit()
    with at("2026-12-01"):
        given = list(all_given(db.session(), current_place(), OCTOBER))

    assert Shared.CASE_LEAD in {one.kind for one in given}
    assert Shared.TASK not in {one.kind for one in given}


@pytest.mark.requirement("C14")
def test_each_side_acknowledges_its_own_copy_and_the_other_sees_when(told):
    ours, theirs = of(HERE, THERE), of(THERE, HERE)
    there = make_head(THERE)

    for _twice in range(2):
        acknowledge_digest(AcknowledgeDigest(theirs.id), actor=there)

    assert (theirs.acknowledged_by, ours.acknowledged_at) == (there.id, None)
    line = get_page(db.session(), ours.id, make_head(HERE)).line
    assert (line.acknowledged_at, line.other_at) == (None, theirs.acknowledged_at)
    events = select(AuditEvent).where(AuditEvent.action == "digest.acknowledge")
    assert [one.details for one in db.session.scalars(events)] == [{"other": HERE}]


@pytest.mark.requirement("C14")
def test_a_digest_is_read_by_the_heads_of_its_unit_and_those_above_and_acknowledged_here(told):
    ours = of(HERE, THERE)
    above, session = make_supervisor("320000"), db.session()

    with pytest.raises(NotFound):
        get_page(session, ours.id, make_head(THERE))
    with pytest.raises(NotFound):
        acknowledge_digest(AcknowledgeDigest(ours.id), actor=make_head(THIRD))
    with pytest.raises(NotPermitted):
        acknowledge_digest(AcknowledgeDigest(ours.id), actor=make_officer(HERE))
    with pytest.raises(NotPermitted):
        acknowledge_digest(AcknowledgeDigest(ours.id), actor=above)
    assert len(list_digests(session, above, Window()).items) == 2
    assert [one.unit for one in list_digests(session, make_head(HERE), Window()).items] == [HERE]


@pytest.mark.requirement("C14")
def test_nothing_that_anybody_wrote_is_in_it_and_numbers_only_of_what_the_reader_may_see(told):
    report, number = told
    ours, head = of(HERE, THERE), make_head(HERE)

    assert MARK not in str([ours.given, ours.things])
    numbers = {one.number for one in get_page(db.session(), ours.id, head).things}
    assert numbers > {f"{report.reference}/{n}" for n in (1, 2, 3)} | {f"{number}/1"}
    theirs = get_page(db.session(), of(THERE, HERE).id, make_head(THERE)).things
    assert f"{report.reference}/2" not in [one.number for one in theirs]

    keep_out(head.id, report.id)
    left = get_page(db.session(), ours.id, head).things
    assert {one.kind for one in left} == {Shared.PATROL_LEAD}


@pytest.mark.requirement("C14")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_head_finds_it_on_the_desk_and_acknowledges_it(told, desk, counted, language):
    pages, _who = desk(Role.DEPARTMENT_HEAD, department=HERE, language=language)
    heap = pages.get("/desk")
    assert heap.text('a[href="/desk/digests"]').count("1") == 1
    ours = of(HERE, THERE)
    address = f"/desk/digests/{ours.id}"

    assert address in pages.get("/desk/digests").links()
    with counted() as seen:
        shown = pages.get(address)
    assert len(seen) <= 12
    assert MARK not in shown.text()
    after = pages.post(shown, form=f"form[action='{address}/acknowledge']")

    assert after.path == address
    assert db.session.get_one(UnitDigest, ours.id, populate_existing=True).acknowledged_at
    assert not after.has("main form")


def test_a_month_in_which_nothing_was_passed_has_no_digest():
    with at("2026-11-02"):
        make_report(state=ReportState.ACCEPTED)
        assert tell_units() == 0


@pytest.mark.requirement("C14")
def test_a_month_is_asked_for_once_and_made_once_also_one_without_anything():
    with at("2026-11-02"):
        assert ask_for_digests(actor=SYSTEM) == 3
    with at("2026-11-03"):
        assert ask_for_digests(actor=SYSTEM) == 0
    tasks = db.session.scalars(select(Task).filter_by(kind=TaskKind.MAKE_DIGESTS)).all()
    [october] = db.session.scalars(select(DigestMonth).filter_by(month=OCTOBER))

    assert {one.subject_id for one in tasks} == set(db.session.scalars(select(DigestMonth.id)))
    with at("2026-11-03"):
        make_digests(october.id, actor=SYSTEM)
    with at("2026-11-04"):
        make_digests(october.id, actor=SYSTEM)
        assert tell_units() == 0
    assert (october.digests, october.made_at.day) == (0, 3)
    with at("2026-12-02"):
        assert ask_for_digests(actor=SYSTEM) == 1
