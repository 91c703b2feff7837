"""What stands on a paper: its head and its words from the record, as data for the one template."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final

from flask_babel import force_locale, format_date, gettext

from portal.cases.states import PartyRole
from portal.infra.typesetting import typeset
from portal.intake.models import Channel
from portal.jurisdiction.emblems import emblem_svg
from portal.jurisdiction.place import Place
from portal.jurisdiction.tables import PaperForm, PaperPart, Signer
from portal.kernel.deadline import DayUnit

TEMPLATE: Final = Path(__file__).with_name("paper.typ")
# A paper is in the language of whom it is for, not of who makes it.
LOCALES: Final = {"zh-Hans": "zh_Hans", "en": "en"}
_LINE: Final = " ____________________"


@dataclass(frozen=True, slots=True)
class PartyOnPaper:
    """Whom a paper is for."""

    role: PartyRole
    name: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReportOnPaper:
    """The report that a paper is made of: what is known of it, and nothing of who sent it."""

    reference: str
    received_on: date
    channel: Channel
    category: str
    region: str | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper as it is printed; without a number it is a draft and says so on every page.

    `reports` are reference and day of the reports of the case; without one it is made of `report`.
    `code` opens the page of the party
    it is served on, where there is one.
    """

    form: PaperForm
    case: str
    department: str
    made_on: date
    words: Mapping[str, str] = field(repr=False)
    number: str = ""
    party: PartyOnPaper | None = None
    reports: tuple[tuple[str, date], ...] = ()
    report: ReportOnPaper | None = None


def paper_pdf(sheet: Sheet, place: Place, language: str) -> bytes:
    """The paper as PDF/A-2a and PDF/UA-1; what is on it goes in as data, never as markup."""
    with force_locale(LOCALES[language]):
        content = _content(sheet, place, language)
    return typeset(TEMPLATE, content, archive=True)


def _content(sheet: Sheet, place: Place, language: str) -> dict[str, object]:
    form = sheet.form
    return {
        **frame(place, sheet.department, sheet.made_on, language),
        "title": form.name.in_(language),
        "draft": "" if sheet.number else gettext("Draft"),
        "number": sheet.number,
        "head": _head(sheet, place, language),
        "sections": _sections(sheet),
        "reports_title": gettext("Reports of the case"),
        "reports": [f"{reference}   {format_date(on)}" for reference, on in sheet.reports],
        "phrase": form.phrase.in_(language).splitlines() if form.phrase else [],
        "periods": _periods(form, language),
        "signatures": [_signature(signer) for signer in form.signed_by],
    }


def frame(place: Place, department: str, day: date, language: str) -> dict[str, object]:
    """What the template asks of every page that a unit makes; the rest is left empty."""
    return {
        "lang": "en" if language == "en" else "zh",
        "day": [day.year, day.month, day.day],
        **dict.fromkeys(("draft", "number", "reports_title"), ""),
        **dict.fromkeys(("reports", "phrase", "periods", "signatures"), ()),
        **_letterhead(place, department, language),
    }


def _letterhead(place: Place, department: str, language: str) -> dict[str, str]:
    """That of the unit, or of its kind, or only what the unit is called."""
    head = place.letterheads.get(department) or place.letterheads.get(department.partition("@")[0])
    unit = place.departments.get(department)
    name = unit.name.in_(language) if unit else department
    if head is None:
        return {"office": name, "address": "", "emblem": ""}
    own = head.name.in_(language) if head.name else name
    emblem = emblem_svg(head.picture) if head.picture else ""
    return {
        "office": own,
        "address": f"{head.address.in_(language)}   {head.phone}",
        "emblem": emblem,
    }


def _head(sheet: Sheet, place: Place, language: str) -> list[list[str]]:
    rows = [[gettext("Case"), sheet.case]]
    if sheet.report is not None:
        rows = _of_report(sheet.report, place, language)
    rows.append([gettext("Dated"), format_date(sheet.made_on, "long")])
    if sheet.party is not None:
        party = sheet.party
        rows.append([word(party.role), party.name])
        if party.address:
            rows.append([gettext("Address"), party.address])
    return rows


def _of_report(report: ReportOnPaper, place: Place, language: str) -> list[list[str]]:
    category = place.categories.get(report.category)
    rows = [
        [gettext("Report"), report.reference],
        [gettext("Came in on"), format_date(report.received_on, "long")],
        [gettext("Came in by"), word(report.channel)],
        [gettext("Category"), category.name.in_(language) if category else report.category],
    ]
    if report.region:
        rows.append([gettext("Region"), place.region_name(report.region, language)])
    return rows


def _sections(sheet: Sheet) -> list[dict[str, object]]:
    """What was written, part by part; a part that is for the hand stays an empty line."""
    return [
        {"title": word(part), "lines": _lines(sheet.words, part)}
        for part in PaperPart
        if part in sheet.form.parts
    ]


def _lines(words: Mapping[str, str], part: PaperPart) -> list[str]:
    written = [line for line in words.get(part, "").splitlines() if line.strip()]
    return written or [_LINE]


def _periods(form: PaperForm, language: str) -> list[list[str]]:
    rows = []
    for one in form.periods:
        how = gettext("within %(count)d days from service", count=one.days)
        if one.unit is DayUnit.WORKING:
            how = gettext("within %(count)d working days from service", count=one.days)
        rows.append([one.name.in_(language), how])
    return rows


def _signature(signer: Signer) -> str:
    return str(gettext("%(who)s: __________________    Day: ______________", who=word(signer)))


def word(member: StrEnum) -> str:
    """What a member of a list is called in the language that is being written in."""
    key = f"{type(member).__name__}.{member.value}"
    return str(gettext(key))
