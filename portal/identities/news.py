"""Letters to reporters who wanted them: that there is news, and nothing else (U6, U23)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from flask_babel import force_locale, gettext
from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.custody.models import Opening
from portal.custody.service.post import address_in, find_open_post
from portal.infra.config import settings
from portal.infra.mail import MailNotSent, MailUnconfirmed, send_mail
from portal.infra.tasks import TaskKind
from portal.infra.uow import unit_of_work
from portal.intake.addresses import address_place
from portal.intake.models import Author, Message, MessageKind, ReporterMail
from portal.kernel.actor import Actor

MOST_AT_ONCE: Final = 200
# A letter that was asked for so long ago has failed for good, and is asked for anew.
GIVEN_UP_AFTER: Final = timedelta(days=1)
NO_SUCH_BOX: Final = 500
_LOCALES: Final[Mapping[str, str]] = {"zh-Hans": "zh_Hans", "en": "en"}


def look_for_news(*, actor: Actor) -> int:
    """Leave a letter to be sent for each reporter with news; return how many. Safe to run twice.

    Several pieces of news since the last letter are one. Nothing is left while the post is closed.
    A letter that a dead task did not send is left again after a day.
    """
    with unit_of_work(actor) as uow:
        if not settings().mail_url or find_open_post(uow.session, uow.now) is None:
            return 0
        wanted = (
            select(ReporterMail)
            .where(_is_asked_for_no_more(uow.now), ReporterMail.refused_at.is_(None), _has_news())
            .order_by(ReporterMail.kept_at)
            .limit(MOST_AT_ONCE)
            .with_for_update(skip_locked=True, of=ReporterMail)
        )
        found = uow.session.scalars(wanted).all()
        for one in found:
            one.asked_at = uow.now
            uow.task(TaskKind.TELL_BY_MAIL, one.report_id, cause=uow.now.isoformat())
        return len(found)


def tell_by_mail(report_id: UUID, *, actor: Actor) -> None:
    """Send one letter that there is news; nobody sees the address, and it is in no log.

    What the server refuses for good is noted and ends the letters; anything else is tried again.
    Killed before the server has it, it is sent once by the next; killed after, it may come twice,
    with one Message-ID, and tells nothing more. With the post closed the letter waits.
    """
    with unit_of_work(actor, more_to_come=True) as uow:
        kept = uow.session.get(ReporterMail, report_id, with_for_update=True)
        if kept is None or kept.asked_at is None:
            return
        private = find_open_post(uow.session, uow.now, kept.key_id)
        if private is None:
            kept.asked_at = None
            return
        address = address_in(private, kept.address, address_place(report_id))
        subject, text = letter(kept.language)
        message_id = name_of(kept.letter_id, kept.asked_at)
    refused = False
    try:
        send_mail(address, subject, text, message_id=message_id)
    except MailUnconfirmed:
        pass  # it may have gone: a second one would be no better
    except MailNotSent as problem:
        refused = int(problem.params.get("status", 0)) >= NO_SUCH_BOX
        if not refused:
            raise MailNotSent(problem.code) from None
    _note(report_id, refused=refused, actor=actor)


def name_of(letter_id: UUID, asked_at: datetime) -> str:
    """What names one letter: the same at every attempt, another for the next one."""
    return uuid5(letter_id, asked_at.astimezone(UTC).isoformat(timespec="microseconds")).hex


def letter(language: str) -> tuple[str, str]:
    """Subject and text: no name, no reference, no word of the matter."""
    with force_locale(_LOCALES.get(language, "en")):
        subject = gettext("There is news")
        text = gettext(
            "There is news for you. Open %(address)s and enter your code.\n\n"
            "This message cannot be answered. Nobody at the office has seen your address.",
            address=f"{settings().base_url}/track",
        )
    return str(subject), str(text)


@dataclass(frozen=True, slots=True)
class PostFigures:
    """How the letters fare, in numbers only."""

    addresses: int
    waiting: int
    refused: int


def count_letters(session: Session) -> PostFigures:
    """How many addresses there are, letters wait, and boxes do not exist."""
    mail = ReporterMail
    row = session.execute(
        select(
            func.count(),
            func.count(mail.asked_at),
            func.count(mail.refused_at),
        ).select_from(mail)
    ).one()
    return PostFigures(*row)


def do_letters_arrive(session: Session, report_id: UUID) -> bool | None:
    """Whether letters to a reporter arrive, as far as one knows; None where none are wanted."""
    kept = session.get(ReporterMail, report_id)
    return None if kept is None else kept.refused_at is None


def _note(report_id: UUID, *, refused: bool, actor: Actor) -> None:
    with unit_of_work(actor) as uow:
        kept = uow.session.get(ReporterMail, report_id, with_for_update=True)
        if kept is not None:
            kept.asked_at = None
            kept.sent_at = uow.now
            kept.refused_at = uow.now if refused else None


def _is_asked_for_no_more(now: datetime) -> ColumnElement[bool]:
    given_up = ReporterMail.asked_at < now - GIVEN_UP_AFTER
    return or_(ReporterMail.asked_at.is_(None), given_up)


def _has_news() -> ColumnElement[bool]:
    """Something was said that the reporter has not read, or told, since the last letter.

    A notice counts although it was read: it may say what somebody else did who has the code, and
    who then reads it away.
    """
    since = func.coalesce(ReporterMail.sent_at, ReporterMail.kept_at)
    said = exists().where(
        Message.report_id == ReporterMail.report_id,
        Message.author != Author.REPORTER,
        Message.kind != MessageKind.NOTE,
        or_(Message.read_at.is_(None), Message.kind == MessageKind.NOTICE),
        Message.sent_at > since,
    )
    told = exists().where(
        and_(Opening.subject_id == ReporterMail.report_id, Opening.told_at > since)
    )
    return or_(said, told)
