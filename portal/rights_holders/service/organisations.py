"""Organisations: registered by their people, handed in again, verified or refused by staff."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select

from portal.access.permissions import Permission, demand
from portal.accounts.passwords import check_new_password, hash_password
from portal.accounts.service import sessions, time_codes
from portal.accounts.service.administration import CreateAccount, add_account
from portal.accounts.service.sessions import OpenedSession
from portal.audit.trail import advance, record
from portal.evidence import service as evidence
from portal.evidence.holding import hold_file
from portal.evidence.queries import OpenedFile
from portal.infra.tasks import TaskKind
from portal.infra.throttle import Throttle
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import vault
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken
from portal.rights_holders.known import completed_until
from portal.rights_holders.models import (
    Complaint,
    Membership,
    Organisation,
    OrganisationFile,
    details_context,
    said_context,
)
from portal.rights_holders.queries.desk import get_organisation, is_handed_in
from portal.rights_holders.queries.own import (
    Details,
    demand_speaking,
    demand_unsaid_seat,
    get_own,
    key_of,
)
from portal.rights_holders.rules.people import (
    FilePurpose,
    MemberRole,
    OrganisationKind,
    needs_power,
    new_number,
    new_sign_in_name,
)
from portal.rights_holders.states import ComplaintState, OrganisationAction, OrganisationReason

# One network may register so many an hour, one person may add so many a day.
REGISTRATIONS: Final = Throttle("registration", 5, timedelta(hours=1))
ADDED: Final = Throttle("organisations", 20, timedelta(days=1))


@dataclass(frozen=True, slots=True)
class RegisterOrganisation:
    """An organisation as its person describes it; the files are kept already.

    `power` are the files of a power of attorney, which an agent needs, and its last day.
    """

    name: str
    kind: OrganisationKind
    registration: str
    details: Details = field(repr=False)
    role: MemberRole = MemberRole.OWNER
    proof: tuple[UUID, ...] = ()
    power: tuple[UUID, ...] = ()
    power_until: date | None = None
    region: str = ""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """The person who registers; they choose a password, and get a sign-in name."""

    display_name: str = field(repr=False)
    password: str = field(repr=False)
    network: str = field(repr=False)
    locale: str = "zh_Hans"


@dataclass(frozen=True, slots=True)
class RefuseOrganisation:
    """Why an organisation is refused, or not trusted any more."""

    number: str
    reason: OrganisationReason
    text: str = field(repr=False)
    seen_version: int | None = None


def register(
    command: RegisterOrganisation, newcomer: Newcomer, *, actor: Actor
) -> tuple[str, OpenedSession]:
    """Enter an organisation and its first person; return its number and a session half open.

    The account has its password once its second factor is set up, as that of staff. Raises
    RuleBroken for a bad password and for what is missing, TooManyAttempts.
    """
    check_new_password(newcomer.password, sign_in_name="")
    with unit_of_work(actor) as uow:
        REGISTRATIONS.attempt(uow, newcomer.network)
    password_hash = hash_password(newcomer.password)
    with unit_of_work(actor) as uow:
        wanted = CreateAccount(
            new_sign_in_name(), newcomer.display_name, frozenset(), locale=newcomer.locale
        )
        account = add_account(uow, wanted, outside=True)
        organisation = _enter(uow, command, account.id)
        opened = sessions.open_half_way(uow, account.id, chosen_password=password_hash)
        uow.session.flush()
        time_codes.propose(uow, account.id, opened.session_id)
        return organisation.number, opened


def add_organisation(command: RegisterOrganisation, *, actor: Actor) -> str:
    """Enter a further organisation that somebody acts for; return its number."""
    demand(actor, Permission.FILE_COMPLAINTS)
    if actor.id is None:
        raise NotFound("account")
    with unit_of_work(actor) as uow:
        ADDED.attempt(uow, actor.id.hex)
        return _enter(uow, command, actor.id).number


def _enter(uow: UnitOfWork, command: RegisterOrganisation, account_id: UUID) -> Organisation:
    """The rows of a new organisation with its first member."""
    by_power = needs_power(command.role)
    if not command.proof:
        raise RuleBroken("organisation-needs-proof")
    if by_power and not (command.power and command.power_until):
        raise RuleBroken("agent-needs-power")
    key, wrapped = vault().new_key()
    organisation = Organisation(
        number=new_number(),
        name=command.name,
        kind=command.kind,
        registration=command.registration,
        content_key=wrapped,
        details=b"",
        registered_at=uow.now,
        changed_at=uow.now,
        region=command.region,
    )
    place = details_context(organisation.id)
    organisation.details = key.encrypt_json(asdict(command.details), place)
    uow.session.add(organisation)
    uow.session.flush()
    member = Membership(
        organisation_id=organisation.id,
        account_id=account_id,
        role=command.role,
        power_until=command.power_until if by_power else None,
        joined_at=uow.now,
        accepted_at=uow.now,
    )
    uow.session.add(member)
    _hand_in(uow, organisation, command.proof, FilePurpose.PROOF)
    _hand_in(uow, organisation, command.power if by_power else (), FilePurpose.POWER)
    record(uow, "organisation.register", "organisation", organisation.id, role=command.role)
    return organisation


def _hand_in(
    uow: UnitOfWork, organisation: Organisation, files: Sequence[UUID], purpose: FilePurpose
) -> None:
    for file in files:
        hold_file(uow, file)
        uow.session.add(
            OrganisationFile(evidence_id=file, organisation_id=organisation.id, purpose=purpose)
        )


def hand_in_again(number: str, files: tuple[UUID, ...], *, actor: Actor) -> None:
    """Hand in further proof; an organisation that was refused is looked at again.

    Raises RuleBroken for none, NotFound for an organisation of others.
    """
    if not files:
        raise RuleBroken("organisation-needs-proof")
    with unit_of_work(actor) as uow:
        organisation, membership = get_own(uow.session, number, actor, lock=True)
        demand_speaking(membership)
        _hand_in(uow, organisation, files, FilePurpose.PROOF)
        if OrganisationAction.ASK_AGAIN in organisation.lifecycle.actions_from(organisation.state):
            organisation.reason, organisation.said = None, None
            advance(uow, organisation, OrganisationAction.ASK_AGAIN)
        organisation.changed_at = uow.now
        record(uow, "organisation.hand-in", "organisation", organisation.id, files=len(files))


def say_seat(number: str, region: str, *, actor: Actor) -> None:
    """Say where the seat of an organisation is that has not said so, and by that whose it is.

    Raises RuleBroken where `demand_unsaid_seat` does.
    """
    with unit_of_work(actor) as uow:
        organisation, membership = get_own(uow.session, number, actor, lock=True)
        demand_speaking(membership)
        demand_unsaid_seat(organisation)
        organisation.region, organisation.changed_at = region, uow.now
        record(uow, "organisation.say-seat", "organisation", organisation.id, region=region)


def verify_organisation(number: str, seen_version: int | None = None, *, actor: Actor) -> None:
    """Find the proof good: the organisation may file from now on.

    What it had declared when it was refused, and was not filed, is filed now.
    """
    demand(actor, Permission.VERIFY_ORGANISATIONS)
    with unit_of_work(actor) as uow:
        organisation = _taken(uow, number, seen_version)
        advance(uow, organisation, OrganisationAction.VERIFY)
        organisation.decided_by, organisation.changed_at = actor.id, uow.now
        declared = _ready(organisation).where(Complaint.declared_at.is_not(None))
        for complaint in uow.session.scalars(declared):
            uow.task(TaskKind.FILE_COMPLAINT, complaint.id, cause=uow.now.isoformat())


def refuse_organisation(command: RefuseOrganisation, *, actor: Actor) -> None:
    """Refuse an organisation, or trust it no more: what it filed stays.

    What is complete and not filed waits for as long as what lacks something, and lapses.
    """
    demand(actor, Permission.VERIFY_ORGANISATIONS)
    with unit_of_work(actor) as uow:
        organisation = _taken(uow, command.number, command.seen_version)
        organisation.reason = command.reason
        place = said_context(organisation.id)
        organisation.said = key_of(organisation).encrypt_text(command.text, place)
        advance(uow, organisation, OrganisationAction.REFUSE, reason=command.reason)
        organisation.decided_by, organisation.changed_at = actor.id, uow.now
        last = completed_until(current_place(), organisation)
        for complaint in uow.session.scalars(_ready(organisation).with_for_update()):
            complaint.due_on, complaint.changed_at = last, uow.now


def _ready(organisation: Organisation) -> Select[Complaint]:
    """What is complete and not filed."""
    return select(Complaint).where(
        Complaint.organisation_id == organisation.id, Complaint.state == ComplaintState.READY
    )


def open_handed_in(number: str, evidence_id: UUID, *, actor: Actor) -> OpenedFile:
    """Open a file that was handed in for an organisation; who did is noted."""
    demand(actor, Permission.VERIFY_ORGANISATIONS)
    with unit_of_work(actor) as uow:
        organisation = get_organisation(uow.session, number, actor)
        if not is_handed_in(uow.session, organisation.id, evidence_id):
            raise NotFound("file")
        return evidence.open_original(uow, evidence_id, organisation.number)


def _taken(uow: UnitOfWork, number: str, seen_version: int | None) -> Organisation:
    """The organisation, locked, as the actor saw it."""
    organisation = get_organisation(uow.session, number, uow.actor, lock=True)
    if seen_version is not None and organisation.version != seen_version:
        raise MoveRefused("changed-meanwhile", subject="organisation", state=organisation.state)
    return organisation
