"""The sheet of a hand-over: what is passed on and why, and the slip to send back, by typst."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from flask_babel import force_locale, format_date, gettext

from portal.infra.typesetting import typeset
from portal.intake.content import Content
from portal.jurisdiction.place import Place
from portal.transfers.said import Said
from portal.transfers.states import Part

TEMPLATE = Path(__file__).with_name("transfer_sheet.typ")
# A task has no reader whose language it could take, and may not know of pages.
_LOCALES: Final = {"zh-Hans": "zh_Hans", "en": "en"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the sheet: codes, days, and of the report's words only what was chosen."""

    number: str
    sender: str
    receiver: str
    category: str
    region: str | None
    reported_on: date
    made_on: date
    said: Said = field(repr=False)
    content: Content = field(repr=False)
    parts: frozenset[Part] = frozenset()
    messages: tuple[str, ...] = field(default=(), repr=False)
    files: tuple[tuple[str, str], ...] = ()


def sheet_pdf(sheet: Sheet, place: Place, language: str) -> bytes:
    """A PDF/UA of the sheet in `language`."""
    with force_locale(_LOCALES[known_language(language)]):
        content = _content(sheet, place, language)
    return typeset(TEMPLATE, content)


def known_language(tag: str) -> str:
    """The language a sheet is made in: the one that was asked for, if the product has it."""
    return tag if tag in _LOCALES else "zh-Hans"


def _content(sheet: Sheet, place: Place, language: str) -> dict[str, object]:
    return {
        "lang": "en" if language.startswith("en") else "zh",
        "title": gettext("Transfer sheet"),
        "head": _head(sheet, place, language),
        "sections": [
            {"title": title, "lines": lines} for title, lines in _sections(sheet, language) if lines
        ],
        "files_title": gettext("Files in the bundle"),
        "files": [list(one) for one in sheet.files],
        "source": gettext(
            "Who reported it is not in this bundle. Whoever deals with the matter must not try to "
            "find out, and must not show these papers to the person reported."
        ),
        **_slip(),
    }


def _head(sheet: Sheet, place: Place, language: str) -> list[list[str]]:
    unit, body = place.departments.get(sheet.sender), place.departments.get(sheet.receiver)
    category = place.categories.get(sheet.category)
    rows = [
        [gettext("Number"), sheet.number],
        [gettext("Sending office"), unit.name.in_(language) if unit else sheet.sender],
        [gettext("Receiving body"), body.name.in_(language) if body else sheet.receiver],
        [gettext("About"), category.name.in_(language) if category else sheet.category],
        [gettext("Reported on"), format_date(sheet.reported_on, "long")],
        [gettext("Prepared on"), format_date(sheet.made_on, "long")],
    ]
    if Part.PLACE in sheet.parts and sheet.region:
        whole = place.regions[place.root].name.in_(language)
        rows.insert(4, [gettext("Region"), place.region_name(sheet.region, language) or whole])
    return rows


def _sections(sheet: Sheet, language: str) -> list[tuple[str, list[str]]]:
    """What was chosen, part by part; a part that nobody chose is not looked at."""
    content, parts = sheet.content, sheet.parts
    told = [content.title, content.narrative] if Part.NARRATIVE in parts else []
    answers = [f"{a.question.in_(language)} {a.answer.in_(language)}" for a in content.answers]
    return [
        (gettext("Why it is passed on"), _lines([sheet.said.reason])),
        (gettext("The matter, in the words of the sending office"), _lines([sheet.said.outline])),
        (gettext("What was reported"), _lines(told)),
        (gettext("Part.place"), _lines([content.place] if Part.PLACE in parts else [])),
        (gettext("Part.time"), _lines([content.when] if Part.TIME in parts else [])),
        (gettext("Part.addresses"), _lines(content.urls if Part.ADDRESSES in parts else [])),
        (gettext("Part.answers"), _lines(answers if Part.ANSWERS in parts else [])),
        (gettext("Part.messages"), _lines(sheet.messages)),
    ]


def _lines(texts: Sequence[str]) -> list[str]:
    return [line for text in texts for line in text.splitlines() if line.strip()]


def _slip() -> dict[str, object]:
    """What the other body fills in and sends back."""
    return {
        "receipt_title": gettext("Slip to be sent back"),
        "receipt_lines": [
            gettext("Received on: ____________   Your number: ____________________"),
            gettext("Received by, telephone: ______________________________________"),
            gettext("Opinion (taken on / sent back, and why): _______________________"),
            gettext("Seal, day: __________________________________________________"),
        ],
    }


def announcement(number: str, language: str) -> tuple[str, str]:
    """Subject and text of a notice that a hand-over waits: its number and nothing of the matter."""
    with force_locale(_LOCALES[known_language(language)]):
        subject = gettext("A matter is passed on to you: %(number)s", number=number)
        text = gettext(
            "We pass on to you a matter that is yours to decide. Its number is %(number)s.\n\n"
            "The papers are not in this message. They come to you separately, or wait for you at "
            "our office. Please do not reply to this message; send the slip back that lies with "
            "the papers.",
            number=number,
        )
    return str(subject), str(text)
