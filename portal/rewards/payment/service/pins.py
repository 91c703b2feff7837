"""The PIN of a reporter: beside the code it takes this to have a reward paid."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select

from portal.audit.trail import record
from portal.infra.database import db
from portal.infra.throttle import Throttle
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.rewards.models import Award
from portal.rewards.payment.codes import is_secret, verifier_of
from portal.rewards.payment.models import RewardPin
from portal.rewards.payment.rules import FORGOTTEN_DAYS, demand_pin
from portal.rewards.payment.service.moving import tell_of_reward

PINS: Final = Throttle("reward-pin", 5, timedelta(hours=1), timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class SetPin:
    """The PIN that a reporter chose, in the session that the receipt code opened."""

    report_id: UUID
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeepPin:
    """The present PIN, typed by whoever did not say that it was forgotten."""

    report_id: UUID
    pin: str = field(repr=False)


def set_pin(command: SetPin, *, actor: Actor) -> None:
    """Set the PIN for rewards of a report, once; again only seven days after it was forgotten.

    Whoever learns the code later can so not turn a reward to themselves.
    """
    demand_pin(command.pin)
    verifier = verifier_of(command.pin)
    with unit_of_work(actor) as uow:
        if (
            uow.session.scalar(select(exists().where(Award.report_id == command.report_id)))
            is False
        ):
            raise NotFound("award")
        if uow.insert_once(
            RewardPin(report_id=command.report_id, verifier=verifier, set_at=uow.now)
        ):
            record(uow, "reward.set-pin", "report", command.report_id)
            return
        pin = uow.session.get_one(RewardPin, command.report_id, with_for_update=True)
        waited = pin.forgotten_at and pin.forgotten_at + timedelta(days=FORGOTTEN_DAYS) <= uow.now
        if not waited:
            raise RuleBroken("pin-is-set")
        pin.verifier, pin.set_at, pin.forgotten_at = verifier, uow.now, None
        record(uow, "reward.replace-pin", "report", command.report_id)
        tell_of_reward(uow, command.report_id)


def forget_pin(report_id: UUID, *, actor: Actor) -> None:
    """Begin the wait for another PIN; whoever knows the present one ends it by using it.

    The reporter is told: perhaps it was somebody else who has the code.
    """
    with unit_of_work(actor) as uow:
        pin = uow.session.get(RewardPin, report_id, with_for_update=True)
        if pin is None:
            raise NotFound("pin")
        if pin.forgotten_at is None:
            pin.forgotten_at = uow.now
            tell_of_reward(uow, report_id)
        record(uow, "reward.forget-pin", "report", report_id)


def keep_pin(command: KeepPin, *, actor: Actor) -> None:
    """End the wait for another PIN by the present one, also while nothing can be claimed."""
    demand_own_pin(command.report_id, command.pin, actor=actor)


def demand_own_pin(report_id: UUID, pin: str, *, actor: Actor) -> None:
    """Refuse a wrong PIN; after five within an hour, all of them for a while. Slow on purpose.

    A wrong one begins the wait for another PIN anew: else whoever has the code could use the
    attempts up, so that the owner ends nothing, until the wait is over.
    """
    with unit_of_work(actor) as uow:
        PINS.attempt(uow, report_id.hex)
    kept = db.session().get(RewardPin, report_id)
    if not is_secret(kept.verifier if kept else None, pin):
        _wait_anew(report_id, actor)
        raise RuleBroken("pin-wrong")
    with unit_of_work(actor) as uow:
        PINS.succeeded(uow, report_id.hex)
        known = uow.session.get(RewardPin, report_id, with_for_update=True)
        if known is not None and known.forgotten_at is not None:
            known.forgotten_at = None
            record(uow, "reward.keep-pin", "report", report_id)


def _wait_anew(report_id: UUID, actor: Actor) -> None:
    with unit_of_work(actor) as uow:
        pin = uow.session.get(RewardPin, report_id, with_for_update=True)
        if pin is not None and pin.forgotten_at is not None:
            pin.forgotten_at = uow.now
