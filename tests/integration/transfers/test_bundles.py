"""What is in a bundle and, above all, what is not."""

import io
import json
import zipfile

import pikepdf
import pytest
from sqlalchemy import select

from portal.casework.service.closing import CloseUnrouted, close_unrouted
from portal.casework.service.erasure import erase_after_waiting
from portal.casework.service.routing import route_report
from portal.evidence import queries as evidence
from portal.evidence.models import CustodyEntry, MadeFile
from portal.evidence.service import IncomingFile, limits, make_rendition, receive
from portal.evidence.states import CustodyAct
from portal.feedback.service import WriteToDesk, write_to_desk
from portal.infra.database import db
from portal.infra.storage import storage
from portal.infra.tasks import Task, TaskKind
from portal.infra.uow import unit_of_work
from portal.intake.models import ContactMode, Report, ReportFile
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken
from portal.transfers.models import HandOver
from portal.transfers.said import said_of
from portal.transfers.service.keeping import erase_hand_overs, open_bundle
from portal.transfers.service.preparing import seal_bundle
from portal.transfers.states import HandOverState, Part
from portal.triage.service import RouteReport
from tests.factories.casework import make_clerk, make_officer
from tests.factories.evidence import SECRET, office, photo_that_tells
from tests.factories.intake import DEPARTMENT, make_report, submit, walk
from tests.factories.transfers import MACHINE, PARTNER, make_hand_over, make_passed_report
from tests.papers import words_of

pytestmark = pytest.mark.usefixtures("app")
S = HandOverState
POLICE = "POLICE@320412"
NAME, PHONE, EMAIL, LATER = "金丝雀甲", "13800009999", "canary@example.org", "后来补充的金丝雀"
FILENAME = "金丝雀甲拍的照片.jpg"
WHO = Identity(NAME, PHONE, EMAIL)


def enclose(report, content=None, name=FILENAME):
    """A file that came with the report, with its copy made where there is one."""
    stream = io.BytesIO(content or photo_that_tells())
    with unit_of_work(Actor.public()) as uow:
        file = receive(uow, IncomingFile(stream, name), limits=limits())
        uow.session.add(ReportFile(evidence_id=file.id, report_id=report.id))
        evidence_id = file.id
    make_rendition(evidence_id, actor=MACHINE)
    return evidence_id


def told_report():
    """A report at our own unit by somebody who gave name and contact, wrote again, sent a photo."""
    sent = submit(
        identity=WHO, contact_mode=ContactMode.CONFIDENTIAL, narrative="示例路有人卖盗版光盘。"
    )
    route_report(RouteReport(sent.reference, DEPARTMENT, "按职责分工"), actor=make_clerk())
    officer = make_officer()
    walk(sent.reference, sent.report_id, ReportState.ACCEPTED, officer, DEPARTMENT)
    write_to_desk(WriteToDesk(sent.report_id, LATER), actor=Actor.public())
    report = db.session.get_one(Report, sent.report_id)
    report.region = "320412"
    db.session.commit()
    return report, officer, sent.code.text


def unpacked(made: HandOver, actor: Actor) -> dict[str, bytes]:
    found = open_bundle(made.id, actor=actor)
    with zipfile.ZipFile(io.BytesIO(b"".join(found.opened.chunks))) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def sheet_of(files: dict[str, bytes]) -> str:
    with pikepdf.open(io.BytesIO(files["sheet.pdf"])) as paper:
        return words_of(paper)


@pytest.mark.requirement("U12")
@pytest.mark.requirement("E23")
def test_nothing_of_the_reporter_is_in_a_bundle_unless_it_was_chosen():
    report, officer, code = told_report()
    enclose(report)
    made = make_hand_over(report, S.READY, officer=officer, partner=POLICE)

    files = unpacked(made, officer)

    everything = b"\n".join(files.values()) + "\n".join(files).encode()
    sheet = sheet_of(files)
    assert "示例路有人卖盗版光盘。" in sheet
    assert set(files) == {"sheet.pdf", "manifest.json", "SHA256SUMS", "VERIFY.txt"}
    for canary in (NAME, PHONE, EMAIL, LATER, FILENAME, code):
        assert canary not in sheet, canary
        assert canary.encode() not in everything, canary
    assert SECRET not in everything


def test_a_letter_that_the_typeface_lacks_does_not_keep_a_bundle_from_being_packed():
    report = make_passed_report(narrative="他们卖盗版😀光盘，店主说：مرحبا")
    officer = make_clerk()
    made = make_hand_over(report, S.READY, officer=officer)

    assert "他们卖盗版□光盘，店主说：□□□□□" in sheet_of(unpacked(made, officer))


@pytest.mark.requirement("U12")
def test_what_the_reporter_wrote_later_goes_when_it_is_chosen_and_their_name_never_does():
    report, officer, _code = told_report()
    made = make_hand_over(report, S.READY, officer=officer, partner=POLICE, parts=tuple(Part))

    sheet = sheet_of(unpacked(made, officer))

    assert LATER in sheet
    for canary in (NAME, PHONE, EMAIL):
        assert canary not in sheet


@pytest.mark.requirement("U12")
def test_a_part_that_was_not_chosen_is_not_on_the_sheet():
    report = make_passed_report(
        narrative="金丝雀叙述。", place="金丝雀巷", urls=("https://x.example",)
    )

    made = make_hand_over(report, S.READY, parts=(Part.ADDRESSES,), outline="网站卖盗版。")

    sheet = sheet_of(unpacked(made, make_clerk()))
    assert "https://x.example" in sheet
    assert "网站卖盗版。" in sheet
    assert "金丝雀" not in sheet


