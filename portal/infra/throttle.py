"""Brakes on guessing and flooding: so many attempts by one bucket, then a hold that doubles.

An attempt is counted before it is judged, by one conditional upsert, so that any number of
parallel attempts admits no more than the limit. Networks are known by a keyed label of the day
only, and every row is gone after 24 hours.
"""

import hmac
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

from sqlalchemy import Index, case, delete, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql import ColumnElement

from portal.infra.database import Base, UtcDateTime
from portal.infra.keys import keys
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import TooManyAttempts

KEPT: Final = timedelta(hours=24)
LABEL_BYTES: Final = 16


class ThrottleCount(Base):
    """The attempts of one bucket in its current window, and its hold if there is one.

    `holds` counts the holds so far, each twice as long as the one before.
    """

    __tablename__ = "throttle"
    __table_args__ = (Index("ix_throttle_expires_at", "expires_at"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    bucket: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    holds: Mapped[int] = mapped_column(default=0)
    window_ends_at: Mapped[datetime]
    held_until: Mapped[datetime | None] = mapped_column(default=None)
    expires_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Throttle:
    """One kind of limit: `limit` attempts in a `window`, then a hold.

    The first hold lasts `hold` and each next one twice as long, up to `longest`; without a
    `hold` it lasts until the window ends, which makes a plain rate limit.
    """

    kind: str
    limit: int
    window: timedelta
    hold: timedelta | None = None
    longest: timedelta = timedelta(hours=24)

    def attempt(self, uow: UnitOfWork, bucket: str, weight: int = 1) -> bool:
        """Count an attempt, or `weight` of them; return whether it was what starts a hold.

        Raises TooManyAttempts, and counts nothing, while the bucket is on hold. Commit before
        anything slow: other attempts wait for this transaction.
        """
        held = uow.session.execute(self._upsert(uow, bucket, weight)).first()
        if held is None:
            seconds = self._seconds_left(uow, bucket)
            raise TooManyAttempts("too-many-attempts", kind=self.kind, seconds=seconds)
        return held.held_until is not None

    def give_back(self, uow: UnitOfWork, bucket: str, *, held: bool) -> None:
        """Uncount one attempt that turned out well.

        `held` is what `attempt` answered: only whoever started a hold takes it away again.
        """
        row = ThrottleCount
        lifted: dict[str, Any] = {"holds": row.holds - 1, "held_until": None} if held else {}
        uow.session.execute(
            update(row)
            .where(row.kind == self.kind, row.bucket == bucket, row.count > 0)
            .values(count=row.count - 1, **lifted)
            .execution_options(synchronize_session=False)
        )

    def succeeded(self, uow: UnitOfWork, bucket: str) -> None:
        """Forget the attempts of a bucket that has shown to be the right person."""
        row = ThrottleCount
        uow.session.execute(
            delete(row)
            .where(row.kind == self.kind, row.bucket == bucket)
            .execution_options(synchronize_session=False)
        )

    def count(self, session: Session, bucket: str, now: datetime) -> int:
        """How many attempts the bucket has made in its current window."""
        row = ThrottleCount
        found = session.scalar(
            select(row.count).where(
                row.kind == self.kind,
                row.bucket == bucket,
                or_(row.window_ends_at > now, row.held_until > now),
                row.expires_at > now,
            )
        )
        return found or 0

    def demand_open(self, session: Session, bucket: str, now: datetime) -> None:
        """Raise TooManyAttempts while the bucket is on hold; nothing is counted or written."""
        row = ThrottleCount
        until = session.scalar(
            select(row.held_until).where(
                row.kind == self.kind, row.bucket == bucket, row.held_until > now
            )
        )
        if until is not None:
            seconds = max(1, round((until - now).total_seconds()))
            raise TooManyAttempts("too-many-attempts", kind=self.kind, seconds=seconds)

    def standing(self, uow: UnitOfWork, bucket: str) -> tuple[int, int]:
        """How many attempts the bucket has left, and in how many seconds it has all again."""
        row = ThrottleCount
        found = uow.session.execute(
            select(row.count.label("attempts"), row.window_ends_at).where(
                row.kind == self.kind, row.bucket == bucket, row.window_ends_at > uow.now
            )
        ).first()
        if found is None:
            return self.limit, 0
        seconds = max(1, round((found.window_ends_at - uow.now).total_seconds()))
        return max(0, self.limit - found.attempts), seconds

    def _upsert(self, uow: UnitOfWork, bucket: str, weight: int) -> Any:  # noqa: ANN401  one of two dialects
        on_postgresql = uow.session.get_bind().dialect.name == "postgresql"
        insert = postgresql.insert if on_postgresql else sqlite.insert
        row, first = ThrottleCount, self._first(uow.now, weight)
        old = row.expires_at <= uow.now
        following = {
            key: case((old, first[key]), else_=value)
            for key, value in self._following(uow.now, weight).items()
        }
        return (
            insert(row)
            .values(kind=self.kind, bucket=bucket, expires_at=uow.now + KEPT, **first)
            .on_conflict_do_update(
                index_elements=[row.kind, row.bucket],
                set_={
                    "expires_at": case((old, uow.now + KEPT), else_=row.expires_at),
                    **following,
                },
                where=or_(row.held_until.is_(None), row.held_until <= uow.now, old),
            )
            .returning(row.held_until)
        )

    def _first(self, now: datetime, weight: int) -> dict[str, Any]:
        """What is stored at the first attempt of a bucket."""
        first_hold = self.window if self.hold is None else min(self.hold, self.longest)
        full = weight >= self.limit
        return {
            "count": weight,
            "holds": int(full),
            "window_ends_at": now + self.window,
            "held_until": now + first_hold if full else None,
        }

    def _following(self, now: datetime, weight: int) -> dict[str, ColumnElement[Any]]:
        """What is stored at each later attempt, as SQL over the row as it is then."""
        row = ThrottleCount
        anew = or_(row.window_ends_at <= now, row.held_until <= now)
        count = case((anew, weight), else_=row.count + weight)
        window_ends_at = case((anew, now + self.window), else_=row.window_ends_at)
        full = count >= self.limit
        return {
            "count": count,
            "holds": case((full, row.holds + 1), else_=row.holds),
            "window_ends_at": window_ends_at,
            "held_until": case((full, self._next_hold(now, window_ends_at)), else_=None),
        }

    def _next_hold(
        self, now: datetime, window_ends_at: ColumnElement[datetime]
    ) -> ColumnElement[datetime]:
        """When the hold ends, as SQL: neither database multiplies times in the same words."""
        if self.hold is None:
            return window_ends_at
        steps: dict[int, datetime] = {}
        length = self.hold
        while length < self.longest:
            steps[len(steps)] = now + length
            length *= 2
        if not steps:
            return literal(now + self.longest, UtcDateTime())
        return case(steps, value=ThrottleCount.holds, else_=now + self.longest)

    def _seconds_left(self, uow: UnitOfWork, bucket: str) -> int:
        row = ThrottleCount
        until = uow.session.scalar(
            select(row.held_until).where(row.kind == self.kind, row.bucket == bucket)
        )
        return max(1, round((until - uow.now).total_seconds())) if until else 1


def bucket_of(remote_addr: str | None, day: date) -> str:
    """The label of a network (IPv4 /24, IPv6 /56) on one day; without the key it tells nothing.

    An address that cannot be read shares one bucket with all others of its kind.
    """
    return _label(f"{day.isoformat()}\x00{_network(remote_addr or '')}")


def bucket_of_name(name: str) -> str:
    """The label of something typed (a sign-in name, a locator), so that it is never stored."""
    return _label(f"name\x00{name}")


def forget_old_counts(*, actor: Actor) -> int:
    """Delete every count older than 24 hours; return how many. Safe to run twice."""
    with unit_of_work(actor) as uow:
        gone = uow.session.scalars(
            delete(ThrottleCount)
            .where(ThrottleCount.expires_at <= uow.now)
            .returning(ThrottleCount.kind)
            .execution_options(synchronize_session=False)
        )
        return len(gone.all())


def _label(text: str) -> str:
    message = b"sunline/throttle/1\x00" + text.encode(errors="surrogatepass")
    return hmac.digest(keys().throttle, message, "sha256")[:LABEL_BYTES].hex()


def _network(remote_addr: str) -> str:
    try:
        address = ip_address(remote_addr.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    prefix = 24 if address.version == 4 else 56  # noqa: PLR2004  the two versions there are
    return str(ip_network((address, prefix), strict=False))
