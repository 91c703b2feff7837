"""The addresses of a case, and what was captured of them, as its page shows them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseReport
from portal.cases.queries.access import context_of, get_case, key_of
from portal.cases.queries.page import CaseFacts, get_facts
from portal.cases.rules import may_head, may_work
from portal.cases.states import CaseState
from portal.evidence.queries import CustodyLine, list_custody
from portal.hosts.models import Capture, CaseAddress
from portal.hosts.queries.contacts import list_contacts, list_owners
from portal.hosts.queries.notices import HostNoticeLine, list_notices
from portal.hosts.rules import ACCEPTED, grouped, may_capture
from portal.hosts.states import CaptureState, Serving
from portal.infra.fetching.guard import NoVisit
from portal.infra.vault import ContentKey
from portal.intake.models import Report
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class CaptureLine:
    """A capture as the list of an address shows it."""

    id: UUID
    address_id: UUID
    state: CaptureState
    failure: NoVisit | None
    asked_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class AddressLine:
    """An address with what it gave and what was kept of it; `contact` is whose it is."""

    id: UUID
    url: str = field(repr=False)
    contact: str | None
    contact_id: UUID | None
    serving: Serving
    since: datetime | None
    looked_at: datetime | None
    next_look_at: datetime | None
    struck_at: datetime | None
    captures: tuple[CaptureLine, ...]
    in_notice: bool

    @property
    def is_asked(self) -> bool:
        """Whether it is being captured."""
        return any(one.state is CaptureState.ASKED for one in self.captures)


@dataclass(frozen=True, slots=True)
class HostGroup:
    """A contact, and how many addresses of the case may go into a notice to it."""

    contact_id: UUID
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class OnlinePage:
    """The whole page; `works` and `heads` say which buttons the reader gets."""

    facts: CaseFacts
    addresses: tuple[AddressLine, ...]
    notices: tuple[HostNoticeLine, ...]
    groups: tuple[HostGroup, ...]
    capturable: bool
    works: bool
    heads: bool

    def offers(self, act: str, about: UUID | int | None) -> bool:
        """Whether an act has a button here; NotFound for one on a notice that is not there."""
        if not isinstance(about, int):
            groups = {one.contact_id for one in self.groups}
            return self.works and (about is None or about in groups)
        for one in self.notices:
            if one.number == about:
                return act in one.acts
        raise NotFound("host-notice")

    def free_of(self, contact: UUID) -> tuple[AddressLine, ...]:
        """The addresses of a contact that may go into a notice."""
        own = (one for one in self.addresses if one.contact_id == contact)
        return tuple(one for one in own if one.struck_at is None and not one.in_notice)


@dataclass(frozen=True, slots=True)
class CapturePage:
    """One capture: the way there, the hashes, and who had it in hand."""

    facts: CaseFacts
    line: CaptureLine
    url: str = field(repr=False)
    hops: tuple[Mapping[str, object], ...] = field(repr=False)
    sha256: str
    digest: str
    cut: bool
    parts: tuple[str, ...]
    custody: tuple[CustodyLine, ...]


def url_of(key: ContentKey, address: CaseAddress) -> str:
    """The words of an address."""
    return key.decrypt_text(address.body, context_of("case_address.body", address.id))


def is_capturable(session: Session, case: Case) -> bool:
    """Whether anything of a case may be fetched, by all that was ever reported in it."""
    rows = session.execute(
        select(Report.category, Report.chosen_category, Report.flags)
        .join(CaseReport, CaseReport.report_id == Report.id)
        .where(CaseReport.case_id == case.id)
    ).all()
    known = current_place().categories
    found = {case.category, *(row.category for row in rows)}
    # What a reporter chose counts where nobody may look at it, whatever was made of it later.
    chosen = {row.chosen_category for row in rows}
    found |= {code for code in chosen if code in known and known[code].link_only}
    return may_capture(known, found, {flag for row in rows for flag in row.flags})


def get_online(session: Session, number: str, actor: Actor) -> OnlinePage:
    """Everything of a case on the net, in a fixed few statements; NotFound outside the scope."""
    facts, case = get_facts(session, number, actor), get_case(session, number, actor)
    notices = list_notices(session, case, actor)
    addresses = _addresses(session, case, notices)
    open_ = case.state is not CaseState.CLOSED
    return OnlinePage(
        facts=facts,
        addresses=addresses,
        notices=notices,
        groups=_groups(addresses) if case.state in ACCEPTED else (),
        capturable=is_capturable(session, case),
        works=open_ and may_work(actor, case.department_code),
        heads=open_ and may_head(actor, case.department_code),
    )


def _groups(addresses: tuple[AddressLine, ...]) -> tuple[HostGroup, ...]:
    free = [one for one in addresses if one.struck_at is None and not one.in_notice]
    names = {one.contact_id: one.contact for one in free if one.contact is not None}
    counts = Counter(one.contact_id for one in free)
    return tuple(
        HostGroup(contact, name, counts[contact])
        for contact, name in names.items()
        if contact is not None
    )


def _addresses(
    session: Session, case: Case, notices: tuple[HostNoticeLine, ...]
) -> tuple[AddressLine, ...]:
    key = key_of(case)
    rows = session.scalars(
        select(CaseAddress)
        .where(CaseAddress.case_id == case.id)
        .order_by(CaseAddress.added_at, CaseAddress.id)
    ).all()
    captures = _captures(session, case)
    urls = {one.id: url_of(key, one) for one in rows}
    contacts = {one.id: one.name for one in list_contacts(session)}
    owners = list_owners(session)
    whose = {one: owner for owner, own in grouped(urls.items(), owners).items() for one in own}
    running = {one for notice in notices if notice.runs for one in notice.address_ids}
    return tuple(
        AddressLine(
            id=one.id,
            url=urls[one.id],
            contact=contacts.get(owner) if (owner := whose[one.id]) else None,
            contact_id=whose[one.id],
            serving=one.serving,
            since=one.since,
            looked_at=one.looked_at,
            next_look_at=one.next_look_at,
            struck_at=one.struck_at,
            captures=tuple(made for made in captures if made.address_id == one.id),
            in_notice=one.id in running,
        )
        for one in rows
    )


def _captures(session: Session, case: Case) -> tuple[CaptureLine, ...]:
    rows = session.scalars(
        select(Capture).where(Capture.case_id == case.id).order_by(Capture.asked_at, Capture.id)
    )
    return tuple(_line(one) for one in rows)


def _line(one: Capture) -> CaptureLine:
    return CaptureLine(one.id, one.address_id, one.state, one.failure, one.asked_at, one.ended_at)


def get_capture(session: Session, number: str, capture_id: UUID, actor: Actor) -> CapturePage:
    """One capture of a case in the actor's scope; NotFound for any other."""
    facts, case = get_facts(session, number, actor), get_case(session, number, actor)
    made = session.get(Capture, capture_id)
    if made is None or made.case_id != case.id or made.body is None or made.archive_id is None:
        raise NotFound("capture")
    key = key_of(case)
    said = key.decrypt_json(made.body, context_of("capture.body", made.id))
    held = {"archive": made.archive_id, "text": made.text_id, "picture": made.picture_id}
    return CapturePage(
        facts=facts,
        line=_line(made),
        url=url_of(key, session.get_one(CaseAddress, made.address_id)),
        hops=tuple(said["hops"]),
        sha256=said["sha256"],
        digest=said["digest"],
        cut=said["cut"],
        parts=tuple(name for name, own in held.items() if own is not None),
        custody=tuple(list_custody(session, made.archive_id)),
    )
