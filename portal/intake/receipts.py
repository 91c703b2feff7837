"""What becomes of a receipt: its slow verifier, and the reporter's word that the code is kept."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from portal.infra.uow import unit_of_work
from portal.intake import queries
from portal.intake.models import Receipt, Report
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.reference import harden_verifier, is_last_four


def harden_receipt(report_id: UUID, *, actor: Actor) -> None:
    """Replace the interim verifier of a receipt by its Argon2id (OWASP ASVS 6.5.2).

    Safe to run twice: a final verifier stays as it is.
    """
    with unit_of_work(actor, more_to_come=True) as uow:
        receipt = uow.session.get(Receipt, report_id)
        if receipt is None or receipt.hardened:
            return
        interim = receipt.verifier
    final = harden_verifier(interim)
    with unit_of_work(actor) as uow:
        fresh = uow.session.scalar(select(Receipt).where(Receipt.report_id == report_id))
        if fresh is not None and not fresh.hardened and fresh.verifier == interim:
            fresh.verifier, fresh.hardened = final, True


@dataclass(frozen=True, slots=True)
class ConfirmReceipt:
    """The last four symbols, typed back by whoever was shown the code."""

    token: bytes = field(repr=False)
    typed: str = field(repr=False)


def confirm_receipt(command: ConfirmReceipt, *, actor: Actor) -> bool:
    """Note that the reporter has kept the code; it is not shown again after that.

    False when the four symbols are others. Raises NotFound when nothing is to be confirmed.
    """
    with unit_of_work(actor) as uow:
        receipt = queries.find_receipt_by_token(uow.session, command.token)
        if receipt is None:
            raise NotFound("receipt")
        report = uow.session.get_one(Report, receipt.report_id)
        code = queries.code_of(report.channel, command.token, receipt.counter)
        if not is_last_four(code, command.typed):
            return False
        receipt.confirmed_at = receipt.confirmed_at or uow.now
        return True
