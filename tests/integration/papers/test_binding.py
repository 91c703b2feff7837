"""The file of a case: bound as one PDF and as a bag, verified, and what is never in it."""

import io
import json
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.cases.models import CaseReport
from portal.cases.queries.page import get_page
from portal.cases.service.filling import (
    AddPaper,
    Strike,
    WaivePaper,
    add_paper,
    strike_paper,
    waive_paper,
)
from portal.cases.service.meetings import AddPoint, RecordMeeting, add_point, record_meeting
from portal.cases.service.supervision import RecordDirective, record_directive
from portal.cases.states import MeetingKind
from portal.evidence.models import CustodyEntry, Evidence, MadeFile
from portal.evidence.service import IncomingFile, keep_files, make_rendition
from portal.evidence.states import CustodyAct
from portal.infra.database import db
from portal.infra.storage import storage
from portal.infra.tasks import Task, TaskKind
from portal.intake.models import ContactMode, Report
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.kernel.errors import NotFound, Unavailable
from portal.kernel.page import Window
from portal.papers.bag import Fault, verify_bag
from portal.papers.models import BoundFile
from portal.papers.queries.files import list_bound, list_kept
from portal.papers.service import binding
from portal.papers.service.binding import BindFile, ask_for_file, bind_file, open_bound
from portal.papers.service.serving import record_service
from portal.papers.states import BoundState, NotBound
from tests.factories.cases import TITLE, make_case, today
from tests.factories.casework import make_head, make_officer
from tests.factories.evidence import photo_that_tells
from tests.factories.intake import make_report
from tests.factories.papers import MACHINE, PARTY, make_final, service_of
from tests.papers import words_of, words_of_page

pytestmark = pytest.mark.usefixtures("app")
ELSEWHERE = "CULTURE_ENF@320402"


@pytest.fixture
def officer():
    return make_officer()


@pytest.fixture
def number(officer):
    return make_case(officer=officer)


def pdf(pages=1):
    made = io.BytesIO()
    with pikepdf.new() as paper:
        for _one in range(pages):
            paper.add_blank_page(page_size=(595, 842))
        paper.save(made)
    return made.getvalue()


def put_in(number, officer, body, name, form="inspection-record", *, copied=True):
    """A scanned paper of the case, with its copy made where there is one."""
    [evidence_id] = keep_files([IncomingFile(io.BytesIO(body), name)], actor=officer)
    add_paper(AddPaper(number, form, today(), evidence_id), actor=officer)
    if copied:
        make_rendition(evidence_id, actor=MACHINE)
    return evidence_id


def bound(number, officer):
    """The id of the file of the case, bound."""
    bound_id = ask_for_file(BindFile(number), actor=officer)
    bind_file(bound_id, actor=MACHINE)
    return bound_id


def handed_out(number, bound_id, officer, *, bag):
    found = open_bound(number, bound_id, bag=bag, actor=officer)
    return b"".join(found.opened.chunks)


def on_disk(folder: Path, number, officer) -> Path:
    """The bag of the case, as somebody has saved it."""
    path = folder / "bag.zip"
    path.write_bytes(handed_out(number, bound(number, officer), officer, bag=True))
    return path


def unpacked(path: Path) -> Path:
    with zipfile.ZipFile(path) as packed:
        packed.extractall(path.parent)
        return path.parent / packed.namelist()[0].partition("/")[0]


