"""Telling parties and reporters of what happened, by the table of the place (U36)."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import record
from portal.cases.models import Case, CaseParty
from portal.cases.queries.access import context_of, key_of
from portal.cases.service.telling import reports_of
from portal.casework.rules import told
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
    words: str = "",
) -> None:
    """Send what the place has for each recipient of an event; `party` or `report` is its own.

    `words` is what the office adds for whoever the event is about. A party without a page is
    reached by what is served on it, and gets nothing here. Reporters whose report was merged into
    one of the case are told as those of the others are.
    """
    notices, left_out = current_place().notices, frozenset(leave_out)
    said = {
        one: notices[event, one].sentence
        for one in Recipient
        if (event, one) in notices and one not in left_out
    }
    own, others = _with(said.get(Recipient.THE_PARTY), words), said.get(Recipient.OTHER_PARTIES)
    if own or others:
        for one in _parties_of(uow, case):
            _to_party(uow, case, one, own if one == party else others)
    asker, rest = (
        _with(said.get(Recipient.THE_REPORTER), words),
        said.get(Recipient.OTHER_REPORTERS),
    )
    if asker or rest:
        for sent in reports_of(uow, case):
            _to_reporter(uow, sent, asker if sent.id == report else rest)
    record(uow, "case.told", "case", case.id, event=event)


def tell_reporter(uow: UnitOfWork, report: Report, event: NoticeEvent) -> None:
    """Tell one reporter what the place has for all of them at an event of the case."""
    notice = current_place().notices.get((event, Recipient.OTHER_REPORTERS))
    _to_reporter(uow, report, notice.sentence if notice else None)


def put_letter(
    uow: UnitOfWork, case: Case, party: UUID, kind: LetterKind, text: Text
) -> PartyLetter:
    """Put a letter into the correspondence with a party, encrypted under the key of the case."""
    letter = PartyLetter(party_id=party, kind=kind, body=b"", at=uow.now)
    said = {"zh": text.zh, "en": text.en}
    letter.body = key_of(case).encrypt_json(said, context_of("party_letter.body", letter.id))
    uow.session.add(letter)
    return letter


def _with(text: Text | None, words: str) -> Text | None:
    return Text(told(text.zh, words), told(text.en, words)) if text else None


def _to_party(uow: UnitOfWork, case: Case, party: UUID, text: Text | None) -> None:
    if text is not None:
        put_letter(uow, case, party, LetterKind.NOTICE, text)


def _to_reporter(uow: UnitOfWork, report: Report, text: Text | None) -> None:
    if text is not None and report.content_key is not None:
        write(uow, report, MessageKind.NOTICE, text.in_(report.language))
        record(uow, "report.told-of-case", "report", report.id)


def _parties_of(uow: UnitOfWork, case: Case) -> list[UUID]:
    """The parties of the case that have a page."""
    wanted = select(PartyAccess.party_id).join(CaseParty, CaseParty.id == PartyAccess.party_id)
    found = wanted.where(CaseParty.case_id == case.id, CaseParty.struck_at.is_(None))
    return list(uow.session.scalars(found.order_by(CaseParty.added_at, CaseParty.id)))
