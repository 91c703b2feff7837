"""What a version said, drafted again."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.infra.database import db
from portal.jurisdiction.change_models import PlaceRequest
from portal.jurisdiction.changing import (
    MoveRow,
    ProposeChange,
    RemoveRow,
    list_drafts,
    move_row,
    newest_place,
    propose_change,
    remove_row,
)
from portal.jurisdiction.guarded import ORDER
from portal.jurisdiction.parts import PARTS, find_row
from portal.jurisdiction.publishing import (
    ConfirmChanges,
    PublishChanges,
    WithdrawVersion,
    confirm_changes,
    publish_changes,
    withdraw_version,
)
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.restoring import (
    RestoreRow,
    TakeUpVersion,
    restore_row,
    take_up_version,
)
from portal.kernel.actor import Role
from portal.kernel.errors import NotFound, NotPermitted
from tests.factories.casework import make_actor, make_officer, make_supervisor

pytestmark = pytest.mark.usefixtures("app")
WUJIN = "CULTURE_ENF@320412"


@pytest.fixture
def admin():
    return make_actor(Role.ADMINISTRATOR)


def rename(actor, name):
    found = find_row(newest_place(db.session()), PARTS["departments"], WUJIN)
    propose_change(ProposeChange("departments", ({**found, "name": name},)), actor=actor)


def publish(actor, starts_at=None):
    seen = newest_place(db.session()).version
    order = PublishChanges("Decided by the office on Monday", seen, starts_at)
    version = publish_changes(order, actor=actor)
    if version is not None:
        return version
    waiting = db.session.scalars(select(PlaceRequest.id).where(PlaceRequest.state == "waiting"))
    return confirm_changes(ConfirmChanges(waiting.one(), seen), actor=make_supervisor())


def drafted(actor):
    return {(one.part, one.key): one.after for one in list_drafts(db.session(), actor)}


def test_what_a_withdrawn_version_changed_is_drafted_again_by_whoever_takes_it_up(admin):
    rules = [rule.id for rule in current_place().rules]
    software = find_row(current_place(), PARTS["routing"], "software")
    new = {**software, "id": "new-rule", "when": {**software["when"], "region": ["320412"]}}
    rename(admin, "武进区综合执法大队")
    remove_row(RemoveRow("reasons", "decline.too-long-ago"), actor=admin)
    propose_change(ProposeChange("routing", (new,), is_new=True), actor=admin)
    for _step in range(len(rules)):
        move_row(MoveRow("routing", "new-rule", up=True), actor=admin)
        if list(drafted(admin)["routing", ORDER]["order"])[2] == "new-rule":
            break
    before = drafted(admin)
    planned = publish(admin, datetime.now(UTC) + timedelta(days=1))
    withdraw_version(WithdrawVersion(planned), actor=admin)
    other = make_supervisor()

    take_up_version(TakeUpVersion(planned), actor=other)

    assert drafted(other) == before
    assert drafted(admin) == {}


def test_what_is_so_already_drafts_nothing(admin):
    rename(admin, "武进区综合执法大队")
    version = publish(admin)

    take_up_version(TakeUpVersion(version), actor=admin)

    assert drafted(admin) == {}


def test_a_version_that_changed_nothing_on_the_desk_has_nothing_to_take_up(admin):
    for version in (current_place().version, 999):
        with pytest.raises(NotFound):
            take_up_version(TakeUpVersion(version), actor=admin)


def test_a_row_is_drafted_as_any_version_had_it(admin):
    first, old = current_place().version, current_place().departments[WUJIN].name.zh
    rename(admin, "武进区综合执法大队")
    second = publish(admin)
    remove_row(RemoveRow("departments", WUJIN), actor=admin)
    publish(admin)

    restore_row(RestoreRow("departments", WUJIN, second), actor=admin)
    assert drafted(admin)["departments", WUJIN]["name"] == "武进区综合执法大队"
    restore_row(RestoreRow("departments", WUJIN, first), actor=admin)
    assert drafted(admin)["departments", WUJIN]["name"] == old


def test_a_row_that_the_version_had_not_is_drafted_to_be_gone(admin):
    first = current_place().version
    day = {"date": "2027-12-30", "kind": "holiday", "name": "示例", "name_en": "Example"}
    year = current_place().calendar.last_year
    day["date"] = f"{year}-12-30"
    propose_change(ProposeChange("calendar", (day,), is_new=True), actor=admin)
    publish(admin)

    restore_row(RestoreRow("calendar", day["date"], first), actor=admin)

    assert drafted(admin) == {("calendar", day["date"]): None}


def test_the_order_of_a_table_is_drafted_as_it_was_with_the_rows_of_today(admin):
    first, rules = current_place().version, [rule.id for rule in current_place().rules]
    move_row(MoveRow("routing", rules[11], up=True), actor=admin)
    publish(admin)

    restore_row(RestoreRow("routing", ORDER, first), actor=admin)

    assert drafted(admin)["routing", ORDER] == {"order": rules}


def test_a_row_of_a_version_that_was_withdrawn_or_never_was_is_not_there(admin):
    rename(admin, "武进区综合执法大队")
    planned = publish(admin, datetime.now(UTC) + timedelta(days=1))
    withdraw_version(WithdrawVersion(planned), actor=admin)

    for version in (planned, 999):
        with pytest.raises(NotFound):
            restore_row(RestoreRow("departments", WUJIN, version), actor=admin)
    with pytest.raises(NotFound):
        restore_row(RestoreRow("departments", "X@1", current_place().version), actor=admin)


def test_only_who_may_change_the_place_drafts_again():
    with pytest.raises(NotPermitted):
        take_up_version(TakeUpVersion(1), actor=make_officer())
    with pytest.raises(NotPermitted):
        restore_row(RestoreRow("departments", WUJIN, 1), actor=make_officer())
