"""Whether a complaint has what the place demands, and whether it was filed before. Pure Python."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from portal.jurisdiction.tables import ComplaintElement, ComplaintRules
from portal.rights_holders.rules.identifiers import Scheme, normal
from portal.rights_holders.rules.problems import Fault, Problem
from portal.rights_holders.rules.works import fold_title

LONGEST_FACTS: Final = 2000
LONGEST_LINE: Final = 300
LONGEST_URL: Final = 2000
# A serial number of Excel is a day after this one (with its leap year that never was).
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_EXCEL_DAYS: Final = range(36526, 73051)
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


class ComplaintField(StrEnum):
    """The columns of a sheet of complaints, in the order in which the empty sheet has them."""

    WORK = "work"
    URL = "url"
    PLACE = "place"
    REGION = "region"
    CATEGORY = "category"
    FOUND_ON = "found-on"
    FACTS = "facts"
    RIGHT = "right"
    ORIGINAL = "original"
    SIGNATURE = "signature"
    NUMBER = "number"


class RightBasis(StrEnum):
    """By what right somebody complains (著作权行政投诉指南: 权利人、专有使用权人、利害关系人)."""

    OWNER = "owner"
    EXCLUSIVE = "exclusive"
    AGENT = "agent"
    INTERESTED = "interested"


RIGHTS: Final[Mapping[str, RightBasis]] = {
    **{one.value: one for one in RightBasis},
    "权利人": RightBasis.OWNER,
    "著作权人": RightBasis.OWNER,
    "owner of the rights": RightBasis.OWNER,
    "专有使用权人": RightBasis.EXCLUSIVE,
    "独家被许可人": RightBasis.EXCLUSIVE,
    "exclusive licensee": RightBasis.EXCLUSIVE,
    "受委托": RightBasis.AGENT,
    "代理人": RightBasis.AGENT,
    "受权利人委托": RightBasis.AGENT,
    "agent of the owner": RightBasis.AGENT,
    "利害关系人": RightBasis.INTERESTED,
    "其他利害关系人": RightBasis.INTERESTED,
    "another interested party": RightBasis.INTERESTED,
}


@dataclass(frozen=True, slots=True)
class KnownWork:
    """What a row needs to know of a work: which it is, and whether its right is proved."""

    id: UUID
    number: int
    title: str
    proved: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are checked against: the register, the words of the place, and the day.

    `due_on` is until when what lacks something may be completed. `region_of` finds the one region
    a name means, or None; `is_address` tells an address.
    """

    rules: ComplaintRules
    today: date
    due_on: date
    by_number: Mapping[int, KnownWork]
    by_title: Mapping[str, tuple[KnownWork, ...]]
    by_identifier: Mapping[str, KnownWork]
    category_names: Mapping[str, str]
    region_of: Callable[[str], str | None] = field(compare=False)
    is_address: Callable[[str], bool] = field(compare=False)

    def about(self, work: UUID | None) -> "Known":
        """The same, as if the register had this work only: no namesake makes a row uncertain."""
        titles = {
            title: tuple(one for one in works if one.id == work)
            for title, works in self.by_title.items()
        }
        return replace(
            self,
            by_number={key: one for key, one in self.by_number.items() if one.id == work},
            by_title={title: works for title, works in titles.items() if works},
            by_identifier={key: one for key, one in self.by_identifier.items() if one.id == work},
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """What a row comes to: its work, what it is about, and all that is missing or wrong."""

    problems: tuple[Problem, ...]
    work: KnownWork | None = None
    category: str = ""
    region: str | None = None
    found_on: date | None = None
    right: RightBasis | None = None
    target: str = field(default="", repr=False)

    @property
    def complete(self) -> bool:
        return not self.problems


def check(cells: Mapping[str, str], known: Known, *, own_files: bool = False) -> Checked:
    """Look at one complaint; `own_files` came with it, and may prove the right."""
    work, of_work = _work(cells.get(ComplaintField.WORK, ""), known)
    category, of_category = _category(cells, known)
    region, of_region = _region(cells, known)
    found_on, of_day = _found_on(cells, known)
    right, of_right = _right(cells, known)
    unproved = work is not None and not (work.proved or own_files)
    if ComplaintElement.PROOF in known.rules.demands and unproved:
        of_work = [*of_work, Problem(ComplaintField.WORK, Fault.NO_PROOF)]
    about = [*of_work, *_target(cells, known), *of_region, *of_category, *of_day]
    problems = [*about, *_words(cells, known), *of_right]
    return Checked(
        tuple(problems), work, category, region, found_on, right, fold_target(cells, region)
    )


def fold_target(cells: Mapping[str, str], region: str | None) -> str:
    """What is complained about, as two rows are compared: an address or else a place."""
    url = cells.get(ComplaintField.URL, "").strip()
    if url:
        return _fold_address(url)
    return f"{region or ''}|{fold_title(cells.get(ComplaintField.PLACE, ''))}"


def _fold_address(url: str) -> str:
    """An address without what makes no difference; what follows the host tells small from large.

    A part of a page is the page, but many sites name their pages behind the mark (`#/`, `#!`).
    """
    bare = re.sub(r"^\w+://", "", url)
    host = re.split(r"[/?#]", bare, maxsplit=1)[0]
    rest, _mark, part = bare[len(host) :].partition("#")
    page = f"#{part}" if part.startswith(("/", "!")) else ""
    return f"{host.casefold().removeprefix('www.')}{rest.rstrip('/')}{page.rstrip('/')}"


def day_of(text: str) -> date | None:
    """A day as people and sheets write it: 2026-11-22, 2026/11/22, 2026年11月22日, 46348."""
    found = _DAY.fullmatch(text.strip().removesuffix("00:00:00").strip())
    if found is None:
        number = int(text) if text.isascii() and text.isdigit() and len(text) == 5 else 0  # noqa: PLR2004
        return _EXCEL_EPOCH + timedelta(days=number) if number in _EXCEL_DAYS else None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def _work(typed: str, known: Known) -> tuple[KnownWork | None, list[Problem]]:
    if not typed:
        return None, [Problem(ComplaintField.WORK, Fault.MISSING)]
    if typed.isascii() and typed.isdigit() and len(typed) < 10 and int(typed) in known.by_number:  # noqa: PLR2004
        return known.by_number[int(typed)], []
    for scheme in Scheme:
        value = normal(scheme, typed)
        if value and f"{scheme}:{value}" in known.by_identifier:
            return known.by_identifier[f"{scheme}:{value}"], []
    found = known.by_title.get(fold_title(typed), ())
    if len(found) == 1:
        return found[0], []
    fault = Fault.SEVERAL_WORKS if found else Fault.NOT_IN_REGISTER
    return None, [Problem(ComplaintField.WORK, fault)]


def _target(cells: Mapping[str, str], known: Known) -> Iterator[Problem]:
    url, place = cells.get(ComplaintField.URL, ""), cells.get(ComplaintField.PLACE, "")
    if not url and not place:
        yield Problem(ComplaintField.URL, Fault.NO_TARGET)
    if url and (len(url) > LONGEST_URL or not known.is_address(url)):
        yield Problem(ComplaintField.URL, Fault.NOT_AN_ADDRESS)
    if len(place) > LONGEST_LINE:
        yield Problem(ComplaintField.PLACE, Fault.TOO_LONG)
    original = cells.get(ComplaintField.ORIGINAL, "")
    if original and (len(original) > LONGEST_URL or not known.is_address(original)):
        yield Problem(ComplaintField.ORIGINAL, Fault.NOT_AN_ADDRESS)


def _category(cells: Mapping[str, str], known: Known) -> tuple[str, list[Problem]]:
    """What it is about; of an address, what the place has first unless another is said."""
    typed = cells.get(ComplaintField.CATEGORY, "").casefold()
    if not typed:
        if cells.get(ComplaintField.URL) and known.rules.categories:
            return known.rules.categories[0], []
        return "", [Problem(ComplaintField.CATEGORY, Fault.MISSING)]
    code = known.category_names.get(typed)
    return (code, []) if code else ("", [Problem(ComplaintField.CATEGORY, Fault.NO_SUCH_CATEGORY)])


def _region(cells: Mapping[str, str], known: Known) -> tuple[str | None, list[Problem]]:
    """Where it is; a place needs one, an address does not."""
    typed = cells.get(ComplaintField.REGION, "")
    if not typed:
        needed = bool(cells.get(ComplaintField.PLACE)) and not cells.get(ComplaintField.URL)
        return None, [Problem(ComplaintField.REGION, Fault.MISSING)] if needed else []
    code = known.region_of(typed)
    return code, [] if code else [Problem(ComplaintField.REGION, Fault.NO_SUCH_PLACE)]


def _found_on(cells: Mapping[str, str], known: Known) -> tuple[date | None, list[Problem]]:
    typed = cells.get(ComplaintField.FOUND_ON, "")
    if not typed:
        needed = ComplaintElement.FOUND_ON in known.rules.demands
        return None, [Problem(ComplaintField.FOUND_ON, Fault.MISSING)] if needed else []
    day = day_of(typed)
    if day is None:
        return None, [Problem(ComplaintField.FOUND_ON, Fault.NOT_A_DAY)]
    if day > known.today:
        return day, [Problem(ComplaintField.FOUND_ON, Fault.IN_THE_FUTURE)]
    return day, []


def _right(cells: Mapping[str, str], known: Known) -> tuple[RightBasis | None, list[Problem]]:
    typed = cells.get(ComplaintField.RIGHT, "").casefold()
    if not typed:
        needed = ComplaintElement.RIGHT in known.rules.demands
        return None, [Problem(ComplaintField.RIGHT, Fault.MISSING)] if needed else []
    right = RIGHTS.get(typed)
    return right, [] if right else [Problem(ComplaintField.RIGHT, Fault.NO_SUCH_RIGHT)]


def _words(cells: Mapping[str, str], known: Known) -> Iterator[Problem]:
    facts = cells.get(ComplaintField.FACTS, "")
    if not facts and ComplaintElement.FACTS in known.rules.demands:
        yield Problem(ComplaintField.FACTS, Fault.MISSING)
    if len(facts) > LONGEST_FACTS:
        yield Problem(ComplaintField.FACTS, Fault.TOO_LONG)
    signature = cells.get(ComplaintField.SIGNATURE, "")
    if not signature and ComplaintElement.SIGNATURE in known.rules.demands:
        yield Problem(ComplaintField.SIGNATURE, Fault.MISSING)
    if len(signature) > LONGEST_LINE:
        yield Problem(ComplaintField.SIGNATURE, Fault.TOO_LONG)
