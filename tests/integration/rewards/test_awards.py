"""An award from promise to approval: separate persons, money reserved, reporters told."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError

from portal.accounts.models import Account
from portal.audit.models import AuditEvent
from portal.cases.models import Case
from portal.cases.service.opening import AddReport, TakeOut, add_report, take_out
from portal.infra.database import db
from portal.intake import queries as reports
from portal.intake.models import Message, Report
from portal.jurisdiction.reward_tables import ExclusionGround
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from portal.rewards.ledger.queries import held_by
from portal.rewards.ledger.states import LedgerAccount
from portal.rewards.models import Award, AwardStep, RewardObjection
from portal.rewards.queries.desk import get_award_page, list_awards
from portal.rewards.queries.persons import person_of
from portal.rewards.queries.reporter import find_reward
from portal.rewards.service.deciding import DeclareConflict, declare_conflict
from portal.rewards.service.findings import StateFinding, state_finding
from portal.rewards.service.objecting import (
    AnswerObjection,
    ObjectToReward,
    answer_objection,
    object_to_reward,
)
from portal.rewards.service.promising import WithdrawAward, withdraw_award
from portal.rewards.service.telling import rank_reports
from portal.rewards.states import (
    AwardAction,
    AwardHeap,
    AwardState,
    Rank,
    RewardFindingKind,
)
from tests.factories.casework import make_actor, make_head, make_officer
from tests.factories.rewards import UNIT, Matter, make_tip

pytestmark = pytest.mark.usefixtures("app")
A, L, S = AwardAction, LedgerAccount, AwardState
PUBLIC, MACHINE = Actor.public(), Actor.system("rank_reports")
EVERYTHING = (Role.CASE_OFFICER, Role.DEPARTMENT_HEAD, Role.REWARD_COMMITTEE)


def award_of(matter):
    return db.session.get_one(Award, matter.award, populate_existing=True)


def held(matter):
    return {one: left for one, left in held_by(db.session(), matter.line).items() if left > 0}


def told(report):
    """The words in the thread of a report."""
    found = db.session.get_one(Report, report.id)
    wanted = select(Message).where(Message.report_id == report.id).order_by(Message.sent_at)
    return [reports.body_of(found, one) for one in db.session.scalars(wanted)]


def waiting(actor):
    page = list_awards(db.session(), actor, AwardHeap.WAITING, Window())
    return [one.id for one in page.items]


@pytest.mark.requirement("E4")
@pytest.mark.requirement("F1")
def test_a_large_award_takes_five_people_and_what_is_computed_is_what_is_owed():
    matter = Matter()
    assert waiting(matter.proposer) == [matter.award]

    matter.propose(large=True)
    award = award_of(matter)
    assert (award.state, award.amount, award.needs_second) == (S.PROPOSED, 1_000_000, True)
    assert held(matter) == {L.APPROPRIATION: 99_000_000, L.RESERVED: 1_000_000}
    assert (waiting(matter.proposer), waiting(matter.head)) == ([], [matter.award])
    matter.take(A.CONFIRM, matter.head)
    assert waiting(matter.first) == [matter.award]
    with pytest.raises(MoveRefused):
        matter.take(A.APPROVE, matter.first)
    matter.take(A.ENDORSE, matter.first)
    matter.take(A.APPROVE, matter.second)

    award = award_of(matter)
    assert award.state is S.APPROVED
    assert award.claim_by is not None
    assert held(matter) == {L.APPROPRIATION: 99_000_000, L.PAYABLE: award.amount}
    shown = find_reward(db.session(), matter.report.reference)
    assert [(one.amount, one.state) for one in shown.awards] == [(award.amount, S.APPROVED)]
    assert any("获批准" in text for text in told(matter.report))
    [unpaid] = list_awards(db.session(), matter.first, AwardHeap.UNPAID, Window()).items
    assert unpaid.id == matter.award
    trail = select(AuditEvent.action).where(AuditEvent.subject_id == matter.award)
    assert list(db.session.scalars(trail.order_by(AuditEvent.seq))) == [
        "award.promise",
        *(f"award.{one}" for one in ("propose", "confirm", "endorse", "approve")),
    ]


@pytest.mark.requirement("F1")
@pytest.mark.parametrize("own", ["propose", "confirm", "endorse"])
def test_no_person_takes_two_steps_whatever_the_roles_of_their_accounts(own):
    person = uuid4()
    one = make_actor(*EVERYTHING, department=UNIT, region="320412")
    again = make_actor(*EVERYTHING, department=UNIT, region="320412")
    matter = Matter()
    db.session.execute(_same_person(person, one, again))
    db.session.commit()
    by = {"propose": matter.proposer, "confirm": matter.head, "endorse": matter.first} | {own: one}

    matter.propose(large=True, actor=by["propose"])
    for step, others in ((A.CONFIRM, ("propose",)), (A.ENDORSE, ("propose", "confirm"))):
        if own in others:
            with pytest.raises(RuleBroken, match="award-touched"):
                matter.take(step, again)
        matter.take(step, by[step])
    for last in (A.APPROVE, A.REFUSE):
        with pytest.raises(RuleBroken, match="award-touched"):
            matter.take(last, again)
    assert A.APPROVE not in get_award_page(db.session(), matter.award, again).acts
    matter.take(A.APPROVE, matter.second)


def _same_person(person, *actors):
    ids = [one.id for one in actors]
    return update(Account).where(Account.id.in_(ids)).values(person_id=person)


@pytest.mark.requirement("F1")
def test_the_database_itself_keeps_the_steps_apart():
    matter = Matter()
    matter.propose()

    def step(actor, action, person=None):
        return insert(AwardStep).values(
            id=uuid4(),
            award_id=matter.award,
            step=action,
            account_id=actor.id,
            person_id=person or person_of(db.session(), actor.id),
            no_conflict=True,
            at=datetime.now(UTC),
        )

    own = update(Award).where(Award.id == matter.award)
    proposer, head, other = matter.proposer, matter.head, matter.first
    refused = {
        "UNIQUE|unique": step(proposer, A.CONFIRM),
        "another-person": step(head, A.CONFIRM, uuid4()),
        "not-its-turn": step(other, A.APPROVE),
        "confirmed-without-step": own.values(state=S.CONFIRMED),
        "no-such-move": own.values(state=S.APPROVED, ended_at=datetime.now(UTC)),
        "amount-is-fixed": own.values(amount=1),
        "CHECK|check|conflict": step(head, A.CONFIRM).values(no_conflict=False),
        "append-only": update(AwardStep).values(account_id=head.id),
    }
    for words, statement in refused.items():
        with pytest.raises(DBAPIError, match=words):
            db.session.execute(statement)
        db.session.rollback()


@pytest.mark.requirement("F1")
def test_who_had_the_case_or_declared_an_interest_decides_nothing():
    matter = Matter(officer=make_actor(*EVERYTHING, department=UNIT, region="320412"))
    matter.propose()
    declare_conflict(DeclareConflict(matter.award), actor=matter.head)

    for actor in (matter.officer, matter.head):
        with pytest.raises(RuleBroken, match="award-touched"):
            matter.take(A.CONFIRM, actor)
    matter.take(A.CONFIRM, make_head())
    with pytest.raises(RuleBroken, match="award-touched"):
        matter.take(A.APPROVE, matter.officer)


@pytest.mark.requirement("F1")
def test_an_award_is_seen_and_decided_by_those_of_its_region_and_role_only():
    matter = Matter()
    abroad = make_actor(Role.REWARD_COMMITTEE, region="320100")
    with pytest.raises(NotFound):
        get_award_page(db.session(), matter.award, abroad)
    with pytest.raises(NotFound):
        matter.propose(actor=make_officer("CULTURE_ENF@320402"))
    for actor in (matter.first, make_actor(Role.AUDITOR, region="320400")):
        with pytest.raises(NotPermitted):
            matter.propose(actor=actor)

    assert not get_award_page(db.session(), matter.award, matter.first).reads_case


@pytest.mark.requirement("E4")
def test_nothing_is_proposed_before_a_decision_nor_beyond_the_budget():
    undecided = Matter(decided=False)
    with pytest.raises(RuleBroken, match="nothing-decided"):
        undecided.propose()


def test_more_than_the_budget_line_holds_is_not_proposed():
    poor = Matter(money=49_999)

    with pytest.raises(RuleBroken, match="fund-overdrawn"):
        poor.propose()

    assert award_of(poor).state is S.PROMISED
    with pytest.raises(RuleBroken, match="budget-line-unknown"):
        poor.propose(line_id=uuid4())
    with pytest.raises(RuleBroken, match="conflict-not-denied"):
        poor.propose(no_conflict=False)


@pytest.mark.requirement("E4")
def test_a_refusal_says_why_frees_the_money_and_is_reviewed_by_somebody_else():
    matter = Matter()
    matter.propose()
    matter.take(A.CONFIRM, matter.head)
    with pytest.raises(RuleBroken, match="refusal-without-reason"):
        matter.take(A.REFUSE, matter.first, " ")
    matter.take(A.REFUSE, matter.first, "举报内容与查实情况不符。")
    assert held(matter) == {L.APPROPRIATION: matter.money}
    [shown] = find_reward(db.session(), matter.report.reference).awards
    assert (shown.reason, shown.may_ask) == ("举报内容与查实情况不符。", True)

    order = ObjectToReward(matter.report.id, "完全相符。", matter.award)
    object_to_reward(order, actor=PUBLIC)
    with pytest.raises(RuleBroken, match="nothing-to-object-to"):
        object_to_reward(order, actor=PUBLIC)
    with pytest.raises(NotFound):
        object_to_reward(
            ObjectToReward(make_tip(matter.officer).id, "?", matter.award), actor=PUBLIC
        )
    objection = db.session.scalars(select(RewardObjection.id)).one()
    grant = AnswerObjection(matter.number, objection, granted=True, answer="重新办理。")
    with pytest.raises(RuleBroken, match="answers-own-decision"):
        answer_objection(grant, actor=matter.head)
    answer_objection(grant, actor=make_head())

    states = select(Award.state).order_by(Award.number)
    assert list(db.session.scalars(states)) == [S.REFUSED, S.PROMISED]
    [answered] = find_reward(db.session(), matter.report.reference).objections
    assert (answered.granted, answered.answer) == (True, "重新办理。")


@pytest.mark.requirement("E4")
def test_a_promise_is_taken_back_by_the_head_with_a_reason_and_made_once():
    matter = Matter()
    with pytest.raises(RuleBroken, match="promised-already"):
        matter.promise(matter.report)
    with pytest.raises(RuleBroken, match="scheme-does-not-reward"):
        matter.promise(matter.report, "market-2021")
    with pytest.raises(NotPermitted):
        withdraw_award(WithdrawAward(matter.award, "登记有误。"), actor=matter.proposer)
    matter.propose()

    withdraw_award(WithdrawAward(matter.award, "登记有误。"), actor=matter.head)

    assert held(matter) == {L.APPROPRIATION: matter.money}
    assert find_reward(db.session(), matter.report.reference).awards[0].reason == "登记有误。"
    assert matter.promise(matter.report) != matter.award


@pytest.mark.requirement("F1")
def test_the_order_is_that_of_the_trail_and_who_is_bumped_is_told_and_may_object():
    matter = Matter()
    case = db.session.scalars(select(Case.id)).one()
    rank_reports(case, actor=MACHINE)
    later = make_tip(matter.officer)
    add_report(AddReport(matter.number, later.reference), actor=matter.officer)
    rank_reports(case, actor=MACHINE)
    rank_reports(case, actor=MACHINE)
    assert find_reward(db.session(), later.reference).rank is Rank.LATER
    assert len(told(later)) == 1
    with pytest.raises(RuleBroken, match="report-not-eligible"):
        matter.promise(later)

    object_to_reward(ObjectToReward(later.id, "我们是一起举报的。"), actor=PUBLIC)
    objection = db.session.scalars(select(RewardObjection.id)).one()
    grant = AnswerObjection(matter.number, objection, granted=True, answer="属实。")
    with pytest.raises(RuleBroken, match="standing-unchanged"):
        answer_objection(grant, actor=matter.head)
    joint = StateFinding(matter.number, later.reference, RewardFindingKind.JOINT, "同行人。")
    with pytest.raises(NotPermitted):
        state_finding(joint, actor=matter.officer)
    state_finding(joint, actor=matter.head)
    answer_objection(grant, actor=matter.head)
    rank_reports(case, actor=MACHINE)

    assert find_reward(db.session(), later.reference).rank is Rank.JOINT
    matter.promise(later)
    matter.propose()
    assert award_of(matter).amount == 25_000
    with pytest.raises(RuleBroken, match="award-is-computed"):
        state_finding(
            StateFinding(
                matter.number,
                matter.report.reference,
                RewardFindingKind.EXCLUDED,
                "本机关工作人员。",
                ExclusionGround.STAFF,
            ),
            actor=matter.head,
        )


@pytest.mark.requirement("F1")
def test_what_would_be_computed_differently_by_now_is_not_approved():
    matter = Matter()
    matter.propose()
    later = make_tip(matter.officer)
    add_report(AddReport(matter.number, later.reference), actor=matter.officer)
    joint = StateFinding(matter.number, later.reference, RewardFindingKind.JOINT, "同行人。")
    state_finding(joint, actor=matter.head)

    with pytest.raises(RuleBroken, match="amount-changed-meanwhile"):
        matter.take(A.CONFIRM, make_head())

    take_out(TakeOut(matter.number, matter.report.reference, "不属本案。"), actor=matter.officer)
    rank_reports(db.session.scalars(select(Case.id)).one(), actor=MACHINE)
    with pytest.raises(RuleBroken, match="report-not-eligible"):
        matter.take(A.CONFIRM, make_head())


def test_nobody_is_told_of_others_before_a_reward_is_promised():
    matter = Matter()
    withdraw_award(WithdrawAward(matter.award, "登记有误。"), actor=matter.head)
    other = make_tip(matter.officer)

    assert find_reward(db.session(), other.reference) is None
    assert told(other) == []
