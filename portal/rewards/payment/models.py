"""Payments as they are stored. Who is paid is sealed to the custodians; no key to it is here.

A payment names an award and a round: when a list is given up its payments begin another round, in
which again each step is another person's.
"""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base
from portal.rewards.ledger.models import quoted
from portal.rewards.payment.states import (
    BATCH_LIFECYCLE,
    LIVE_PAYMENTS,
    PAYMENT_LIFECYCLE,
    BankFileKind,
    BatchState,
    DifferenceKind,
    PaymentAction,
    PaymentState,
    PayStep,
    PayWay,
    SampleAnswer,
)

# Said in the same words by the indexes and by the queries, or the database does not match them.
IS_LIVE_PAYMENT = f"state IN ({quoted(*LIVE_PAYMENTS)})"
IS_OPEN_DIFFERENCE = "cleared_at IS NULL"


class RewardPin(Base):
    """The PIN of a reporter, as a slow hash; `forgotten_at` begins the wait for another."""

    __tablename__ = "reward_pin"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    verifier: Mapped[bytes]
    set_at: Mapped[datetime]
    forgotten_at: Mapped[datetime | None] = mapped_column(default=None)


class PaymentBatch(Base):
    """Payments that go to the bank in one file, made and handed out once.

    `payer_*` is the account of the office. `file` lies between filling and export only, closed
    with what only the running processes know.
    """

    __tablename__ = "payment_batch"
    __table_args__ = (
        CheckConstraint("file IS NULL OR state IN ('filled', 'exporting')", name="file_waits"),
        CheckConstraint(
            "(state IN ('exported', 'doubted')) = (ended_at IS NOT NULL) OR state = 'abandoned'",
            name="ended",
        ),
        UniqueConstraint("fund_id", "number"),
        Index("ix_payment_batch_fund_id", "fund_id", "drawn_at", "id"),
        Index("ix_payment_batch_state", "state", "exporting_at"),
    )
    lifecycle = BATCH_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    fund_id: Mapped[UUID] = mapped_column(ForeignKey("fund.id"))
    number: Mapped[int]
    kind: Mapped[BankFileKind]
    payer_name: Mapped[str]
    payer_account: Mapped[str]
    payer_bank: Mapped[str]
    execute_on: Mapped[date]
    drawn_at: Mapped[datetime]
    drawn_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    count: Mapped[int]
    total: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[BatchState] = mapped_column(default=BatchState.DRAWN)
    version: Mapped[int] = mapped_column(default=1)
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    released_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    file: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    file_hash: Mapped[str | None] = mapped_column(default=None)
    exporting_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # read by SQLAlchemy


class Payment(Base):
    """What is to be paid for one award, from the claim to what the bank says.

    `reference` is what the bank and the office share of it, and leads nowhere without the database.
    """

    __tablename__ = "reward_payment"
    __table_args__ = (
        Index(
            "uq_reward_payment_live",
            "award_id",
            unique=True,
            sqlite_where=text(IS_LIVE_PAYMENT),
            postgresql_where=text(IS_LIVE_PAYMENT),
        ),
        CheckConstraint(
            "state IN ('due', 'forfeited') OR (way IS NOT NULL AND claimed_at IS NOT NULL)",
            name="claimed",
        ),
        CheckConstraint(
            "state NOT IN ('batched', 'sent', 'unknown') OR batch_id IS NOT NULL", name="in_a_batch"
        ),
        Index("ix_reward_payment_state", "state", "claimed_at", "id"),
        Index("ix_reward_payment_batch_id", "batch_id"),
        Index("ix_reward_payment_award_id", "award_id", "made_at"),
        Index("ix_reward_payment_made_at", "made_at", "id"),
    )
    lifecycle = PAYMENT_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    award_id: Mapped[UUID] = mapped_column(ForeignKey("reward_award.id"))
    reference: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    claim_by: Mapped[date | None]
    state: Mapped[PaymentState] = mapped_column(default=PaymentState.DUE)
    version: Mapped[int] = mapped_column(default=1)
    way: Mapped[PayWay | None] = mapped_column(default=None)
    round: Mapped[int] = mapped_column(default=1)
    claimed_at: Mapped[datetime | None] = mapped_column(default=None)
    warned_at: Mapped[datetime | None] = mapped_column(default=None)
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_batch.id"), default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    # Why the auditor refused it, under the key of the report; and who did, for the review.
    refusal: Mapped[bytes | None] = mapped_column(default=None)
    refused_at: Mapped[datetime | None] = mapped_column(default=None)
    refused_person: Mapped[UUID | None] = mapped_column(default=None)
    review: Mapped[bytes | None] = mapped_column(default=None)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # read by SQLAlchemy


