"""Transfers of a case to the police as they are stored."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base
from portal.transfers.states import (
    REFERRAL_LIFECYCLE,
    ReferralAction,
    ReferralResult,
    ReferralState,
)

_OPEN = text("state IN ('proposed', 'approved', 'handed-over')")


class CaseReferral(Base):
    """A case proposed for transfer to the police, decided on, handed over and answered (D8, E23).

    `decide_by` and `hand_over_by` are the ends of the two times that the rules set. `words` holds
    what was typed, as JSON under the key of the case. `carried` says of a withdrawn one that the
    police had the bundle already, though nobody had written the hand-over down.
    """

    __tablename__ = "case_referral"
    __table_args__ = (
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint(
            "(state IN ('handed-over', 'answered')) = (handed_over_at IS NOT NULL)",
            name="handed_over_has_time",
        ),
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_time"
        ),
        CheckConstraint("state = 'withdrawn' OR NOT carried", name="carried_is_withdrawn"),
        CheckConstraint("(state = 'answered') = (result IS NOT NULL)", name="answer_has_result"),
        # One at a time.
        Index(
            "ix_case_referral_open",
            "case_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_case_referral_case_id", "case_id", "proposed_at"),
    )
    lifecycle = REFERRAL_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    department_code: Mapped[str]
    words: Mapped[bytes]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    decide_by: Mapped[date]
    state: Mapped[ReferralState] = mapped_column(default=ReferralState.PROPOSED)
    version: Mapped[int] = mapped_column(default=1)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    hand_over_by: Mapped[datetime | None] = mapped_column(default=None)
    bundle_id: Mapped[UUID | None] = mapped_column(ForeignKey("made_file.id"), default=None)
    handed_over_at: Mapped[datetime | None] = mapped_column(default=None)
    handed_over_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    result: Mapped[ReferralResult | None] = mapped_column(default=None)
    answered_on: Mapped[date | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), default=None)
    carried: Mapped[bool] = mapped_column(default=False, server_default=false())
    # `decide_by` runs into a year that is not announced yet.
    provisional: Mapped[bool] = mapped_column(default=False, server_default=false())

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # read by SQLAlchemy

    @property
    def open_actions(self) -> tuple[ReferralAction, ...]:
        """What may be done next."""
        return self.lifecycle.actions_from(self.state)


def words_context(referral_id: UUID) -> str:
    """The one place the words of a transfer may stand in."""
    return f"case_referral.words:{referral_id}"
