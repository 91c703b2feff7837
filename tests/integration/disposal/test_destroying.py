"""What is destroyed with a record, what is left, and who reads what where it was."""

import io
import os
import time
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.audit.trail import verify
from portal.cases.models import Case, CasePaper
from portal.cases.queries.access import key_of
from portal.cases.service.filling import AddPaper, add_paper
from portal.cases.service.tasks import WriteNote, write_note
from portal.cases.states import Audience
from portal.decisions.models import PartyAccess
from portal.disposal.queries.lists import get_tombstone
from portal.disposal.service.destroying import dispose_record
from portal.disposal.states import DisposalState, NotDisposed
from portal.evidence.models import Evidence, MadeFile
from portal.evidence.service import (
    IncomingFile,
    keep_files,
    limits,
    make_rendition,
    receive,
    sweep_files,
)
from portal.feedback.service import ContestResult, contest_result
from portal.infra.database import db
from portal.infra.erasures import ErasureKind, read_ledger
from portal.infra.search import candidates
from portal.infra.storage import storage
from portal.infra.uow import unit_of_work
from portal.intake.models import ContactMode, Message, Receipt, Report, ReporterIdentity, ReportFile
from portal.intake.queries import get_report
from portal.intake.queries import key_of as report_key
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.jurisdiction import queries
from portal.jurisdiction.tables import RecordKind, RetentionRule, RetentionStart, Text
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Disposed, NotFound
from portal.papers.models import BoundFile
from portal.papers.service.binding import BindFile, ask_for_file, bind_file
from portal.triage.models import LikenessKey
from tests.factories.cases import get_case_id, today
from tests.factories.casework import make_head, make_officer
from tests.factories.decisions import make_party, open_page
from tests.factories.disposal import (
    MACHINE,
    approved,
    disposed,
    make_old_case,
    make_old_report,
    row_of,
)
from tests.factories.evidence import picture
from tests.integration.feedback.reporter import Reporter

S = ReportState
CANARY = "金丝雀书店后院"
pytestmark = pytest.mark.usefixtures("app")


def enclose(report):
    with unit_of_work(Actor.public()) as uow:
        file = receive(uow, IncomingFile(io.BytesIO(picture()), f"{CANARY}.jpg"), limits=limits())
        uow.session.add(ReportFile(evidence_id=file.id, report_id=report.id))
        return file.id, file.stored_name


@pytest.mark.requirement("U9")
@pytest.mark.requirement("T36")
def test_of_a_destroyed_report_nothing_is_left_but_its_row_and_its_tombstone():
    named = {"contact_mode": ContactMode.CONFIDENTIAL, "identity": Identity("甲某某", "138")}
    report = make_old_report(narrative=CANARY, indexed=True, **named)
    evidence_id, _stored = enclose(report)
    assert candidates(db.session(), CANARY, 10)
    first, second = make_head(), make_head()
    [item] = approved(report.id, first=first, second=second)

    dispose_record(item, actor=MACHINE)
    dispose_record(item, actor=MACHINE)

    report = db.session.get_one(Report, report.id)
    assert (report.content, report.content_key, report.flags) == (None, None, [])
    assert db.session.get(ReporterIdentity, report.id) is None
    assert db.session.get(Evidence, evidence_id) is None
    assert set(db.session.scalars(select(Message.body))) <= {b""}
    assert db.session.scalar(select(func.count()).select_from(LikenessKey)) == 0
    assert not candidates(db.session(), CANARY, 10)
    stone = get_tombstone(db.session(), report.id, second)
    assert (stone.name, stone.series_code) == (report.reference, "report")
    assert (stone.proposer, stone.approver) == (first.name, second.name)
    assert stone.trail_hash == db.session.get_one(AuditEvent, stone.trail_seq).hash
    assert verify(db.session())[2] is None
    acts = select(func.count()).where(AuditEvent.action == "report.dispose")
    assert db.session.scalar(acts) == 1


def test_the_files_of_a_destroyed_report_are_swept_off_the_disk():
    report = make_old_report()
    _id, name = enclose(report)
    path = storage()._path(name)  # noqa: SLF001  # its age is what the test changes
    assert path.exists()

    disposed(report.id)
    old = time.time() - 7200
    os.utime(path, (old, old))
    sweep_files(actor=Actor.system("sweep-files"))

    assert not path.exists()


@pytest.mark.requirement("U43")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_staff_read_what_became_of_a_record_at_every_address_it_had(desk, language):
    pages, _head = desk(Role.DEPARTMENT_HEAD, language=language)
    report = make_old_report()
    disposed(report.id)

    for address in ("", "/answer", "/hold"):
        page = pages.get(f"/desk/reports/{report.reference}{address}")
        assert page.status == 410
        assert report.reference in page.text("h1")
    rests = {"en": "Service standard of this office", "zh-Hans": "本单位服务标准"}
    assert rests[language] in page.text("main")


