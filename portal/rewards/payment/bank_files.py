"""What is written for the bank: pain.001.001.09 (ISO 20022) and a sheet.

Every file is held against a schema before anybody gets it: `pain.001.001.09.xsd` beside this
module, written by ourselves for the part of the message definition that we use, and narrower.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring  # written, not read

from lxml import etree

from portal.rewards.ledger.rules import cell
from portal.rewards.payment.rules import Payee, is_bic, is_cnaps, is_iban
from portal.rewards.payment.states import BankFileKind
from portal.rewards.rules.money import decimal_of

_SPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
SCHEMA: Final = Path(__file__).with_name("pain.001.001.09.xsd")
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
    """Raise FileUnsound unless the file fits the schema and has these totals, in one currency.

    A bank may ask for more than the message definition does: try a file with it first.
    """
    root = _checked(written)
    header = "{*}CstmrCdtTrfInitn/{*}GrpHdr"
    block = "{*}CstmrCdtTrfInitn/{*}PmtInf"
    amounts = root.findall(f"{block}/{{*}}CdtTrfTxInf/{{*}}Amt/{{*}}InstdAmt")
    said = Decimal(decimal_of(total, currency))
    sound = (
        len(amounts) == count,
        sum(Decimal(one.text) for one in amounts) == said,
        all(one.get("Ccy") == currency for one in amounts),
        *(int(root.findtext(f"{part}/{{*}}NbOfTxs")) == count for part in (header, block)),
        *(Decimal(root.findtext(f"{part}/{{*}}CtrlSum")) == said for part in (header, block)),
    )
    if not all(sound):
        raise FileUnsound


def _checked(written: bytes) -> Any:  # noqa: ANN401  # lxml brings no types
    """The tree of a file that fits the schema; our own file, and still no entity and no net."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(written, parser)
    except etree.XMLSyntaxError:
        raise FileUnsound from None
    if not _schema().validate(root):
        raise FileUnsound
    return root


@lru_cache(maxsize=1)
def _schema() -> Any:  # noqa: ANN401  # lxml brings no types
    return etree.XMLSchema(etree.parse(SCHEMA))
