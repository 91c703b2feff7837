"""The receipt on paper: one page with the code as text and as QR, made by typst."""

import io
from pathlib import Path

import segno
from flask import url_for
from flask_babel import format_date, format_datetime, gettext

from portal.infra.config import settings
from portal.infra.typesetting import typeset
from portal.intake.queries import ReceiptView

TEMPLATE = Path(__file__).with_name("receipt.typ")

GROUP = 8


def receipt_pdf(receipt: ReceiptView, language: str) -> bytes:
    """A PDF/UA of the receipt in `language`; what it says goes in as data, never as markup."""
    if receipt.code is None:
        raise ValueError("a receipt is printed while its code is shown")
    code = receipt.code.text
    picture = io.BytesIO()
    segno.make(code, error="m").save(picture, kind="svg", border=2, scale=4)
    content = {
        "lang": "en" if language.startswith("en") else "zh",
        "code_lines": _lines_of(code),
        "rows": _rows(receipt),
        **_sentences(),
    }
    return typeset(TEMPLATE, content, qr=picture.getvalue().decode())


def _sentences() -> dict[str, str]:
    return {
        "title": gettext("Receipt for a report"),
        "code_title": gettext("Your receipt code"),
        "warning": gettext("Whoever has this code can read your report. Keep it safe."),
        "lost": gettext(
            "Nobody can give you the code again. If you lose it, send a new report and name the "
            "reference above."
        ),
        "qr_words": gettext("The receipt code as a QR picture"),
    }


def _rows(receipt: ReceiptView) -> list[list[str]]:
    position = f"{receipt.position} · {_in_groups(receipt.position_hash)}"
    return [
        [gettext("Look it up at"), settings().base_url + url_for("feedback.track")],
        [gettext("Reference"), receipt.reference],
        [gettext("Received"), _moment(receipt)],
        [gettext("Decided by"), format_date(receipt.promised_on, "long")],
        [gettext("Place in the trail"), position],
        [gettext("Fingerprint of the report"), _in_groups(receipt.commitment)],
    ]


def _lines_of(code: str) -> list[str]:
    """The groups of a code, two on a line, so that nobody loses the place in typing it."""
    groups = code.split("-")
    return ["-".join(groups[at : at + 2]) for at in range(0, len(groups), 2)]


def _in_groups(digest: str) -> str:
    """A hash in groups of eight: a line can end between them, and the eye does not get lost."""
    return " ".join(digest[at : at + GROUP] for at in range(0, len(digest), GROUP))


def _moment(receipt: ReceiptView) -> str:
    day = format_date(receipt.received_at, "long")
    return f"{day} {format_datetime(receipt.received_at, 'HH:mm')}"
