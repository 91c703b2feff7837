"""Two people for what is guarded: routing, the walls, competence, time limits, rewards."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account
from portal.administration.requests import list_returned, list_waiting, review_of_request
from portal.administration.service import TryDrafts, try_drafts
from portal.audit.models import AuditEvent
from portal.infra.database import db
from portal.jurisdiction.change_models import PlaceChange, PlaceRequest
from portal.jurisdiction.changing import (
    DiscardChange,
    ProposeChange,
    RemoveRow,
    discard_change,
    list_drafts,
    newest_place,
    propose_change,
    remove_row,
)
from portal.jurisdiction.models import PackVersion
from portal.jurisdiction.parts import PARTS, find_row
from portal.jurisdiction.publishing import (
    ConfirmChanges,
    PublishChanges,
    ReturnChanges,
    TakeBackChanges,
    WithdrawVersion,
    confirm_changes,
    publish_changes,
    return_changes,
    take_back_changes,
    withdraw_version,
)
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.states import RequestState
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.triage.models import RoutingPreview
from portal.triage.preview import AT_ONCE, get_preview, go_on_with_preview
from portal.triage.states import PreviewState
from tests.factories.casework import make_actor, make_officer, make_supervisor

pytestmark = pytest.mark.usefixtures("app")
WHY = "Decided by the office on Monday"
WUJIN = "CULTURE_ENF@320412"


@pytest.fixture
def admin():
    return make_actor(Role.ADMINISTRATOR)


@pytest.fixture
def second():
    return make_supervisor()


def propose(actor, part, key, **changes):
    found = find_row(newest_place(db.session()), PARTS[part], key)
    propose_change(ProposeChange(part, ({**found, **changes},)), actor=actor)


def publish(actor, starts_at=None):
    seen = newest_place(db.session()).version
    return publish_changes(PublishChanges(WHY, seen, starts_at), actor=actor)


def hand_in(actor, starts_at=None):
    """Hand in a routing row; return the id of the request."""
    propose(actor, "routing", "software", lead="MARKET", support=[])
    assert publish(actor, starts_at) is None
    return db.session.scalars(
        select(PlaceRequest.id).order_by(PlaceRequest.asked_at.desc()).limit(1)
    ).one()


def confirm(request, actor):
    return confirm_changes(ConfirmChanges(request, newest_place(db.session()).version), actor=actor)


def lead_of(rule):
    return next(row.lead for row in current_place().rules if row.id == rule)


def details(action):
    wanted = select(AuditEvent).where(AuditEvent.action == action)
    return db.session.scalars(wanted).one()


def test_one_person_hands_in_a_rule_and_another_one_publishes_it(admin, second):
    request = hand_in(admin)
    assert lead_of("software") == "CULTURE_ENF"

    version = confirm(request, second)

    assert lead_of("software") == "MARKET"
    kept = db.session.scalars(select(PackVersion).where(PackVersion.version == version)).one()
    assert (kept.loaded_by, kept.confirmed_by, kept.reason) == (admin.id, second.id, WHY)


def test_the_trail_names_both(admin, second):
    request = hand_in(admin)
    confirm(request, second)

    asked, published = details("place_request.ask"), details("place.publish")
    assert (asked.actor_id, asked.subject_id) == (admin.id, request)
    assert published.actor_id == second.id
    assert published.details["drafted_by"] == str(admin.id)
    assert details("place_request.confirm").actor_id == second.id


def test_whoever_handed_it_in_does_not_publish_it_by_any_account_of_theirs(admin, second):
    request = hand_in(admin)
    person = db.session.get(Account, admin.id).person_id
    db.session.execute(update(Account).where(Account.id == second.id).values(person_id=person))
    db.session.commit()

    for same in (admin, second):
        with pytest.raises(RuleBroken, match="place-needs-second"):
            confirm(request, same)
        with pytest.raises(RuleBroken, match="place-needs-second"):
            return_changes(ReturnChanges(request, "No"), actor=same)

    assert lead_of("software") == "CULTURE_ENF"


def test_the_database_refuses_one_person_too(admin):
    request = hand_in(admin)
    row = db.session.get(PlaceRequest, request)
    decided = {
        "state": RequestState.CONFIRMED,
        "decided_by": admin.id,
        "decided_person": row.asked_person,
        "decided_at": datetime.now(UTC),
    }

    with pytest.raises(IntegrityError):
        db.session.execute(update(PlaceRequest).where(PlaceRequest.id == request).values(**decided))
    db.session.rollback()


def test_only_who_may_change_the_place_confirms_or_returns(admin):
    request = hand_in(admin)
    officer = make_officer()

    with pytest.raises(NotPermitted):
        confirm(request, officer)
    with pytest.raises(NotPermitted):
        return_changes(ReturnChanges(request, "No"), actor=officer)


def test_what_is_handed_in_is_not_changed_until_it_is_back(admin, second):
    request = hand_in(admin)
    (waiting,) = db.session.scalars(select(PlaceChange)).all()

    assert list_drafts(db.session(), admin) == []
    for act in (
        lambda: propose(admin, "routing", "software", lead="POLICE"),
        lambda: propose(admin, "routing", "software"),
        lambda: remove_row(RemoveRow("routing", "software"), actor=admin),
        lambda: discard_change(DiscardChange(waiting.id), actor=admin),
    ):
        with pytest.raises(RuleBroken, match="place-row-waits"):
            act()
    propose(second, "routing", "software", lead="POLICE")
    take_back_changes(TakeBackChanges(request), actor=admin)
    propose(admin, "routing", "software", lead="POLICE")

    assert [one.after["lead"] for one in list_drafts(db.session(), admin)] == ["POLICE"]


def test_other_rows_are_drafted_and_published_meanwhile(admin, second):
    request = hand_in(admin)

    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    version = publish(admin)

    assert current_place().departments[WUJIN].name.zh == "武进区综合执法大队"
    assert lead_of("software") == "CULTURE_ENF"
    assert confirm(request, second) == version + 1
    assert current_place().departments[WUJIN].name.zh == "武进区综合执法大队"


def test_the_second_person_publishes_upon_the_version_they_saw(admin, second):
    request = hand_in(admin)
    seen = current_place().version
    propose(admin, "departments", WUJIN, name="武进区综合执法大队")
    publish(admin)

    with pytest.raises(MoveRefused, match="place-changed"):
        confirm_changes(ConfirmChanges(request, seen), actor=second)

    assert lead_of("software") == "CULTURE_ENF"


def test_a_row_that_others_changed_meanwhile_can_only_go_back(admin, second):
    request, other = hand_in(admin), make_actor(Role.ADMINISTRATOR)
    confirm(hand_in(other), second)

    with pytest.raises(MoveRefused, match="place-changed"):
        confirm(request, second)
    return_changes(ReturnChanges(request, "Somebody was first"), actor=second)

    assert len(list_drafts(db.session(), admin)) == 1


def test_what_goes_back_is_a_draft_again_and_says_why_to_whoever_handed_it_in(admin, second):
    request = hand_in(admin)

    with pytest.raises(RuleBroken, match="place-needs-answer"):
        return_changes(ReturnChanges(request, "  "), actor=second)
    return_changes(ReturnChanges(request, "The market office has not agreed"), actor=second)

    assert len(list_drafts(db.session(), admin)) == 1
    (line,) = list_returned(db.session(), admin)
    assert line.answer == "The market office has not agreed"
    assert list_returned(db.session(), second) == []
    assert "agreed" not in str(details("place_request.return").details)


def test_what_was_decided_is_not_decided_again(admin, second):
    request = hand_in(admin)
    confirm(request, second)

    for act in (
        lambda: confirm(request, second),
        lambda: return_changes(ReturnChanges(request, "Too late"), actor=second),
        lambda: take_back_changes(TakeBackChanges(request), actor=admin),
        lambda: try_drafts(TryDrafts(10, request), actor=second),
    ):
        with pytest.raises(NotFound):
            act()


def test_nobody_takes_back_what_somebody_else_handed_in(admin, second):
    request = hand_in(admin)

    with pytest.raises(NotFound):
        take_back_changes(TakeBackChanges(request), actor=second)


def test_a_start_that_has_passed_while_it_waited_is_not_made_now(admin, second):
    request = hand_in(admin, datetime.now(UTC) + timedelta(hours=1))
    passed = datetime.now(UTC) - timedelta(minutes=1)
    db.session.execute(
        update(PlaceRequest).where(PlaceRequest.id == request).values(starts_at=passed)
    )
    db.session.commit()

    with pytest.raises(RuleBroken, match="start-has-passed"):
        confirm(request, second)


def test_a_planned_start_is_kept(admin, second):
    start = datetime.now(UTC) + timedelta(days=1)
    version = confirm(hand_in(admin, start), second)

    kept = db.session.scalars(select(PackVersion).where(PackVersion.version == version)).one()
    assert kept.starts_at == start
    assert lead_of("software") == "CULTURE_ENF"


def test_who_waits_for_whom_is_known_to_both(admin, second):
    request = hand_in(admin)

    (own,), (theirs,) = list_waiting(db.session(), admin), list_waiting(db.session(), second)
    assert (own.id, own.own, own.same_person) == (request, True, True)
    assert (theirs.id, theirs.own, theirs.same_person) == (request, False, False)
    confirm(request, second)
    assert list_waiting(db.session(), admin) == []


def test_the_second_person_sees_the_effect_and_can_try_it(admin, second):
    request = hand_in(admin)

    review = review_of_request(db.session(), request)
    tried = get_preview(db.session(), try_drafts(TryDrafts(10, request), actor=second), second)

    assert [line.change.key for line in review.lines] == ["software"]
    assert review.needs_second
    assert review.effect is not None
    assert tried.places[1].rules != tried.places[0].rules


def test_a_preview_upon_a_version_that_was_withdrawn_says_so(admin, second):
    start = datetime.now(UTC) + timedelta(days=1)
    planned = confirm(hand_in(admin, start), second)
    propose(admin, "routing", "software", lead="POLICE")
    assert publish(admin, start) is None
    (line,) = list_waiting(db.session(), second)
    preview = try_drafts(TryDrafts(10, line.id), actor=second)

    withdraw_version(WithdrawVersion(planned), actor=second)

    with pytest.raises(RuleBroken, match="preview-base-withdrawn"):
        get_preview(db.session(), preview, second)


def test_a_preview_that_still_runs_when_its_version_is_withdrawn_ends(admin, second):
    start = datetime.now(UTC) + timedelta(days=1)
    planned = confirm(hand_in(admin, start), second)
    propose(admin, "routing", "software", lead="POLICE")
    preview = try_drafts(TryDrafts(AT_ONCE + 1), actor=admin)
    withdraw_version(WithdrawVersion(planned), actor=second)

    go_on_with_preview(preview, actor=Actor.system("test"))

    assert db.session.get_one(RoutingPreview, preview).state is PreviewState.DONE
