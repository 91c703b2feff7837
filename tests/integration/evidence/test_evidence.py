"""The life of a file: received, scanned, copied without metadata, opened, swept up."""

import hashlib
import io
import os
from typing import BinaryIO, cast
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.evidence import queries, service
from portal.evidence.models import Evidence, Rendition
from portal.evidence.proofs import commitment
from portal.evidence.refusals import FileRefused, Refusal
from portal.evidence.service import IncomingFile, Limits, make_rendition, scan
from portal.evidence.states import CustodyAct, EvidenceState, NoRendition, RenditionState
from portal.infra.config import settings
from portal.infra.database import Base, db
from portal.infra.spool import Spool
from portal.infra.storage import storage
from portal.infra.tasks import Task, TaskKind
from portal.infra.uow import unit_of_work
from portal.infra.vault import vault
from portal.kernel.actor import Actor, ActorKind
from portal.kernel.errors import NotFound, RuleBroken, Unavailable
from tests.factories import evidence as sent

pytestmark = pytest.mark.usefixtures("app")
SYSTEM = Actor.system("test")
OFFICER = Actor(ActorKind.STAFF, uuid4())


def _tasks(file: Evidence) -> list[TaskKind]:
    return list(db.session.scalars(select(Task.kind).where(Task.subject_id == file.id)))


def _copy(file: Evidence) -> Rendition:
    copy = queries.find_rendition(db.session(), file.id)
    assert copy is not None
    return copy


def _acts(file: Evidence) -> list[CustodyAct]:
    return [line.act for line in queries.list_custody(db.session(), file.id)]


def _on_disk() -> list[str]:
    return [path.name for path in settings().evidence_dir.rglob("*") if path.is_file()]


# --- Receiving ----------------------------------------------------------------------------------


@pytest.mark.requirement("U42")
def test_a_received_file_is_hashed_encrypted_and_on_the_trail():
    photo = sent.photo_that_tells()

    file = sent.make_evidence(photo)

    digest = hashlib.sha256(photo).hexdigest()
    assert (queries.hashes_of(db.session(), [file.id]), file.size) == ([digest], len(photo))
    with storage().open_stored(file.stored_name) as sealed:
        assert sent.SECRET not in sealed.read()
    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "evidence.receive")
    ).one()
    key = vault().open_key(file.content_key)
    salt = key.decrypt(file.salt_sealed, queries.context_of("salt", file.id))
    assert event.details["commitment"] == commitment(salt, digest)
    assert _acts(file) == [CustodyAct.RECEIVED]


def test_neither_the_name_nor_the_hash_of_a_file_is_on_the_trail_or_in_a_repr():
    file = sent.make_evidence(filename="grandmother.jpg")

    told = str([e.details for e in db.session.scalars(select(AuditEvent))])
    told += repr(IncomingFile(io.BytesIO(), "grandmother.jpg"))
    assert "grandmother" not in told
    assert queries.hashes_of(db.session(), [file.id])[0] not in told
    assert b"grandmother" not in file.name_sealed


def test_with_the_database_and_the_file_nobody_finds_the_report_it_came_with():
    """Neither the hash stands in any table, nor the salt that would open the commitment."""
    photo = sent.photo_that_tells()
    file = sent.make_evidence(photo)
    make_rendition(file.id, actor=SYSTEM)
    rendition = b"".join(queries.open_rendition(db.session(), file.id).chunks)

    tables = [db.session.execute(table.select()).all() for table in Base.metadata.sorted_tables]

    stored, digest = repr(tables), hashlib.sha256(photo)
    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "evidence.receive")
    ).one()
    assert event.details["commitment"] in stored  # so the dump has what is looked for
    for known in (digest, hashlib.sha256(rendition)):
        assert known.hexdigest() not in stored
        assert repr(known.digest())[2:-1] not in stored
    key = vault().open_key(file.content_key)
    salt = key.decrypt(file.salt_sealed, queries.context_of("salt", file.id))
    assert salt.hex() not in stored
    assert repr(salt)[2:-1] not in stored


def test_without_a_scanner_a_file_is_said_to_be_unchecked_and_gets_its_copy():
    file = sent.make_evidence()

    assert file.state is EvidenceState.UNCHECKED
    assert _tasks(file) == [TaskKind.MAKE_RENDITION]


def test_a_recording_gets_no_copy_and_no_task():
    file = sent.make_evidence(sent.film(b"M4A "), "call.m4a")

    assert _tasks(file) == []
    assert queries.find_rendition(db.session(), file.id) is None


