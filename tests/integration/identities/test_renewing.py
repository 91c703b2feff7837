"""After somebody has left: what was sealed before is wrapped for keys they never had."""

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.custody.models import Custodian, PostKey
from portal.custody.queries import find_member, get_group_key
from portal.custody.sealing import CustodianGroup, open_inner, peel_outer
from portal.custody.service.members import leave, renew_keys
from portal.custody.service.post import OpenPost, open_post
from portal.custody.service.rewrapping import sealed_of
from portal.custody.service.unlocking import unlock
from portal.identities.renewing import WrapAgain, count_behind, wrap_identities_again
from portal.infra.database import db
from portal.infra.vault import EnvelopeBroken
from portal.intake.identity import identity_context
from portal.intake.models import ReporterIdentity
from portal.kernel.actor import Actor
from portal.kernel.errors import NotPermitted, RuleBroken
from tests.factories.accounts import actor_of, enter_desk
from tests.factories.custody import PASSPHRASE, holder, make_custodian
from tests.integration.custody.test_members import pins as pins  # noqa: PLC0414  # a fixture
from tests.integration.identities.conftest import PHONE
from tests.pages import Pages

pytestmark = pytest.mark.usefixtures("pins")
OPERATOR = Actor.operator()


def key_held_by(account, version=1) -> bytes:
    """The group's private key, as somebody could have copied it while a member."""
    actor = actor_of(account)
    own, member = unlock(PASSPHRASE, actor=actor), find_member(db.session(), account.id)
    return get_group_key(db.session(), member, own.private, version)


def leaves(account) -> None:
    custodian = select(Custodian.id).where(Custodian.account_id == account.id)
    leave(db.session.scalar(custodian), actor=OPERATOR)


def kept(opening) -> ReporterIdentity:
    return db.session.get_one(ReporterIdentity, opening.report.id, populate_existing=True)


@pytest.mark.requirement("F14")
def test_the_keys_of_those_who_left_open_nothing_any_more_and_members_read_as_before(opening):
    gone = {group: make_custodian(group) for group in CustodianGroup}
    copied = {group: key_held_by(account) for group, account in gone.items()}
    for account in gone.values():
        leaves(account)
    renew_keys(actor=OPERATOR)
    assert count_behind(db.session()) == 1

    assert wrap_identities_again(WrapAgain(PASSPHRASE), actor=opening.other) == 1

    row, place = kept(opening), identity_context(opening.report.id)
    assert (row.key_version, row.layers, row.wrap_version) == (1, [2], 2)
    with pytest.raises(EnvelopeBroken):
        peel_outer(copied[CustodianGroup.APPROVERS], sealed_of(row), place)
    inner = peel_outer(key_held_by(opening.approver, 2), sealed_of(row), place)
    with pytest.raises(EnvelopeBroken):
        open_inner(copied[CustodianGroup.REQUESTERS], inner, sealed_of(row), place)
    assert count_behind(db.session()) == 0
    opening_id = opening.ask()
    opening.release(opening_id)
    assert opening.read(opening_id) == {"phone": PHONE}
    said = select(AuditEvent.details).where(AuditEvent.action == "custody.wrap-again")
    assert db.session.scalars(said).one() == {"count": "1", "version": "2"}


def test_what_is_released_at_the_moment_is_passed_over_and_still_read(opening):
    opening_id = opening.ask()
    opening.release(opening_id)
    renew_keys(actor=OPERATOR)

    assert wrap_identities_again(WrapAgain(PASSPHRASE), actor=opening.other) == 0

    assert opening.read(opening_id) == {"phone": PHONE}
    assert wrap_identities_again(WrapAgain(PASSPHRASE), actor=opening.other) == 1
    assert wrap_identities_again(WrapAgain(PASSPHRASE), actor=opening.other) == 0


def test_nobody_but_an_approver_with_the_passphrase_wraps_anything_again(opening):
    renew_keys(actor=OPERATOR)

    with pytest.raises(NotPermitted):
        wrap_identities_again(WrapAgain(PASSPHRASE), actor=opening.requester)
    with pytest.raises(RuleBroken, match="passphrase-wrong"):
        wrap_identities_again(WrapAgain("a wrong passphrase"), actor=opening.other)

    assert kept(opening).wrap_version == 1


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_page_of_the_approvers_says_what_is_behind_and_leads_to_it(opening, app, language):
    pages = Pages(app, language)
    enter_desk(pages, opening.approver)
    path = "/desk/identities/older-keys"
    assert path not in pages.get("/desk/identities/waiting").links()
    renew_keys(actor=OPERATOR)
    assert path in pages.get("/desk/identities/waiting").links()

    page = pages.post(pages.get(path), {"passphrase": PASSPHRASE})

    assert (page.path, page.text("dl").split()[-1]) == (path, "0")
    assert path not in pages.get("/desk/identities/waiting").links()


def test_the_key_of_the_post_is_sealed_to_the_newest_approvers_when_it_is_next_opened(opening):
    open_post(OpenPost(PASSPHRASE), actor=opening.other)
    renew_keys(actor=OPERATOR)
    before = db.session.get_one(PostKey, 1).sealed_private_key

    open_post(OpenPost(PASSPHRASE), actor=holder(CustodianGroup.APPROVERS))

    key = db.session.get_one(PostKey, 1, populate_existing=True)
    assert key.key_version == 2
    assert key.sealed_private_key != before
