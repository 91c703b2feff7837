"""The ledger of erasures: written before the commit, chained, and replayed after a restore."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import inspect, select, text

from portal.audit.models import AuditEvent
from portal.audit.trail import verify
from portal.custody.models import PostKey
from portal.disposal.models import IS_LIVE, LegalHold
from portal.disposal.queries.anchor import find_anchor
from portal.disposal.queries.replay import count_undone, unreplayed
from portal.disposal.service.destroying import dispose_record
from portal.disposal.service.holding import LiftHold, PlaceHold, lift_hold, place_hold
from portal.disposal.service.replaying import replay_erasures
from portal.disposal.states import DisposalState
from portal.feedback.service import erase_identity
from portal.infra.config import ROOT
from portal.infra.database import db
from portal.infra.erasures import (
    ErasureKind,
    LedgerBroken,
    LedgerCutOff,
    empty_journal,
    erased_of,
    note_erasure,
    note_hold,
    read_ledger,
)
from portal.infra.uow import unit_of_work
from portal.intake.addresses import stop_letters
from portal.intake.models import ContactMode, Report, ReporterIdentity, ReporterMail
from portal.intake.service import Identity
from portal.jurisdiction.tables import RecordKind
from portal.kernel.actor import Actor
from portal.kernel.errors import Disposed
from portal.operations.reconciliation import checkpoint_trail
from tests.factories.cases import today
from tests.factories.casework import make_head
from tests.factories.disposal import MACHINE, approved, make_old_report, row_of
from tests.factories.intake import submit
from tests.files import content_of
from workers.launcher import backup, preparation
from workers.launcher.installation import load_installation
from workers.readiness import erased_and_here

CANARY = "金丝雀印刷厂夜里开工"
NAMED = {"contact_mode": ContactMode.CONFIDENTIAL, "identity": Identity("甲某某", "13800000000")}


def note(*subjects):
    for act, what, subject in subjects:
        with unit_of_work(Actor.system("test")) as uow:
            act(uow, what, subject)


def test_what_is_rolled_back_before_the_end_is_not_in_the_ledger(app, own_ledger):
    def break_down():
        with unit_of_work(Actor.system("test")) as uow:
            note_erasure(uow, ErasureKind.REPORT, uuid4())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_down()

    assert not own_ledger.exists()


def test_a_hold_after_an_erasure_says_that_it_never_happened(app):
    first, second = uuid4(), uuid4()
    note(
        (note_erasure, ErasureKind.REPORT, first),
        (note_erasure, ErasureKind.REPORT, second),
        (note_hold, ErasureKind.REPORT, first),
        (note_erasure, ErasureKind.REPORT, second),
    )

    assert [line.subject_id for line in erased_of(read_ledger())] == [second]
    assert len(read_ledger()) == 4


@pytest.mark.parametrize("harm", ["change", "remove", "swap", "nonsense"])
def test_a_ledger_that_was_altered_is_found_out_with_the_line(app, own_ledger, harm):
    note(*((note_erasure, ErasureKind.REPORT, uuid4()) for _one in range(3)))
    lines = own_ledger.read_bytes().splitlines(keepends=True)
    lines[1:] = {
        "change": lambda: [lines[1].replace(b"report", b"case"), lines[2]],
        "remove": lambda: [lines[2]],
        "swap": lambda: [lines[2], lines[1]],
        "nonsense": lambda: [b"[]\n", lines[2]],
    }[harm]()
    own_ledger.write_bytes(b"".join(lines))

    with pytest.raises(LedgerBroken) as broken:
        read_ledger()

    assert broken.value.number == 2


def test_a_line_that_a_crash_cut_off_is_passed_over_and_written_over(app, own_ledger):
    note((note_erasure, ErasureKind.REPORT, uuid4()))
    with own_ledger.open("ab") as file:
        file.write(b'{"act":"erase","wh')
    assert len(read_ledger()) == 1

    note((note_erasure, ErasureKind.CASE, uuid4()))

    assert [line.what for line in read_ledger()] == [ErasureKind.REPORT, ErasureKind.CASE]


@pytest.mark.requirement("T36")
def test_what_is_here_although_it_was_erased_is_found_by_night_and_erased_again(app):
    report = make_old_report()
    note((note_erasure, ErasureKind.WORDS, report.id))

    assert count_undone(db.session()) == 1

    assert replay_erasures() == {ErasureKind.WORDS: 1}

    assert count_undone(db.session()) == 0


def test_an_altered_ledger_is_a_finding_and_keeps_the_site_shut(app, own_ledger):
    note((note_erasure, ErasureKind.WORDS, uuid4()))
    own_ledger.write_bytes(own_ledger.read_bytes().replace(b"words", b"cases"))

    assert count_undone(db.session()) == 1
    [said] = erased_and_here(db.session.connection())
    assert "line 1" in said
    assert app.test_cli_runner().invoke(args=["erasures", "replay"]).exit_code == 1


def test_the_ledger_holds_nothing_personal(app, own_ledger):
    report = make_old_report(narrative=CANARY, **NAMED)
    [item] = approved(report.id)
    dispose_record(item, actor=MACHINE)

    said = own_ledger.read_text()
    assert CANARY not in said
    assert "甲" not in said
    assert report.reference not in said
    assert oct(own_ledger.stat().st_mode)[-3:] == "600"


def file_of(address):
    if not address.startswith("sqlite"):
        pytest.skip("what a file holds is asked of SQLite; a dump of PostgreSQL is restored alike")
    return address.removeprefix("sqlite:///")


@pytest.fixture
def here(own_address, own_ledger, tmp_path):
    """The office as the launcher knows it."""
    if not own_address.startswith("sqlite") and shutil.which("pg_dump") is None:
        pytest.skip("the client programs of PostgreSQL are not here")
    environ = {**os.environ, "DATABASE_URL": own_address, "SUNLINE_VAR": str(tmp_path / "var")}
    made = load_installation({**environ, "SUNLINE_ERASURES": str(own_ledger.parent)}, ROOT)
    preparation.prepare_folder(made)
    return made


@pytest.mark.requirement("T36")
def test_a_restored_database_forgets_again_what_was_erased_since(office, here, tmp_path):
    """By the launcher's own copies: the file of SQLite, the dump of PostgreSQL."""
    with office.app_context():
        report, other = make_old_report(narrative=CANARY, **NAMED), make_old_report(**NAMED)
        kept = make_old_report(narrative="别的事", **NAMED)
        ids = report.id, other.id, kept.id
        [item] = approved(report.id)
        order = PlaceHold(RecordKind.REPORT, report.reference, today(), "法院来函", "诉讼未结")
        hold_id = place_hold(order, actor=make_head())
        db.session.remove()
        backup.back_up(here, tmp_path / "copy")
        lift_hold(LiftHold(hold_id, "结案"), actor=make_head())
        dispose_record(item, actor=MACHINE)
        destroyed_at = row_of(ids[0]).disposed_at
        erase_identity(ids[1], actor=Actor.public())
        assert unreplayed(db.session()) == []
        later = "CREATE TABLE of_next_year (report_id CHAR(32) PRIMARY KEY)"
        db.session.execute(text(later))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()

    aside = backup.put_back(here, tmp_path / "copy")

    assert list(aside.iterdir()) != []
    with office.app_context():
        assert not inspect(db.engine).has_table("of_next_year")
        assert db.session.get_one(Report, ids[0]).content is not None
        assert len(unreplayed(db.session())) == 4
        db.session.remove()
        done = replay_erasures()
        assert sum(done.values()) >= 2
        assert replay_erasures() == {}

        gone = db.session.get_one(Report, ids[0])
        assert (gone.content_key, gone.disposed_at is not None) == (None, True)
        row = row_of(ids[0])
        assert (row.state, row.list_number) == (DisposalState.DISPOSED, 1)
        assert row.disposed_at == gone.disposed_at == destroyed_at
        assert db.session.scalars(select(ReporterIdentity.report_id)).all() == [ids[2]]
        assert db.session.get_one(Report, ids[2]).content is not None
        assert db.session.scalars(select(LegalHold.id).where(text(IS_LIVE))).all() == []
        assert verify(db.session())[2] is None
        db.session.remove()