@pytest.mark.requirement("B7")
def test_the_file_has_an_index_page_numbers_and_a_hash_of_every_piece(number, officer):
    made = make_final(number, officer, "order-to-correct")
    record_service(service_of(number, made), actor=officer)
    scanned = put_in(number, officer, pdf(3), "笔录.pdf")
    waive_paper(WaivePaper(number, "case-filing", "情况紧急，事后补办"), actor=make_head())

    bound_id = bound(number, officer)

    [line] = list_bound(db.session(), number, officer)
    assert (line.state, line.pieces, line.pages) == (BoundState.BOUND, 3, 5)
    with pikepdf.open(io.BytesIO(handed_out(number, bound_id, officer, bag=False))) as paper:
        words = words_of(paper)
        with paper.open_outline() as outline:
            named = [one.title for one in outline.root]
    assert f"{number}   1 / 5" in words
    assert f"{number}   5 / 5" in words
    titles = [name.partition(". ")[2] for name in named]
    assert titles == [
        "责令改正通知书",
        "现场检查（勘验）笔录",
        "立案审批表",
    ]
    assert words.count("1. ") == 0, "the index has the number in a column of its own"
    for said in ("卷内目录", TITLE, PARTY, "2-4", "情况紧急，事后补办", "直接送达"):
        assert said in words, said
    [digest] = [
        one["sha256"]
        for one in json.loads(files_of(number, bound_id, officer)["data/index.json"])["pieces"]
        if one["form"] == "inspection-record"
    ]
    assert digest[:8] in words
    assert scanned


def files_of(number, bound_id, officer):
    body = handed_out(number, bound_id, officer, bag=True)
    with zipfile.ZipFile(io.BytesIO(body)) as bag:
        return {name.partition("/")[2]: bag.read(name) for name in bag.namelist()}


def test_a_bag_holds_the_papers_as_they_were_put_in_and_the_trail_of_the_case(number, officer):
    body = photo_that_tells()
    put_in(number, officer, body, "现场.jpg")

    files = files_of(number, bound(number, officer), officer)

    assert files["data/papers/001-inspection-record.jpg"] == body
    actions = [json.loads(one)["action"] for one in files["data/trail.jsonl"].splitlines()]
    assert actions[0] == "case.open"
    assert "case.add-paper" in actions
    assert b"BagIt-Version: 1.0" in files["bagit.txt"]
    assert f"External-Identifier: {number}".encode() in files["bag-info.txt"]


def test_a_photograph_is_printed_from_the_copy_without_hidden_data(number, officer):
    put_in(number, officer, photo_that_tells(), "现场.jpg")

    paper = handed_out(number, bound(number, officer), officer, bag=False)

    assert b"GPS-CANARY" not in paper
    with pikepdf.open(io.BytesIO(paper)) as opened:
        assert any("/XObject" in page.Resources for page in opened.pages)


def test_a_file_that_is_not_printed_has_a_page_that_says_where_it_is(number, officer):
    put_in(number, officer, "编号,数量\n1,412\n".encode(), "清单.csv", "item-list")

    bound_id = bound(number, officer)

    with pikepdf.open(io.BytesIO(handed_out(number, bound_id, officer, bag=False))) as paper:
        assert "papers/001-item-list.csv" in words_of(paper)
    assert "data/papers/001-item-list.csv" in files_of(number, bound_id, officer)


@pytest.mark.requirement("B7")
@pytest.mark.requirement("B3")
@pytest.mark.requirement("C15")
@pytest.mark.parametrize(
    ("language", "titles"),
    [("zh-Hans", ("联席会议", "领导批示")), ("en", ("Joint meeting", "Instruction from above"))],
)
def test_minutes_and_instructions_are_bound_with_the_papers_by_their_days(
    number, officer, language, titles
):
    make_final(number, officer)
    kind, day = MeetingKind.JOINT, today() - timedelta(days=3)
    order = RecordMeeting(number, kind, day, "会商案情", "文化、公安", "分头取证")
    meeting = record_meeting(order, actor=officer)
    add_point(AddPoint(number, meeting, officer.id, None, today(), "调取进货单"), actor=officer)
    said = ("示例主任", today() - timedelta(days=2), "依法从严查处。")
    record_directive(RecordDirective(number, *said), actor=officer)

    bound_id = ask_for_file(BindFile(number, language), actor=officer)
    bind_file(bound_id, actor=MACHINE)

    opened = open_bound(number, bound_id, bag=True, actor=officer).opened
    with zipfile.ZipFile(io.BytesIO(b"".join(opened.chunks))) as bag:
        pieces = json.loads(bag.read(f"{number}/data/index.json"))["pieces"]
        papers = [bag.read(f"{number}/data/{one['file']}") for one in pieces]
    assert [one["form"] for one in pieces] == ["minutes", "directive", "penalty-decision"]
    for paper, title, said in zip(papers, titles, ("调取进货单", "依法从严查处。"), strict=False):
        with pikepdf.open(io.BytesIO(paper)) as page:
            words = words_of(page)
            assert page.Root.MarkInfo.Marked  # as accessible as the papers made here
        assert title in words
        assert said in words


