"""Telling parties and reporters of what happened, by the table of the place (U36)."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.audit.trail import record
from portal.cases.models import Case, CaseParty
from portal.cases.queries.access import context_of, key_of
from portal.cases.service.telling import TOLD, put_notice, reports_of
from portal.casework.rules import told
from portal.decisions.models import Decision, PartyAccess, PartyLetter
from portal.decisions.states import LetterKind
from portal.infra.uow import UnitOfWork
from portal.intake.models import Report
from portal.jurisdiction.place import Text
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import NoticeEvent, Recipient

JOINED: Final = "report.joined-decided"


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
            _to_reporter(uow, case, sent, asker if sent.id == report else rest, event=event)
    record(uow, "case.told", "case", case.id, event=event)


def tell_of_service(
    uow: UnitOfWork, case: Case, decisions: Sequence[Decision], reports: Iterable[Report]
) -> tuple[Report, ...]:
    """Tell reporters that decisions were served; return those who had not read of them all before.

    Who was told of a decision, with the others or on joining, is not told of it again.
    """
    notice = current_place().notices.get((NoticeEvent.SERVED, Recipient.OTHER_REPORTERS))
    sent = list(reports)
    before = [_told_of(uow, one, sent) for one in decisions]
    new = tuple(one for one in sent if not all(one.id in told for told in before))
    for one in new:
        text = notice.sentence if notice else None
        of = {"event": NoticeEvent.SERVED, "decisions": named(decisions)}
        _to_reporter(uow, case, one, text, **of)
    return new


def named(decisions: Iterable[Decision]) -> str:
    """The decisions that an entry of the trail is about."""
    return " ".join(one.id.hex for one in decisions)


def _told_of(uow: UnitOfWork, decision: Decision, reports: Iterable[Report]) -> frozenset[UUID]:
    """Which of the reports were told of a decision.

    Entries from before they named it are empty: those since its approval count.
    """
    entries = uow.session.execute(
        select(AuditEvent.subject_id, AuditEvent.details, AuditEvent.at).where(
            AuditEvent.subject_id.in_([one.id for one in reports]),
            AuditEvent.action.in_((TOLD, JOINED)),
        )
    )
    since = decision.approved_at or uow.now
    return frozenset(
        report
        for report, details, at in entries
        if decision.id.hex in details.get("decisions", "") or (not details and at >= since)
    )


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


def _to_reporter(uow: UnitOfWork, case: Case, report: Report, text: Text | None, **of: str) -> None:
    if text is not None:
        put_notice(uow, case, report, text.in_(report.language), **of)


def _parties_of(uow: UnitOfWork, case: Case) -> list[UUID]:
    """The parties of the case that have a page."""
    wanted = select(PartyAccess.party_id).join(CaseParty, CaseParty.id == PartyAccess.party_id)
    found = wanted.where(CaseParty.case_id == case.id, CaseParty.struck_at.is_(None))
    return list(uow.session.scalars(found.order_by(CaseParty.added_at, CaseParty.id)))