def cut(path, lines=1):
    """Take the last lines of the ledger away, as if they had never been written."""
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-lines]))


@pytest.mark.requirement("T36")
def test_an_end_that_was_cut_off_is_missed_until_somebody_accepts_it_by_name(app, own_ledger):
    note(*((note_erasure, ErasureKind.REPORT, uuid4()) for _one in range(3)))
    submit()
    checkpoint_trail(actor=MACHINE)
    assert (count_undone(db.session()), find_anchor(db.session()).lines) == (0, 3)
    note((note_erasure, ErasureKind.REPORT, uuid4()))
    assert count_undone(db.session()) == 0

    cut(own_ledger, 2)

    assert count_undone(db.session()) == 1
    runner = app.test_cli_runner()
    refused = runner.invoke(args=["erasures", "replay"])
    assert (refused.exit_code, "had 3 lines" in refused.output) == (1, True)
    submit()
    checkpoint_trail(actor=MACHINE)
    assert count_undone(db.session()) == 1, "a later checkpoint does not make it good"
    note((note_erasure, ErasureKind.CASE, uuid4()))
    assert count_undone(db.session()) == 1, "nor does a ledger that has grown to the same length"

    accepted = runner.invoke(args=["erasures", "accept"])
    assert (accepted.exit_code, count_undone(db.session())) == (0, 0)
    assert "What was erased since may be back." in accepted.output
    said = select(AuditEvent.details).where(AuditEvent.action == "erasures.accept-loss")
    assert db.session.scalars(said).one()["lines"] == "3"