def test_a_struck_paper_stays_in_the_file_and_is_marked(number, officer):
    put_in(number, officer, pdf(), "笔录.pdf")
    [paper] = get_page(db.session(), number, officer).papers
    strike_paper(Strike(number, paper.id), actor=officer)

    with pikepdf.open(
        io.BytesIO(handed_out(number, bound(number, officer), officer, bag=False))
    ) as bound_paper:
        assert "（已划去）" in words_of(bound_paper)
        assert "已划去" in words_of_page(bound_paper.pages[-1])


@pytest.mark.requirement("A7")
@pytest.mark.requirement("B7")
def test_nothing_of_a_reporter_is_in_the_file_but_reference_and_day(officer):
    who = Identity("金丝雀甲", "13800009999", "canary@example.org")
    report = make_report(
        state=ReportState.ACCEPTED,
        officer=officer,
        identity=who,
        contact_mode=ContactMode.CONFIDENTIAL,
        narrative="金丝雀说的经过",
    )
    number = make_case(report, officer=officer)
    make_final(number, officer)

    bound_id = bound(number, officer)

    parts = [*files_of(number, bound_id, officer).values()]
    with pikepdf.open(io.BytesIO(handed_out(number, bound_id, officer, bag=False))) as paper:
        parts.append(words_of(paper).encode())
    everything = b"\n".join(parts)
    for canary in ("金丝雀", "13800009999", "canary@example.org"):
        assert canary.encode() not in everything
    assert report.reference.encode() in everything


# --- Verifying -----------------------------------------------------------------------------------


@pytest.mark.requirement("B7")
def test_a_whole_bag_is_whole_packed_and_unpacked(number, officer, tmp_path):
    make_final(number, officer)

    bag = on_disk(tmp_path, number, officer)

    assert verify_bag(bag) == []
    assert verify_bag(unpacked(bag)) == []


