"""What other rules would have done: counted without opening a report, shown without telling."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import current_app
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.infra import vault
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.infra.uow import unit_of_work
from portal.intake.lead_models import ExclusionCause
from portal.intake.models import Report
from portal.jurisdiction.changes import changes_between, with_changes
from portal.jurisdiction.pack import pack_folder
from portal.jurisdiction.place import RoutingRule, Text
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from portal.triage import preview
from portal.triage.models import RoutingDecision, RoutingMove, RoutingPreview
from portal.triage.preview import (
    KEPT,
    Move,
    PreviewRouting,
    effect_of,
    forget_old_previews,
    get_preview,
    go_on_with_preview,
    list_moved,
    preview_routing,
)
from portal.triage.service import triage_report
from portal.triage.states import PreviewState
from portal.triage.wall import exclude
from tests.factories.accounts import actor_of, enter_desk, make_account
from tests.factories.casework import make_clerk, make_officer, make_supervisor
from tests.factories.intake import submit
from tests.factories.packs import shipped
from tests.integration.counting import counted
from tests.pages import Pages

pytestmark = pytest.mark.usefixtures("app")
SYSTEM = Actor.system("test")
WUJIN, XUANWU = "CULTURE_ENF@320412", "CULTURE_ENF@320102"
TO_MARKET = "MARKET@320412"
BOOKS = "示例路一家书店公开出售盗版教材，纸张很薄，印刷模糊，每本十元。"


def send(region="320412", number=1, category="piracy.print", **changes):
    """Reports triaged by the rules; their references, the newest last."""
    found = []
    for _ in range(number):
        sent = submit(narrative=BOOKS, category=category, region=region, **changes)
        triage_report(sent.report_id, actor=SYSTEM)
        found.append(sent.reference)
    return found


def books_to_market(**when):
    """The place with one more row on top: pirated books go to market regulation."""
    row = RoutingRule(
        "books-to-market",
        {"category": ("piracy.print",), **when},
        "MARKET",
        (),
        Text("盗版图书由市场监管部门办理。", "Pirated books go to market regulation."),
    )
    place = current_place()
    return replace(place, rules=(row, *place.rules))


def stored(preview_id):
    db.session.expire_all()
    return db.session.get_one(RoutingPreview, preview_id)


def moved(preview_id, actor):
    return [line.reference for line in list_moved(db.session, preview_id, actor, Window()).items]


def asked_for(candidate, actor=None, reports=preview.AT_ONCE):
    actor = actor or make_clerk()
    return preview_routing(PreviewRouting(candidate, reports), actor=actor), actor


@pytest.mark.requirement("E14")
def test_an_edit_shows_which_reports_would_move_from_where_to_where_and_by_which_rule():
    here, there = send("320412", 2), send("320102")
    send("320412", category="piracy.av_physical")
    candidate = books_to_market(**{"region.under": ("320400",)})

    preview_id, clerk = asked_for(candidate)
    shown = get_preview(db.session, preview_id, clerk)

    assert (shown.state, shown.effect.looked_at, shown.total) == (PreviewState.DONE, 4, 4)
    assert [(one.move, one.count) for one in shown.effect.moves] == [
        (Move(WUJIN, TO_MARKET, "books-to-market"), 2)
    ]
    assert moved(preview_id, clerk) == here[::-1]
    assert there[0] not in moved(preview_id, clerk)


@pytest.mark.requirement("E14")
def test_a_unit_that_is_taken_away_moves_its_reports_to_the_one_above():
    send()
    place = current_place()
    units = {code: unit for code, unit in place.departments.items() if code != WUJIN}

    preview_id, clerk = asked_for(replace(place, departments=units))

    (one,) = get_preview(db.session, preview_id, clerk).effect.moves
    assert (one.move.before, one.move.after, one.count) == (WUJIN, "CULTURE_ENF@320400", 1)


def test_rules_that_change_nothing_move_nothing():
    send(number=2)

    assert effect_of(db.session, current_place()).moves == ()
    assert effect_of(db.session, books_to_market()).moved == 2


def test_a_preview_opens_no_report_and_changes_none(monkeypatch):
    send(number=2)
    before = db.session.execute(select(Report.version, Report.department_code)).all()

    def refused(*_args):
        raise AssertionError("a report was opened")

    monkeypatch.setattr(vault.Vault, "open_key", refused)
    preview_id, clerk = asked_for(books_to_market())

    assert len(moved(preview_id, clerk)) == 2
    assert db.session.execute(select(Report.version, Report.department_code)).all() == before


def test_only_the_newest_are_looked_at():
    send(number=3)

    preview_id, clerk = asked_for(books_to_market(), reports=2)

    effect = get_preview(db.session, preview_id, clerk).effect
    assert (effect.looked_at, effect.moved) == (2, 2)


@pytest.mark.requirement("F13")
def test_reports_about_an_office_are_neither_counted_nor_listed():
    (reference,) = send()
    report = db.session.scalars(select(Report).where(Report.reference == reference)).one()
    report.conflict = True
    db.session.commit()

    preview_id, supervisor = asked_for(books_to_market(), make_supervisor("000000"))

    assert get_preview(db.session, preview_id, supervisor).effect.looked_at == 0
    assert moved(preview_id, supervisor) == []


@pytest.mark.requirement("F13")
def test_a_report_that_somebody_must_not_know_of_is_neither_counted_nor_listed():
    (reference,) = send()
    report = db.session.scalars(select(Report).where(Report.reference == reference)).one()
    officer, supervisor = make_officer(WUJIN), make_supervisor("000000")
    with unit_of_work(SYSTEM) as uow:
        exclude(uow, uow.session.get_one(Report, report.id), {officer.id: ExclusionCause.NAMED})

    preview_id, _asked = asked_for(books_to_market(), supervisor)

    assert get_preview(db.session, preview_id, supervisor).effect.looked_at == 0
    assert moved(preview_id, supervisor) == []
    assert effect_of(db.session, books_to_market()).looked_at == 0


def test_everybody_sees_the_numbers_and_each_the_reports_of_their_own_scope():
    send("320412"), send("320102")
    nanjing = make_clerk("TRIAGE@320100")
    administrator = actor_of(make_account(Role.ADMINISTRATOR))

    for actor, references in ((nanjing, 1), (administrator, 0)):
        preview_id, _ = asked_for(books_to_market(), actor)
        assert get_preview(db.session, preview_id, actor).effect.moved == 2
        assert len(moved(preview_id, actor)) == references


def test_somebody_elses_preview_is_not_there():
    preview_id, _ = asked_for(books_to_market())

    with pytest.raises(NotFound):
        get_preview(db.session, preview_id, make_clerk())


def test_an_officer_may_not_preview_rules():
    with pytest.raises(NotPermitted):
        asked_for(books_to_market(), make_officer())


@pytest.mark.parametrize("reports", [0, -1, preview.MOST + 1])
def test_no_more_than_a_hundred_thousand_are_looked_at(reports):
    with pytest.raises(RuleBroken, match="preview-too-many"):
        asked_for(books_to_market(), reports=reports)


def test_rules_that_are_not_understood_are_refused():
    with pytest.raises(RuleBroken, match="rules-not-understood"):
        asked_for(books_to_market(colour=("red",)))


def test_what_was_routed_under_older_rules_counts_by_what_the_present_ones_say():
    """An edit answers for itself, not for edits made before it."""
    send()
    decision = db.session.scalars(select(RoutingDecision)).one()
    decision.pack_version, decision.facts = 0, {**decision.facts, "unit": XUANWU}
    db.session.commit()

    assert effect_of(db.session, current_place()).moves == ()
    (one,) = effect_of(db.session, books_to_market()).moves
    assert one.move.before == WUJIN


# --- As a task --------------------------------------------------------------------------------


@pytest.fixture
def large(app, monkeypatch):
    """More than is looked at while somebody waits, in batches of two."""
    monkeypatch.setattr(preview, "AT_ONCE", 1)
    monkeypatch.setattr(preview, "BATCH", 2)
    return send(number=5)


def test_a_small_preview_whose_process_died_is_finished_by_its_task(app, monkeypatch):
    send(number=3)
    monkeypatch.setattr(preview, "go_on_with_preview", lambda *_args, **_more: None)  # it is gone
    preview_id, clerk = asked_for(books_to_market(), reports=10)
    assert get_preview(db.session, preview_id, clerk).state is PreviewState.RUNNING
    task = db.session.scalars(select(Task).where(Task.kind == TaskKind.PREVIEW_ROUTING)).one()

    go_on_with_preview(task.subject_id, actor=SYSTEM)

    assert get_preview(db.session, preview_id, clerk).state is PreviewState.DONE


def test_a_large_preview_is_left_to_a_task_and_says_how_far_it_is(large):
    preview_id, clerk = asked_for(books_to_market(), reports=100)

    task = db.session.scalars(select(Task).where(Task.kind == TaskKind.PREVIEW_ROUTING)).one()
    shown = get_preview(db.session, preview_id, clerk)
    assert (task.subject_id, shown.state) == (preview_id, PreviewState.RUNNING)
    assert (shown.effect.looked_at, shown.total) == (0, 5)

    go_on_with_preview(preview_id, actor=SYSTEM)

    assert get_preview(db.session, preview_id, clerk).state is PreviewState.DONE
    assert moved(preview_id, clerk) == large[::-1]


@pytest.mark.parametrize("batches", [1, 2])
@pytest.mark.usefixtures("large")
def test_a_preview_that_was_broken_off_goes_on_where_it_was(monkeypatch, batches):
    preview_id, clerk = asked_for(books_to_market(), reports=100)
    real, done = preview._next_step, []  # noqa: SLF001

    def broken(session, wanted):
        if len(done) == batches:
            raise MemoryError
        done.append(wanted)
        return real(session, wanted)

    monkeypatch.setattr(preview, "_next_step", broken)
    with pytest.raises(MemoryError):
        go_on_with_preview(preview_id, actor=SYSTEM)
    monkeypatch.setattr(preview, "_next_step", real)
    half_way = get_preview(db.session, preview_id, clerk)
    go_on_with_preview(preview_id, actor=SYSTEM)

    assert (half_way.state, half_way.effect.looked_at) == (PreviewState.RUNNING, 2 * batches)
    shown = get_preview(db.session, preview_id, clerk)
    assert (shown.state, shown.effect.looked_at, shown.effect.moved) == (PreviewState.DONE, 5, 5)
    assert len(set(moved(preview_id, clerk))) == 5


@pytest.mark.usefixtures("large")
def test_a_batch_that_somebody_else_counted_meanwhile_is_not_counted_twice(monkeypatch):
    preview_id, clerk = asked_for(books_to_market(), reports=100)
    real, raced = preview._next_step, []  # noqa: SLF001

    def slow(session, wanted):
        step = real(session, wanted)
        if not raced:
            raced.append(step)
            go_on_with_preview(preview_id, actor=SYSTEM)
        return step

    monkeypatch.setattr(preview, "_next_step", slow)
    go_on_with_preview(preview_id, actor=SYSTEM)

    shown = get_preview(db.session, preview_id, clerk)
    assert (shown.effect.looked_at, shown.effect.moved) == (5, 5)
    assert len(moved(preview_id, clerk)) == 5


@pytest.mark.usefixtures("large")
def test_a_finished_preview_is_left_as_it_is():
    preview_id, clerk = asked_for(books_to_market(), reports=100)
    go_on_with_preview(preview_id, actor=SYSTEM)
    before = get_preview(db.session, preview_id, clerk).effect
    send()

    go_on_with_preview(preview_id, actor=SYSTEM)
    go_on_with_preview(uuid4(), actor=SYSTEM)

    assert get_preview(db.session, preview_id, clerk).effect == before


def test_a_preview_is_on_the_trail_by_its_numbers():
    send()
    preview_id, _ = asked_for(books_to_market())

    wanted = select(AuditEvent).where(AuditEvent.subject_id == preview_id)
    events = db.session.scalars(wanted.order_by(AuditEvent.seq)).all()
    assert [one.action for one in events] == ["routing_preview.ask", "routing_preview.finish"]
    assert events[1].details["moved"] == "1"


def test_a_preview_is_forgotten_after_a_week_and_not_before():
    send(number=2)
    old, clerk = asked_for(books_to_market())
    young, _ = asked_for(books_to_market(), clerk)
    stored(old).asked_at = datetime.now(UTC) - KEPT - timedelta(minutes=1)
    db.session.commit()

    forget_old_previews(actor=SYSTEM)

    assert db.session.scalars(select(RoutingPreview.id)).all() == [young]
    rows = db.session.execute(select(RoutingMove.preview_id, func.count()).group_by("preview_id"))
    assert [tuple(row) for row in rows] == [(young, 2)]


# --- The candidate ----------------------------------------------------------------------------


def test_a_candidate_is_stored_by_what_it_changes_and_comes_out_the_same():
    place = current_place()
    units = {code: unit for code, unit in place.departments.items() if code != WUJIN}
    renamed = replace(units[XUANWU], name=Text("玄武执法队", "Xuanwu Enforcement"))
    candidate = replace(books_to_market(), departments={**units, XUANWU: renamed})

    changes = json.loads(json.dumps(changes_between(place, candidate)))

    assert set(changes) == {"rules", "departments"}
    assert [key for key, _unit in changes["departments"]["set"]] == [XUANWU]
    assert changes["departments"]["gone"] == [WUJIN]
    assert with_changes(place, changes) == candidate
    assert changes_between(place, place) == {}


def test_every_part_of_a_place_can_be_changed():
    place, other = current_place(), shipped("en_ip_office")

    changes = json.loads(json.dumps(changes_between(place, other)))

    assert with_changes(place, changes) == replace(other, version=place.version)


# --- The page ---------------------------------------------------------------------------------


@pytest.fixture
def clerk(app):
    return make_account(Role.TRIAGE_CLERK, department="TRIAGE@320400", region="320400")


@pytest.fixture
def pages(app, clerk):
    pages = Pages(app)
    enter_desk(pages, clerk)
    return pages


def test_the_page_shows_where_reports_would_go_and_opens_them(pages, clerk):
    (reference,) = send()
    preview_id, _ = asked_for(books_to_market(), actor_of(clerk))

    page = pages.get(f"/desk/triage/preview/{preview_id}")

    assert "武进区文化市场综合执法大队" in page.text("table")
    assert "盗版图书由市场监管部门办理。" in page.text("table")
    assert f"/desk/reports/{reference}" in page.links()
    assert BOOKS[:8] not in page.text()
    assert "Refresh" not in page.response.headers


@pytest.mark.usefixtures("large")
def test_the_page_of_a_running_preview_fetches_itself_again(pages, clerk):
    preview_id, _ = asked_for(books_to_market(), actor_of(clerk), reports=100)

    page = pages.get(f"/desk/triage/preview/{preview_id}")

    again = f"/desk/triage/preview/{preview_id}?watched=1"
    assert page.response.headers["Refresh"] == f"10; url={again}"
    assert pages.get(again).response.headers["Refresh"] == f"10; url={again}"
    assert "5 件中的 0 件" in page.text()


def test_the_page_of_somebody_elses_preview_is_not_there(pages):
    preview_id, _ = asked_for(books_to_market())

    assert pages.get(f"/desk/triage/preview/{preview_id}").status == 404
    assert pages.get(f"/desk/triage/preview/{uuid4()}").status == 404


@pytest.mark.parametrize("number", [1, 4])
def test_the_page_takes_as_many_statements_for_one_report_as_for_many(pages, clerk, number):
    send(number=number)
    preview_id, _ = asked_for(books_to_market(), actor_of(clerk))

    with counted() as seen:
        pages.get(f"/desk/triage/preview/{preview_id}")

    reading = [words for words in seen if words.lstrip().startswith("SELECT")]
    assert len(reading) <= 5, reading


def test_a_long_list_is_turned_over_by_its_place():
    references = send(number=3)
    preview_id, clerk = asked_for(books_to_market())

    first = list_moved(db.session, preview_id, clerk, Window(limit=2))
    second = list_moved(db.session, preview_id, clerk, Window(first.after, limit=2))
    back = list_moved(db.session, preview_id, clerk, Window(second.before, backwards=True, limit=2))

    assert [line.reference for line in (*first.items, *second.items)] == references[::-1]
    assert back.items == first.items


@pytest.mark.requirement("E14")
def test_the_operator_tries_an_edited_pack(tmp_path):
    send()
    folder = shutil.copytree(pack_folder("cn_culture_market"), tmp_path / "pack")
    table = (folder / "routing.toml").read_text(encoding="utf-8")
    start = table.index('id = "books"\n')
    edited = table[start:].replace('lead = "CULTURE_ENF"', 'lead = "MARKET"', 1)
    (folder / "routing.toml").write_text(table[:start] + edited, encoding="utf-8")

    result = current_app.test_cli_runner().invoke(args=["triage", "preview", str(folder)])

    assert result.exit_code == 0, result.output
    assert f"1\t{WUJIN} -> {TO_MARKET}\trule books" in result.output
