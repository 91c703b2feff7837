"""What is looked at again when a request is decided on, and that every refusal is on the trail."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from portal.accounts.models import Account, AccountRole
from portal.audit.models import AuditEvent
from portal.casework.service.holding import (
    ClaimReport,
    ReleaseReport,
    claim_report,
    release_report,
)
from portal.custody.models import Custodian, Opening
from portal.custody.sealing import CustodianGroup
from portal.custody.service.members import Enrol, Vouch, admit, enrol, leave
from portal.custody.service.post import OpenPost, open_post
from portal.identities.service import (
    HoldNotice,
    RefuseOpening,
    ReleaseOpening,
    hold_notice,
    refuse_opening,
    release_opening,
)
from portal.infra.database import db
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotPermitted, RuleBroken
from tests.factories.accounts import actor_of, enter_desk, make_account
from tests.factories.cases import make_case
from tests.factories.casework import make_head, make_officer
from tests.factories.custody import PASSPHRASE, make_custodian
from tests.factories.decisions import make_decision
from tests.integration.identities.conftest import REASON
from tests.pages import Pages


def tried(kind: str = "opening") -> list[tuple[str, str]]:
    wanted = select(AuditEvent.details).where(AuditEvent.action == f"{kind}.try")
    said = db.session.scalars(wanted.order_by(AuditEvent.seq))
    return [(one["attempt"], one["refusal"]) for one in said]


def is_now_the_approver(opening, actor: Actor) -> None:
    """Whoever acted turns out to be the approver, by another account."""
    approver = update(Account).where(Account.id == opening.approver.id)
    person = db.session.get_one(Account, actor.id).person_id
    db.session.execute(approver.values(person_id=person))
    db.session.commit()


def entered(opening, actor):
    db.session.execute(update(type(opening.report)).values(entered_by=actor.id))
    db.session.commit()


def had_it_and_gave_it_back(opening, actor):
    claim_report(ClaimReport(opening.report.reference), actor=actor)
    release_report(ReleaseReport(opening.report.reference), actor=actor)


def handled_its_case(opening, actor):
    make_case(opening.report, officer=actor)


def drafted_the_decision_of_its_case(opening, actor):
    make_decision(make_case(opening.report), officer=actor, approved=False)


def approved_the_decision_of_its_case(opening, actor):
    make_decision(make_case(opening.report), head=actor)


PARTS = {
    entered: make_officer,
    had_it_and_gave_it_back: make_officer,
    handled_its_case: make_officer,
    drafted_the_decision_of_its_case: make_officer,
    approved_the_decision_of_its_case: make_head,
}


@pytest.mark.requirement("F14")
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_whoever_ever_had_a_part_in_the_report_or_its_case_does_not_release_it(opening, part):
    db.session.execute(update(type(opening.report)).values(handler_id=None))
    db.session.commit()
    other = PARTS[part]()
    part(opening, other)
    opening_id = opening.ask()
    is_now_the_approver(opening, other)

    with pytest.raises(RuleBroken, match="opening-own-report"):
        opening.release(opening_id)

    assert tried() == [("release", "opening-own-report")]


def leaves_the_group(asker: Account) -> None:
    custodian = select(Custodian.id).where(Custodian.account_id == asker.id)
    leave(db.session.scalar(custodian), actor=Actor.operator())


def loses_the_role(asker: Account) -> None:
    grant = select(AccountRole).where(
        AccountRole.account_id == asker.id, AccountRole.role == Role.CUSTODIAN_R
    )
    db.session.delete(db.session.scalars(grant).one())
    db.session.commit()


def has_the_account_closed(asker: Account) -> None:
    closing = update(Account).where(Account.id == asker.id)
    db.session.execute(closing.values(disabled_at=datetime.now(UTC)))
    db.session.commit()


def changes_the_unit(asker: Account) -> None:
    moving = update(Account).where(Account.id == asker.id)
    db.session.execute(moving.values(department="CULTURE_ENF@320411", region="320411"))
    db.session.commit()


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (leaves_the_group, "opening-asker-left"),
        (loses_the_role, "opening-asker-left"),
        (has_the_account_closed, "opening-asker-left"),
        (changes_the_unit, "opening-asker-lost-report"),
    ],
)
def test_nothing_is_released_for_somebody_who_may_not_read_it_any_more(opening, happens, code):
    opening_id = opening.ask()
    happens(opening.asker)

    with pytest.raises(RuleBroken, match=code):
        opening.release(opening_id)

    row = db.session.get_one(Opening, opening_id, populate_existing=True)
    assert row.inner_seal is None


def test_what_is_decided_is_the_request_that_was_seen(opening):
    opening_id = opening.ask()
    seen = db.session.get_one(Opening, opening_id).version
    stale = seen - 1

    for act in (
        lambda: release_opening(
            ReleaseOpening(opening_id, 30, PASSPHRASE, stale), actor=opening.other
        ),
        lambda: refuse_opening(RefuseOpening(opening_id, REASON, stale), actor=opening.other),
    ):
        with pytest.raises(MoveRefused):
            act()
    release_opening(ReleaseOpening(opening_id, 30, PASSPHRASE, seen), actor=opening.other)

    assert tried() == [("release", "opening-changed"), ("refuse", "opening-changed")]


def test_two_tabs_release_once(opening, app):
    opening_id = opening.ask()
    pages = Pages(app, "en")
    enter_desk(pages, opening.approver)
    path = f"/desk/identities/{opening_id}"
    first, second = pages.get(f"{path}/release"), pages.get(f"{path}/refuse")

    assert pages.post(first, {"minutes": "30", "passphrase": PASSPHRASE}).status == 200
    assert pages.post(second, {"reason": REASON}).status == 409
    assert pages.post(first, {"minutes": "1440", "passphrase": PASSPHRASE}).status == 409

    assert db.session.get_one(Opening, opening_id).decided_at is not None
    assert tried() == [("refuse", "opening-changed"), ("release", "opening-changed")]


def test_a_hold_by_somebody_who_may_not_is_on_the_trail_too(opening, steps):
    steps()
    opening_id = db.session.scalars(select(Opening.id)).one()
    order = HoldNotice(opening_id, datetime.now(UTC).date(), REASON)

    with pytest.raises(NotPermitted):
        hold_notice(order, actor=opening.requester)

    assert tried() == [("hold-notice", "not-permitted")]


def test_pages_that_somebody_may_not_have_leave_an_entry_by_name(opening, app):
    """The view refuses before any service is asked; the attempt is noted all the same."""
    opening_id = opening.ask()
    nosy = make_account(Role.ADMINISTRATOR)
    pages = Pages(app)
    enter_desk(pages, nosy)

    for act in ("release", "read", "refuse", "hold"):
        assert pages.get(f"/desk/identities/{opening_id}/{act}").status == 403
    assert pages.get(f"/desk/identities/of/{opening.report.reference}").status == 403
    assert pages.get("/desk/custody/enrol").status == 403
    assert pages.get("/desk/identities/post").status == 403

    acts = [("release", "read", "refuse", "hold-notice", "ask"), ("enrol",), ("open",)]
    for kind, names in zip(("opening", "custodian", "post"), acts, strict=True):
        assert tried(kind) == [(name, "not-permitted") for name in names]
    entries = select(AuditEvent).where(AuditEvent.action == "opening.try")
    assert {one.actor_id for one in db.session.scalars(entries)} == {nosy.id}
    assert db.session.scalars(entries).first().subject_id == opening_id


def test_refused_attempts_at_the_keys_themselves_are_on_the_trail(opening):
    newcomer = make_account(Role.CUSTODIAN_R)
    custodian_id = enrol(Enrol(PASSPHRASE), actor=actor_of(newcomer))

    with pytest.raises(MoveRefused):
        admit(Vouch(custodian_id, PASSPHRASE), actor=opening.requester)
    with pytest.raises(RuleBroken, match="passphrase-wrong"):
        admit(Vouch(custodian_id, "a wrong passphrase"), actor=opening.requester)
    with pytest.raises(RuleBroken, match="not-a-custodian"):
        leave(custodian_id, actor=actor_of(make_account(Role.CUSTODIAN_R)))
    with pytest.raises(RuleBroken, match="passphrase-wrong"):
        open_post(OpenPost("a wrong passphrase"), actor=opening.other)

    codes = [
        ("admit", "not-allowed-now"),
        ("admit", "passphrase-wrong"),
        ("leave", "not-a-custodian"),
    ]
    assert [name for name, _code in tried("custodian")] == [name for name, _code in codes]
    assert tried("custodian")[1:] == codes[1:]
    assert tried("post") == [("open", "passphrase-wrong")]


def test_a_release_for_one_who_left_the_other_group_needs_the_group_that_asks(opening):
    """An asker who came back as a member of A is no requester."""
    opening_id = opening.ask()
    db.session.execute(
        update(Opening)
        .where(Opening.id == opening_id)
        .values(asked_by=make_custodian(CustodianGroup.APPROVERS).id)
    )
    db.session.commit()

    with pytest.raises(RuleBroken, match="opening-asker-left"):
        opening.release(opening_id)