def test_a_name_that_would_mislead_is_stored_as_it_is_shown():
    file = sent.make_evidence(sent.picture(), "../../photo\u202ebmp.jpg")

    (line,) = queries.list_files(db.session(), [file.id])
    assert line.filename == "photo[RLO]bmp.jpg"


def test_a_file_over_the_limit_is_refused_and_leaves_nothing():
    upload = IncomingFile(io.BytesIO(sent.picture()), "a.jpg")

    with pytest.raises(FileRefused), unit_of_work(Actor.public()) as uow:
        service.receive(uow, upload, limits=Limits(100, 100, 1))

    assert _on_disk() == []


@pytest.mark.requirement("T54")
def test_a_full_volume_refuses_the_file_and_says_so(monkeypatch):
    monkeypatch.setenv("SUNLINE_MIN_FREE_SHARE", "1")
    settings.cache_clear()
    try:
        with pytest.raises(Unavailable) as refused:
            sent.make_evidence()
    finally:
        monkeypatch.undo()
        settings.cache_clear()

    assert refused.value.code == "no-room-for-files"
    assert _on_disk() == []


def test_a_file_dropped_for_want_of_room_is_the_one_problem_of_the_form(tmp_path):
    with Spool(tmp_path, has_room=False) as dropped:
        dropped.write(sent.picture())
        upload = IncomingFile(cast("BinaryIO", dropped), "a.jpg")

        (problem,) = service.problems_with([upload, *_uploads(b"<html>")])
        with pytest.raises(Unavailable):
            service.keep(upload, limits=service.limits())

    assert problem.refused.refusal is Refusal.NO_ROOM


def test_a_form_is_told_every_problem_at_once():
    found = service.problems_with(_uploads(sent.picture(), b"", b"<html>"))

    assert [problem.position for problem in found] == [2, 3]


def test_the_same_file_sent_twice_is_found_and_stored_under_two_names():
    first, second = sent.make_evidence(), sent.make_evidence(filename="other.jpg")
    sent.make_evidence(sent.picture())

    assert queries.list_same(db.session(), second.id) == [first.id]
    assert first.stored_name != second.stored_name


# --- The copy without metadata ------------------------------------------------------------------


def test_the_copy_of_a_photo_is_without_metadata_and_the_original_is_kept():
    photo = sent.photo_that_tells()
    file = sent.make_evidence(photo)

    make_rendition(file.id, actor=SYSTEM)

    with unit_of_work(OFFICER) as uow:
        shown = service.open_rendition(uow, file.id)
        content = b"".join(shown.chunks)
    assert sent.SECRET not in content
    assert len(content) == _copy(file).size
    assert shown.filename == "shop.jpg"
    assert b"".join(queries.open_original(db.session(), file.id).chunks) == photo
    assert _acts(file) == [
        CustodyAct.RECEIVED,
        CustodyAct.RENDITION_MADE,
        CustodyAct.OPENED_RENDITION,
    ]


def test_the_preview_is_grey_and_small():
    file = sent.make_evidence(sent.picture("PNG", (900, 600)), "a.png")
    make_rendition(file.id, actor=SYSTEM)

    preview = b"".join(queries.open_preview(db.session(), file.id).chunks)

    image = Image.open(io.BytesIO(preview))
    assert (image.mode, image.size) == ("L", (400, 267))


def test_making_the_copy_twice_makes_one():
    file = sent.make_evidence()
    make_rendition(file.id, actor=SYSTEM)
    name = _copy(file).stored_name

    make_rendition(file.id, actor=SYSTEM)

    assert _copy(file).stored_name == name
    assert len(_on_disk()) == 3


def test_of_two_runs_at_once_the_files_of_the_later_are_removed(monkeypatch):
    file = sent.make_evidence()
    real = service.render

    def overtaken(kind, chunks):
        rendered = real(kind, chunks)
        monkeypatch.setattr(service, "render", real)
        make_rendition(file.id, actor=SYSTEM)
        return rendered

    monkeypatch.setattr(service, "render", overtaken)
    make_rendition(file.id, actor=SYSTEM)

    assert _acts(file).count(CustodyAct.RENDITION_MADE) == 1
    assert len(_on_disk()) == 3


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (sent.picture()[:-200], "cut.jpg", NoRendition.BROKEN),
        (sent.pixel_flood(), "flood.png", NoRendition.TOO_LARGE),
        (sent.document_that_tells(password="x"), "locked.pdf", NoRendition.LOCKED),
    ],
)
def test_where_no_copy_can_be_made_the_reason_is_kept_and_so_is_the_original(content, name, why):
    file = sent.make_evidence(content, name)

    make_rendition(file.id, actor=SYSTEM)

    (line,) = queries.list_files(db.session(), [file.id])
    assert (line.rendition, line.why_none) == (RenditionState.IMPOSSIBLE, why)
    assert b"".join(queries.open_original(db.session(), file.id).chunks) == content
    with pytest.raises(NotFound):
        queries.open_rendition(db.session(), file.id)


