"""How a bundle leaves the house: by hand and written down, or announced by a message."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from portal.audit.trail import advance
from portal.casework.service.in_hand import touch
from portal.infra.mail import MailNotSent, MailUnconfirmed, send_mail
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.clocks import start_stage
from portal.intake.models import Report
from portal.intake.rules import local_date
from portal.jurisdiction.place import Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.transfers.models import HandOver
from portal.transfers.papers import announcement
from portal.transfers.queries import can_announce, get_hand_over
from portal.transfers.rules import ANNOUNCED, carriers_of, demand_day
from portal.transfers.said import said_of, say
from portal.transfers.service.keeping import demand_free, keep_back, move, take
from portal.transfers.states import Carrier, HandOverAction, HandOverState


@dataclass(frozen=True, slots=True)
class RecordSending:
    """When and how a bundle went, as whoever sent it says."""

    hand_over_id: UUID
    carrier: Carrier
    sent_on: date
    note: str = field(default="", repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class AnnounceHandOver:
    """The order to write to a body that a bundle waits for it, or is on its way."""

    hand_over_id: UUID
    address: str = field(repr=False)
    carrier: Carrier
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class SendAgain:
    """The decision that a message of which nobody knows did not go, so that it may go again."""

    hand_over_id: UUID
    seen_version: int | None = None


def record_sending(command: RecordSending, *, actor: Actor) -> str:
    """Write down that a bundle went; the time to answer begins. Return the report's reference.

    Raises RuleBroken for a day that has not come or lies before the bundle, for a way that this
    body is not sent things by, and for what must not leave any more: it is taken back, which says
    what became of it.
    """
    action = HandOverAction.SEND
    with unit_of_work(actor) as uow:
        made, report = take(uow, command.hand_over_id, command.seen_version, action)
        demand_free(uow, made, report)
        place = current_place()
        made_on = local_date(place, made.made_at)
        demand_day(command.sent_on, local_date(place, uow.now), not_before=made_on)
        if command.carrier not in {*carriers_of(made.way), made.carrier}:
            raise RuleBroken("not-their-way")
        say(made, sending=command.note)
        _sent(uow, made, report, command.sent_on, command.carrier)
        return report.reference


def announce_hand_over(command: AnnounceHandOver, *, actor: Actor) -> str:
    """Have a message sent that says no more than the number; return the report's reference.

    Raises RuleBroken where this installation sends no mail, and for what must not leave any more.
    """
    with unit_of_work(actor) as uow:
        made, report = take(uow, command.hand_over_id, command.seen_version, HandOverAction.ATTEMPT)
        demand_free(uow, made, report)
        if not can_announce():
            raise RuleBroken("mail-not-set-up")
        if command.carrier not in ANNOUNCED:
            raise RuleBroken("not-their-way")
        made.carrier, made.by_mail, made.failure = command.carrier, True, None
        made.sent_by, made.changed_at = actor.id, uow.now
        say(made, address=command.address)
        uow.task(TaskKind.ANNOUNCE_HAND_OVER, made.id, cause=str(made.version))
        return report.reference


def send_again(command: SendAgain, *, actor: Actor) -> str:
    """Let a message go again that certainly did not arrive; return the report's reference."""
    action = HandOverAction.SEND_AGAIN
    with unit_of_work(actor) as uow:
        made, report = take(uow, command.hand_over_id, command.seen_version, action)
        move(uow, made, action, "pass-on-again")
        return report.reference


def deliver_announcement(hand_over_id: UUID, *, actor: Actor) -> None:
    """Send the message that was ordered, once.

    It is marked as unconfirmed before the server hears of it. So a worker that dies meanwhile
    leaves it so, and no machine sends it twice: a person finds out, and decides. Run again it
    does nothing, since it begins with what is ready only.
    """
    prepared = _attempt(hand_over_id, actor)
    if prepared is None:
        return
    number, address, language = prepared
    subject, text = announcement(number, language)
    try:
        send_mail(address, subject, text, message_id=hand_over_id.hex)
    except MailNotSent as refusal:
        _failed(hand_over_id, refusal.code, actor)
    except MailUnconfirmed:
        return
    else:
        _went(hand_over_id, actor)


def _attempt(hand_over_id: UUID, actor: Actor) -> tuple[str, str, str] | None:
    """Mark the message as on its way; None if there is nothing to send (any more)."""
    with unit_of_work(actor, more_to_come=True) as uow:
        made, report = get_hand_over(uow.session, hand_over_id, actor, for_update=True)
        if made.state is not HandOverState.READY or not made.by_mail:
            return None
        if keep_back(uow, made, report):
            made.by_mail, made.carrier = False, None
            return None
        advance(uow, made, HandOverAction.ATTEMPT)
        return f"{report.reference}-{made.number}", said_of(made).address, made.language


def _failed(hand_over_id: UUID, code: str, actor: Actor) -> None:
    with unit_of_work(actor) as uow:
        made, _report = get_hand_over(uow.session, hand_over_id, actor, for_update=True)
        if made.state is HandOverState.UNCONFIRMED:
            made.failure, made.by_mail, made.carrier = code, False, None
            advance(uow, made, HandOverAction.FAIL, reason=code)


def _went(hand_over_id: UUID, actor: Actor) -> None:
    with unit_of_work(actor) as uow:
        made, report = get_hand_over(uow.session, hand_over_id, actor, for_update=True)
        if made.state is HandOverState.UNCONFIRMED and made.carrier is not None:
            today = local_date(current_place(), uow.now)
            _sent(uow, made, report, today, made.carrier)


def _sent(uow: UnitOfWork, made: HandOver, report: Report, sent_on: date, carrier: Carrier) -> None:
    made.sent_on, made.carrier, made.failure = sent_on, carrier, None
    made.sent_by = uow.actor.id or made.sent_by
    move(uow, made, HandOverAction.SEND, "pass-on")
    start_stage(uow, report, Stage.TRANSFER, round_=made.number)
    touch(uow, report)