class PaymentStepRow(Base):
    """What one natural person did for a payment; triggers keep out whoever worked on the award."""

    __tablename__ = "payment_step"
    __table_args__ = (
        UniqueConstraint("payment_id", "round", "person_id"),
        UniqueConstraint("payment_id", "round", "step"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("reward_payment.id"))
    round: Mapped[int]
    step: Mapped[PayStep]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    person_id: Mapped[UUID]
    at: Mapped[datetime]


class PayeeData(Base):
    """Name, account and bank of who is paid, sealed to both custodian groups.

    `layers` are the later versions of the keys it was wrapped in again, `wrap_version` the last.
    `mark` is that of the program: the keys to seal with are public.
    """

    __tablename__ = "payee_data"
    __table_args__ = (Index("ix_payee_data_wrap_version", "wrap_version"),)

    payment_id: Mapped[UUID] = mapped_column(ForeignKey("reward_payment.id"), primary_key=True)
    body: Mapped[bytes]
    wrap: Mapped[bytes]
    key_version: Mapped[int]
    wrap_version: Mapped[int]
    sealed_at: Mapped[datetime]
    mark: Mapped[bytes]
    layers: Mapped[list[int]] = mapped_column(JSON, default_factory=list)


class PayeeTag(Base):
    """That an account is the same as another one: of a payment, or of a member of staff."""

    __tablename__ = "payee_tag"
    __table_args__ = (
        CheckConstraint("(payment_id IS NULL) <> (person_id IS NULL)", name="of_one"),
        UniqueConstraint("payment_id"),
        UniqueConstraint("person_id", "tag"),
        Index("ix_payee_tag_tag", "tag"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    tag: Mapped[bytes]
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("reward_payment.id"))
    person_id: Mapped[UUID | None]
    made_at: Mapped[datetime]


class CashCodeRow(Base):
    """How a cash code is found and proved; the code itself is nowhere."""

    __tablename__ = "cash_code"

    payment_id: Mapped[UUID] = mapped_column(ForeignKey("reward_payment.id"), primary_key=True)
    locator_mac: Mapped[bytes] = mapped_column(unique=True)
    verifier: Mapped[bytes]
    made_at: Mapped[datetime]


class BankStatement(Base):
    """A statement that was read in, once; `count` are its entries under references of ours."""

    __tablename__ = "bank_statement"
    __table_args__ = (
        UniqueConstraint("fund_id", "file_hash"),
        Index("ix_bank_statement_fund_id", "fund_id", "read_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    fund_id: Mapped[UUID] = mapped_column(ForeignKey("fund.id"))
    file_hash: Mapped[str]
    first_on: Mapped[date]
    last_on: Mapped[date]
    count: Mapped[int]
    read_at: Mapped[datetime]
    read_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))


class BankLine(Base):
    """An entry of a statement under a reference of ours."""

    __tablename__ = "bank_line"
    __table_args__ = (
        UniqueConstraint("statement_id", "number"),
        UniqueConstraint("reference", "came_back", "booked_on", "amount"),
        Index("ix_bank_line_payment_id", "payment_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    statement_id: Mapped[UUID] = mapped_column(ForeignKey("bank_statement.id"))
    number: Mapped[int]
    reference: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    came_back: Mapped[bool]
    booked_on: Mapped[date]
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("reward_payment.id"))


class PaymentResolution(Base):
    """What two people say the bank did with an unknown payment, or with one it sent back late.

    `line_id` is the entry it stands on; without one, the statement covers the days in which it
    would have been booked.
    """

    __tablename__ = "payment_resolution"
    __table_args__ = (
        CheckConstraint("outcome IN ('settle', 'return', 'come-back')", name="outcome"),
        CheckConstraint("outcome = 'return' OR line_id IS NOT NULL", name="settled_by_a_line"),
        CheckConstraint("confirmed_person <> stated_person", name="two_people"),
        CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_person IS NULL)", name="confirmed_by_somebody"
        ),
    )

    payment_id: Mapped[UUID] = mapped_column(ForeignKey("reward_payment.id"), primary_key=True)
    outcome: Mapped[PaymentAction] = mapped_column(primary_key=True)
    statement_id: Mapped[UUID] = mapped_column(ForeignKey("bank_statement.id"))
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_line.id"))
    stated_at: Mapped[datetime]
    stated_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    stated_person: Mapped[UUID]
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    confirmed_person: Mapped[UUID | None] = mapped_column(default=None)


class PaymentDifference(Base):
    """Something that does not agree; while one of a fund is open its next list is not drawn."""

    __tablename__ = "payment_difference"
    __table_args__ = (
        CheckConstraint(
            "(cleared_at IS NULL) = (cleared_by IS NULL)"
            " AND (cleared_at IS NULL) = (cleared_because IS NULL)",
            name="cleared_by_somebody",
        ),
        Index(
            "uq_payment_difference_open",
            "about",
            unique=True,
            sqlite_where=text(IS_OPEN_DIFFERENCE),
            postgresql_where=text(IS_OPEN_DIFFERENCE),
        ),
        Index("ix_payment_difference_fund_id", "fund_id", "found_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    fund_id: Mapped[UUID] = mapped_column(ForeignKey("fund.id"))
    kind: Mapped[DifferenceKind]
    # The kind and the id of what it is about: the same thing is found once.
    about: Mapped[str]
    reference: Mapped[str]
    expected: Mapped[int] = mapped_column(BigInteger)
    found: Mapped[int] = mapped_column(BigInteger)
    found_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None] = mapped_column(default=None)
    cleared_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    cleared_because: Mapped[str | None] = mapped_column(default=None)


class RewardSample(Base):
    """A question of the auditor to a recipient, past the officer; `words` are encrypted."""

    __tablename__ = "reward_sample"
    __table_args__ = (
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answer_has_time"),
        Index("ix_reward_sample_asked_at", "asked_at", "payment_id"),
    )

    payment_id: Mapped[UUID] = mapped_column(ForeignKey("reward_payment.id"), primary_key=True)
    asked_at: Mapped[datetime]
    answer: Mapped[SampleAnswer | None] = mapped_column(default=None)
    words: Mapped[bytes | None] = mapped_column(default=None)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
