"""Addresses of a case, what was captured of them, whom they belong to, and notices to those.

Addresses and everything typed are encrypted under the key of the case; a contact is a company.
"""

from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.hosts.states import (
    CAPTURE_LIFECYCLE,
    HOST_NOTICE_LIFECYCLE,
    CaptureAction,
    CaptureState,
    HostAnswer,
    HostNoticeAction,
    HostNoticeState,
    Serving,
)
from portal.infra.database import Base
from portal.infra.fetching.guard import NoVisit

# Said in the same words by the indexes and by the queries, or the database does not match them.
IS_LOOKED_AT: Final = "next_look_at IS NOT NULL"
IS_AWAITED: Final = "state = 'sent'"
IS_ASKED_FOR: Final = "state = 'asked'"


def _some(name: str, condition: str, *columns: str, unique: bool = False) -> Index:
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


class CaseAddress(Base):
    """Where something of a case is to be found on the net, and whether it still is (B15).

    `unchanged` counts the looks in a row that gave the same; `next_look_at` is None for one that is
    not looked at: nothing of it was kept or told yet, or it may not be fetched at all.
    """

    __tablename__ = "case_address"
    __table_args__ = (
        Index("ix_case_address_case_id", "case_id", "added_at"),
        _some("ix_case_address_look", IS_LOOKED_AT, "next_look_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    body: Mapped[bytes]
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    struck_at: Mapped[datetime | None] = mapped_column(default=None)
    serving: Mapped[Serving] = mapped_column(default=Serving.NOT_LOOKED_AT)
    since: Mapped[datetime | None] = mapped_column(default=None)
    looked_at: Mapped[datetime | None] = mapped_column(default=None)
    unchanged: Mapped[int] = mapped_column(default=0)
    next_look_at: Mapped[datetime | None] = mapped_column(default=None)


class Capture(Base):
    """One time that an address was fetched and kept; `body` has the way there and the hashes."""

    __tablename__ = "capture"
    __table_args__ = (
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="why_failed"),
        CheckConstraint("(state = 'made') = (body IS NOT NULL)", name="made_has_body"),
        _some("uq_capture_asked", IS_ASKED_FOR, "address_id", unique=True),
        Index("ix_capture_case_id", "case_id", "asked_at"),
    )
    lifecycle = CAPTURE_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    address_id: Mapped[UUID] = mapped_column(ForeignKey("case_address.id"))
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    state: Mapped[CaptureState] = mapped_column(default=CaptureState.ASKED)
    failure: Mapped[NoVisit | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    body: Mapped[bytes | None] = mapped_column(default=None)
    archive_id: Mapped[UUID | None] = mapped_column(ForeignKey("made_file.id"), default=None)
    text_id: Mapped[UUID | None] = mapped_column(ForeignKey("made_file.id"), default=None)
    picture_id: Mapped[UUID | None] = mapped_column(ForeignKey("made_file.id"), default=None)

    @property
    def open_actions(self) -> tuple[CaptureAction, ...]:
        """What may become of it next."""
        return self.lifecycle.actions_from(self.state)


class HostContact(Base):
    """A host or platform: which names on the net are its own, and where it takes notices (C20).

    `answer_days` are working days; None leaves the time to the place.
    """

    __tablename__ = "host_contact"
    __table_args__ = (Index("ix_host_contact_name", "name", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    name: Mapped[str]
    mailbox: Mapped[str]
    language: Mapped[str]
    domains: Mapped[list[str]]
    answer_days: Mapped[int | None]
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class HostNotice(Base):
    """A notice of a case to one contact about one or more addresses, and what came back.

    `content` holds what it says and to whom, as it was drafted; `failure` is a code. `party_id` is
    whom only the host reaches: the letter has the code of their page, to be handed on.
    """

    __tablename__ = "host_notice"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint(
            "state IN ('drafted', 'withdrawn') OR approved_at IS NOT NULL", name="approved"
        ),
        CheckConstraint("state NOT IN ('sent', 'answered') OR due_on IS NOT NULL", name="has_day"),
        CheckConstraint("(state = 'answered') = (answer IS NOT NULL)", name="has_answer"),
        _some("ix_host_notice_awaited", IS_AWAITED, "due_on", "id"),
    )
    lifecycle = HOST_NOTICE_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    number: Mapped[int]
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("host_contact.id"))
    content: Mapped[bytes]
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    state: Mapped[HostNoticeState] = mapped_column(default=HostNoticeState.DRAFTED)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None] = mapped_column(default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    due_on: Mapped[date | None] = mapped_column(default=None)
    answer: Mapped[HostAnswer | None] = mapped_column(default=None)
    answered_on: Mapped[date | None] = mapped_column(default=None)
    answer_words: Mapped[bytes | None] = mapped_column(default=None)
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    party_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("case_party.id"), index=True, default=None
    )

    @property
    def open_actions(self) -> tuple[HostNoticeAction, ...]:
        """What may be done next; the pages show these and no other buttons."""
        return self.lifecycle.actions_from(self.state)


class HostNoticeAddress(Base):
    """That an address is in a notice."""

    __tablename__ = "host_notice_address"

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("host_notice.id"), primary_key=True)
    address_id: Mapped[UUID] = mapped_column(
        ForeignKey("case_address.id"), primary_key=True, index=True
    )
