"""Many reports at once: a preview that says what and why, and runs that survive anything."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from portal.accounts.service.administration import disable_account
from portal.casework.models import BulkRow, BulkRun
from portal.casework.queries.bulk import Picked, get_run, list_run, preview
from portal.casework.service import bulk
from portal.casework.service.bulk import StartBulk, forget_bulk_words, run_at_once, start_bulk
from portal.casework.service.holding import ClaimReport, claim_report
from portal.casework.service.merging import MergeReports, merge_reports
from portal.casework.states import BulkAct
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.intake.models import Message, MessageKind, Report
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.page import Window
from tests.factories.casework import make_actor, make_clerk, make_head, make_officer
from tests.factories.intake import make_report

S = ReportState
OWN, OTHER = "CULTURE_ENF@320412", "CULTURE_ENF@320402"
SYSTEM = Actor.system("test")


def picked(*reports):
    return tuple(Picked(report.reference, report.version) for report in reports)


def started(act, reports, actor, **answers):
    return start_bulk(StartBulk(uuid4(), act, picked(*reports), answers), actor=actor)


def done(act, reports, actor, **answers):
    run_id = started(act, reports, actor, **answers)
    run_at_once(run_id, actor=actor)
    return run_id


def send(pages, page, act, values):
    """Send the bar under a list; the boxes belong to it by their `form`."""
    token = page.one("form#bulk input[name=csrf_token]")["value"]
    given = {"csrf_token": token, "act": act, "picked": values}
    return pages._checked(pages.client.post("/desk/bulk", data=given), "/desk/bulk")  # noqa: SLF001


def outcomes(run_id, actor):
    lines = list_run(db.session(), run_id, actor, Window()).items
    return {line.reference: (line.state, line.code) for line in lines}


@pytest.mark.requirement("U14")
def test_the_preview_says_what_will_be_touched_and_what_not_and_why(app):
    officer, colleague = make_officer(), make_officer()
    free, held, moved, stranger, over = (
        make_report(state=S.ROUTED),
        make_report(state=S.ACCEPTED, officer=colleague),
        make_report(state=S.ROUTED),
        make_report(state=S.ROUTED, department=OTHER),
        make_report(state=S.DECLINED),
    )
    seen = (*picked(free, held, stranger, over), Picked(moved.reference, moved.version - 1))

    found = preview(db.session(), BulkAct.CLAIM, seen, officer)

    assert [line.reference for line in found.touched] == [free.reference]
    assert {line.reference: line.why for line in found.left} == {
        held.reference: "has-somebody",
        moved.reference: "changed-meanwhile",
        over.reference: "nothing-to-assign",
    }
    assert found.missing == 1


MOVING = (
    BulkAct.CLAIM,
    BulkAct.ASSIGN,
    BulkAct.HAND_OVER,
    BulkAct.RELEASE,
    BulkAct.ROUTE,
    BulkAct.CLOSE_UNROUTED,
)


@pytest.mark.parametrize("act", MOVING)
def test_merged_reports_are_refused_in_the_preview_and_by_the_run(app, act):
    desk = "TRIAGE@320400"
    actor = make_actor(Role.TRIAGE_CLERK, Role.DEPARTMENT_HEAD, department=desk, region="320400")
    other = make_clerk(desk)
    leading, merged = (make_report(state=S.ROUTED, department=desk) for _one in range(2))
    merge_reports(MergeReports(leading.reference, merged.reference), actor=actor)
    if act in {BulkAct.HAND_OVER, BulkAct.RELEASE}:
        for one in (leading, merged):
            one.handler_id = actor.id
        db.session.commit()
    answers = {"officer": other.id.hex, "reason": "unrouted.spam", "department": OTHER, "text": ""}

    found = preview(db.session(), act, picked(leading, merged), actor)
    run_id = done(act, [merged, leading], actor, **answers)

    assert [(line.reference, line.following) for line in found.touched] == [(leading.reference, 1)]
    assert [(line.reference, line.why) for line in found.left] == [
        (merged.reference, "report-is-merged")
    ]
    codes = {ref: code for ref, (_state, code) in outcomes(run_id, actor).items()}
    assert codes == {merged.reference: "report-is-merged", leading.reference: None}


def test_a_form_that_is_sent_twice_at_once_makes_one_run_and_both_see_it(office):
    with office.app_context():
        officer = make_officer()
        reports = [make_report(state=S.ROUTED) for _one in range(3)]
        order = StartBulk(uuid4(), BulkAct.CLAIM, picked(*reports), {})
        db.session.remove()
    start = Barrier(2)

    def send(_number):
        with office.app_context():
            start.wait(timeout=60)
            run_id = start_bulk(order, actor=officer)
            run_at_once(run_id, actor=officer)
            db.session.remove()
            return run_id

    with ThreadPoolExecutor(2) as threads:
        runs = list(threads.map(send, range(2)))

    with office.app_context():
        assert runs == [order.run_id] * 2
        assert db.session.scalar(select(func.count(BulkRow.id))) == 3
        assert get_run(db.session(), order.run_id, officer).done == 3
        db.session.remove()


def test_a_preview_promises_what_the_run_then_does(app):
    """For each act and state: what is shown as open is done, what is not is refused."""
    head, clerk = make_head(), make_clerk()
    other = make_officer()
    answers = {
        "officer": other.id.hex,
        "reason": "统一安排",
        "department": OTHER,
    }
    for act in (BulkAct.CLAIM, BulkAct.ASSIGN, BulkAct.HAND_OVER, BulkAct.RELEASE, BulkAct.ROUTE):
        for actor in (head, clerk):
            reports = [make_report(state=state) for state in (S.RECEIVED, S.ROUTED, S.ACCEPTED)]
            found = preview(db.session(), act, picked(*reports), actor)
            promised = {line.reference for line in found.touched}
            if not promised:
                continue
            run_id = done(act, reports, actor, **answers)
            kept = {ref for ref, (_state, code) in outcomes(run_id, actor).items() if code is None}
            kept.discard(None)
            gone = get_run(db.session(), run_id, actor)
            assert gone.waiting == 0
            assert kept <= promised
            assert gone.done == len(promised), (act, actor.roles)


@pytest.mark.requirement("U14")
def test_a_run_does_each_report_by_itself_and_says_what_was_refused(app):
    officer, colleague = make_officer(), make_officer()
    free, held = make_report(state=S.ROUTED), make_report(state=S.ROUTED)
    run_id = started(BulkAct.CLAIM, [free, held], officer)
    claim_report(ClaimReport(held.reference), actor=colleague)

    run_at_once(run_id, actor=officer)

    assert (free.handler_id, held.handler_id) == (officer.id, colleague.id)
    assert outcomes(run_id, officer) == {
        free.reference: (TaskState.DONE, None),
        held.reference: (TaskState.DONE, "changed-meanwhile"),
    }


def test_a_form_that_is_sent_twice_makes_one_run(app):
    officer, report = make_officer(), make_report(state=S.ROUTED)
    command = StartBulk(uuid4(), BulkAct.NOTE, picked(report), {"text": "统一核查"})

    for _time in range(2):
        start_bulk(command, actor=officer)
        run_at_once(command.run_id, actor=officer)

    notes = select(func.count()).where(Message.kind == MessageKind.NOTE)
    assert db.session.scalar(notes) == 1


def test_a_run_killed_between_two_reports_goes_on_and_does_nothing_twice(app, monkeypatch):
    officer = make_officer()
    reports = [make_report(state=S.ROUTED) for _one in range(3)]
    run_id = started(BulkAct.NOTE, reports, officer, text="统一核查")
    real, calls = bulk.run_bulk_row, []

    def killed(row_id, *, actor):
        calls.append(row_id)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(row_id, actor=actor)

    monkeypatch.setattr(bulk, "run_bulk_row", killed)
    with pytest.raises(KeyboardInterrupt):
        run_at_once(run_id, actor=officer)
    monkeypatch.undo()
    assert get_run(db.session(), run_id, officer).waiting == 2
    db.session.execute(update(Task).values(lease_until=None))
    db.session.commit()

    run_at_once(run_id, actor=officer)

    assert get_run(db.session(), run_id, officer).done == 3
    assert db.session.scalar(select(func.count()).where(Message.kind == MessageKind.NOTE)) == 3


def test_what_a_worker_holds_is_left_to_it(app):
    officer, report = make_officer(), make_report(state=S.ROUTED)
    run_id = started(BulkAct.CLAIM, [report], officer)
    bulk_task = Task.kind == TaskKind.RUN_BULK_ROW
    far = db.session.scalars(select(Task).where(bulk_task)).one().created_at.replace(year=2999)
    db.session.execute(update(Task).where(bulk_task).values(lease_token=uuid4(), lease_until=far))
    db.session.commit()

    run_at_once(run_id, actor=officer)

    assert report.handler_id is None


@pytest.mark.requirement("U14")
def test_a_run_acts_as_its_author_whose_rights_are_those_of_now(app):
    officer, report = make_officer(), make_report(state=S.ROUTED)
    run_id = started(BulkAct.CLAIM, [report], officer)
    disable_account(officer.id, actor=Actor.operator())

    run_at_once(run_id, actor=officer)

    assert report.handler_id is None
    assert outcomes(run_id, officer)[report.reference] == (TaskState.DONE, "author-gone")


def test_nobody_reaches_a_report_by_picking_what_is_hidden(app):
    officer, report = make_officer(), make_report(state=S.ROUTED, department=OTHER)

    with pytest.raises(RuleBroken):
        started(BulkAct.NOTE, [report], officer, text="x")

    assert db.session.scalar(select(func.count()).select_from(BulkRow)) == 0


def test_a_run_is_its_authors_alone(app):
    officer, report = make_officer(), make_report(state=S.ROUTED)
    command = StartBulk(uuid4(), BulkAct.CLAIM, picked(report), {})
    start_bulk(command, actor=officer)

    with pytest.raises(NotFound):
        get_run(db.session(), command.run_id, make_officer())
    with pytest.raises(NotFound):
        start_bulk(command, actor=make_officer())


@pytest.mark.parametrize("number", [0, 501])
def test_nothing_and_too_much_are_refused(app, number):
    command = StartBulk(uuid4(), BulkAct.CLAIM, (Picked("SL-0000-0000", 1),) * number, {})

    with pytest.raises(RuleBroken):
        start_bulk(command, actor=make_officer())


def test_more_than_fifty_are_left_to_the_workers(app):
    officer, report = make_officer(), make_report(state=S.ROUTED)
    run_id = started(BulkAct.CLAIM, [report], officer)
    bare = {"run_id": run_id, "seen_version": 1}
    for place in range(2, 53):
        other = make_copy(report, place)
        row = BulkRow(place=place, report_id=other, **bare)
        db.session.add(row)
        task = db.session.scalars(select(Task).where(Task.kind == TaskKind.RUN_BULK_ROW)).first()
        db.session.add(
            Task(
                kind=TaskKind.RUN_BULK_ROW,
                subject_id=row.id,
                dedupe=f"copy-{place}",
                not_before=task.not_before,
                created_at=task.created_at,
            )
        )
    db.session.commit()

    run_at_once(run_id, actor=officer)

    assert get_run(db.session(), run_id, officer).waiting == 52


def make_copy(report, number):
    row = {column.name: getattr(report, column.name) for column in Report.__table__.columns}
    own = uuid4()
    changes = {"id": own, "reference": f"SL-COPY-{number:04}", "content": None, "content_key": None}
    db.session.execute(Report.__table__.insert(), row | changes)
    return own


def test_what_was_typed_is_kept_encrypted_and_erased_when_the_run_is_over(app):
    officer, report = make_officer(), make_report(state=S.ROUTED)
    run_id = started(BulkAct.NOTE, [report], officer, text="金丝雀专用词")
    run = db.session.get_one(BulkRun, run_id)
    assert "金丝雀专用词".encode() not in run.body
    assert forget_bulk_words(actor=SYSTEM) == 0

    run_at_once(run_id, actor=officer)

    assert forget_bulk_words(actor=SYSTEM) == 1
    db.session.expire_all()
    assert run.body is None


@pytest.mark.requirement("U14")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_reports_are_handed_to_an_officer_on_the_pages(desk, language):
    pages, _head = desk(Role.DEPARTMENT_HEAD, language=language)
    officer = make_officer()
    reports = [make_report(state=S.ROUTED) for _one in range(2)]
    page = pages.get("/desk/reports")
    values = [box["value"] for box in page.find("input[name=picked]")]
    assert len(values) == 2

    page = send(pages, page, "assign", values)
    assert page.status == 200
    form = "form[action=/desk/bulk/run]"
    assert pages.post(page, {"officer": ""}, form=form).status == 422
    page = pages.post(page, {"officer": str(officer.id)}, form=form)

    assert page.status == 200
    assert all(report.handler_id == officer.id for report in reports)
    assert all(report.reference in page.text() for report in reports)


def test_everything_that_a_filter_finds_is_picked_at_once(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    wanted = make_report(state=S.ROUTED)
    other = make_report(state=S.ACCEPTED, officer=make_officer())
    page = pages.get("/desk/reports?state=routed")

    page = pages.post(page, {"act": "claim", "everything": "y"}, form="form#bulk")
    pages.post(page, {}, form="form[action=/desk/bulk/run]")

    assert wanted.handler_id == officer.id
    assert other.handler_id != officer.id


@pytest.mark.requirement("U14")
def test_a_head_hands_over_everything_that_somebody_has(desk):
    pages, _head = desk(Role.DEPARTMENT_HEAD)
    leaver, heir = make_officer(), make_officer()
    held = [make_report(state=S.ACCEPTED, officer=leaver) for _one in range(2)]

    page = pages.get(f"/desk/colleagues/{leaver.id}/hand-over")
    offered = [one["value"] for one in page.find("select[name=officer] option")]
    assert str(heir.id) in offered
    assert str(leaver.id) not in offered
    given = {"officer": str(heir.id), "reason": "调岗"}
    page = pages.post(page, given, form="form[action=/desk/bulk/run]")

    assert page.status == 200
    assert all(report.handler_id == heir.id for report in held)


def test_an_act_that_is_none_is_refused(desk):
    pages, _officer = desk(Role.CASE_OFFICER)
    make_report(state=S.ROUTED)
    page = pages.get("/desk/reports")

    assert pages.post(page, {"act": "erase"}, form="form#bulk").status == 422


@pytest.mark.parametrize("count", [1, 40])
def test_a_preview_and_a_run_take_a_bounded_number_of_statements(desk, counted, count):
    pages, officer = desk(Role.CASE_OFFICER)
    first = make_report(state=S.ROUTED)
    for number in range(count - 1):
        make_copy(first, number)
    db.session.commit()
    page = pages.get("/desk/reports")
    values = [box["value"] for box in page.find("input[name=picked]")]

    with counted() as statements:
        page = send(pages, page, "note", values)
    assert len(statements) <= 6, statements

    run_id = started(BulkAct.CLAIM, [first], officer)
    with counted() as statements:
        assert pages.get(f"/desk/bulk/{run_id}").status == 200
    assert len(statements) <= 6, statements
