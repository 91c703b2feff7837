"""After somebody has left: what was sealed before is wrapped for keys they never had."""

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.custody.models import Custodian, PostKey
from portal.custody.queries import find_member, get_group_key
from portal.custody.sealing import CustodianGroup, open_inner, peel_outer, unseal
from portal.custody.service.members import leave, renew_keys
from portal.custody.service.post import OpenPost, address_in, open_post
from portal.custody.service.rewrapping import (
    TABLES,
    SealedTable,
    WrapAgain,
    count_behind,
    sealed_of,
    wrap_everything_again,
)
from portal.custody.service.unlocking import unlock
from portal.feedback.rating import stop_being_told
from portal.identities.news import look_for_news, tell_by_mail
from portal.infra.database import Base, db
from portal.infra.vault import EnvelopeBroken
from portal.intake.addresses import address_place
from portal.intake.identity import identity_context
from portal.intake.models import ReporterIdentity, ReporterMail
from portal.kernel.actor import Actor
from portal.kernel.errors import NotPermitted, RuleBroken
from portal.rewards.payment.models import PayeeData
from portal.rewards.payment.places import payee_context
from tests.factories.accounts import actor_of, enter_desk
from tests.factories.custody import PASSPHRASE, make_custodian
from tests.factories.payments import PAYEE, Paying, make_award, make_fund
from tests.integration.custody.test_members import pins as pins  # noqa: PLC0414  # a fixture
from tests.integration.identities.conftest import EMAIL, PHONE
from tests.integration.identities.test_news import CLOCK, with_news
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


def mail_of(report) -> ReporterMail:
    return db.session.get_one(ReporterMail, report.id, populate_existing=True)


@pytest.mark.requirement("F14")
def test_the_keys_of_those_who_left_open_nothing_any_more_and_members_read_as_before(opening):
    gone = {group: make_custodian(group) for group in CustodianGroup}
    copied = {group: key_held_by(account) for group, account in gone.items()}
    for account in gone.values():
        leaves(account)
    renew_keys(actor=OPERATOR)
    assert count_behind(db.session()) == 1

    assert wrap_everything_again(WrapAgain(PASSPHRASE), actor=opening.other) == 1

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

    assert wrap_everything_again(WrapAgain(PASSPHRASE), actor=opening.other) == 0

    assert opening.read(opening_id) == {"phone": PHONE}
    assert wrap_everything_again(WrapAgain(PASSPHRASE), actor=opening.other) == 1
    assert wrap_everything_again(WrapAgain(PASSPHRASE), actor=opening.other) == 0


def test_nobody_but_an_approver_with_the_passphrase_wraps_anything_again(opening):
    renew_keys(actor=OPERATOR)

    with pytest.raises(NotPermitted):
        wrap_everything_again(WrapAgain(PASSPHRASE), actor=opening.requester)
    with pytest.raises(RuleBroken, match="passphrase-wrong"):
        wrap_everything_again(WrapAgain("a wrong passphrase"), actor=opening.other)

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


def pair_opened_by(group_key: bytes, version: int) -> bytes:
    """A private key of the post, as whoever has that version of the approvers' key opens it."""
    wanted = select(PostKey).where(PostKey.key_version == version)
    key = db.session.scalars(wanted.execution_options(populate_existing=True)).one()
    return unseal(key.sealed_private_key, group_key, f"sunline/post/1/{version}")