@pytest.mark.requirement("B7")
def test_a_changed_byte_is_named_by_its_file(number, officer, tmp_path):
    make_final(number, officer)
    folder = unpacked(on_disk(tmp_path, number, officer))
    target = folder / "data/papers/001-penalty-decision.pdf"
    body = bytearray(target.read_bytes())
    body[len(body) // 2] ^= 1
    target.write_bytes(body)

    assert verify_bag(folder) == [Fault("data/papers/001-penalty-decision.pdf", "was changed")]


def test_a_changed_byte_in_the_packed_bag_is_named_too(number, officer, tmp_path):
    make_final(number, officer)
    bag = on_disk(tmp_path, number, officer)
    body = bytearray(bag.read_bytes())
    with zipfile.ZipFile(bag) as packed:
        [entry] = [one for one in packed.infolist() if one.filename.endswith("index.json")]
    body[entry.header_offset + 30 + len(entry.filename) + 5] ^= 1
    bag.write_bytes(body)

    assert verify_bag(bag) == [Fault("data/index.json", "was changed")]


def test_what_was_added_what_is_gone_and_a_changed_list_are_named(number, officer, tmp_path):
    make_final(number, officer)
    folder = unpacked(on_disk(tmp_path, number, officer))
    (folder / "data/index.json").unlink()
    (folder / "data/more.txt").write_text("x")
    (folder / "bag-info.txt").write_text("Payload-Oxum: 0.0\n")

    assert set(verify_bag(folder)) == {
        Fault("data/index.json", "is missing"),
        Fault("data/more.txt", "is in no list of the bag"),
        Fault("bag-info.txt", "was changed"),
    }


def test_a_list_that_leads_out_of_the_bag_is_not_followed(number, officer, tmp_path):
    folder = unpacked(on_disk(tmp_path, number, officer))
    secret = tmp_path / "secret"
    secret.write_text("x")
    with (folder / "manifest-sha512.txt").open("a") as manifest:
        manifest.write(f"{'0' * 128}  ../secret\n{'0' * 128}  {secret}\n")

    faults = verify_bag(folder)

    assert Fault("../secret", "lies outside the bag") in faults
    assert Fault(str(secret), "lies outside the bag") in faults


def test_an_entry_of_the_trail_that_was_rewritten_is_named_even_with_new_sums(
    number, officer, tmp_path
):
    body = handed_out(number, bound(number, officer), officer, bag=True)
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        files = {
            name.partition("/data/")[2]: packed.read(name)
            for name in packed.namelist()
            if "/data/" in name
        }
    files["trail.jsonl"] = files["trail.jsonl"].replace(b"case.open", b"case.move", 1)
    path = tmp_path / "new.zip"
    path.write_bytes(binding.write_bag(number, files, {}).getvalue())

    assert verify_bag(path) == [Fault("data/trail.jsonl", "line 1 is not what its hash says")]


def test_what_is_no_bag_is_said_to_be_none(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"no zip")
    (tmp_path / "empty").mkdir()

    assert verify_bag(tmp_path / "x.zip")[0].what.startswith("is no bag")
    assert {one.what for one in verify_bag(tmp_path / "empty")} == {"is missing"}


# --- The task ------------------------------------------------------------------------------------


def test_a_file_is_bound_once_and_kept_encrypted(number, officer):
    make_final(number, officer)
    bound_id = bound(number, officer)
    before = db.session.scalars(select(MadeFile.id)).all()

    bind_file(bound_id, actor=MACHINE)

    assert db.session.scalars(select(MadeFile.id)).all() == before
    assert len(before) == 2
    stored = db.session.scalars(select(MadeFile.stored_name)).all()
    with storage().open_stored(stored[0]) as sealed:
        assert b"%PDF" not in sealed.read()[:4096]


def test_asking_leaves_a_task_and_a_line_on_the_trail(number, officer):
    bound_id = ask_for_file(BindFile(number), actor=officer)

    [task] = db.session.scalars(select(Task).where(Task.kind == TaskKind.BIND_FILE))
    assert task.subject_id == bound_id
    assert db.session.get_one(BoundFile, bound_id).state is BoundState.ASKED


@pytest.mark.requirement("B7")
def test_whoever_opens_a_bound_file_is_on_the_trail_and_each_piece_knows_that_it_was_bound(
    number, officer
):
    scanned = put_in(number, officer, pdf(), "笔录.pdf")
    bound_id = bound(number, officer)

    handed_out(number, bound_id, officer, bag=True)

    [opened] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "case.open-file"))
    assert (opened.actor_id, opened.details["what"]) == (officer.id, "bag")
    acts = db.session.scalars(
        select(CustodyEntry.act).where(CustodyEntry.evidence_id == scanned)
    ).all()
    assert CustodyAct.EXPORTED in acts


def test_a_piece_whose_copy_is_still_to_come_is_waited_for(number, officer):
    scanned = put_in(number, officer, pdf(), "笔录.pdf", copied=False)
    bound_id = ask_for_file(BindFile(number), actor=officer)

    with pytest.raises(Unavailable):
        bind_file(bound_id, actor=MACHINE)
    make_rendition(scanned, actor=MACHINE)
    bind_file(bound_id, actor=MACHINE)

    assert db.session.get_one(BoundFile, bound_id).state is BoundState.BOUND


def test_a_long_file_is_told_of_on_the_way_and_bound_whole(number, officer):
    head = make_head()
    for _one in range(binding.TOLD_EVERY + 1):
        waive_paper(WaivePaper(number, "approval", "不需要"), actor=head)

    bound(number, officer)

    [line] = list_bound(db.session(), number, officer)
    assert (line.state, line.made, line.pages) == (BoundState.BOUND, 21, 21)


