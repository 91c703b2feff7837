"""Objections of reporters to where they stand or to a refusal, and the answer of the head."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from portal.access.permissions import Permission, demand
from portal.accounts.queries import own_accounts
from portal.audit.trail import record
from portal.cases.models import Case
from portal.cases.queries.access import context_of, key_of
from portal.cases.rules import demand_head
from portal.cases.service.in_hand import take
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.rewards.models import Award, RewardFinding, RewardObjection
from portal.rewards.queries.access import scheme_of
from portal.rewards.queries.persons import who_touched
from portal.rewards.queries.reporter import may_ask_for_review, may_object
from portal.rewards.queries.standing import find_standing, standings_of
from portal.rewards.service.in_hand import own_person
from portal.rewards.service.promising import make_award
from portal.rewards.service.telling import RewardNews, tell
from portal.rewards.states import ELIGIBLE


@dataclass(frozen=True, slots=True)
class ObjectToReward:
    """Why a reporter does not agree: with the rank, or with the refusal of an award."""

    report_id: UUID
    text: str = field(repr=False)
    award_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AnswerObjection:
    """The answer to an objection; the reporter reads it."""

    number: str
    objection_id: UUID
    granted: bool
    answer: str = field(repr=False)
    seen_version: int | None = None


def object_to_reward(command: ObjectToReward, *, actor: Actor) -> None:
    """File an objection, once for each rank that was told and each refusal.

    Raises NotFound for an award of another report, and RuleBroken where there is nothing to object
    to or it was done.
    """
    with unit_of_work(actor) as uow:
        report = uow.session.get(Report, command.report_id, with_for_update=True)
        if report is None or report.content_key is None:
            raise NotFound("report")
        case_id = _case_of(uow, report, command.award_id)
        made = RewardObjection(
            case_id=case_id,
            report_id=report.id,
            body=b"",
            at=uow.now,
            award_id=command.award_id,
        )
        place = context_of("reward_objection.body", made.id)
        made.body = reports.key_of(report).encrypt_text(command.text, place)
        uow.session.add(made)
        record(uow, "report.object-to-reward", "report", report.id)


def answer_objection(command: AnswerObjection, *, actor: Actor) -> None:
    """Answer an objection; a refused award that was refused wrongly is promised anew.

    Raises NotPermitted for whoever does not head the unit, NotFound for an objection of another
    case or an answered one, and RuleBroken for whoever had a part in what it is about, without
    words, and for granting what has not been put right: where the report stands follows from the
    findings.
    """
    if not command.answer.strip():
        raise RuleBroken("answer-without-words")
    demand(actor, Permission.CONFIRM_AWARDS)
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        demand_head(actor, case.department_code)
        found = uow.session.get(RewardObjection, command.objection_id, with_for_update=True)
        if found is None or found.case_id != case.id or found.answered_at is not None:
            raise NotFound("objection")
        _demand_no_part(uow, case, found)
        found.answer = key_of(case).encrypt_text(
            command.answer, context_of("reward_objection.answer", found.id)
        )
        found.answered_at, found.answered_by, found.granted = uow.now, actor.id, command.granted
        if command.granted:
            _grant(uow, case, found)
        record(uow, "report.answer-objection", "report", found.report_id, granted=command.granted)
        tell(uow, found.report_id, RewardNews.ANSWERED)


def _case_of(uow: UnitOfWork, report: Report, award_id: UUID | None) -> UUID:
    if award_id is None:
        standing = may_object(uow.session, report.id)
        if standing is None:
            raise RuleBroken("nothing-to-object-to")
        return standing.case_id
    award = uow.session.get(Award, award_id)
    if award is None or award.report_id != report.id:
        raise NotFound("award")
    if not may_ask_for_review(uow.session, award):
        raise RuleBroken("nothing-to-object-to")
    return award.case_id


def _demand_no_part(uow: UnitOfWork, case: Case, found: RewardObjection) -> None:
    """Nobody answers an objection to what they decided or found themselves."""
    if found.award_id is not None:
        award = uow.session.get_one(Award, found.award_id)
        if own_person(uow) in who_touched(uow.session, award):
            raise RuleBroken("answers-own-decision")
        return
    findings = select(RewardFinding.by).where(
        RewardFinding.case_id == case.id, RewardFinding.report_id == found.report_id
    )
    before = findings.where(RewardFinding.at < found.at)
    if own_accounts(uow.session, uow.actor.id) & set(uow.session.scalars(before)):
        raise RuleBroken("answers-own-decision")


def _grant(uow: UnitOfWork, case: Case, found: RewardObjection) -> None:
    wanted = select(Award).where(Award.case_id == case.id).order_by(Award.number).limit(1)
    award = uow.session.get_one(Award, found.award_id) if found.award_id else None
    basis = award or uow.session.scalars(wanted).one()
    standings = standings_of(uow.session, case, scheme_of(basis))
    place = find_standing(standings, found.report_id)
    if place is None or standings[place].rank not in ELIGIBLE:
        raise RuleBroken("standing-unchanged")
    if award is not None:
        make_award(uow, case, award.report_id, award.scheme)
