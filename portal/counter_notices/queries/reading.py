"""Reading counter-notices: the one place that opens what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseReport
from portal.cases.queries.access import context_of, key_of
from portal.counter_notices.models import CounterNotice, CounterNoticeFile
from portal.counter_notices.states import WAITING, CounterAction, CounterState
from portal.evidence.queries import FileLine, list_files
from portal.hosts.models import CaseAddress, HostNotice, HostNoticeAddress
from portal.hosts.queries.addresses import url_of
from portal.hosts.states import HostNoticeState
from portal.infra.vault import ContentKey
from portal.intake.models import Report
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import CounterReason
from portal.kernel.errors import NotFound
from portal.rights_holders.models import Complaint, Organisation


@dataclass(frozen=True, slots=True)
class Said:
    """What a counter-notice says; who says it is for the office and is passed on to nobody."""

    addresses: tuple[str, ...] = field(repr=False)
    text: str = field(repr=False)
    work: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    signature: str = field(default="", repr=False)

    @property
    def whole(self) -> str:
        """What is passed on where nothing of it could tell of somebody else."""
        return "\n\n".join(one for one in (self.work, self.text) if one)


@dataclass(frozen=True, slots=True)
class CounterLine:
    """A counter-notice with what it says and how it stands."""

    id: UUID
    number: int
    state: CounterState
    reason: CounterReason
    said: Said = field(repr=False)
    filed_at: datetime
    due_on: date
    answer_by: date | None
    reasons: str = field(repr=False)
    reinstated_on: date | None
    open_actions: tuple[CounterAction, ...]
    passed_on: str = field(default="", repr=False)
    told_reasons: str = field(default="", repr=False)
    files: tuple[FileLine, ...] = field(default=(), repr=False)

    @property
    def decided(self) -> bool:
        """Whether the office has decided."""
        return self.state not in WAITING


@dataclass(frozen=True, slots=True)
class Concerned:
    """A complaint of a rights-holder in the case, with the address that it is about."""

    id: UUID
    organisation_id: UUID
    organisation: str
    organisation_number: str
    number: int
    reference: str


def line_of(one: CounterNotice, key: ContentKey, files: tuple[FileLine, ...] = ()) -> CounterLine:
    """A counter-notice, read."""
    return CounterLine(
        id=one.id,
        number=one.number,
        state=one.state,
        reason=one.reason,
        said=said_in(one, key),
        filed_at=one.filed_at,
        due_on=one.due_on,
        answer_by=one.answer_by,
        reasons=_words(one, "reasons", key),
        reinstated_on=one.reinstated_on,
        open_actions=one.open_actions,
        passed_on=_words(one, "passed_on", key),
        told_reasons=_words(one, "told_reasons", key),
        files=files,
    )


def place_of(one: CounterNotice, column: str) -> str:
    """The one place the words in a column of a counter-notice may stand in."""
    return context_of(f"counter_notice.{column}", one.id)


def _words(one: CounterNotice, column: str, key: ContentKey) -> str:
    kept: bytes | None = getattr(one, column)
    return "" if kept is None else key.decrypt_text(kept, place_of(one, column))


def said_in(one: CounterNotice, key: ContentKey) -> Said:
    """The words of a counter-notice."""
    said = key.decrypt_json(one.body, context_of("counter_notice.body", one.id))
    return Said(**{**said, "addresses": tuple(said["addresses"])})


def list_of_case(session: Session, case: Case) -> tuple[CounterLine, ...]:
    """The counter-notices of a case with their files, in three statements."""
    rows = session.scalars(
        select(CounterNotice).where(CounterNotice.case_id == case.id).order_by(CounterNotice.number)
    ).all()
    links = session.scalars(
        select(CounterNoticeFile).where(CounterNoticeFile.notice_id.in_([one.id for one in rows]))
    ).all()
    files = {one.id: one for one in list_files(session, [one.evidence_id for one in links])}
    own: Mapping[UUID, list[FileLine]] = {one.id: [] for one in rows}
    for link in links:
        own[link.notice_id].append(files[link.evidence_id])
    key = key_of(case)
    return tuple(line_of(one, key, tuple(own[one.id])) for one in rows)


def list_of_party(session: Session, party_id: UUID) -> tuple[CounterLine, ...]:
    """What a party filed."""
    found = session.execute(
        select(CounterNotice, Case)
        .join(Case, Case.id == CounterNotice.case_id)
        .where(CounterNotice.party_id == party_id)
        .order_by(CounterNotice.number)
    ).all()
    return tuple(line_of(one, key_of(case)) for one, case in found)


def get_of_party(session: Session, party_id: UUID, number: int) -> CounterLine:
    """One of those that a party filed; NotFound for any other."""
    for one in list_of_party(session, party_id):
        if one.number == number:
            return one
    raise NotFound("counter-notice")


def takes_counter_notices(session: Session, number: str) -> bool:
    """Whether the place has counter-notices, and the case something on the net."""
    if not current_place().complaints.counter.reasons:
        return False
    online = exists().where(CaseAddress.case_id == Case.id)
    return session.scalar(select(Case.id).where(Case.number == number, online)) is not None


def list_told_addresses(session: Session, party_id: UUID) -> tuple[str, ...]:
    """The addresses of the notices to hosts that carried the code of this party."""
    rows = session.execute(
        select(CaseAddress, Case)
        .join(Case, Case.id == CaseAddress.case_id)
        .join(HostNoticeAddress, HostNoticeAddress.address_id == CaseAddress.id)
        .join(HostNotice, HostNotice.id == HostNoticeAddress.notice_id)
        .where(
            HostNotice.party_id == party_id,
            HostNotice.state.in_((HostNoticeState.SENT, HostNoticeState.ANSWERED)),
        )
        .order_by(CaseAddress.added_at, CaseAddress.id)
    )
    return tuple(dict.fromkeys(url_of(key_of(case), address) for address, case in rows))


def list_concerned(session: Session, case: Case) -> tuple[Concerned, ...]:
    """The complaints of rights-holders that are in the case."""
    rows = session.execute(
        select(
            Complaint.id,
            Organisation.id,
            Organisation.name,
            Organisation.number,
            Complaint.number,
            Report.reference,
        )
        .join(Report, Report.id == Complaint.report_id)
        .join(CaseReport, CaseReport.report_id == Report.id)
        .join(Organisation, Organisation.id == Complaint.organisation_id)
        .where(CaseReport.case_id == case.id, CaseReport.left_at.is_(None))
        .order_by(Organisation.name, Complaint.number)
    )
    return tuple(Concerned(*row) for row in rows)


def others_reported(organisation_id: UUID) -> ColumnElement[bool]:
    """Whether somebody else's report is in the case of the statement, or merged into one there.

    Nothing is to be learnt of who, nor that anybody did: of an organisation or of a tip.
    """
    own = select(Complaint.report_id).where(
        Complaint.organisation_id == organisation_id, Complaint.report_id.is_not(None)
    )
    there = or_(Report.id == CaseReport.report_id, Report.merged_into == CaseReport.report_id)
    return exists().where(CaseReport.case_id == Case.id, there, Report.id.not_in(own))


def several_reported(session: Session, case: Case, concerned: Sequence[Concerned]) -> bool:
    """Whether whoever complained in the case is not the only one who reported there."""
    if not concerned:
        return False
    asked = select(others_reported(concerned[0].organisation_id)).where(Case.id == case.id)
    return bool(session.scalar(asked))


def list_hands(session: Session, case: Case) -> list[UUID | None]:
    """Whoever drafted or approved a notice to a host in this case."""
    rows = session.execute(
        select(HostNotice.drafted_by, HostNotice.approved_by).where(HostNotice.case_id == case.id)
    )
    return [one for row in rows for one in row]


def get_notice(session: Session, case: Case, number: int, *, lock: bool = False) -> CounterNotice:
    """A counter-notice of the case by its number; NotFound if there is none."""
    wanted = select(CounterNotice).where(
        CounterNotice.case_id == case.id, CounterNotice.number == number
    )
    found = session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound("counter-notice")
    return found