# --- Scanning -----------------------------------------------------------------------------------


def test_where_there_is_a_scanner_it_comes_before_anybody_opens_the_file(clamd):
    file = sent.make_evidence()

    assert _tasks(file) == [TaskKind.SCAN_FILE]
    with pytest.raises(RuleBroken) as refused:
        queries.open_original(db.session(), file.id)
    assert refused.value.code == "file-not-checked"


def test_a_clean_file_is_opened_and_copied(clamd):
    file = sent.make_evidence()

    scan(file.id, actor=SYSTEM)
    scan(file.id, actor=SYSTEM)

    assert file.state is EvidenceState.CLEAN
    assert set(_tasks(file)) == {TaskKind.SCAN_FILE, TaskKind.MAKE_RENDITION}
    assert _acts(file) == [CustodyAct.RECEIVED, CustodyAct.CLEARED]
    assert queries.open_original(db.session(), file.id).size == file.size


@pytest.mark.requirement("T25")
def test_the_test_virus_is_quarantined_and_nobody_opens_it(clamd):
    file = sent.make_evidence(sent.EICAR, "eicar.txt")

    scan(file.id, actor=SYSTEM)

    assert file.state is EvidenceState.INFECTED
    with pytest.raises(RuleBroken) as refused:
        queries.open_original(db.session(), file.id)
    assert refused.value.code == "file-quarantined"
    assert _acts(file) == [CustodyAct.RECEIVED, CustodyAct.QUARANTINED]


def test_an_infected_picture_gets_no_copy(clamd):
    file = sent.make_evidence(sent.picture() + sent.EICAR)

    scan(file.id, actor=SYSTEM)
    make_rendition(file.id, actor=SYSTEM)

    assert _copy(file).reason is NoRendition.INFECTED


@pytest.mark.requirement("T25")
def test_while_the_scanner_is_away_the_file_waits_closed(clamd_away):
    file = sent.make_evidence(sent.EICAR, "eicar.txt")

    with pytest.raises(Unavailable):
        scan(file.id, actor=SYSTEM)

    assert file.state is EvidenceState.RECEIVED
    assert not queries.opens(file)


def test_a_copy_is_not_made_before_the_scanner_has_looked(clamd_away):
    file = sent.make_evidence()

    make_rendition(file.id, actor=SYSTEM)

    assert _copy(file).state is RenditionState.PENDING


def test_a_scanner_taken_away_leaves_files_unchecked_and_not_stuck(clamd_away, monkeypatch):
    file = sent.make_evidence()
    monkeypatch.setenv("SUNLINE_CLAMD_SOCKET", "")
    settings.cache_clear()

    scan(file.id, actor=SYSTEM)

    assert file.state is EvidenceState.UNCHECKED
    assert TaskKind.MAKE_RENDITION in _tasks(file)


# --- Opening ------------------------------------------------------------------------------------


@pytest.mark.requirement("F14")
def test_opening_an_original_needs_a_reason_and_is_written_down():
    file = sent.make_evidence()

    with pytest.raises(RuleBroken), unit_of_work(OFFICER) as uow:
        service.open_original(uow, file.id, "  x  ")
    with unit_of_work(OFFICER) as uow:
        service.open_original(uow, file.id, "Number plate is not legible")

    line = queries.list_custody(db.session(), file.id)[-1]
    assert (line.act, line.actor_id) == (CustodyAct.OPENED_ORIGINAL, OFFICER.id)
    assert line.reason == "Number plate is not legible"
    actions = db.session.scalars(select(AuditEvent.action)).all()
    assert actions.count("evidence.opened-original") == 1


@pytest.mark.requirement("F14")
def test_every_way_of_opening_a_file_is_an_entry_of_the_trail_with_who_did():
    file = sent.make_evidence(sent.picture(), "a.jpg")
    make_rendition(file.id, actor=SYSTEM)

    with unit_of_work(OFFICER) as uow:
        service.note_preview(uow, file.id)
        service.open_rendition(uow, file.id)
        service.open_original(uow, file.id, "Number plate is not legible")
        service.export_original(uow, file.id, "Goes with the dossier")

    theirs = select(AuditEvent).where(
        AuditEvent.subject_id == file.id, AuditEvent.actor_id == OFFICER.id
    )
    assert [one.action for one in db.session.scalars(theirs.order_by(AuditEvent.seq))] == [
        "evidence.opened-preview",
        "evidence.opened-rendition",
        "evidence.opened-original",
        "evidence.exported",
    ]