def test_what_is_too_large_and_what_is_gone_is_said(number, officer, monkeypatch):
    scanned = put_in(number, officer, pdf(), "笔录.pdf")
    monkeypatch.setattr(binding, "MOST_BYTES", 10)
    large = bound(number, officer)
    monkeypatch.undo()
    storage().remove(db.session.get_one(Evidence, scanned).stored_name)
    gone = bound(number, officer)

    why = {one.id: one.why_not for one in list_bound(db.session(), number, officer)}
    assert why == {large: NotBound.TOO_LARGE, gone: NotBound.FILE_MISSING}
    with pytest.raises(NotFound):
        open_bound(number, large, bag=False, actor=officer)


def test_somebody_elses_file_is_not_there(number, officer):
    bound_id = bound(number, officer)
    other, stranger = make_case(officer=officer), make_officer(ELSEWHERE)

    with pytest.raises(NotFound):
        open_bound(number, bound_id, bag=False, actor=stranger)
    with pytest.raises(NotFound):
        open_bound(other, bound_id, bag=False, actor=officer)
    with pytest.raises(NotFound):
        ask_for_file(BindFile(number), actor=stranger)
    with pytest.raises(NotFound):
        list_bound(db.session(), number, stranger)


@pytest.mark.requirement("B7")
def test_files_of_reports_are_kept_apart_from_those_of_patrols_and_found_by_number(officer):
    reported = make_case(officer=officer)
    found = make_case(officer=officer)
    report = db.session.scalars(select(CaseReport).order_by(CaseReport.added_at.desc())).first()
    db.session.get_one(Report, report.report_id).stream = "patrol"
    db.session.commit()
    bound(reported, officer)
    bound(found, officer)

    def kept(**wanted):
        lines = list_kept(db.session(), officer, Window(), **wanted).items
        return [one.case for one in lines]

    assert kept(reported=True) == [reported]
    assert kept(reported=False) == [found]
    assert kept(reported=True, number=found) == []
    assert list_kept(db.session(), make_officer(ELSEWHERE), Window(), reported=True).items == ()


def test_kept_files_go_page_by_page(number, officer):
    made = [bound(number, officer) for _one in range(3)][::-1]

    first = list_kept(db.session(), officer, Window(limit=2), reported=True)
    second = list_kept(db.session(), officer, Window(first.after, limit=2), reported=True)
    back = list_kept(
        db.session(), officer, Window(second.before, backwards=True, limit=2), reported=True
    )

    assert [one.id for one in (*first.items, *second.items)] == made
    assert back.items == first.items


def test_an_operator_binds_and_verifies_on_the_command_line(app, number, officer, tmp_path):
    make_final(number, officer)
    run = app.test_cli_runner()

    made = run.invoke(args=["case", "file", number, "--out", str(tmp_path)])
    again = run.invoke(args=["case", "file", number, "--out", str(tmp_path)])
    whole = run.invoke(args=["case", "verify", str(tmp_path / f"{number}.zip")])
    nothing = run.invoke(args=["case", "file", "NO-SUCH-CASE"])

    assert (made.exit_code, whole.exit_code) == (0, 0)
    assert (tmp_path / f"{number}.pdf").read_bytes().startswith(b"%PDF")
    assert again.exit_code == 1
    assert "is there already" in again.output
    assert "There is no case" in nothing.output


def test_the_command_line_names_what_was_changed(app, number, officer, tmp_path):
    folder = unpacked(on_disk(tmp_path, number, officer))
    (folder / "data/trail.jsonl").write_text("{}\n")

    said = app.test_cli_runner().invoke(args=["case", "verify", str(folder)])

    assert said.exit_code == 1
    assert "data/trail.jsonl: was changed" in said.output


@pytest.mark.requirement("B7")
def test_a_file_of_300_pages_is_bound_within_five_seconds_of_work(number, officer):
    for _one in range(6):
        put_in(number, officer, pdf(50), "笔录.pdf")
    bound_id = ask_for_file(BindFile(number), actor=officer)
    before = time.process_time()

    bind_file(bound_id, actor=MACHINE)

    took = time.process_time() - before
    [line] = list_bound(db.session(), number, officer)
    assert (line.pages, line.made, line.pieces) == (300, 6, 6)
    assert took < 5
