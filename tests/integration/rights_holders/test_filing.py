"""Complaints from a row to a report: each once, none incomplete, none without a declaration."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import make_transient

from portal.casework.service.erasure import destroy_report
from portal.evidence.models import Evidence
from portal.evidence.service import keep_files
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.infra.uow import unit_of_work
from portal.intake.models import Clock, ContactMode, Receipt, Report, ReportFile, ReportKind
from portal.intake.queries import content_of
from portal.jurisdiction.place import Stage
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.rights_holders.models import Complaint, ComplaintFile, WorkFile
from portal.rights_holders.queries.complaints import (
    Filters,
    every_complaint,
    get_complaint,
    get_sheet_page,
)
from portal.rights_holders.queries.figures import list_undeclared
from portal.rights_holders.rules.sheets import COMPLAINT_COLUMNS
from portal.rights_holders.service.complaints import (
    FileComplaint,
    MendComplaint,
    SendSheet,
    declare_sheet,
    file_complaint_now,
    mend_complaint,
    send_sheet,
)
from portal.rights_holders.service.erasure import (
    KEPT,
    forget_complaint,
    forget_unfiled,
    withdraw_complaint,
)
from portal.rights_holders.service.filing import (
    file_complaint,
    file_complaints,
    lapse_complaints,
)
from portal.rights_holders.service.organisations import (
    RefuseOrganisation,
    hand_in_again,
    refuse_organisation,
    verify_organisation,
)
from portal.rights_holders.sheets import read_sheet
from portal.rights_holders.states import ComplaintState, OrganisationReason
from portal.triage.models import LikenessOffer
from portal.triage.service import triage_report
from portal.triage.states import LikenessReason
from tests.factories.accounts import enter_desk
from tests.factories.intake import submit
from tests.factories.jurisdiction import keep_festival
from tests.factories.rights_holders import (
    GOOD,
    make_organisation,
    make_outsider,
    outsider,
    some_file,
    verifier,
    workbook,
)
from tests.pages import Pages

HEAD = ("作品", "侵权网址", "发现日期", "事实", "权利依据", "投诉编号")
WORKER = Actor.system("file_complaint")
S = ComplaintState


@pytest.fixture
def person(app):
    return make_outsider()


@pytest.fixture
def organisation(person):
    return make_organisation(person, works=2)


@pytest.fixture
def actor(person):
    return outsider(person)


def row(work="1", url="https://pirate.example/1", day="2026-11-01", number=""):
    return (work, url, day, "未经许可提供下载", "权利人", number)


def sent(organisation, actor, *rows):
    """Send a sheet of these rows; return its number."""
    sheet = read_sheet(workbook(HEAD, *rows), COMPLAINT_COLUMNS)
    return send_sheet(SendSheet(organisation.number, sheet, "zh-Hans"), actor=actor)


def complaints():
    return db.session.scalars(
        select(Complaint).order_by(Complaint.number).execution_options(populate_existing=True)
    ).all()


def reports():
    return db.session.scalar(select(func.count()).select_from(Report))


@pytest.mark.requirement("B5")
@pytest.mark.requirement("U39")
def test_a_complete_complaint_is_a_report_with_number_clock_and_sealed_sender(organisation, actor):
    number = file_complaint_now(FileComplaint(organisation.number, GOOD, "zh-Hans"), actor=actor)

    [complaint] = complaints()
    report = db.session.get_one(Report, complaint.report_id)
    clocks = db.session.scalars(select(Clock).where(Clock.report_id == report.id)).all()
    content = content_of(report)
    assert (complaint.number, complaint.state) == (number, S.FILED)
    assert (report.kind, report.contact_mode) == (ReportKind.COMPLAINT, ContactMode.NAMED)
    assert report.chosen_category == "piracy.online"
    assert {clock.stage for clock in clocks} >= {Stage.TRIAGE, Stage.ACCEPT}
    assert content.urls == (GOOD["url"],)
    assert content.title == "示例作品 1"
    assert "示例出版社" in content.narrative
    assert "示例联系人" not in content.narrative


@pytest.mark.requirement("F16")
def test_each_row_of_a_sheet_is_a_report_once_and_wrong_ones_wait_to_be_mended(organisation, actor):
    rows = [row(url=f"https://pirate.example/{at}") for at in range(4)]
    sheet = sent(organisation, actor, *rows, row(), row(work="没有"), row(day="上周"))
    states = [one.state for one in complaints()]
    assert states == [S.READY] * 4 + [S.REPEATED] + [S.NEEDS_INFORMATION] * 2
    assert reports() == 0

    assert declare_sheet(organisation.number, sheet, actor=actor) == 4
    assert declare_sheet(organisation.number, sheet, actor=actor) == 0
    tasks = db.session.scalars(
        select(Task.subject_id).where(Task.kind == TaskKind.FILE_COMPLAINT)
    ).all()
    for task in [*tasks, *tasks]:
        file_complaint(task, actor=WORKER)

    assert reports() == 4
    page = get_sheet_page(db.session(), organisation, sheet)
    assert (page.counts[S.FILED], page.counts[S.NEEDS_INFORMATION]) == (4, 2)
    assert page.under_way == 0


@pytest.mark.requirement("P7")
@pytest.mark.requirement("F16")
def test_rows_are_filed_together_with_a_few_statements_and_nobody_is_given_a_code(
    organisation, actor, counted
):
    rows = [row(work=str(at % 2 + 1), url=f"https://pirate.example/{at}") for at in range(20)]
    sheet = sent(organisation, actor, *rows)
    declare_sheet(organisation.number, sheet, actor=actor)
    withdraw_complaint(organisation.number, 20, actor=actor)
    ids = [one.id for one in complaints()]

    with counted() as seen:
        file_complaints(ids, actor=WORKER)
    file_complaints(ids, actor=WORKER)

    # The row of each complaint is one; everything else is written once for all of them. What they
    # rest on is read twice: before the transaction that others wait for, and within it.
    assert len(seen) - 19 <= 16 + 6
    assert [one.state for one in complaints()] == [S.FILED] * 19 + [S.WITHDRAWN]
    assert reports() == 19
    receipts = db.session.scalars(select(Receipt)).all()
    assert {(one.hardened, one.confirmed_at) for one in receipts} == {(True, None)}
    kinds = select(Task.kind).where(Task.subject_id == receipts[0].report_id)
    assert set(db.session.scalars(kinds)) == {TaskKind.TRIAGE_ROW, TaskKind.INDEX_REPORT}
    assert "作品：《示例作品 2》" in content_of(report_of(2)).narrative


def report_of(number):
    """The report of a complaint."""
    return db.session.get_one(Report, complaints()[number - 1].report_id)


def test_a_row_that_was_wrong_is_mended_on_the_page_or_by_a_sheet(organisation, actor):
    sent(organisation, actor, row(work="没有"), row(day="上周"))

    mended = {**GOOD, "url": "https://pirate.example/a"}
    mend_complaint(MendComplaint(organisation.number, 1, mended), actor=actor)
    sent(organisation, actor, row(number="2", url="https://pirate.example/b"))

    first, second = complaints()
    assert (first.state, second.state) == (S.FILED, S.READY)
    assert organisation.complaints == 2
    assert reports() == 1


def test_what_went_back_to_its_people_after_it_was_declared_is_declared_with_another_sheet(
    organisation, actor
):
    first = sent(organisation, actor, row())
    declare_sheet(organisation.number, first, actor=actor)
    proofs = db.session.query(WorkFile).all()
    for proof in proofs:
        db.session.delete(proof)
    db.session.commit()
    file_complaint(complaints()[0].id, actor=WORKER)
    assert complaints()[0].state is S.NEEDS_INFORMATION
    for proof in proofs:
        make_transient(proof)
    db.session.add_all(proofs)
    db.session.commit()

    second = sent(organisation, actor, row(number="1"))
    assert declare_sheet(organisation.number, second, actor=actor) == 1
    file_complaint(complaints()[0].id, actor=WORKER)

    assert (complaints()[0].state, reports()) == (S.FILED, 1)


@pytest.mark.requirement("U38")
def test_what_a_row_says_anew_is_not_declared_by_what_was_declared_before(organisation, actor):
    first = sent(organisation, actor, row(url=""))
    declare_sheet(organisation.number, first, actor=actor)
    sent(organisation, actor, row(number="1"))
    [mended] = complaints()
    assert (mended.state, mended.declared_at) == (S.READY, None)

    file_complaint(mended.id, actor=WORKER)
    assert reports() == 0
    complaints()[0].due_on = date(2026, 1, 5)
    db.session.commit()
    assert lapse_complaints(actor=WORKER) == 1


def test_a_row_may_not_mend_what_is_filed_or_of_nobody(organisation, actor):
    file_complaint_now(FileComplaint(organisation.number, GOOD, "zh-Hans"), actor=actor)

    sent(organisation, actor, row(number="1"), row(number="77"))

    assert [one.state for one in complaints()] == [
        S.FILED,
        S.NEEDS_INFORMATION,
        S.NEEDS_INFORMATION,
    ]


@pytest.mark.requirement("F16")
def test_the_same_row_is_told_and_not_filed_again_and_a_later_find_is(organisation, actor):
    sent(organisation, actor, row())

    sent(organisation, actor, row(url="HTTP://www.pirate.example/1/"), row(day="2026-11-20"))

    first, same, later = complaints()
    assert (same.state, same.repeats) == (S.REPEATED, first.id)
    assert later.state is S.READY


@pytest.mark.requirement("U38")
def test_what_lacks_something_has_working_days_to_be_completed_and_then_lapses(organisation, actor):
    incomplete = {**GOOD, "facts": ""}
    file_complaint_now(FileComplaint(organisation.number, incomplete, "zh-Hans"), actor=actor)
    [waiting] = complaints()
    assert (waiting.state, waiting.report_id) == (S.NEEDS_INFORMATION, None)
    assert waiting.due_on is not None
    assert waiting.due_on > datetime.now(UTC).date() + timedelta(days=11)
    assert lapse_complaints(actor=WORKER) == 0

    waiting.due_on = date(2026, 1, 5)
    db.session.commit()

    assert lapse_complaints(actor=WORKER) == 1
    assert complaints()[0].state is S.LAPSED
    sent(organisation, actor, row())
    assert complaints()[1].state is S.READY


@pytest.mark.requirement("F16")
def test_earlier_tips_about_the_same_address_stand_beside_a_complaint_and_later_ones_find_it(
    organisation, actor
):
    def triaged(report_id):
        triage_report(report_id, actor=WORKER)
        return report_id

    def tip(words):
        return triaged(submit(narrative=words, urls=(GOOD["url"],)).report_id)

    def beside(report_id):
        rows = select(LikenessOffer).where(LikenessOffer.report_id == report_id)
        return {one.other_id: set(one.reasons) for one in db.session.scalars(rows)}

    earlier = tip("这个网站可以下载整本小说，不用付钱。")
    file_complaint_now(FileComplaint(organisation.number, GOOD, "zh-Hans"), actor=actor)
    own = triaged(complaints()[0].report_id)
    later = tip("我在这个网址看到盗版电子书，更新很快。")

    assert LikenessReason.SAME_ADDRESS in beside(own)[earlier]
    assert {earlier, own} <= beside(later).keys()
    assert db.session.get_one(Report, own).merged_into is None


def test_files_of_a_complaint_go_into_its_report_and_prove_the_right(organisation, actor):
    db.session.query(WorkFile).delete()
    db.session.commit()
    files = keep_files([some_file("截图.txt")], actor=Actor.public())

    file_complaint_now(FileComplaint(organisation.number, GOOD, "zh-Hans", files), actor=actor)

    linked = db.session.scalars(select(ReportFile.evidence_id)).all()
    assert tuple(linked) == files


def test_a_complaint_that_is_taken_back_leaves_no_file_behind(organisation, actor):
    before = db.session.query(Evidence).count()
    files = keep_files([some_file("截图.txt")], actor=Actor.public())
    incomplete = {**GOOD, "facts": ""}
    file_complaint_now(
        FileComplaint(organisation.number, incomplete, "zh-Hans", files), actor=actor
    )

    withdraw_complaint(organisation.number, 1, actor=actor)

    assert (complaints()[0].state, complaints()[0].body) == (S.WITHDRAWN, None)
    assert db.session.scalars(select(ComplaintFile)).all() == []
    assert db.session.query(Evidence).count() == before


def test_when_its_report_is_destroyed_nothing_that_was_typed_is_left(organisation, actor):
    files = keep_files([some_file("截图.txt")], actor=Actor.public())
    file_complaint_now(FileComplaint(organisation.number, GOOD, "zh-Hans", files), actor=actor)
    report = db.session.get_one(Report, complaints()[0].report_id)

    with unit_of_work(Actor.system("dispose_record")) as uow:
        forget_complaint(uow, report.id)
        destroy_report(uow, uow.session.get_one(Report, report.id))

    [left] = complaints()
    assert (left.state, left.body, left.target) == (S.FILED, None, None)
    assert db.session.scalars(select(ComplaintFile)).all() == []
    assert get_complaint(db.session(), organisation, 1).cells == {}


@pytest.mark.requirement("U40")
def test_nothing_is_filed_for_an_organisation_that_is_not_verified_or_trusted_no_more(
    person, actor
):
    new = make_organisation(person, verified=False, name="未核实社")
    with pytest.raises(RuleBroken, match="organisation-not-verified"):
        file_complaint_now(FileComplaint(new.number, GOOD, "zh-Hans"), actor=actor)
    trusted = make_organisation(person)
    sheet = sent(trusted, actor, row())
    declare_sheet(trusted.number, sheet, actor=actor)

    refused = RefuseOrganisation(trusted.number, OrganisationReason.MISUSE, "查实滥用投诉")
    refuse_organisation(refused, actor=verifier())
    [waiting] = complaints()
    file_complaint(waiting.id, actor=WORKER)

    assert reports() == 0


@pytest.mark.parametrize(
    ("declared", "refused", "words"),
    [
        (False, False, "Declare it by"),
        (True, False, "complete and declared, and is being filed now"),
        (False, True, "verified your organisation and you have declared it"),
        (True, True, "complete and declared, and is filed once the office has verified"),
    ],
)
def test_a_complete_complaint_says_what_it_waits_for_and_until_when(
    app, organisation, person, actor, declared, refused, words
):
    number = organisation.number
    sheet = sent(organisation, actor, row(), row(work="没有"))
    if declared:
        declare_sheet(number, sheet, actor=actor)
    if refused:
        order = RefuseOrganisation(number, OrganisationReason.EXPIRED, "授权书已过期")
        refuse_organisation(order, actor=verifier())
    browser = Pages(app, "en")
    enter_desk(browser, person)

    page = browser.get(f"/rights-holders/{number}/complaints/1")
    overview = browser.get(f"/rights-holders/{number}").text()

    assert words in page.text()
    assert ("it lapses; you may file it again" in page.text()) == (refused or not declared)
    assert (f"/rights-holders/{number}/proof" in page.links()) == refused
    assert ("lacks something" in overview) != refused, "nobody can mend it then"


def test_of_many_wrong_rows_a_sheet_shows_the_first_and_leads_to_all(app, organisation, person):
    actor, number = outsider(person), organisation.number
    rows = [row(work="没有", url=f"https://pirate.example/{at}") for at in range(101)]
    sheet = sent(organisation, actor, *rows)
    first = complaints()[100]
    first.due_on -= timedelta(days=3)
    db.session.commit()
    browser = Pages(app, "en")
    enter_desk(browser, person)

    page = browser.get(f"/rights-holders/{number}/sheets/{sheet}")

    every = f"/rights-holders/{number}/complaints?sheet=1&state=needs-information&order=old"
    assert "The first 100 of 101." in page.text()
    assert every in page.links()
    assert get_sheet_page(db.session(), organisation, sheet).wrong_lapse_on == first.due_on
    assert "The first of them lapse after" in page.text()


def refuse_and_age(organisation):
    """Refuse an organisation; what is complete may wait a while, and that is over now."""
    refused = RefuseOrganisation(organisation.number, OrganisationReason.EXPIRED, "授权书已过期")
    refuse_organisation(refused, actor=verifier())
    assert lapse_complaints(actor=WORKER) == 0
    for one in complaints():
        one.due_on = date(2026, 1, 5)
    db.session.commit()


def test_what_was_declared_before_a_refusal_is_filed_once_the_organisation_is_verified_again(
    organisation, actor
):
    sheet = sent(organisation, actor, row(), row(url="https://pirate.example/2"))
    declare_sheet(organisation.number, sheet, actor=actor)
    refused = RefuseOrganisation(organisation.number, OrganisationReason.EXPIRED, "授权书已过期")
    refuse_organisation(refused, actor=verifier())
    waiting = [one.id for one in complaints()]
    for one in waiting:
        file_complaint(one, actor=WORKER)
    tasks = select(Task.subject_id).where(Task.kind == TaskKind.FILE_COMPLAINT)
    before = db.session.scalars(tasks).all()

    files = keep_files([some_file("新授权书.txt")], actor=Actor.public())
    hand_in_again(organisation.number, files, actor=actor)
    verify_organisation(organisation.number, actor=verifier())

    assert sorted(db.session.scalars(tasks).all()) == sorted([*before, *waiting])
    for one in waiting:
        file_complaint(one, actor=WORKER)
    assert ([one.state for one in complaints()], reports()) == ([S.FILED] * 2, 2)


def test_what_is_complete_lapses_when_its_organisation_stays_refused(organisation, person, actor):
    trusted = make_organisation(person, name="另一社")
    for one in (organisation, trusted):
        declare_sheet(one.number, sent(one, actor, row()), actor=actor)

    refuse_and_age(organisation)

    assert lapse_complaints(actor=WORKER) == 1
    states = {one.organisation_id: one.state for one in complaints()}
    assert states == {organisation.id: S.LAPSED, trusted.id: S.READY}


@pytest.mark.parametrize("declared", [True, False])
def test_a_lapsed_complaint_says_whether_its_organisation_was_not_verified_or_it_was_not_declared(
    app, organisation, person, actor, declared
):
    sheet = sent(organisation, actor, row())
    if declared:
        declare_sheet(organisation.number, sheet, actor=actor)
    refuse_and_age(organisation)
    assert lapse_complaints(actor=WORKER) == 1

    browser = Pages(app)
    enter_desk(browser, person)

    page = browser.get(f"/rights-holders/{organisation.number}/complaints/1")

    not_verified, not_declared = "没有在期限内通过核实", "没有作出声明"
    assert (not_verified in page.text("main"), not_declared in page.text("main")) == (
        declared,
        not declared,
    )


def test_complete_rows_that_nobody_declares_are_told_until_when_and_lapse(organisation, actor):
    sheet = sent(organisation, actor, row())
    told = get_sheet_page(db.session(), organisation, sheet).lapse_on
    assert told > date.today()  # noqa: DTZ011  # working days from now
    assert lapse_complaints(actor=WORKER) == 0
    complaints()[0].due_on = date(2026, 1, 1)
    db.session.commit()

    assert lapse_complaints(actor=WORKER) == 1
    assert [one.state for one in complaints()] == [S.LAPSED]
    assert get_sheet_page(db.session(), organisation, sheet).lapse_on is None


def test_sheets_to_declare_are_listed_as_long_as_they_can_be_and_those_beyond_a_few_are_counted(
    app, organisation, person, actor, monkeypatch
):
    monkeypatch.setattr("portal.rights_holders.queries.figures.MOST_SHEETS", 2)
    for at in range(4):
        sent(organisation, actor, row(url=f"https://pirate.example/{at}"))
    first, second, _third, last = complaints()
    last.due_on, first.due_on = second.due_on - timedelta(days=1), date(2026, 1, 1)
    db.session.commit()
    browser = Pages(app, "en")
    enter_desk(browser, person)

    undeclared = list_undeclared(db.session(), organisation)
    page = browser.get(f"/rights-holders/{organisation.number}")

    assert ([one.sheet for one in undeclared.nearest], undeclared.more) == ([4, 2], 1)
    assert "and 1 more sheet has complaints to declare, not before" in page.text("main")
    assert f"/rights-holders/{organisation.number}/sheets" in page.links()


def test_words_and_files_of_what_never_became_a_report_go_after_a_while(
    organisation, actor, monkeypatch
):
    monkeypatch.setattr("portal.rights_holders.service.erasure._AT_ONCE", 1)
    for cells in (GOOD, GOOD, GOOD | {"facts": ""}):
        files = tuple(keep_files([some_file(f"截图{len(complaints())}.txt")], actor=Actor.public()))
        file_complaint_now(FileComplaint(organisation.number, cells, "zh-Hans", files), actor=actor)
    complaints()[2].due_on = date(2026, 1, 1)
    db.session.commit()
    lapse_complaints(actor=WORKER)
    assert [one.state for one in complaints()] == [S.FILED, S.REPEATED, S.LAPSED]
    kept = db.session.query(Evidence).count()

    with time_machine.travel(datetime.now(UTC) + KEPT - timedelta(days=1)):
        assert forget_unfiled(actor=WORKER) == 0
    with time_machine.travel(datetime.now(UTC) + KEPT + timedelta(minutes=1)):
        assert [forget_unfiled(actor=WORKER) for _night in range(2)] == [2, 0]

    assert [bool(one.body) for one in complaints()] == [True, False, False]
    assert [one.state for one in complaints()] == [S.FILED, S.REPEATED, S.LAPSED]
    assert db.session.query(Evidence).count() == kept - 2
    owners = {link.complaint_id for link in db.session.query(ComplaintFile)}
    assert owners == {complaints()[0].id}
    shown = get_complaint(db.session(), organisation, 2)
    assert (shown.cells, shown.state) == ({}, S.REPEATED)


def test_what_was_withdrawn_is_not_filed_and_what_was_typed_is_erased(organisation, actor):
    sheet = sent(organisation, actor, row(), row(day=""))
    declare_sheet(organisation.number, sheet, actor=actor)

    withdraw_complaint(organisation.number, 1, actor=actor)
    file_complaint(complaints()[0].id, actor=WORKER)

    [gone, _wrong] = complaints()
    assert (gone.state, reports()) == (S.WITHDRAWN, 0)
    assert (gone.body, gone.target, gone.digest) == (None, None, None)


def test_nothing_else_is_said_to_be_about_the_target_of_what_is_erased(organisation, actor):
    for number in (1, 2):
        incomplete = FileComplaint(organisation.number, {**GOOD, "facts": ""}, "zh-Hans")
        file_complaint_now(incomplete, actor=actor)
        withdraw_complaint(organisation.number, number, actor=actor)

    same = every_complaint(db.session(), organisation, Filters(like=1))

    assert [one.number for one in same] == [1]


def test_nobody_else_files_for_an_organisation(organisation):
    stranger = outsider(make_outsider())

    for actor in (stranger, Actor.public()):
        with pytest.raises(NotFound):
            file_complaint_now(FileComplaint(organisation.number, GOOD, "zh-Hans"), actor=actor)


def test_however_many_rows_are_taken_in_with_a_few_statements(organisation, actor, counted):
    lines = "\n".join(f"1,https://pirate.example/{at},2026-11-01,事实,权利人" for at in range(500))
    sheet = read_sheet(
        io.BytesIO(("作品,侵权网址,发现日期,事实,权利依据\n" + lines).encode()), COMPLAINT_COLUMNS
    )

    with counted() as seen:
        send_sheet(SendSheet(organisation.number, sheet, "zh-Hans"), actor=actor)

    assert len(seen) < 20
    with counted() as seen:
        assert declare_sheet(organisation.number, 1, actor=actor) == 500
    assert len(seen) < 10


def test_however_many_complaints_a_sheet_mends_they_are_looked_up_at_once(
    organisation, actor, counted
):
    sent(
        organisation, actor, *(row(url=f"https://pirate.example/{at}", day="") for at in range(30))
    )
    mended = [row(url=f"https://pirate.example/{at}", number=str(at + 1)) for at in range(30)]

    with counted() as seen:
        sent(organisation, actor, *mended, mended[0])

    # The row of each complaint is one.
    assert len(seen) - 30 < 20
    assert [one.state for one in complaints()] == [S.READY] * 30 + [S.NEEDS_INFORMATION]


@pytest.mark.requirement("F15")
@pytest.mark.usefixtures("known_place")
def test_the_days_for_completing_are_those_of_where_the_organisation_has_its_seat(
    organisation, actor
):
    keep_festival()
    organisation.region = "320412"
    db.session.commit()

    file_complaint_now(
        FileComplaint(organisation.number, {**GOOD, "facts": ""}, "zh-Hans"), actor=actor
    )

    [waiting] = complaints()
    assert waiting.due_on > datetime.now(UTC).date() + timedelta(days=40)