def test_an_unknown_file_is_not_found():
    with pytest.raises(NotFound):
        queries.open_original(db.session(), uuid4())


def test_a_file_altered_on_the_disk_does_not_open():
    file = sent.make_evidence()
    path = next(settings().evidence_dir.rglob(file.stored_name))
    sealed = bytearray(path.read_bytes())
    sealed[100] ^= 1
    path.write_bytes(sealed)

    with pytest.raises(Exception, match="envelope-broken"):
        b"".join(queries.open_original(db.session(), file.id).chunks)


# --- Several at once, and erasing ---------------------------------------------------------------


def _uploads(*contents: bytes) -> list[IncomingFile]:
    return [IncomingFile(io.BytesIO(content), f"{n}.jpg") for n, content in enumerate(contents)]


def test_the_files_of_a_form_are_kept_together_in_their_order():
    first, second = sent.picture(), sent.photo_that_tells()

    ids = service.keep_files(_uploads(first, second), actor=Actor.public())

    expected = [hashlib.sha256(content).hexdigest() for content in (first, second)]
    assert list(queries.hashes_of(db.session(), ids)) == expected


def test_files_that_were_sent_at_once_stay_in_the_order_of_sending(app):
    pictures = [sent.picture() for _one in range(8)]

    ids = service.keep_files(_uploads(*pictures), actor=Actor.public())

    assert [line.id for line in queries.list_files(db.session(), ids)] == list(ids)


def test_one_wrong_file_and_none_is_kept():
    with pytest.raises(FileRefused):
        service.keep_files(_uploads(sent.picture(), b"<html>"), actor=Actor.public())

    assert _on_disk() == []
    assert db.session.scalars(select(Evidence)).all() == []


@pytest.mark.requirement("T24")
def test_more_files_than_a_report_may_have_are_refused_counting_those_it_has():
    many = [1] * service.limits().report_files

    with pytest.raises(FileRefused) as refused:
        service.keep_files(_uploads(sent.picture()), actor=Actor.public(), already=many)

    assert refused.value.refusal is Refusal.TOO_MANY


def test_an_erased_file_opens_for_nobody_and_keeps_its_chain_of_custody():
    file = sent.make_evidence()
    make_rendition(file.id, actor=SYSTEM)
    erased, names = file.id, _on_disk()
    with unit_of_work(OFFICER) as uow:
        service.open_original(uow, erased, "Names my neighbour")

    with unit_of_work(SYSTEM) as uow:
        service.erase(uow, erased)
    scan(erased, actor=SYSTEM)
    make_rendition(erased, actor=SYSTEM)

    with pytest.raises(NotFound):
        queries.open_original(db.session(), erased)
    lines = queries.list_custody(db.session(), erased)
    assert [line.act for line in lines][-1] is CustodyAct.ERASED
    assert {line.reason for line in lines} == {""}
    _grow_old(*names)
    assert service.sweep_files(actor=SYSTEM).orphans_removed == 3
    assert _on_disk() == []


# --- Sweeping up --------------------------------------------------------------------------------


def _grow_old(*names: str) -> None:
    for name in names:
        os.utime(next(settings().evidence_dir.rglob(name)), (0, 0))


@pytest.mark.requirement("T24")
def test_the_sweep_removes_old_orphans_and_partials_and_nothing_else():
    kept = sent.make_evidence()
    make_rendition(kept.id, actor=SYSTEM)
    upload = IncomingFile(io.BytesIO(sent.picture()), "a.jpg")
    old, young = (service.keep(upload, limits=service.limits()) for _ in range(2))
    (settings().evidence_dir / "partial" / "cut").write_bytes(b"half")
    _grow_old(kept.stored_name, old.stored.name, "cut")

    found = service.sweep_files(actor=SYSTEM)

    assert (found.partials_removed, found.orphans_removed, found.missing) == (1, 1, ())
    assert not storage().exists(old.stored.name)
    assert storage().exists(young.stored.name)
    assert len(_on_disk()) == 4


def test_evidence_whose_file_is_gone_is_named():
    file = sent.make_evidence()
    storage().remove(file.stored_name)

    assert service.sweep_files(actor=SYSTEM).missing == (file.id,)
