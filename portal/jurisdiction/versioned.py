"""What every row of a place has: the versions in which it holds."""

from typing import ClassVar
from uuid import UUID, uuid4

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from portal.infra.database import Base


class Versioned(Base):
    """A row that holds from `since_version` until before `until_version` (or still, if None).

    `key_names` are the columns that tell what the row is about; of each key one row holds.
    """

    __abstract__ = True
    key_names: ClassVar[tuple[str, ...]] = ("code",)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    since_version: Mapped[int]
    until_version: Mapped[int | None] = mapped_column(default=None)
    position: Mapped[int]

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Index, ...]:
        """One current row for each key, in both databases."""
        return (
            Index(
                f"uq_{cls.__tablename__}_current",
                *cls.key_names,
                unique=True,
                sqlite_where=text("until_version IS NULL"),
                postgresql_where=text("until_version IS NULL"),
            ),
        )
