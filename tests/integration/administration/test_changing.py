"""The place changed on the desk: drafts, and the versions that come of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from portal.administration.lines import read_toml
from portal.administration.queries import get_row, get_version, review_of
from portal.administration.service import TryDrafts, try_drafts
from portal.administration.words import NotRead
from portal.audit.models import AuditEvent
from portal.infra.database import db
from portal.infra.tasks import RECOMPUTES, Task, TaskState
from portal.infra.uow import unit_of_work
from portal.jurisdiction.candidate import candidate_of
from portal.jurisdiction.change_models import PlaceChange, PlaceRequest
from portal.jurisdiction.changing import (
    DiscardChange,
    MoveRow,
    ProposeChange,
    PutRow,
    RemoveRow,
    discard_change,
    list_drafts,
    move_row,
    newest_place,
    propose_change,
    put_row,
    remove_row,
)
from portal.jurisdiction.models import PackVersion
from portal.jurisdiction.pack_files import PackInvalid
from portal.jurisdiction.parts import PARTS, find_row
from portal.jurisdiction.place import DayKind
from portal.jurisdiction.publishing import (
    ConfirmChanges,
    PublishChanges,
    WithdrawVersion,
    confirm_changes,
    publish_changes,
    withdraw_version,
)
from portal.jurisdiction.queries import current_place, find_unit_names, forget_place, place_at
from portal.jurisdiction.service import find_newest
from portal.jurisdiction.states import ChangeState
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.triage.models import RoutingDecision
from portal.triage.preview import Move, effect_of, get_preview
from portal.triage.service import triage_report
from tests.factories.casework import make_actor, make_officer, make_supervisor
from tests.factories.intake import submit

pytestmark = pytest.mark.usefixtures("app")
WHY = "Decided by the office on Monday"
WUJIN = "CULTURE_ENF@320412"


@pytest.fixture
def admin():
    return make_actor(Role.ADMINISTRATOR)


def row(part, key):
    found = find_row(newest_place(db.session()), PARTS[part], key)
    assert found is not None
    return found


def propose(actor, part, key, **changes):
    propose_change(ProposeChange(part, ({**row(part, key), **changes},)), actor=actor)


def publish(actor, starts_at=None):
    """Publish, with a second person where that takes two."""
    seen = newest_place(db.session()).version
    version = publish_changes(PublishChanges(WHY, seen, starts_at), actor=actor)
    if version is not None:
        return version
    request = db.session.scalars(select(PlaceRequest.id).where(PlaceRequest.state == "waiting"))
    return confirm_changes(ConfirmChanges(request.one(), seen), actor=make_supervisor())


def tomorrow():
    return datetime.now(UTC) + timedelta(days=1)


def start(version):
    """As if the time had come."""
    begun = datetime.now(UTC) - timedelta(seconds=1)
    db.session.execute(
        update(PackVersion).where(PackVersion.version == version).values(starts_at=begun)
    )
    db.session.commit()
    forget_place()


def test_what_is_wrong_already_keeps_no_other_change_back_but_one_of_its_own_row(admin):
    place, code = current_place(), "320412"
    twin = next(
        one
        for one in place.regions.values()
        if one.parent == place.regions[code].parent and one.code != code
    )
    same = {twin.code: replace(twin, name=place.regions[code].name)}
    base = replace(place, regions={**place.regions, **same})
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    unrelated = list_drafts(db.session(), admin)

    candidate = candidate_of(base, unrelated)

    assert candidate.place is not None
    assert candidate.faults == ()
    assert "valid_from" in "".join(one.would_be_right for one in candidate.problems if one.warning)
    wrong_row = next(one.key for one in candidate.problems if one.part == "regions")
    propose(admin, "regions", wrong_row, short="某")
    assert candidate_of(base, list_drafts(db.session(), admin)).faults


def test_a_draft_changes_nothing_until_it_is_published(admin):
    before = current_place()

    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    forget_place()

    assert current_place() == before
    version = publish(admin)
    assert current_place().version == version == before.version + 1
    assert current_place().departments[WUJIN].name.zh == "武进区综合执法大队"


def test_a_version_says_who_made_it_why_and_from_when_and_the_trail_says_no_words(admin):
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")

    version = publish(admin)

    kept = db.session.scalars(select(PackVersion).where(PackVersion.version == version)).one()
    assert (kept.loaded_by, kept.reason, kept.starts_at) == (admin.id, WHY, kept.loaded_at)
    entry = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "place.publish")).one()
    assert entry.details == {"version": str(version), "parts": "departments", "changes": "1"}
    change = db.session.scalars(select(PlaceChange)).one()
    assert (change.state, change.version) == (ChangeState.PUBLISHED, version)


@pytest.mark.requirement("C21")
def test_a_unit_renamed_on_the_desk_keeps_its_old_name_where_it_is_old(admin):
    before = current_place()

    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    version = publish(admin)

    names = find_unit_names(db.session(), [WUJIN])
    assert names.in_version(WUJIN, before.version) == before.departments[WUJIN].name
    assert names.in_version(WUJIN, version).zh == "武进区综合执法大队"
    assert place_at(before.version).departments[WUJIN] == before.departments[WUJIN]


@pytest.mark.requirement("E14")
def test_an_edit_of_the_duty_table_shows_in_the_preview_of_routing(admin):
    sent = submit(narrative="示例路书店卖盗版书", category="piracy.print", region="320412")
    triage_report(sent.report_id, actor=Actor.system("test"))
    rule = db.session.scalars(select(RoutingDecision.rule_id)).one()

    propose(admin, "routing", rule, lead="MARKET", support=[])
    candidate = candidate_of(current_place(), list_drafts(db.session(), admin)).place

    moves = [one.move for one in effect_of(db.session(), candidate).moves]
    assert moves == [Move(WUJIN, "MARKET@320412", rule)]


@pytest.mark.requirement("A23")
def test_without_its_unit_a_region_falls_to_the_unit_above(admin):
    remove_row(RemoveRow("departments", WUJIN), actor=admin)
    publish(admin)

    found = current_place().department_for("CULTURE_ENF", "320412")
    assert found.code == "CULTURE_ENF@320400"


@pytest.mark.requirement("F15")
@pytest.mark.requirement("U31")
def test_a_year_of_the_calendar_is_entered_and_clocks_are_dated_again(admin):
    year = current_place().calendar.last_year + 1
    head = row("pack", "pack")
    days = (
        {"date": f"{year}-01-01", "kind": "holiday", "name": "元旦", "name_en": "New Year"},
        {"date": f"{year}-10-01", "kind": "holiday", "name": "国庆", "name_en": "National Day"},
        {"date": f"{year}-10-10", "kind": "make-up-workday", "name": "补班", "name_en": "Work"},
    )
    calendar = {**head["calendar"], "last_year": year}

    propose_change(ProposeChange("calendar", days, is_new=True), actor=admin)
    propose_change(ProposeChange("pack", ({**head, "calendar": calendar},)), actor=admin)
    version = publish(admin)

    assert current_place().calendar.last_year == year
    assert current_place().calendar.days[date(year, 10, 10)] is DayKind.MAKE_UP_WORKDAY
    kept = db.session.scalars(select(PackVersion).where(PackVersion.version == version)).one()
    left = db.session.scalars(select(Task.kind).where(Task.subject_id == kept.id)).all()
    assert set(left) == set(RECOMPUTES)


def test_a_version_holds_from_its_start_and_not_before(admin):
    before = current_place()
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")

    version = publish(admin, tomorrow())

    assert current_place() == before
    assert newest_place(db.session()).version == version
    start(version)
    assert current_place().departments[WUJIN].name.zh == "武进区综合执法大队"


def test_no_version_starts_before_an_earlier_one_or_in_the_past(admin):
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    publish(admin, tomorrow())
    propose(admin, "departments", WUJIN, name="武进区执法大队")

    with pytest.raises(RuleBroken, match="starts-before-planned"):
        publish(admin)
    with pytest.raises(RuleBroken, match="starts-in-the-past"):
        publish(admin, datetime.now(UTC) - timedelta(minutes=1))


def test_a_planned_version_can_be_withdrawn_and_its_number_is_not_used_again(admin):
    before = current_place()
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    planned = publish(admin, tomorrow())

    withdraw_version(WithdrawVersion(planned), actor=admin)

    assert replace(newest_place(db.session()), version=0) == replace(before, version=0)
    propose(admin, "departments", WUJIN, name="武进区执法大队")
    assert publish(admin) == planned + 1
    assert current_place().departments[WUJIN].name.zh == "武进区执法大队"


def test_a_version_that_has_started_is_not_withdrawn(admin):
    with pytest.raises(MoveRefused):
        withdraw_version(WithdrawVersion(current_place().version), actor=admin)


def test_the_second_of_two_people_is_refused_and_keeps_the_drafts(admin):
    other = make_supervisor()
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    propose(other, "departments", "CULTURE_ENF@320400", name="常州市执法支队")
    seen = current_place().version
    publish(admin)

    with pytest.raises(MoveRefused, match="place-changed"):
        publish_changes(PublishChanges(WHY, seen), actor=other)

    assert len(list_drafts(db.session(), other)) == 1
    publish(other)
    names = [current_place().departments[code].name.zh for code in (WUJIN, "CULTURE_ENF@320400")]
    assert names == ["武进区综合执法大队", "常州市执法支队"]


def test_a_draft_on_a_row_that_somebody_else_changed_waits_to_be_looked_at_again(admin):
    other = make_supervisor()
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    propose(other, "departments", WUJIN, name="武进执法")
    publish(admin)

    with pytest.raises(MoveRefused, match="place-changed"):
        publish(other)

    propose(other, "departments", WUJIN, name="武进执法")
    publish(other)
    assert current_place().departments[WUJIN].name.zh == "武进执法"


def test_a_draft_that_was_overtaken_is_opened_with_the_other_change_in_it(admin):
    other = make_supervisor()
    propose(admin, "routing", "software", lead="MARKET", support=[])
    propose(other, "routing", "software", basis={"zh": "按新办法办理"})
    publish(admin)

    opened = get_row(db.session(), other, PARTS["routing"], "software")

    assert (opened["lead"], opened["support"], opened["basis"]) == (
        "MARKET",
        [],
        {"zh": "按新办法办理", "en": ""},
    )
    propose_change(ProposeChange("routing", (opened,)), actor=other)
    [line] = review_of(db.session(), other).lines
    assert [name for name, _old, _new in line.fields] == ["basis"]


def test_what_would_start_before_a_planned_version_is_not_even_handed_in(admin):
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    publish(admin, tomorrow())
    propose(admin, "routing", "software", lead="MARKET", support=[])

    with pytest.raises(RuleBroken, match="starts-before-planned"):
        publish(admin)

    assert db.session.scalars(select(PlaceRequest)).all() == []


def test_what_is_wrong_with_the_place_is_refused_with_the_row_that_is(admin):
    last = current_place().rules[-1].id
    move_row(MoveRow("routing", last, up=True), actor=admin)

    candidate = candidate_of(current_place(), list_drafts(db.session(), admin))

    assert candidate.place is None
    below = current_place().rules[-2].id
    assert [(one.part, one.key, one.field) for one in candidate.faults] == [
        ("routing", below, "when")
    ]
    with pytest.raises(PackInvalid):
        publish(admin)
    assert db.session.scalar(select(func.max(PackVersion.version))) == current_place().version


def test_rows_change_places_and_a_new_rule_stands_before_the_one_for_the_rest(admin):
    ids = [rule.id for rule in current_place().rules]
    new = {**row("routing", ids[1]), "id": "new-rule", "when": {"category": ["piracy.print"]}}
    new["when"]["region"] = ["320412"]

    propose_change(ProposeChange("routing", (new,), is_new=True), actor=admin)
    move_row(MoveRow("routing", "new-rule", up=True), actor=admin)
    move_row(MoveRow("routing", "new-rule", up=False), actor=admin)
    for _ in range(len(ids) - 2):
        move_row(MoveRow("routing", "new-rule", up=True), actor=admin)

    publish(admin)
    assert [rule.id for rule in current_place().rules] == [ids[0], "new-rule", *ids[1:]]


def test_a_row_is_put_before_another_one_and_last(admin):
    ids = [rule.id for rule in current_place().rules]
    clocks = [clock.id for clock in current_place().clocks]

    put_row(PutRow("routing", ids[9], before=ids[2]), actor=admin)
    put_row(PutRow("clocks", clocks[0], before=None), actor=admin)
    put_row(PutRow("routing", ids[4], before=ids[4]), actor=admin)

    orders = {one.part: one.after["order"] for one in list_drafts(db.session(), admin)}
    assert orders["routing"] == [*ids[:2], ids[9], *ids[2:9], *ids[10:]]
    assert orders["clocks"] == [*clocks[1:], clocks[0]]
    with pytest.raises(NotFound):
        put_row(PutRow("routing", ids[0], before="nothing"), actor=admin)
    with pytest.raises(NotFound):
        put_row(PutRow("departments", WUJIN, before=None), actor=admin)


def test_a_draft_that_says_what_the_place_says_is_none(admin):
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    propose(admin, "departments", WUJIN)

    assert list_drafts(db.session(), admin) == []
    with pytest.raises(RuleBroken, match="nothing-to-publish"):
        publish(admin)


def test_a_row_that_is_not_well_formed_is_not_drafted(admin):
    with pytest.raises(PackInvalid) as refused:
        propose(admin, "departments", WUJIN, receives_by="pigeon")

    assert [one.field for one in refused.value.problems] == ["receives_by"]
    assert list_drafts(db.session(), admin) == []


def test_a_new_row_must_not_be_there_and_an_edited_one_must(admin):
    there = row("departments", WUJIN)

    with pytest.raises(RuleBroken, match="place-row-exists"):
        propose_change(ProposeChange("departments", (there,), is_new=True), actor=admin)
    with pytest.raises(NotFound):
        propose_change(ProposeChange("departments", ({**there, "region": "999999"},)), actor=admin)


def test_drafts_are_ones_own(admin):
    other = make_supervisor()
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    (draft,) = list_drafts(db.session(), admin)

    with pytest.raises(NotFound):
        discard_change(DiscardChange(draft.id), actor=other)
    discard_change(DiscardChange(draft.id), actor=admin)

    assert list_drafts(db.session(), admin) == []
    with pytest.raises(MoveRefused):
        discard_change(DiscardChange(draft.id), actor=admin)


def test_without_a_reason_or_the_right_nothing_is_published(admin):
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    seen = current_place().version

    with pytest.raises(RuleBroken, match="place-needs-reason"):
        publish_changes(PublishChanges("  short   ", seen), actor=admin)
    with pytest.raises(NotPermitted):
        propose(make_officer(), "departments", WUJIN, name="武进")


def test_what_the_pages_edit_is_what_the_place_is():
    """Drafting nothing leaves the very same place."""
    candidate = candidate_of(current_place(), [])

    assert candidate.faults == ()
    assert candidate.place == current_place()


def set_back(version, **times):
    """As if the clock had been set back since the version was made."""
    at = update(PackVersion).where(PackVersion.version == version).values(**times)
    db.session.execute(at)
    db.session.commit()
    forget_place()


def test_after_a_clock_was_set_back_the_version_in_force_stays_and_the_next_one_starts(admin):
    held = current_place().version
    set_back(held, starts_at=tomorrow(), loaded_at=tomorrow() + timedelta(seconds=1))

    with pytest.raises(MoveRefused, match="version-not-planned"):
        withdraw_version(WithdrawVersion(held), actor=admin)
    assert not get_version(db.session(), held).is_planned
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    version = publish(admin)

    assert current_place().version == version == held + 1
    assert current_place().departments[WUJIN].name.zh == "武进区综合执法大队"


def test_a_planned_version_that_clocks_ran_by_is_not_withdrawn_after_a_clock_was_set_back(admin):
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    planned = publish(admin, tomorrow())
    kept = db.session.scalars(select(PackVersion).where(PackVersion.version == planned)).one()
    done = {"state": TaskState.DONE, "done_at": datetime.now(UTC)}
    db.session.execute(update(Task).where(Task.subject_id == kept.id).values(**done))
    db.session.commit()

    with pytest.raises(MoveRefused, match="version-not-planned"):
        withdraw_version(WithdrawVersion(planned), actor=admin)


@pytest.mark.parametrize("given", [False, True])
def test_who_waited_for_a_version_decides_by_the_time_after_the_wait(admin, given):
    began = datetime.now(UTC) - timedelta(minutes=1)
    with unit_of_work(admin, now=began if given else None) as uow:
        uow.now = began
        find_newest(uow)

        assert (uow.now == began) is given


def test_what_a_plan_moves_is_not_shown_as_the_effect_of_a_draft(admin):
    sent = submit(narrative="示例路书店卖盗版书", category="piracy.print", region="320412")
    triage_report(sent.report_id, actor=Actor.system("test"))
    rule = db.session.scalars(select(RoutingDecision.rule_id)).one()
    propose(admin, "routing", rule, lead="MARKET", support=[])
    publish(admin, tomorrow())
    first = current_place().rules[1].id
    propose(admin, "routing", first, support=[])
    move_row(MoveRow("routing", first, up=False), actor=admin)

    effect = review_of(db.session(), admin).effect
    tried = try_drafts(TryDrafts(10), actor=admin)

    assert effect.moves == get_preview(db.session(), tried, admin).effect.moves == ()
    assert effect.looked_at == 1


def test_toml_that_is_nested_too_deep_is_refused_and_not_an_error():
    with pytest.raises(NotRead):
        read_toml("a = " + "[" * 9_000, "f_terms")


def test_no_way_of_drafting_leads_beyond_the_room_there_is(admin, monkeypatch):
    monkeypatch.setattr("portal.jurisdiction.changing.MOST_DRAFTS", 1)
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    other = next(key for key in current_place().departments if key != WUJIN)
    first = current_place().rules[0].id

    for draft in (
        lambda: propose(admin, "departments", other, name="新名称"),
        lambda: remove_row(RemoveRow("departments", other), actor=admin),
        lambda: move_row(MoveRow("routing", first, up=False), actor=admin),
    ):
        with pytest.raises(RuleBroken, match="too-many-place-changes"):
            draft()
    propose(admin, "departments", WUJIN, name="再改一次")

    assert len(list_drafts(db.session(), admin)) == 1


def test_more_rows_than_there_is_room_for_are_refused_before_they_are_read(admin, monkeypatch):
    monkeypatch.setattr("portal.jurisdiction.changing.MOST_DRAFTS", 1)

    with pytest.raises(RuleBroken, match="too-many-place-changes"):
        propose_change(ProposeChange("calendar", ({}, {}), is_new=True), actor=admin)
