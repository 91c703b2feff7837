"""What every act on a hand-over starts and ends with; withdrawing one; erasing what it said."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import advance, record
from portal.casework.service.in_hand import touch
from portal.evidence.made import OpenedMade, erase_made, open_made
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.clocks_again import meet_round
from portal.intake.models import Report
from portal.intake.rules import local_date
from portal.jurisdiction.place import Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.transfers.models import HandOver
from portal.transfers.queries import find_kept, get_hand_over
from portal.transfers.referral_models import CaseReferral
from portal.transfers.rules import may_keep
from portal.transfers.said import forget, say
from portal.transfers.states import HandOverAction


@dataclass(frozen=True, slots=True)
class WithdrawHandOver:
    """Taking a matter back from a body, or not sending it after all, and why."""

    hand_over_id: UUID
    reason: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle being handed out, under the name it is saved by."""

    name: str
    opened: OpenedMade


def take(
    uow: UnitOfWork, hand_over_id: UUID, seen: int | None, action: HandOverAction
) -> tuple[HandOver, Report]:
    """The hand-over with its report, both locked, if the actor may take this action now.

    Raises NotFound out of scope, NotPermitted away from the desk, and MoveRefused when somebody
    changed it since `seen`, or when the action leads nowhere from its state.
    """
    made, report = get_hand_over(uow.session, hand_over_id, uow.actor, for_update=True)
    if not may_keep(uow.actor, report.department_code):
        raise NotPermitted("not-your-desk")
    if seen is not None and made.version != seen:
        raise MoveRefused("changed-meanwhile", subject="hand_over", state=made.state)
    made.lifecycle.after(made.state, action)
    return made, report


def demand_free(uow: UnitOfWork, made: HandOver, report: Report) -> None:
    """Raise RuleBroken for what must not leave any more, as its report is marked by now."""
    if (refusal := find_kept(uow.session, made, report)) is not None:
        raise RuleBroken(refusal)


def keep_back(uow: UnitOfWork, made: HandOver, report: Report) -> bool:
    """Whether a machine has to leave what must not leave any more; that it did is on the trail.

    The hand-over stays as it is, for a person to take it back.
    """
    refusal = find_kept(uow.session, made, report)
    if refusal is None:
        return False
    record(uow, "hand_over.keep-back", "hand_over", made.id, reason=refusal)
    return True


def move(uow: UnitOfWork, made: HandOver, action: HandOverAction, act: str) -> None:
    """Take the action, and put it into the history of its report under the name `act`."""
    advance(uow, made, action)
    made.changed_at = uow.now
    note(uow, made, act)


def note(uow: UnitOfWork, made: HandOver, act: str) -> None:
    """Put something about a hand-over into the history of its report: its number, and whose."""
    record(
        uow,
        f"report.{act}",
        "report",
        made.report_id,
        department=made.department_code,
        number=made.number,
    )


def end(uow: UnitOfWork, made: HandOver, report: Report) -> None:
    """The answer is not waited for any more."""
    made.ended_on = made.ended_on or local_date(current_place(), uow.now)
    meet_round(uow, report.id, Stage.TRANSFER, made.number)


def withdraw_hand_over(command: WithdrawHandOver, *, actor: Actor) -> str:
    """Take a matter back; return the reference of the report, whose other clocks run as before."""
    action = HandOverAction.WITHDRAW
    with unit_of_work(actor) as uow:
        made, report = take(uow, command.hand_over_id, command.seen_version, action)
        say(made, back=command.reason)
        move(uow, made, action, "pass-on-withdrawn")
        end(uow, made, report)
        touch(uow, report)
        return report.reference


def open_bundle(hand_over_id: UUID, *, actor: Actor) -> Bundle:
    """Open a bundle to hand it out; who did is on the trail of the report.

    Raises NotFound out of scope, and while it is not packed yet or after it was erased; RuleBroken
    for one that has not left and must not.
    """
    with unit_of_work(actor) as uow:
        made, report = get_hand_over(uow.session, hand_over_id, actor)
        if not may_keep(actor, report.department_code):
            raise NotPermitted("not-your-desk")
        if made.bundle_id is None:
            raise NotFound("bundle")
        demand_free(uow, made, report)
        opened = open_made(uow.session, made.bundle_id)
        note(uow, made, "open-bundle")
        return Bundle(f"{report.reference}-{made.number}.zip", opened)


def erase_hand_overs(report_id: UUID, *, actor: Actor) -> None:
    """Destroy what the hand-overs of an erased report said, and their bundles.

    That there were some, and when, stays. Safe to run twice: what is gone is passed over.
    """
    with unit_of_work(actor) as uow:
        destroy_hand_overs(uow, report_id)


def destroy_hand_overs(uow: UnitOfWork, report_id: UUID) -> None:
    """The same inside the work of a later stage."""
    for made in uow.session.scalars(select(HandOver).where(HandOver.report_id == report_id)):
        bundle, made.bundle_id = made.bundle_id, None
        forget(made)
        uow.session.flush()
        if bundle is not None:
            erase_made(uow, bundle)
            record(uow, "hand_over.erase", "hand_over", made.id)


def destroy_referrals(uow: UnitOfWork, case_id: UUID) -> None:
    """Destroy the bundles that went to the police; what was typed goes with the key of the case."""
    for made in uow.session.scalars(select(CaseReferral).where(CaseReferral.case_id == case_id)):
        bundle, made.bundle_id = made.bundle_id, None
        uow.session.flush()
        if bundle is not None:
            erase_made(uow, bundle)
