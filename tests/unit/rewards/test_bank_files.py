"""What is written for the bank and what is read from it, hostile statements among them."""

from datetime import UTC, date, datetime

import pytest
from lxml import etree

from portal.kernel.errors import RuleBroken
from portal.rewards.payment.bank_files import (
    SCHEMA,
    FileHead,
    FileLine,
    FileUnsound,
    demand_sound,
    write_file,
)
from portal.rewards.payment.bank_statements import read_statement
from portal.rewards.payment.rules import Payee
from portal.rewards.payment.states import BankFileKind

OFFICE = Payee("示例市支队 & Co", "3200123456789", "102304099991")
HEAD = FileHead("SLB1", "CNY", date(2026, 12, 1), OFFICE, datetime(2026, 11, 30, 9, tzinfo=UTC))
LINES = [
    FileLine("SLPA", 12_345, Payee("甲<某>", "6222021234567890123", "102304099991")),
    FileLine("SLPB", 655, Payee("Jo Doe", "GB82WEST12345698765432", "WESTGB2L")),
]


def camt(entries: str, head: str = "", days: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
        f"{days}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def entry(reference: str, amount: str, direction: str = "DBIT", status: str = "BOOK") -> str:
    return (
        f'<Ntry><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'
        f"<Sts><Cd>{status}</Cd></Sts><BookgDt><Dt>2026-12-02</Dt></BookgDt><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>{reference}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"
    )


@pytest.mark.requirement("F1")
def test_a_file_for_the_bank_has_every_payment_once_with_totals_and_names_no_reward():
    written = write_file(BankFileKind.PAIN, HEAD, LINES)

    text = written.decode()
    assert text.count("<EndToEndId>SLPA</EndToEndId>") == 1
    assert text.count("<CtrlSum>130.00</CtrlSum>") == 2
    assert '<InstdAmt Ccy="CNY">123.45</InstdAmt>' in text
    assert "<IBAN>GB82WEST12345698765432</IBAN>" in text
    assert "<BICFI>WESTGB2L</BICFI>" in text
    assert "<MmbId>102304099991</MmbId>" in text
    assert "甲&lt;某&gt;" in text
    assert not any(word in text.lower() for word in ("reward", "award", "奖"))


@pytest.mark.parametrize(
    ("count", "total", "changed"),
    [
        (3, 13_000, (b"", b"")),
        (2, 13_001, (b"", b"")),
        (2, 13_000, (b"SLPB</EndToEndId>", b"SLPA</EndToEndId>")),
        (2, 13_000, (b"<PmtMtd>TRF</PmtMtd>", b"")),
        (2, 13_000, (b"<PmtMtd>TRF</PmtMtd>", b"<PmtMtd>CHK</PmtMtd>")),
        (2, 13_000, (b"<BtchBookg>false</BtchBookg>", b"<BtchBookg>no</BtchBookg>")),
        (2, 13_000, (b"2026-12-01</Dt>", b"01.12.2026</Dt>")),
        (2, 13_000, (b'Ccy="CNY">6.55', b'Ccy="EUR">6.55')),
        (2, 13_000, (b'Ccy="CNY">6.55', b'Ccy="yuan">6.55')),
        (2, 13_000, (b">130.00</CtrlSum><InitgPty>", b">130.01</CtrlSum><InitgPty>")),
        (2, 13_000, (b"<BICFI>WESTGB2L", b"<BICFI>WEST")),
        (2, 13_000, (b"<Nm>Jo Doe</Nm>", b"<Nm></Nm>")),
        (2, 13_000, (b"<Nm>Jo Doe</Nm>", b"<Nm>Jo Doe</Nm><PstlAdr/>")),
        (2, 13_000, (b"pain.001.001.09", b"pain.001.001.03")),
        (2, 13_000, (b"</Document>", b"")),
        (2, 13_000, (b"SLB1</MsgId>", b"S" * 36 + b"</MsgId>")),
    ],
)
def test_a_file_that_a_bank_would_refuse_is_not_written(count, total, changed):
    written = write_file(BankFileKind.PAIN, HEAD, LINES).replace(*changed)

    with pytest.raises(FileUnsound):
        demand_sound(written, count, total, "CNY")


@pytest.mark.requirement("F1")
def test_what_is_written_fits_the_schema_and_the_schema_is_closed():
    schema = etree.XMLSchema(etree.parse(SCHEMA))

    assert schema.validate(etree.fromstring(write_file(BankFileKind.PAIN, HEAD, LINES)))
    assert b"xs:any" not in SCHEMA.read_bytes().replace(b"xs:anyURI", b"")


def test_a_sheet_for_the_bank_calculates_nothing():
    formula = FileLine("SLPC", 100, Payee("=1+1", "6222021234567890123", "@bank"))

    text = write_file(BankFileKind.CSV, HEAD, [formula]).decode("utf-8-sig")

    assert text.splitlines()[1] == "SLPC,1.00,CNY,'=1+1,6222021234567890123,'@bank,SLPC"


@pytest.mark.requirement("F1")
def test_both_forms_of_a_statement_say_the_same_and_other_traffic_is_left_out():
    days = (
        "<FrToDt><FrDtTm>2026-12-01T00:00:00</FrDtTm><ToDtTm>2026-12-03T23:59:59</ToDtTm></FrToDt>"
    )
    first = read_statement(
        camt(
            entry("SLPA", "123.45")
            + entry("SLPA", "123.45", "CRDT")
            + entry("RENT", "900.00")
            + entry("SLPB", "6.55", status="PDNG"),
            days=days,
        )
    )
    rows = (
        "reference,amount,currency,direction,booked_on",
        "SLPA,123.45,CNY,debit,2026-12-02",
        "SLPA,123.45,CNY,credit,2026-12-02",
        "RENT,900.00,CNY,debit,2026-12-02",
    )
    second = read_statement("\r\n".join(rows).encode("utf-8-sig"))

    assert first.entries == second.entries
    assert [(one.amount, one.came_back) for one in first.entries] == [
        (12_345, False),
        (12_345, True),
    ]
    assert (first.first_on, first.last_on) == (date(2026, 12, 1), date(2026, 12, 3))


LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "data",
    [
        camt(entry("&b;", "1.00"), LAUGHS),
        camt(entry("&x;", "1.00"), OUTSIDE),
        camt(entry("SLPA", "1.00"), '<!DOCTYPE a SYSTEM "http://example.invalid/a.dtd">'),
        camt(entry("SLPA", "1.00"), '<?xml-stylesheet href="http://example.invalid"?>'),
        camt("<a>" * 60 + "</a>" * 60),
        camt(entry("SLPA", "1,00")),
        camt(entry("SLPA", "1.00", "BOTH")),
        camt(entry("SLPA", "1.00")).replace(b"camt.053", b"camt.054"),
        camt(entry("SLPA", "1.00"))[:-9],
        camt(entry("SLPA", "1.00").replace("2026-12-02", "02.12.2026")),
        b"<a/>",
        b"reference,amount\nSLPA,1",
        b"reference,amount,currency,direction,booked_on\nSLPA,1.00,CNY,sideways,2026-12-02",
        b"\xff\xfe",
        b"",
    ],
)
@pytest.mark.requirement("F1")
def test_a_hostile_or_broken_statement_is_refused_with_a_code_and_nothing_of_it(data):
    with pytest.raises(RuleBroken) as caught:
        read_statement(data)

    assert caught.value.code in {"statement-unreadable", "statement-empty"}
    assert caught.value.params == {}


def test_a_statement_without_end_is_not_read():
    with pytest.raises(RuleBroken, match="statement-too-large"):
        read_statement(b" " * 8_000_001)
