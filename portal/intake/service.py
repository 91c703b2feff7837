"""Receiving reports, from every channel: one transaction, one receipt.

Whoever writes has all other writers wait (`docs/adr/0003`), so what needs no lock is done before:
encrypting, sealing, deriving the code, dating the clocks (`prepare`). Then it is written down.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.evidence.queries import hashes_of
from portal.evidence.service import IncomingFile
from portal.infra.config import settings
from portal.infra.database import Base, db
from portal.infra.keys import keys
from portal.infra.search import index_text
from portal.infra.tasks import TaskKind
from portal.infra.throttle import Throttle
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import vault
from portal.intake import queries
from portal.intake.addresses import keep_address
from portal.intake.answers import unanswered
from portal.intake.clocks import started
from portal.intake.content import Content, close_content, commitment
from portal.intake.flood import FLOOD, demand_proof
from portal.intake.identity import sealed_identity
from portal.intake.models import (
    Channel,
    Clock,
    ContactMode,
    Receipt,
    Report,
    ReporterIdentity,
    ReportFile,
    ReportKind,
    Stream,
)
from portal.intake.rules import Matter, clock_dates, local_date, stages_started
from portal.intake.uploads import kept_for_one_record
from portal.jurisdiction.competence import can_be_asked_for
from portal.jurisdiction.place import ABOUT_STAFF, Category, ClockEvent, Place, Urgency
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, ActorKind
from portal.kernel.errors import RuleBroken
from portal.kernel.reference import (
    ReceiptCode,
    closed_verifier,
    interim_verifier,
    locator_mac,
    new_reference,
)

# One network may send so many reports an hour; the number is a setting.
# Somebody in danger may be one of many: for what is urgent there is so many times the room.
FLOOD_WINDOW = timedelta(hours=1)
URGENT_ROOM = 10
SHOWN_FOR = timedelta(minutes=30)
TRIES = 4


class SentAlready(RuleBroken):
    """The token of this form belongs to a report with another content."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the reporter says they are; sealed at once, readable by no part of the server."""

    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)

    @property
    def given(self) -> dict[str, str]:
        """The fields that were filled in."""
        every = {"name": self.name, "phone": self.phone, "email": self.email}
        return {name: value for name, value in every.items() if value}


@dataclass(frozen=True, slots=True)
class SubmitReport:
    """A report as it was sent.

    `token` is the 16 random bytes of the form: the same token with the same content is the same
    report. `files` are kept already, `uploads` are to be kept with the report. `network` is a
    throttle bucket, `proof` what is asked for in a flood. `received_at` is given for channels
    other than the web: when the call was taken or the letter arrived. `follows` is an earlier
    report of the same reporter, from its tracking page; `wish` the kind of unit asked for.
    `consented`: asked by whoever enters it for them, the reporter agreed that the identity is kept.
    `code_is_given`: somebody is shown the code; without, no code opens the report. `of_many`: it
    came with a heap of others, and is triaged after those of people.
    """

    token: bytes = field(repr=False)
    content: Content
    contact_mode: ContactMode
    language: str
    category: str | None = None
    region: str | None = None
    wants_feedback: bool = True
    wants_reward: bool = False
    wants_mail: bool = False
    identity: Identity = field(default_factory=Identity)
    files: tuple[UUID, ...] = ()
    uploads: tuple[IncomingFile, ...] = ()
    network: str = field(default="", repr=False)
    proof: str = field(default="", repr=False)
    kind: ReportKind = ReportKind.TIP
    stream: Stream = Stream.REPORTED
    channel: Channel = Channel.WEB
    received_at: datetime | None = None
    follows: UUID | None = None
    consented: bool = False
    wish: str | None = None
    code_is_given: bool = True
    of_many: bool = False

    @property
    def is_named(self) -> bool:
        """Whether a name or a contact is to be sealed."""
        return self.contact_mode is not ContactMode.ANONYMOUS and bool(self.identity.given)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the reporter takes along."""

    report_id: UUID
    reference: str
    code: ReceiptCode
    repeated: bool


def submit_report(command: SubmitReport, *, actor: Actor) -> Submitted:
    """Accept a report: its content encrypted, its sender sealed, its triage left to a worker.

    Raises RuleBroken if the category does not allow what was sent (files for a link-only
    category, no name where a name is needed) or the token was used for another content, and
    TooManyAttempts if the network has sent too many reports, before any file is kept, or too
    many files. Sending the same again returns the same.
    """
    _demand_what_the_category_allows(current_place(), command)
    _demand_room_for(command, actor)
    uploads, network = command.uploads, command.network
    with kept_for_one_record(uploads, network=network, actor=actor) as kept:
        files = (*command.files, *kept)
        return _accept_once(replace(command, files=files, uploads=()), actor)


def enter_report(command: SubmitReport, *, actor: Actor) -> Submitted:
    """Enter what came by telephone, letter, visit, hand-over or from above; as `submit_report`.

    The promise counts from `received_at`. Refuses whoever may not enter reports, the channel of
    the public form, a time of receipt that has not come yet, and a name or contact that its owner
    has not agreed to have kept.
    """
    demand(actor, Permission.ENTER_REPORTS)
    if command.channel is Channel.WEB:
        raise RuleBroken("channel-needs-staff")
    if command.received_at is not None and command.received_at > datetime.now(UTC):
        raise RuleBroken("time-in-the-future")
    if command.is_named and not command.consented:
        raise RuleBroken("identity-needs-consent")
    _demand_what_the_category_allows(current_place(), command)
    return _accept_once(command, actor)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report as it is to be written: the rows of all its tables."""

    command: SubmitReport
    report: Report
    clocks: tuple[Clock, ...]
    receipt: Receipt
    identity: ReporterIdentity | None
    code: ReceiptCode = field(repr=False)


