"""Signed checkpoints find what the chain alone cannot: that its newest entries were removed."""

import json
import shutil
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import current_app
from sqlalchemy import delete, select, text, update

from portal.audit import checkpoints
from portal.audit.checkpoints import contradictions, make_checkpoint
from portal.audit.models import AuditEvent, Checkpoint
from portal.audit.trail import record, verify
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.keys import SIGNING_FILE, KeysMissing, signing_seed
from portal.infra.uow import unit_of_work
from portal.intake.content import Content, commitment
from portal.intake.queries import get_receipt
from portal.kernel.actor import Actor, Role
from tests.factories.accounts import enter_desk, make_account
from tests.factories.intake import submit
from tests.pages import Pages

OPERATOR = Actor.operator()
PRINTS = ("requesters:aa", "approvers:bb")


@pytest.fixture(autouse=True)
def _folder():
    yield
    shutil.rmtree(settings().checkpoints_dir, ignore_errors=True)


@pytest.fixture
def untrusting(app):
    """As the owner of the database would: without the triggers that keep the trail append-only."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ALTER TABLE audit_event DISABLE TRIGGER ALL"))
        db.session.execute(text("ALTER TABLE trail_checkpoint DISABLE TRIGGER ALL"))
        return
    for table in ("audit_event", "trail_checkpoint"):
        for act in ("update", "delete"):
            db.session.execute(text(f"DROP TRIGGER {table}_no_{act}"))


def whats() -> list[str]:
    return [fault.what for fault in contradictions(db.session())]


def test_a_checkpoint_says_length_head_and_the_custodians_keys(app):
    submit()
    count, head, _fault = verify(db.session())

    said = make_checkpoint(PRINTS, actor=OPERATOR)

    assert (said.count, said.head, said.fingerprints) == (count, head, PRINTS)
    assert said.is_signed_by(checkpoints.public_key())
    assert contradictions(db.session()) == []


def test_it_is_kept_in_a_table_and_in_a_file(app):
    submit()
    said = make_checkpoint(PRINTS, actor=OPERATOR)

    row = db.session.scalars(select(Checkpoint)).one()
    (path,) = settings().checkpoints_dir.glob("*.jsonl")
    line = json.loads(path.read_text())
    assert (row.count, row.head, row.signature) == (said.count, said.head, said.signature)
    assert (line["count"], line["signature"]) == (said.count, said.signature.hex())


def test_nothing_new_makes_no_checkpoint(app):
    submit()
    make_checkpoint(PRINTS, actor=OPERATOR)

    assert make_checkpoint(PRINTS, actor=OPERATOR) is None


@pytest.mark.requirement("F14")
@pytest.mark.requirement("G10")
def test_removing_the_newest_entries_is_found_though_the_chain_holds(untrusting):
    submit()
    make_checkpoint(PRINTS, actor=OPERATOR)
    newest = db.session.scalar(select(AuditEvent.seq).order_by(AuditEvent.seq.desc()).limit(1))

    db.session.execute(delete(AuditEvent).where(AuditEvent.seq == newest))
    db.session.commit()

    assert verify(db.session())[2] is None
    assert "the newest were removed" in whats()[0]


@pytest.mark.requirement("G10")
def test_it_is_found_by_the_file_alone_when_the_table_was_emptied_too(untrusting):
    submit()
    make_checkpoint(PRINTS, actor=OPERATOR)

    db.session.execute(delete(Checkpoint))
    db.session.execute(delete(AuditEvent))
    db.session.commit()

    assert "the newest were removed" in whats()[0]


@pytest.mark.requirement("F14")
@pytest.mark.requirement("G10")
def test_a_trail_written_anew_is_found(untrusting):
    submit()
    said = make_checkpoint(PRINTS, actor=OPERATOR)

    db.session.execute(update(AuditEvent).where(AuditEvent.seq == said.count).values(hash="f" * 64))
    db.session.commit()

    assert whats() == ["another entry stands in its place"]


def test_a_checkpoint_that_somebody_else_signed_is_found(untrusting):
    submit()
    make_checkpoint(PRINTS, actor=OPERATOR)
    forged = Ed25519PrivateKey.generate().sign(b"anything")

    db.session.execute(update(Checkpoint).values(signature=forged))
    db.session.commit()

    assert whats() == ["not signed with the key of this installation"]


@pytest.mark.requirement("T46")
@pytest.mark.parametrize("table", ["audit_event", "trail_checkpoint"])
@pytest.mark.parametrize("act", ["DELETE FROM {}", "UPDATE {} SET prev = prev"])
def test_the_application_can_neither_change_nor_remove_what_stands(app, table, act):
    submit()
    make_checkpoint(PRINTS, actor=OPERATOR)
    statement = act.format(table).replace(
        "prev = prev", "head = head" if table == "trail_checkpoint" else "prev = prev"
    )

    with pytest.raises(Exception, match="append-only"), db.session.begin_nested():
        db.session.execute(text(statement))


def test_the_command_line_says_what_is_wrong(untrusting):
    runner = current_app.test_cli_runner()
    submit()
    assert "head" in runner.invoke(args=["trail", "checkpoint"]).output
    assert runner.invoke(args=["trail", "verify"]).exit_code == 0

    db.session.execute(delete(AuditEvent))
    db.session.commit()
    answer = runner.invoke(args=["trail", "verify"])

    assert (answer.exit_code, "the newest were removed" in answer.output) == (1, True)


# --- The key -----------------------------------------------------------------------------------


def test_the_signing_key_is_made_once_and_for_its_owner_only(tmp_path):
    first = signing_seed(tmp_path)

    assert signing_seed(tmp_path) == first
    assert (tmp_path / SIGNING_FILE).stat().st_mode & 0o777 == 0o400
    assert [path.name for path in tmp_path.iterdir()] == [SIGNING_FILE]


@pytest.mark.parametrize("content", [b"", b"not base64!", b64encode(b"short")])
def test_a_broken_signing_key_is_refused(tmp_path, content):
    (tmp_path / SIGNING_FILE).write_bytes(content)

    with pytest.raises(KeysMissing):
        signing_seed(tmp_path)


# --- The public page ---------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_anybody_can_compare_a_receipt_with_the_trail(app, language):
    submit()
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    pages = Pages(app, language)
    page = pages.get("/trail")

    found = pages.post(page, {"position": str(event.seq), "entry_hash": event.hash.upper()})
    not_found = pages.post(page, {"position": str(event.seq), "entry_hash": "0" * 64})

    assert found.has(".govuk-notification-banner--success")
    assert not_found.has(".govuk-notification-banner")
    assert not not_found.has(".govuk-notification-banner--success")
    assert event.action not in found.text()


@pytest.mark.requirement("F17")
@pytest.mark.requirement("T44")
@pytest.mark.requirement("U8")
def test_a_receipt_proves_when_and_what_was_reported_on_a_public_page_and_nothing_altered_does(app):
    token, content = b"t" * 16, Content(narrative="金丝雀：仓库里有盗版书。", place="湖塘镇")
    sent = submit(token=token, content=content, category="piracy.print")
    receipt = get_receipt(db.session(), token)
    event = db.session.scalars(
        select(AuditEvent).where(
            AuditEvent.action == "report.receive", AuditEvent.subject_id == sent.report_id
        )
    ).one()
    pages = Pages(app)
    typed = {"position": str(receipt.position), "entry_hash": receipt.position_hash}
    elsewhere = {**typed, "position": str(receipt.position - 1)}

    shown = pages.post(pages.get("/trail"), typed)
    not_there = pages.post(pages.get("/trail"), elsewhere)

    assert shown.has(".govuk-notification-banner--success")
    assert not not_there.has(".govuk-notification-banner--success")
    assert (event.seq, event.hash) == (receipt.position, receipt.position_hash)
    assert event.details["commitment"] == receipt.commitment
    assert receipt.commitment == commitment(sent.code.secret, content, "piracy.print")
    assert receipt.reference == sent.reference
    assert timedelta() <= event.at - receipt.received_at < timedelta(minutes=1)
    altered = replace(content, place="牛塘镇")
    filed = replace(content, file_hashes=("0" * 64,))
    assert receipt.commitment != commitment(sent.code.secret, filed, "piracy.print")
    assert receipt.commitment != commitment(sent.code.secret, content, "piracy.video")
    others = submit().code.secret
    assert receipt.commitment != commitment(sent.code.secret, altered, "piracy.print")
    assert receipt.commitment != commitment(others, content, "piracy.print")
    assert not any(word in str(event.details) for word in ("金丝雀", "湖塘镇", sent.code.text))
    said = make_checkpoint(PRINTS, actor=OPERATOR)
    assert said.count >= receipt.position
    assert said.is_signed_by(checkpoints.public_key())


@pytest.mark.parametrize(
    "typed",
    [
        {"position": "", "entry_hash": "0" * 64},
        {"position": "0", "entry_hash": "0" * 64},
        {"position": "9" * 30, "entry_hash": "0" * 64},
        {"position": "1", "entry_hash": "0" * 63},
        {"position": "1", "entry_hash": "' OR 1=1 --"},
    ],
)
def test_what_cannot_be_a_receipt_is_said(app, typed):
    pages = Pages(app)

    page = pages.post(pages.get("/trail"), typed)

    assert (page.status, len(page.problems())) == (422, 1)


@pytest.mark.requirement("F14")
def test_the_daily_root_is_public(app):
    submit()
    said = make_checkpoint(PRINTS, actor=OPERATOR)

    assert said.head in Pages(app).get("/trail").text()


# --- The auditor's page ------------------------------------------------------------------------


@pytest.fixture
def auditor(app) -> Pages:
    pages = Pages(app, "en")
    enter_desk(pages, make_account(Role.AUDITOR))
    return pages


@pytest.mark.requirement("F14")
def test_an_auditor_finds_what_was_done_with_a_report(auditor):
    wanted, other = submit().reference, submit().reference

    page = auditor.get(f"/desk/trail?reference={wanted.lower()}")

    assert wanted in page.text("tbody")
    assert other not in page.text("tbody")
    assert "report.receive" in page.text("tbody")


@pytest.mark.parametrize("query", ["reference=SL-0000-0000", "reference=x", "action=nothing."])
def test_a_filter_that_fits_nothing_shows_nothing(auditor, query):
    submit()

    assert not auditor.get(f"/desk/trail?{query}").has("tbody")


def test_the_trail_is_read_by_pages_and_by_actor(auditor):
    for _ in range(60):
        submit()

    first = auditor.get("/desk/trail?action=report.")
    second = auditor.get(first.one("a[rel=next]")["href"])
    back = auditor.get(second.one("a[rel=prev]")["href"])

    assert (len(first.find("[data-row]")), len(second.find("[data-row]"))) == (50, 10)
    assert back.text("tbody") == first.text("tbody")


def test_an_unknown_person_in_the_address_is_refused_and_a_wild_cursor_is_no_page(auditor):
    assert auditor.get("/desk/trail?actor=nobody").status == 422
    assert auditor.get("/desk/trail?after=%00").status == 400


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Signed in to the desk"), ("zh-Hans", "登录工作台")]
)
def test_a_sign_in_is_told_in_words_and_by_the_name_of_the_account(app, language, said):
    pages = Pages(app, language)
    account = make_account(Role.AUDITOR)
    with unit_of_work(Actor.public()) as uow:
        record(uow, "account.sign-in", "account", account.id, factor="time-code")
        record(uow, "account.refuse-password", "account", account.id)
        record(uow, "newer.act", "newer", None, before="x")
    enter_desk(pages, account)

    page = pages.get("/desk/trail")
    codes, rows = page.find("tbody code"), page.find("[data-row]")
    text = {code.text: row.text for code, row in zip(codes, rows, strict=True)}

    assert said in text["account.sign-in"]
    assert text["account.sign-in"].count(account.display_name) == 2
    assert text["account.refuse-password"].count(account.display_name) == 1
    assert "newer.act" in text["newer.act"]


def test_an_officer_reads_no_trail(app):
    pages = Pages(app)
    enter_desk(pages, make_account())

    assert pages.get("/desk/trail").status == 403
