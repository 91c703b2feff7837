"""What units came to in a month: what fairness can be judged by, and no person."""

from datetime import date

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base


class UnitMonth(Base):
    """The reports of a unit that were first told a result in a month (F20); no findings of patrols.

    `matters` leaves out those merged into another, `in_time` counts those none of whose stages was
    late, `overturned` those whose reporter contested and of which something else was found then.
    `median_days` go from receipt to the result; `endings` is how many ended for which reason (U2).
    """

    __tablename__ = "unit_month"

    department_code: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    answered: Mapped[int]
    matters: Mapped[int]
    in_time: Mapped[int]
    contested: Mapped[int]
    overturned: Mapped[int]
    median_days: Mapped[float]
    endings: Mapped[dict[str, int]] = mapped_column(JSON)
