"""Telling parties and reporters of what happened, by the table of the place (U36)."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import record
from portal.cases.models import Case, CaseParty, CaseReport
from portal.cases.queries.access import context_of, key_of
from portal.casework.service.in_hand import write
from portal.decisions.models import PartyAccess, PartyLetter
from portal.decisions.states import LetterKind
from portal.infra.uow import UnitOfWork
from portal.intake.models import MessageKind, Report
from portal.jurisdiction.place import Text
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import NoticeEvent, Recipient


def tell(
    uow: UnitOfWork,
    case: Case,
    event: NoticeEvent,
    *,
    party: UUID | None = None,
    report: UUID | None = None,
    leave_out: Iterable[Recipient] = (),
) -> None:
    """Send what the place has for each recipient of an event; `party` or `report` is its own.

    A party without a page is reached by what is served on it, and gets nothing here.
    """
    notices, left_out = current_place().notices, frozenset(leave_out)
    said = {
        one: notices[event, one].sentence
        for one in Recipient
        if (event, one) in notices and one not in left_out
    }
    own, others = said.get(Recipient.THE_PARTY), said.get(Recipient.OTHER_PARTIES)
    if own or others:
        for one in _parties_of(uow, case):
            _to_party(uow, case, one, own if one == party else others)
    asker, rest = said.get(Recipient.THE_REPORTER), said.get(Recipient.OTHER_REPORTERS)
    if asker or rest:
        for told in _reports_of(uow, case):
            _to_reporter(uow, told, asker if told.id == report else rest)
    record(uow, "case.told", "case", case.id, event=event)


def put_letter(
    uow: UnitOfWork, case: Case, party: UUID, kind: LetterKind, text: Text
) -> PartyLetter:
    """Put a letter into the correspondence with a party, encrypted under the key of the case."""
    letter = PartyLetter(party_id=party, kind=kind, body=b"", at=uow.now)
    said = {"zh": text.zh, "en": text.en}
    letter.body = key_of(case).encrypt_json(said, context_of("party_letter.body", letter.id))
    uow.session.add(letter)
    return letter


def _to_party(uow: UnitOfWork, case: Case, party: UUID, text: Text | None) -> None:
    if text is not None:
        put_letter(uow, case, party, LetterKind.NOTICE, text)


def _to_reporter(uow: UnitOfWork, report: Report, text: Text | None) -> None:
    if text is not None:
        write(uow, report, MessageKind.NOTICE, text.in_(report.language))
        record(uow, "report.told-of-case", "report", report.id)


def _parties_of(uow: UnitOfWork, case: Case) -> list[UUID]:
    """The parties of the case that have a page."""
    wanted = select(PartyAccess.party_id).join(CaseParty, CaseParty.id == PartyAccess.party_id)
    found = wanted.where(CaseParty.case_id == case.id, CaseParty.struck_at.is_(None))
    return list(uow.session.scalars(found.order_by(CaseParty.added_at, CaseParty.id)))


def _reports_of(uow: UnitOfWork, case: Case) -> list[Report]:
    """The reports of the case that are still with its unit and are not erased, locked."""
    wanted = (
        select(Report)
        .join(CaseReport, CaseReport.report_id == Report.id)
        .where(
            CaseReport.case_id == case.id,
            CaseReport.left_at.is_(None),
            Report.department_code == case.department_code,
            Report.content_key.is_not(None),
        )
        .order_by(Report.id)
        .with_for_update(of=Report)
    )
    return list(uow.session.scalars(wanted))
