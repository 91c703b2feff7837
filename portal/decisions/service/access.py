"""The page of a party: giving out its code, and coming back with it.

The code is a receipt code of its own kind: made once, shown once, stored as hashes only. Whoever
guesses is slowed down as at receipts, and always answered the same (U37).
"""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import record
from portal.cases.models import Case, CaseParty
from portal.cases.queries.access import context_of, key_of
from portal.cases.service.in_hand import next_end, take, today, touch
from portal.cases.states import CaseState
from portal.decisions.models import PartyAccess
from portal.decisions.queries.parties import find_access, visit_of
from portal.infra.keys import keys
from portal.infra.throttle import Throttle, bucket_of_name
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.visits import Ticket, VisitPurpose, end_visit, keep_open, save_visit
from portal.intake.flood import FLOOD, demand_proof, uncount
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.reference import (
    ReceiptCode,
    derive_receipt,
    harden_verifier,
    interim_verifier,
    locator_mac,
    parse_receipt,
    verify_secret,
)

# The brakes of receipt codes (security.md), counted apart from them.
BY_LOCATOR = Throttle("party-locator", 5, timedelta(hours=1), timedelta(minutes=15))
BY_NETWORK = Throttle("party-network", 30, timedelta(hours=1), timedelta(hours=1))
BY_SITE = Throttle("party-site", 300, FLOOD)


@dataclass(frozen=True, slots=True)
class OpenPartyPage:
    """What a party is told there is held against it, and what it may send."""

    number: str
    party: UUID
    alleged: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class EnterAsParty:
    """A code as it was typed, and the throttle bucket of the network it came from."""

    code: str = field(repr=False)
    network: str = field(repr=False)
    proof: str = field(default="", repr=False)


def issue_party_code(uow: UnitOfWork, party: CaseParty) -> ReceiptCode:
    """Make the code that opens the page of a party from now on, and return it, this once.

    One that was given out before opens nothing any more, and its visits end. It costs one slow
    hash inside the transaction, which a hand-made notice can afford.
    """
    code = _free_code(uow)
    verifier = harden_verifier(interim_verifier(keys().pepper, code.secret))
    mac = locator_mac(keys().locator, code.locator)
    access = uow.session.get(PartyAccess, party.id, with_for_update=True)
    if access is None:
        access = PartyAccess(
            party_id=party.id,
            locator_mac=mac,
            verifier=verifier,
            issued_at=uow.now,
            issued_by=uow.actor.id,
        )
        uow.session.add(access)
    else:
        access.locator_mac, access.verifier = mac, verifier
        access.issued_at, access.issued_by = uow.now, uow.actor.id
    record(uow, "case.issue-party-code", "case", party.case_id, party=party.id.hex)
    return code


def open_party_page(command: OpenPartyPage, *, actor: Actor) -> ReceiptCode:
    """Say what is held against a party, until when it may answer, and give out its code.

    Raises NotFound for a party that is not of the case or struck out, and RuleBroken for a closed
    case.
    """
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        if case.state is CaseState.CLOSED:
            raise RuleBroken("case-is-closed")
        party = party_of(uow, case, command.party)
        code = issue_party_code(uow, party)
        uow.session.flush()
        access = uow.session.get_one(PartyAccess, party.id)
        place = context_of("party_access.alleged", party.id)
        access.alleged = key_of(case).encrypt_text(command.alleged, place)
        give_time_to_answer(uow, case, access)
        touch(uow, case)
        return code


def give_time_to_answer(uow: UnitOfWork, case: Case, access: PartyAccess) -> None:
    """Say until when a party may answer what is held against it, from today on."""
    access.answer_from = today(uow)
    end = next_end(uow, case, "answer", access.answer_from)
    access.answer_by, access.provisional = end.on, end.provisional


def party_of(uow: UnitOfWork, case: Case, party_id: UUID) -> CaseParty:
    """A party of the case; NotFound for one that is struck out or of another case."""
    party = uow.session.get(CaseParty, party_id)
    if party is None or party.case_id != case.id or party.struck_at is not None:
        raise NotFound("party")
    return party


def enter_as_party(command: EnterAsParty, *, actor: Actor) -> Ticket:
    """Return a ticket for the page this code belongs to.

    Raises NotFound, always the same, for a malformed, unknown or wrong code, after the same work
    (only a malformed code, which tells itself, is answered sooner); TooManyAttempts when the
    locator or the network is on hold.
    """
    code = parse_receipt(command.code)
    counted = demand_proof(BY_SITE, command.proof, command.network, actor=actor)
    if code is None:
        with unit_of_work(actor) as uow:
            BY_NETWORK.attempt(uow, command.network)
        raise NotFound("party")
    bucket = bucket_of_name(code.locator)
    with unit_of_work(actor) as uow:
        held = BY_NETWORK.attempt(uow, command.network)
        BY_LOCATOR.attempt(uow, bucket)
        access = find_access(uow.session, locator_mac(keys().locator, code.locator))
        stored, party_id = (access.verifier, access.party_id) if access else (None, None)
    if not verify_secret(stored, keys().pepper, code.secret) or party_id is None:
        raise NotFound("party")
    with unit_of_work(actor) as uow:
        uncount(uow, BY_SITE, counted)
        BY_NETWORK.give_back(uow, command.network, held=held)
        BY_LOCATOR.succeeded(uow, bucket)
        return _let_in(uow, party_id)


def begin_to_write(ticket: Ticket, *, actor: Actor) -> None:
    """Keep the page open for two hours, so that no long statement is lost."""
    with unit_of_work(actor) as uow:
        keep_open(uow, ticket)


def leave_party_page(ticket: Ticket, *, actor: Actor) -> None:
    """Close the page; the ticket opens nothing any more."""
    with unit_of_work(actor) as uow:
        end_visit(uow, ticket)


def _let_in(uow: UnitOfWork, party_id: UUID) -> Ticket:
    """Note the first day the page was opened, and begin a visit."""
    access = uow.session.get_one(PartyAccess, party_id)
    party = uow.session.get_one(CaseParty, party_id)
    if access.opened_on is None:
        access.opened_on = today(uow)
        record(uow, "case.party-page-opened", "case", party.case_id, party=party.id.hex)
    ticket = Ticket.new()
    save_visit(uow, ticket, VisitPurpose.PARTY, visit_of(access))
    return ticket


def _free_code(uow: UnitOfWork) -> ReceiptCode:
    """A code that depends on nothing anybody has seen, with a locator that is free."""
    while True:
        code = derive_receipt(keys().pepper, secrets.token_bytes(32), 0)
        mac = locator_mac(keys().locator, code.locator)
        wanted = select(PartyAccess.party_id).where(PartyAccess.locator_mac == mac)
        if uow.session.scalar(wanted) is None:
            return code