@pytest.mark.requirement("U43")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_staff_read_what_became_of_a_case_at_every_address_it_had(desk, language):
    pages, _head = desk(Role.DEPARTMENT_HEAD, language=language)
    officer = make_officer()
    report = make_old_report(state=S.ACCEPTED, officer=officer)
    number = make_old_case(report, officer=officer)
    disposed(get_case_id(number))

    for address in ("", "/decisions", "/papers", "/file", "/add-note", "/add-party"):
        page = pages.get(f"/desk/cases/{number}{address}")
        assert page.status == 410, address
        assert number in page.text("h1")


@pytest.mark.requirement("U43")
def test_whoever_might_not_have_seen_a_record_learns_nothing_of_its_end(desk):
    report = make_old_report(columns={"restricted": True})
    disposed(report.id)
    pages, _other = desk(Role.SUPERVISOR, department="SUPERVISION@320000", region="320000")

    assert pages.get(f"/desk/reports/{report.reference}").status == 404
    with pytest.raises(NotFound) as refused:
        get_report(db.session(), report.reference, make_officer("CULTURE_ENF@320402"))
    assert not isinstance(refused.value, Disposed)


@pytest.mark.requirement("U9")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_reporter_reads_plain_words_where_the_report_was(app, language):
    reporter = Reporter(app)
    report = reporter.send(S.CLOSED)
    before = reporter.come_back(language=language)
    assert before.status == 200
    make_it_old(report)
    disposed(report.id)

    page = reporter.come_back(language=language)

    assert page.status == 410
    assert report.reference in page.text("main")
    again = reporter.browser.get("/track/report/write")
    assert again.status == 410


def make_it_old(report):
    """Let the shipped schedule say that its time is over."""
    rule = RetentionRule(
        "now", Text("", ""), RecordKind.REPORT, "", starts=RetentionStart.RECEIVED, months=1
    )
    place = queries.current_place()
    queries._kept.place = replace(place, retention=(rule,))  # noqa: SLF001
    report.received_at = report.received_at.replace(year=2020)
    db.session.commit()


def test_a_contest_before_the_task_keeps_the_record():
    report = make_old_report()
    [item] = approved(report.id)
    contest_result(
        ContestResult(report.id, "contest.still-going-on", "还在卖"), actor=Actor.public()
    )

    dispose_record(item, actor=MACHINE)

    row = row_of(report.id)
    assert (row.state, row.put_back_because) == (DisposalState.SCHEDULED, NotDisposed.OPEN_AGAIN)
    assert report_key(db.session.get_one(Report, report.id)) is not None


@pytest.mark.timeout(60)
@pytest.mark.requirement("U9")
def test_a_destroyed_case_takes_its_words_papers_pages_and_bound_files_along():
    made = {}

    def fill(number, officer):
        paper = IncomingFile(io.BytesIO(picture()), "立案审批表.jpg")
        [kept] = keep_files([paper], actor=officer)
        make_rendition(kept, actor=Actor.system("make_rendition"))
        add_paper(AddPaper(number, "case-filing", today(), kept), actor=officer)
        write_note(WriteNote(number, Audience.DEPARTMENT, CANARY), actor=officer)
        party = make_party(number, officer)
        open_page(number, party, officer)
        made["bound"] = ask_for_file(BindFile(number), actor=officer)

    officer = make_officer()
    report = make_old_report(state=S.ACCEPTED, officer=officer)
    number = make_old_case(report, officer=officer, before=fill)
    bind_file(made["bound"], actor=Actor.system("bind_file"))
    assert db.session.scalar(select(func.count()).select_from(MadeFile)) == 2
    case_id = get_case_id(number)

    disposed(case_id)

    case = db.session.get_one(Case, case_id)
    with pytest.raises(NotFound):
        key_of(case)
    assert (case.content, case.content_key) == (b"", b"")
    for gone in (MadeFile, BoundFile, PartyAccess, Evidence):
        assert db.session.scalar(select(func.count()).select_from(gone)) == 0
    [paper] = db.session.scalars(select(CasePaper).where(CasePaper.form == "case-filing"))
    assert paper.evidence_id is None
    assert {line.what for line in read_ledger()} == {ErasureKind.CASE}
    assert db.session.get_one(Report, report.id).disposed_at is None
    disposed(report.id)
    assert db.session.get_one(Report, report.id).disposed_at is not None


def test_a_destroyed_record_is_in_no_list_and_its_receipt_stays(desk):
    pages, _head = desk(Role.DEPARTMENT_HEAD)
    report = make_old_report()
    disposed(report.id)

    assert report.reference not in pages.get("/desk/reports?state=closed").text("main")
    assert report.reference in pages.get("/desk/disposal/gone").text("main")
    assert db.session.get(Receipt, report.id) is not None