def _accept_once(command: SubmitReport, actor: Actor) -> Submitted:
    content = queries.with_hashes(command.content, hashes_of(db.session(), command.files))
    whole, at = replace(command, content=content), datetime.now(UTC)
    for counter in range(TRIES):
        one = prepare(whole, actor, at, counter)
        try:
            with unit_of_work(actor) as uow:
                # Most tokens are new, so nobody asks at first: the table refuses one that was used.
                find = queries.find_receipt_by_token
                earlier = find(uow.session, command.token) if counter else None
                if earlier is not None:
                    return _same_again(uow, earlier, whole)
                write(uow, [one])
                return Submitted(one.report.id, one.report.reference, one.code, repeated=False)
        except IntegrityError:
            # The token was used by a twin of this request a moment ago, or a random reference
            # or locator is taken: look again.
            if counter == TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _demand_what_the_category_allows(place: Place, command: SubmitReport) -> None:
    category = place.categories.get(command.category or place.unsure_category)
    if category is None:
        raise RuleBroken("category-unknown")
    if category.link_only and (command.files or command.uploads):
        raise RuleBroken("category-takes-no-files", category=category.code)
    nameless = command.contact_mode is ContactMode.ANONYMOUS and command.stream is Stream.REPORTED
    if not category.allow_anonymous and nameless:
        raise RuleBroken("category-needs-a-name", category=category.code)
    missing = unanswered(category, {one.code for one in command.content.answers})
    if missing:
        raise RuleBroken("category-needs-an-answer", category=category.code)
    if command.region is not None and command.region not in place.regions:
        raise RuleBroken("region-unknown")
    if command.wish is not None and not can_be_asked_for(place, command.wish, category):
        raise RuleBroken("department-unknown")


def prepare(command: SubmitReport, actor: Actor, at: datetime, counter: int = 0) -> Prepared:
    """Make the rows of a report that came in `at`; nothing is written.

    Whatever may refuse it was asked before. Its files are those that the command names, with the
    hashes that its content says.
    """
    place, content = current_place(), command.content
    key, wrapped = vault().new_key()
    category = place.categories[command.category or place.unsure_category]
    on = local_date(place, command.received_at or at)
    matter = Matter(command.kind, category.urgency, category.code, command.region)
    dates = [
        clock_dates(place, stage, matter, on)
        for stage in stages_started(place, ClockEvent.RECEIVED, matter)
    ]
    due_on = min(one.due_on for one in dates)
    report = _new_report(command, actor, category, at, due_on)
    report.content_key, report.content = wrapped, close_content(key, report.id, content)
    code = queries.code_of(command.channel, command.token, counter)
    given = command.identity.given
    return Prepared(
        command,
        report,
        tuple(started(report.id, one, place.version) for one in dates),
        _new_receipt(command, report.id, code, counter, at),
        sealed_identity(report.id, given, at) if command.is_named else None,
        code,
    )


def write(uow: UnitOfWork, reports: Sequence[Prepared]) -> None:
    """Write reports that were prepared, each table once; what follows is left to the workers."""
    links = [
        ReportFile(evidence_id=file, report_id=one.report.id)
        for one in reports
        for file in one.command.files
    ]
    tables: tuple[Sequence[Base], ...] = (
        [one.report for one in reports],
        [clock for one in reports for clock in one.clocks],
        [one.receipt for one in reports],
        [one.identity for one in reports if one.identity is not None],
        links,
    )
    for rows in tables:
        if rows:
            uow.insert(*rows)
    for one in reports:
        _leave_the_rest(uow, one)


