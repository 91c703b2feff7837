"""What is written for the bank: pain.001.001.09 (ISO 20022) and a sheet.

No XSD is bundled: `demand_sound` holds what we write against rules of our own, which follow the
published message definition where it concerns us.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring  # written, not read

from portal.rewards.ledger.rules import cell
from portal.rewards.payment.rules import Payee, is_bic, is_cnaps, is_iban
from portal.rewards.payment.states import BankFileKind
from portal.rewards.payment.xml_reading import read_xml
from portal.rewards.rules.money import decimal_of

_SPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_REFERENCE: Final = re.compile(r"[A-Za-z0-9/?:().,'+ -]{1,35}")
_HEADER: Final = ("MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty")
_BLOCK: Final = (
    *("PmtInfId", "PmtMtd", "BtchBookg", "NbOfTxs", "CtrlSum", "ReqdExctnDt"),
    *("Dbtr", "DbtrAcct", "DbtrAgt"),
)
_LINE: Final = ("PmtId", "Amt", "CdtrAgt", "Cdtr", "CdtrAcct", "RmtInf")
SHEET: Final = ("reference", "amount", "currency", "name", "account", "bank", "text")


class FileUnsound(Exception):  # it is what happened, and our own defect
    """A file that the bank would not take was about to be written."""


@dataclass(frozen=True, slots=True)
class FileLine:
    """One payment of a file; `reference` is all that the bank and we share of it."""

    reference: str
    amount: int
    payee: Payee = field(repr=False)


@dataclass(frozen=True, slots=True)
class FileHead:
    """What the payments of a file have in common; `payer` is the office's own account."""

    message_id: str
    currency: str
    execute_on: date
    payer: Payee
    made_at: datetime


def write_file(kind: BankFileKind, head: FileHead, lines: Sequence[FileLine]) -> bytes:
    """The bytes of a file for the bank."""
    if kind is BankFileKind.CSV:
        return _sheet(head, lines)
    written = _pain(head, lines)
    demand_sound(written, len(lines), sum(one.amount for one in lines), head.currency)
    return written


def _sheet(head: FileHead, lines: Sequence[FileLine]) -> bytes:
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(SHEET)
    for one in lines:
        amount = decimal_of(one.amount, head.currency)
        payee = (one.payee.name, one.payee.account, one.payee.bank)
        said = (one.reference, amount, head.currency, *payee, one.reference)
        sheet.writerow([cell(value) for value in said])
    return out.getvalue().encode("utf-8-sig")


def _pain(head: FileHead, lines: Sequence[FileLine]) -> bytes:
    root = Element("Document", {"xmlns": _SPACE})
    whole = SubElement(root, "CstmrCdtTrfInitn")
    count, total = str(len(lines)), decimal_of(sum(one.amount for one in lines), head.currency)
    header = SubElement(whole, "GrpHdr")
    _say(header, "MsgId", head.message_id)
    _say(header, "CreDtTm", head.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _say(header, "NbOfTxs", count)
    _say(header, "CtrlSum", total)
    _say(SubElement(header, "InitgPty"), "Nm", head.payer.name)
    block = SubElement(whole, "PmtInf")
    _say(block, "PmtInfId", head.message_id)
    _say(block, "PmtMtd", "TRF")
    _say(block, "BtchBookg", "false")
    _say(block, "NbOfTxs", count)
    _say(block, "CtrlSum", total)
    _say(SubElement(block, "ReqdExctnDt"), "Dt", head.execute_on.isoformat())
    _say(SubElement(block, "Dbtr"), "Nm", head.payer.name)
    _account(SubElement(block, "DbtrAcct"), head.payer.account)
    _bank(SubElement(block, "DbtrAgt"), head.payer.bank)
    for one in lines:
        _line(SubElement(block, "CdtTrfTxInf"), one, head.currency)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _line(line: Element, one: FileLine, currency: str) -> None:
    """One payment; its text names no reward: whoever reads the payee's statement learns nothing."""
    _say(SubElement(line, "PmtId"), "EndToEndId", one.reference)
    amount = SubElement(SubElement(line, "Amt"), "InstdAmt", {"Ccy": currency})
    amount.text = decimal_of(one.amount, currency)
    _bank(SubElement(line, "CdtrAgt"), one.payee.bank)
    _say(SubElement(line, "Cdtr"), "Nm", one.payee.name)
    _account(SubElement(line, "CdtrAcct"), one.payee.account)
    _say(SubElement(line, "RmtInf"), "Ustrd", one.reference)


def _account(parent: Element, account: str) -> None:
    found = SubElement(parent, "Id")
    if is_iban(account):
        _say(found, "IBAN", account)
    else:
        _say(SubElement(found, "Othr"), "Id", account)


def _bank(parent: Element, bank: str) -> None:
    found = SubElement(parent, "FinInstnId")
    if is_bic(bank):
        _say(found, "BICFI", bank)
    elif is_cnaps(bank):
        member = SubElement(found, "ClrSysMmbId")
        _say(SubElement(member, "ClrSysId"), "Cd", "CNAPS")
        _say(member, "MmbId", bank)
    else:
        _say(found, "Nm", bank)


def _say(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def demand_sound(written: bytes, count: int, total: int, currency: str) -> None:
    """Raise FileUnsound unless the file reads back as a message of its kind with these totals.

    Order of elements, lengths, number of transactions and control sum are checked by rules of our
    own; every reference stands there once. A bank may ask for more: try a file with it first.
    """
    root = read_xml(written)
    for one in root.iter():
        one.tag = one.tag.removeprefix(f"{_SPACE}}}")
    header, block = root.find("CstmrCdtTrfInitn/GrpHdr"), root.find("CstmrCdtTrfInitn/PmtInf")
    if root.tag != "Document" or header is None or block is None:
        raise FileUnsound
    lines = block.findall("CdtTrfTxInf")
    references = [one.findtext("PmtId/EndToEndId", "") for one in lines]
    amounts = [Decimal(one.findtext("Amt/InstdAmt", "")) for one in lines]
    said = Decimal(decimal_of(total, currency))
    names = [one.text or "" for one in block.iter("Nm")]
    sound = (
        _names(header) == _HEADER,
        _names(block)[: len(_BLOCK)] == _BLOCK,
        all(_names(one) == _LINE for one in lines),
        len(lines) == count == int(header.findtext("NbOfTxs", "")),
        sum(amounts) == said == Decimal(header.findtext("CtrlSum", "")),
        all(amount > 0 for amount in amounts),
        len(set(references)) == count and all(map(_REFERENCE.fullmatch, references)),
        _REFERENCE.fullmatch(header.findtext("MsgId", "")) is not None,
        all(1 <= len(name) <= 140 for name in names),  # noqa: PLR2004  # Max140Text
    )
    if not all(sound):
        raise FileUnsound


def _names(parent: Element) -> tuple[str, ...]:
    return tuple(one.tag for one in parent)
