"""What a bank says: camt.053 (ISO 20022) or a sheet, read into entries under our references."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element  # only the type: xml_reading parses

from portal.kernel.errors import RuleBroken
from portal.rewards.payment.rules import BankEntry
from portal.rewards.payment.xml_reading import LARGEST, read_xml
from portal.rewards.rules.money import minor_of

# Every reference of ours begins so; the account may have other traffic, which is none of ours.
PREFIX: Final = "SLP"
_SPACE: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053."
HEADS: Final = ("reference", "amount", "currency", "direction", "booked_on")
_DIRECTIONS: Final = {"debit": False, "credit": True}


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement: the days it covers, and the entries under references of ours."""

    first_on: date
    last_on: date
    entries: tuple[BankEntry, ...]


def read_statement(data: bytes) -> Statement:
    """Read a statement in either form; RuleBroken for one that is broken, hostile or too large."""
    if len(data) > LARGEST:
        raise RuleBroken("statement-too-large")
    text = data.removeprefix(b"\xef\xbb\xbf")
    return _camt(text) if text.lstrip()[:1] == b"<" else _sheet(text)


def _sheet(data: bytes) -> Statement:
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode()), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise RuleBroken("statement-unreadable") from None
    return _covering([_row(row) for row in rows])


def _row(row: dict[str, str]) -> BankEntry:
    try:
        reference, amount, currency, direction, booked = (row[name].strip() for name in HEADS)
        came_back = _DIRECTIONS[direction]
    except (KeyError, ValueError, AttributeError):
        raise RuleBroken("statement-unreadable") from None
    minor = _minor(amount, currency)
    return BankEntry(reference, minor, currency, came_back, _day(booked))


def _camt(data: bytes) -> Statement:
    root = read_xml(data)
    space, _brace, name = root.tag.partition("}")
    if name != "Document" or not space.startswith(_SPACE):
        raise RuleBroken("statement-unreadable")
    _strip(root)
    statements = root.findall("BkToCstmrStmt/Stmt")
    entries = [one for found in statements for one in _entries(found)]
    days = [
        _day(text[:10])
        for found in statements
        for path in ("FrToDt/FrDtTm", "FrToDt/ToDtTm")
        if (text := found.findtext(path, ""))
    ]
    return _covering(entries, days)


def _strip(root: Element) -> None:
    """Take the namespace off: every version of the message has its own."""
    for one in root.iter():
        one.tag = one.tag.rpartition("}")[2]


def _entries(statement: Element) -> Iterator[BankEntry]:
    """What was booked; an entry with several transactions counts each by its own amount."""
    for entry in statement.findall("Ntry"):
        status = entry.findtext("Sts/Cd") or entry.findtext("Sts") or "BOOK"
        if status.strip() != "BOOK":
            continue
        details = entry.findall("NtryDtls/TxDtls")
        for one in details:
            yield _entry(entry, one, alone=len(details) == 1)


def _entry(entry: Element, details: Element, *, alone: bool) -> BankEntry:
    amount = details.find("Amt")
    if amount is None:
        amount = details.find("AmtDtls/TxAmt/Amt")
    if amount is None and alone:
        amount = entry.find("Amt")
    direction = details.findtext("CdtDbtInd") or entry.findtext("CdtDbtInd", "")
    booked = entry.findtext("BookgDt/Dt") or entry.findtext("BookgDt/DtTm") or ""
    if amount is None or direction not in {"DBIT", "CRDT"}:
        raise RuleBroken("statement-unreadable")
    currency = amount.get("Ccy", "")
    booked_on = _day(booked[:10])
    reference = details.findtext("Refs/EndToEndId", "").strip()
    came_back = direction == "CRDT"
    minor = _minor((amount.text or "").strip(), currency)
    return BankEntry(reference, minor, currency, came_back, booked_on)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RuleBroken("statement-unreadable") from None


def _minor(text: str, currency: str) -> int:
    try:
        return minor_of(text, currency)
    except RuleBroken:
        raise RuleBroken("statement-unreadable") from None


def _covering(entries: Sequence[BankEntry], days: Sequence[date] = ()) -> Statement:
    """A statement with what is ours of it; RuleBroken for one that covers no day."""
    covered = [*days, *(one.booked_on for one in entries)]
    if not covered:
        raise RuleBroken("statement-empty")
    ours = tuple(one for one in entries if one.reference.startswith(PREFIX))
    return Statement(min(covered), max(covered), ours)