@pytest.mark.requirement("U12")
@pytest.mark.requirement("B14")
def test_a_chosen_file_goes_as_the_copy_without_metadata_under_a_number():
    report, officer, _code = told_report()
    photo = enclose(report)
    made = make_hand_over(report, S.READY, officer=officer, partner=POLICE, copies=(photo,))

    files = unpacked(made, officer)

    [listed] = [f for f in json.loads(files["manifest.json"])["files"] if f["what"] == "copy"]
    assert listed["name"] == "files/01.jpg"
    assert files["files/01.jpg"].startswith(b"\xff\xd8")
    assert SECRET not in files["files/01.jpg"]
    assert NAME.encode() not in b"".join(files.values())


def test_an_original_goes_only_when_chosen_with_a_reason_that_stays_with_the_file():
    report, officer, _code = told_report()
    photo = enclose(report)
    with pytest.raises(RuleBroken, match="originals-need-reason"):
        make_hand_over(report, officer=officer, partner=POLICE, originals=(photo,))

    made = make_hand_over(
        report,
        S.READY,
        officer=officer,
        partner=POLICE,
        originals=(photo,),
        why_originals="对方需要鉴定原始照片",
    )

    files = unpacked(made, officer)
    acts = db.session.scalars(
        select(CustodyEntry).where(
            CustodyEntry.evidence_id == photo, CustodyEntry.act == CustodyAct.EXPORTED
        )
    ).all()
    assert SECRET in files["files/01.jpg"]
    assert [one.actor_id for one in acts] == [officer.id]


def test_a_clerk_who_may_not_open_originals_passes_none_on():
    report = make_passed_report()
    photo = enclose(report)

    with pytest.raises(NotPermitted):
        make_hand_over(report, originals=(photo,), why_originals="对方需要鉴定")


def test_a_file_without_a_copy_does_not_go_as_one_and_another_reports_file_not_at_all():
    report, other = make_passed_report(), make_passed_report()
    paper, foreign = enclose(report, office(), "a.docx"), enclose(other)

    with pytest.raises(RuleBroken, match="no-copy-to-pass-on"):
        make_hand_over(report, copies=(paper,))
    with pytest.raises(NotFound):
        make_hand_over(report, copies=(foreign,))


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_sheet_is_an_accessible_paper_with_a_slip_to_send_back(language):
    made = make_hand_over(state=S.READY, language=language)

    with pikepdf.open(io.BytesIO(unpacked(made, make_clerk())["sheet.pdf"])) as paper:
        assert paper.Root.MarkInfo.Marked
        assert "pdfuaid" in str(paper.open_metadata())
        words = words_of(paper).replace("\xa0", " ")

    assert ("移送单" in words) == (language == "zh-Hans")
    assert ("Slip to be sent back" in words) == (language == "en")


def test_the_bundle_lies_encrypted_and_the_sweep_leaves_it():
    report = make_passed_report(narrative="金丝雀叙述。")
    made = make_hand_over(report, S.READY)
    row = db.session.get_one(MadeFile, made.bundle_id)

    with storage().open_stored(row.stored_name) as sealed:
        raw = sealed.read()

    assert b"PK\x03\x04" not in raw
    assert b"sheet.pdf" not in raw
    assert row.stored_name not in evidence.files_without_row(
        db.session(), row.made_at.max.replace(tzinfo=row.made_at.tzinfo)
    )
    assert evidence.rows_without_file(db.session()) == []
    storage().remove(row.stored_name)
    assert evidence.rows_without_file(db.session()) == [row.id]


def test_packing_twice_leaves_one_bundle_and_no_second_file():
    made = make_hand_over(state=S.READY)
    before = {file.name for file in storage().files()}

    seal_bundle(made.id, actor=MACHINE)

    assert {file.name for file in storage().files()} == before
    assert len(db.session.scalars(select(MadeFile)).all()) == 1


def test_a_bundle_is_not_there_before_it_is_packed_nor_for_a_stranger():
    made = make_hand_over()

    with pytest.raises(NotFound):
        open_bundle(made.id, actor=make_clerk())
    seal_bundle(made.id, actor=MACHINE)
    with pytest.raises(NotFound):
        open_bundle(made.id, actor=make_officer())


def test_when_the_words_of_a_report_are_erased_so_is_what_was_passed_on():
    clerk = make_clerk()
    report = make_passed_report(columns={"flags": ["purge_third_party_pii"]})
    made = make_hand_over(report, S.RETURNED, officer=clerk)
    close_unrouted(CloseUnrouted(report.reference, "unrouted.out-of-scope"), actor=clerk)

    erase_after_waiting(report.id, actor=MACHINE)
    left = db.session.scalars(select(Task).where(Task.kind == TaskKind.ERASE_HAND_OVERS)).all()
    for _time in range(2):
        erase_hand_overs(report.id, actor=MACHINE)

    db.session.expire_all()
    made = db.session.get_one(HandOver, made.id)
    assert [one.subject_id for one in left] == [report.id]
    assert (made.words, made.words_key, made.bundle_id) == (None, None, None)
    assert said_of(made).reason == ""
    assert db.session.scalars(select(MadeFile)).all() == []
    assert made.department_code == PARTNER


def test_a_matter_that_must_not_be_passed_on_is_not():
    kept = make_passed_report(columns={"flags": ["do_not_forward"]})
    numbered = make_report(
        state=ReportState.ROUTED,
        department=PARTNER,
        columns={"region": "320412", "flags": ["redact_before_transfer"]},
    )

    with pytest.raises(RuleBroken, match="not-to-be-passed-on"):
        make_hand_over(kept)
    with pytest.raises(RuleBroken, match="part-not-to-be-passed-on"):
        make_hand_over(numbered)
