"""A place that changes: the shipped pack with one thing different, loaded as the next version."""

import shutil
from pathlib import Path

from portal.jurisdiction.pack import pack_folder
from portal.jurisdiction.service import LoadPack, load_pack
from portal.kernel.actor import Actor

PACK = "cn_culture_market"
UNIT_NAME = "武进区文化市场综合执法大队"


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