@pytest.mark.requirement("U23")
def test_the_post_has_another_pair_after_an_approver_left_and_letters_go_out_as_before(
    opening, post
):
    report = with_news()
    place = address_place(report.id)
    gone = make_custodian(CustodianGroup.APPROVERS)
    stolen = pair_opened_by(key_held_by(gone), 1)
    assert address_in(stolen, mail_of(report).address, place) == EMAIL
    leaves(gone)
    renew_keys(actor=OPERATOR)
    assert count_behind(db.session()) == 3

    assert wrap_everything_again(WrapAgain(PASSPHRASE), actor=opening.other) == 3

    mail = mail_of(report)
    with pytest.raises(EnvelopeBroken):
        address_in(stolen, mail.address, place)
    assert list(db.session.scalars(select(PostKey.key_version))) == [2]  # the old pair is gone
    assert count_behind(db.session()) == 0
    look_for_news(actor=CLOCK)
    tell_by_mail(report.id, actor=CLOCK)
    assert [message["To"] for message in post.messages] == [EMAIL]


@pytest.mark.requirement("U23")
def test_a_pair_of_the_post_without_addresses_is_behind_too_and_does_not_stay(opening, post):
    report = with_news()
    renew_keys(actor=OPERATOR)
    stop_being_told(report.id, actor=Actor.public())
    names = 2
    assert count_behind(db.session()) == names + 1

    assert wrap_everything_again(WrapAgain(PASSPHRASE), actor=opening.other) == names + 1

    assert list(db.session.scalars(select(PostKey.key_version))) == [2]
    assert count_behind(db.session()) == 0


def test_before_they_are_moved_new_addresses_are_under_the_new_pair_and_all_can_be_written_to(
    opening, post
):
    before = with_news()
    renew_keys(actor=OPERATOR)
    open_post(OpenPost(PASSPHRASE), actor=opening.other)
    after = with_news()

    assert (mail_of(before).key_id, mail_of(after).key_id) == (1, 2)
    assert look_for_news(actor=CLOCK) == 2
    for report in (before, after):
        tell_by_mail(report.id, actor=CLOCK)
    assert len(post.messages) == 2


@pytest.mark.requirement("F14")
def test_who_is_paid_is_wrapped_again_and_the_list_is_filled_as_before(pins, app):
    make_fund()
    awarded, paying = make_award(), Paying.people()
    awarded.claim()
    gone = {group: make_custodian(group) for group in CustodianGroup}
    copied = {group: key_held_by(account) for group, account in gone.items()}
    for account in gone.values():
        leaves(account)
    renew_keys(actor=OPERATOR)

    assert wrap_everything_again(WrapAgain(PASSPHRASE), actor=actor_of(paying.approver)) >= 1

    row = db.session.get_one(PayeeData, awarded.payment.id, populate_existing=True)
    place = payee_context(row.payment_id)
    assert (row.key_version, row.layers, row.wrap_version) == (1, [2], 2)
    with pytest.raises(EnvelopeBroken):
        peel_outer(copied[CustodianGroup.APPROVERS], sealed_of(row), place)
    inner = peel_outer(key_held_by(paying.approver, 2), sealed_of(row), place)
    with pytest.raises(EnvelopeBroken):
        open_inner(copied[CustodianGroup.REQUESTERS], inner, sealed_of(row), place)
    assert PAYEE.account in paying.export(paying.filled()).content.decode()


def test_a_list_that_was_released_is_passed_over_and_still_filled(pins, app):
    make_fund()
    awarded, paying = make_award(), Paying.people()
    awarded.claim()
    batch = paying.draw()
    paying.ask(batch)
    paying.release(batch)
    renew_keys(actor=OPERATOR)
    behind = count_behind(db.session())

    done = wrap_everything_again(WrapAgain(PASSPHRASE), actor=actor_of(paying.approver))

    assert (done, count_behind(db.session())) == (behind - 1, 1)
    paying.fill(batch)
    assert awarded.payment.state == "batched"
    assert wrap_everything_again(WrapAgain(PASSPHRASE), actor=actor_of(paying.approver)) == 1


def test_every_table_with_a_seal_is_wrapped_again_with_the_others():
    sealed = {
        one.class_
        for one in Base.registry.mappers
        if {"wrap", "key_version"} <= set(one.class_.__table__.columns.keys())
    }

    assert sealed == {table.model for table in TABLES if isinstance(table, SealedTable)}