def test_whoever_accepts_a_ledger_that_has_lost_nothing_is_told_so(app, own_ledger):
    note((note_erasure, ErasureKind.REPORT, uuid4()))
    submit()
    checkpoint_trail(actor=MACHINE)

    accepted = app.test_cli_runner().invoke(args=["erasures", "accept"])

    assert accepted.exit_code == 0
    assert accepted.output.split(". ")[1] == "No line after it is known.\n"


def test_a_ledger_that_is_not_there_any_more_is_missed(app, own_ledger):
    note((note_erasure, ErasureKind.REPORT, uuid4()))
    submit()
    checkpoint_trail(actor=MACHINE)

    own_ledger.unlink()

    with pytest.raises(LedgerCutOff):
        unreplayed(db.session())
    assert any("lost its end" in said for said in erased_and_here(db.session.connection()))


@pytest.mark.requirement("T36")
def test_nothing_of_a_destroyed_report_is_left_in_the_bytes_of_the_database(office, own_address):
    path = file_of(own_address)
    with office.app_context():
        report = make_old_report(narrative=CANARY, indexed=True, **NAMED)
        sealed = db.session.get_one(ReporterIdentity, report.id).body
        traces = [report.content_key, report.content[:64], sealed[:64]]
        [item] = approved(report.id)
        db.session.remove()
        assert all(any(one in had for had in bytes_of(path)) for one in traces)

        dispose_record(item, actor=MACHINE)
        db.session.remove()
        db.engine.dispose()
        empty_journal(actor=Actor.system("empty-journal"))
        db.engine.dispose()

    left = bytes_of(path)
    assert [one for one in [*traces, CANARY.encode()] if any(one in had for had in left)] == []


def bytes_of(path):
    """What lies in the database and in its write-ahead log."""
    files = (Path(f"{path}{rest}") for rest in ("", "-wal"))
    return [content_of(one) for one in files if one.exists()]


