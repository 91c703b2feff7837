"""A place that changes: the shipped pack with one thing different, loaded as the next version."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from portal.intake.rules import local_date
from portal.jurisdiction import queries
from portal.jurisdiction.calendar import DayKind, OwnDay
from portal.jurisdiction.pack import pack_folder
from portal.jurisdiction.service import LoadPack, load_pack
from portal.jurisdiction.tables import Text
from portal.kernel.actor import Actor
from tests.factories.intake import now

PACK = "cn_culture_market"
UNIT_NAME = "武进区文化市场综合执法大队"


def keep_festival(territory: str = "320412", days: int = 40) -> date:
    """For the next days nobody in a territory works, and everybody else does as always.

    Returns the first day on which they may again; for tests with the fixture `known_place`.
    """
    place = queries.current_place()
    today = local_date(place, now())
    off = OwnDay(DayKind.HOLIDAY, Text("地方节日", "Local holiday"))
    own = {today + timedelta(days=n): off for n in range(days)}
    calendar = replace(place.calendar, territories={territory: own})
    queries._kept.place = replace(place, version=place.version, calendar=calendar)  # noqa: SLF001
    return today + timedelta(days=days)


def renamed_pack(folder: Path, new: str, old: str = UNIT_NAME) -> Path:
    """The default pack in `folder` with a unit renamed; with no new name, left out."""
    made = Path(shutil.copytree(pack_folder(PACK), folder / "renamed"))
    units = made / "departments.csv"
    lines = units.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line.replace(old, new) for line in lines if new or old not in line]
    units.write_text("".join(kept), encoding="utf-8")
    return made


def rename_unit(folder: Path, new: str) -> int:
    """Load the place with the unit renamed (or left out) and return the version."""
    return load_pack(LoadPack(str(renamed_pack(folder, new))), actor=Actor.operator())