def _leave_the_rest(uow: UnitOfWork, one: Prepared) -> None:
    """Put a report that was written on the trail, and leave to the workers what follows."""
    command, report = one.command, one.report
    if command.wants_mail:
        keep_address(uow, report, command.identity.email)
    uow.task(TaskKind.TRIAGE_ROW if command.of_many else TaskKind.TRIAGE_REPORT, report.id)
    if command.code_is_given:
        uow.task(TaskKind.HARDEN_RECEIPT, report.id)
    uow.task(TaskKind.INDEX_REPORT, report.id)
    record(
        uow,
        "report.receive",
        "report",
        report.id,
        channel=report.channel,
        stream=report.stream if report.stream is Stream.PATROL else None,
        assisted=True if uow.actor.kind is ActorKind.STAFF else None,
        consent="identity" if command.consented and command.is_named else None,
        commitment=one.receipt.commitment,
        files=len(command.files),
    )


def _demand_room_for(command: SubmitReport, actor: Actor) -> None:
    """Brake a flood, of one network and of all; a second press of the same button does not count.

    Whoever is in danger is asked for no proof.
    """
    limit, of_all = settings().submission_limit, settings().site_limit
    if not (command.network and (limit or of_all)):
        return
    if queries.find_receipt_by_token(db.session(), command.token) is not None:
        return
    category = current_place().categories.get(command.category or "")
    urgent = category is not None and category.urgency is Urgency.CRITICAL
    if of_all and not urgent:
        everybody = Throttle("site-submissions", of_all, FLOOD)
        demand_proof(everybody, command.proof, command.network, actor=actor)
    if limit:
        throttle = Throttle("submission", limit, FLOOD_WINDOW)
        if urgent:
            throttle = Throttle("urgent-submission", limit * URGENT_ROOM, FLOOD_WINDOW)
        with unit_of_work(actor) as uow:
            throttle.attempt(uow, command.network)


def _same_again(uow: UnitOfWork, receipt: Receipt, command: SubmitReport) -> Submitted:
    """The receipt of a report that is already here, for half an hour and the same content."""
    code = queries.code_of(command.channel, command.token, receipt.counter)
    promise = commitment(code.secret, command.content, command.category)
    if receipt.shown_until <= uow.now or receipt.commitment != promise:
        raise SentAlready("already-submitted")
    report = uow.session.get_one(Report, receipt.report_id)
    return Submitted(report.id, report.reference, code, repeated=True)


def _new_report(
    command: SubmitReport, actor: Actor, category: Category, at: datetime, due_on: date
) -> Report:
    """The row of a report, still without what it says."""
    return Report(
        reference=new_reference(),
        kind=command.kind,
        stream=command.stream,
        channel=command.channel,
        language=command.language,
        contact_mode=command.contact_mode,
        wants_feedback=command.wants_feedback,
        wants_reward=command.wants_reward,
        received_at=command.received_at or at,
        entered_at=at,
        entered_by=actor.id,
        content_key=None,
        content=None,
        chosen_category=command.category,
        chosen_region=command.region,
        category=category.code,
        urgency=category.urgency,
        restricted=category.restricted,
        conflict=category.code == ABOUT_STAFF,
        next_due_on=due_on,
        changed_at=at,
        follows=command.follows,
        wished_kind=command.wish,
    )


def _new_receipt(
    command: SubmitReport, report_id: UUID, code: ReceiptCode, counter: int, at: datetime
) -> Receipt:
    given = command.code_is_given
    return Receipt(
        report_id=report_id,
        locator_mac=locator_mac(keys().locator, code.locator),
        verifier=interim_verifier(keys().pepper, code.secret) if given else closed_verifier(),
        hardened=not given,
        token_hash=queries.token_hash(command.token),
        counter=counter,
        commitment=commitment(code.secret, command.content, command.category),
        shown_until=at + SHOWN_FOR,
    )


def index_report(report_id: UUID, *, actor: Actor) -> None:
    """Put the reporter's words into the blind index, messages too. Safe to run twice: it replaces.

    The report stays locked meanwhile, or words erased at the same moment would be put back.
    """
    with unit_of_work(actor) as uow:
        report = uow.session.get(Report, report_id, with_for_update=True)
        if report is None or report.content is None:
            return
        said = queries.list_said(uow.session, [report.id])[report.id]
        index_text(uow.session, report.id, queries.words_of(report, said))