DYING = """
import os, sys
from uuid import UUID
from app import create_app
from sqlalchemy.orm import Session
from portal.disposal.service.destroying import dispose_record
from portal.kernel.actor import Actor
with create_app().app_context():
    Session.commit = lambda self: os.kill(os.getpid(), 9)
    dispose_record(UUID(sys.argv[1]), actor=Actor.system("dispose_record"))
"""


@pytest.mark.requirement("U9")
@pytest.mark.timeout(90)
def test_a_worker_killed_before_the_commit_has_destroyed_nothing_and_the_next_destroys_once(office):
    with office.app_context():
        report_id = make_old_report(narrative=CANARY).id
        [item] = approved(report_id)
        db.session.remove()
        killed = subprocess.run(
            [sys.executable, "-c", DYING, str(item)], cwd=ROOT, env=dict(os.environ), check=False
        )
        assert killed.returncode == -9
        assert ErasureKind.REPORT in {line.what for line in read_ledger()}
        assert db.session.get_one(Report, report_id).content is not None
        db.session.remove()

        dispose_record(item, actor=MACHINE)

        assert row_of(report_id).state is DisposalState.DISPOSED
        assert unreplayed(db.session()) == []
        db.session.remove()


@pytest.mark.requirement("U9")
def test_of_a_hold_and_a_disposal_at_once_one_comes_first_and_the_other_learns_it(office):
    rounds = 6
    with office.app_context():
        reports = [make_old_report() for _one in range(rounds)]
        names = [(one.id, one.reference) for one in reports]
        items, head = approved(*(one for one, _name in names)), make_head()
        db.session.remove()
    start = Barrier(2)

    def destroy_all():
        with office.app_context():
            for item in items:
                start.wait(timeout=60)
                dispose_record(item, actor=MACHINE)
            db.session.remove()

    def hold_all():
        held = set()
        with office.app_context():
            for report_id, name in names:
                start.wait(timeout=60)
                order = PlaceHold(RecordKind.REPORT, name, today(), "法院来函", "诉讼未结")
                try:
                    place_hold(order, actor=head)
                    held.add(report_id)
                except Disposed:
                    continue
            db.session.remove()
        return held

    with ThreadPoolExecutor(2) as threads:
        done, asked = threads.submit(destroy_all), threads.submit(hold_all)
        done.result(timeout=80)
        held = asked.result(timeout=80)

    with office.app_context():
        for report_id, _name in names:
            report = db.session.get_one(Report, report_id)
            assert (report.disposed_at is None) == (report_id in held)
            assert (report.content is not None) == (report_id in held)
        db.session.remove()


def a_post(now) -> PostKey:
    """A pair that addresses can be sealed to."""
    return PostKey(id=1, public_key=b"p", sealed_private_key=b"s", key_version=1, made_at=now)


@pytest.mark.requirement("T36")
def test_an_address_that_was_withdrawn_is_gone_again_after_a_restore(app):
    report = make_old_report()
    note((note_erasure, ErasureKind.ADDRESS, report.id))
    with unit_of_work(MACHINE) as uow:
        uow.insert(a_post(uow.now))
        kept = {"report_id": report.id, "address": b"sealed", "language": "zh-Hans", "key_id": 1}
        uow.insert(ReporterMail(kept_at=uow.now, **kept))

    assert replay_erasures() == {ErasureKind.ADDRESS: 1}

    assert db.session.get(ReporterMail, report.id) is None
    assert count_undone(db.session()) == 0


def test_to_end_the_letters_is_in_the_ledger(app):
    report = make_old_report()
    with unit_of_work(MACHINE) as uow:
        uow.insert(a_post(uow.now))
        kept = {"report_id": report.id, "address": b"sealed", "language": "zh-Hans", "key_id": 1}
        uow.insert(ReporterMail(kept_at=uow.now, **kept))

    with unit_of_work(MACHINE) as uow:
        assert stop_letters(uow, report.id)

    assert [(one.what, one.subject_id) for one in read_ledger()] == [
        (ErasureKind.ADDRESS, report.id)
    ]
