"""The versions of the place in numbers: rows that came and went, and the roles of who did it."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from portal.accounts.models import AccountRole
from portal.jurisdiction.models import VERSIONED, PackVersion


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """A version without names: nobody's roles stand for the operator of the command line."""

    version: int
    starts_at: datetime
    state: str
    roles: tuple[str, ...]
    came: int
    went: int
    reason: str


def list_summaries(session: Session, most: int) -> Iterator[VersionSummary]:
    """The newest versions, in four statements."""
    newest = select(PackVersion).order_by(PackVersion.version.desc()).limit(most)
    versions = session.scalars(newest).all()
    numbers = [version.version for version in versions]
    came = _rows_by(session, "since_version", numbers)
    went = _rows_by(session, "until_version", numbers)
    roles = _roles(session, {version.loaded_by for version in versions if version.loaded_by})
    for version in versions:
        number = version.version
        yield VersionSummary(
            number,
            version.starts_at,
            _state(version),
            roles.get(version.loaded_by, ()) if version.loaded_by else (),
            came[number],
            went[number],
            version.reason,
        )


def _rows_by(session: Session, name: str, numbers: Collection[int]) -> Counter[int]:
    """How many rows of all tables name each version there."""
    counted = union_all(
        *(
            select(column.label("version"), func.count().label("rows"))
            .where(column.in_(numbers))
            .group_by(column)
            for column in (getattr(model, name) for model in VERSIONED)
        )
    ).subquery()
    rows = session.execute(
        select(counted.c.version, func.sum(counted.c.rows)).group_by(counted.c.version)
    )
    return Counter({row[0]: int(row[1]) for row in rows})


def _roles(session: Session, accounts: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    held = select(AccountRole.account_id, AccountRole.role).where(
        AccountRole.account_id.in_(accounts)
    )
    found: dict[UUID, list[str]] = {}
    for row in session.execute(held):
        found.setdefault(row.account_id, []).append(row.role.value)
    return {account: tuple(sorted(roles)) for account, roles in found.items()}


def _state(version: PackVersion) -> str:
    if version.withdrawn_at is not None:
        return "withdrawn"
    return "planned" if version.starts_at > datetime.now(UTC) else "started"
