"""Making the two groups, and what it takes to open what is sealed to them."""

from collections.abc import Iterator
from dataclasses import fields

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account
from portal.accounts.queries import get_account
from portal.audit.models import AuditEvent
from portal.custody.commands import commands
from portal.custody.keyring import fingerprint, new_pair
from portal.custody.models import Custodian, GroupKey, Membership
from portal.custody.pins import CustodyNotReady, pin_path
from portal.custody.queries import demand_agreement, group_keys, list_groups
from portal.custody.sealing import CustodianGroup, Sealed, open_inner, peel_outer, seal_record
from portal.custody.service.groups import (
    CreateGroups,
    FirstMember,
    create_demo_groups,
    create_groups,
    demo_passphrase,
)
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.keys import Keys, keys
from portal.infra.vault import ContentKey, EnvelopeBroken
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotPermitted, RuleBroken
from tests.factories.custody import (
    PASSPHRASE,
    make_custodian_account,
    make_groups,
    open_group_key,
    open_sealed,
)

R, A = CustodianGroup.REQUESTERS, CustodianGroup.APPROVERS
PLACE = "intake_identity:1:report:2"
IDENTITY = {"name": "张三（虚构）", "phone": "+86 000 0000 0000"}


@pytest.fixture
def no_groups(app: Flask) -> Iterator[Flask]:
    """An installation whose groups are not made yet; the ones it had come back afterwards."""
    path = pin_path()
    aside = path.with_suffix(".aside")
    if path.exists():
        path.rename(aside)
    for model in (Membership, Custodian, GroupKey):
        db.session.execute(delete(model))
    db.session.commit()
    yield app
    path.unlink(missing_ok=True)
    if aside.exists():
        aside.rename(path)


def order(*, requesters: list, approvers: list, passphrase: str = PASSPHRASE) -> CreateGroups:
    return CreateGroups(
        tuple(FirstMember(account_id, passphrase) for account_id in requesters),
        tuple(FirstMember(account_id, passphrase) for account_id in approvers),
    )


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))


@pytest.mark.usefixtures("no_groups")
def test_what_is_sealed_to_the_groups_opens_with_both_and_with_neither_alone():
    make_groups()

    sealed = seal_record(IDENTITY, group_keys(), PLACE)

    assert open_sealed(sealed, PLACE) == IDENTITY
    requesters, approvers = open_group_key(R), open_group_key(A)
    inner = peel_outer(approvers, sealed, PLACE)
    with pytest.raises(EnvelopeBroken):
        open_inner(approvers, inner, sealed, PLACE)
    with pytest.raises(EnvelopeBroken):
        peel_outer(requesters, sealed, PLACE)
    with pytest.raises(EnvelopeBroken):
        open_inner(requesters, sealed.wrap, sealed, PLACE)


@pytest.mark.usefixtures("no_groups")
def test_no_key_of_the_server_opens_what_is_sealed_nor_a_key_of_the_groups():
    made = make_groups()
    sealed = seal_record(IDENTITY, made, PLACE)
    memberships = db.session.scalars(select(Membership)).all()

    for name in (each.name for each in fields(Keys)):
        secret = getattr(keys(), name)
        with pytest.raises(EnvelopeBroken):
            peel_outer(secret, sealed, PLACE)
        with pytest.raises(EnvelopeBroken):
            open_inner(secret, sealed.wrap, sealed, PLACE)
        with pytest.raises(EnvelopeBroken):
            ContentKey(secret).decrypt_json(sealed.body, f"sunline/sealed/1/body/1/{PLACE}")
        for membership in memberships:
            sealed_key = Sealed(b"", membership.sealed_group_key, 1)
            with pytest.raises(EnvelopeBroken):
                peel_outer(secret, sealed_key, PLACE)


@pytest.mark.usefixtures("no_groups")
def test_no_open_private_key_is_stored_anywhere():
    make_groups()
    secret = [open_group_key(group) for group in CustodianGroup]

    stored = b"".join(
        [custodian.locked_private_key for custodian in db.session.scalars(select(Custodian))]
        + [each.sealed_group_key for each in db.session.scalars(select(Membership))]
    )
    everywhere = stored + pin_path().read_bytes()

    for private in secret:
        assert private not in everywhere
        assert private.hex().encode() not in everywhere


@pytest.mark.usefixtures("no_groups")
def test_the_trail_names_the_groups_and_their_members_and_no_secret():
    before = len(actions())

    made = make_groups()

    new = db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()[before:]
    custody = [event for event in new if event.action.startswith("custody.")]
    assert (
        sorted(event.action for event in custody) == ["custody.create"] * 2 + ["custody.join"] * 2
    )
    prints = {event.details.get("fingerprint") for event in custody} - {None}
    assert prints == {fingerprint(made.requesters), fingerprint(made.approvers)}
    assert PASSPHRASE not in repr([event.details for event in custody])


@pytest.mark.usefixtures("no_groups")
def test_groups_are_made_once_and_their_pins_are_never_replaced():
    first = make_groups()
    pinned = pin_path().read_bytes()
    members = order(
        requesters=[make_custodian_account("other-r", Role.CUSTODIAN_R)],
        approvers=[make_custodian_account("other-a", Role.CUSTODIAN_A)],
    )

    with pytest.raises(RuleBroken, match="custody-exists"):
        create_groups(members, actor=Actor.operator())
    assert pin_path().read_bytes() == pinned

    pin_path().unlink()
    with pytest.raises(RuleBroken, match="custody-exists"):
        create_groups(members, actor=Actor.operator())
    assert not pin_path().exists()
    demand_agreement(db.session(), first)


@pytest.mark.usefixtures("no_groups")
def test_one_person_with_two_accounts_is_refused_and_nothing_is_left_behind():
    one = make_custodian_account("anna-r", Role.CUSTODIAN_R)
    same = make_custodian_account("anna-a", Role.CUSTODIAN_A, same_person_as="anna-r")

    with pytest.raises(RuleBroken, match="custody-same-person"):
        create_groups(order(requesters=[one], approvers=[same]), actor=Actor.operator())

    assert not pin_path().exists()
    assert list_groups(db.session()) == []


@pytest.mark.usefixtures("no_groups")
def test_a_member_without_the_role_and_a_short_passphrase_are_refused():
    requester = make_custodian_account("anna", Role.CUSTODIAN_R)
    officer = make_custodian_account("olga", Role.CASE_OFFICER)
    approver = make_custodian_account("bob", Role.CUSTODIAN_A)

    with pytest.raises(RuleBroken, match="custody-role-missing"):
        create_groups(order(requesters=[requester], approvers=[officer]), actor=Actor.operator())
    with pytest.raises(RuleBroken, match="passphrase-short"):
        create_groups(
            order(requesters=[requester], approvers=[approver], passphrase="short"),
            actor=Actor.operator(),
        )
    assert not pin_path().exists()


@pytest.mark.usefixtures("no_groups")
@pytest.mark.parametrize("actor", [Actor.public(), Actor.system("clock")])
def test_only_the_operator_makes_groups(actor):
    with pytest.raises(NotPermitted):
        create_groups(order(requesters=[], approvers=[]), actor=actor)


@pytest.mark.usefixtures("no_groups")
def test_the_database_refuses_one_person_in_both_groups():
    make_groups()
    requester = db.session.scalars(select(Custodian).where(Custodian.custodian_group == R)).one()
    twin = make_custodian_account("twin", Role.CUSTODIAN_A)

    db.session.add(
        Custodian(
            account_id=twin,
            person_id=requester.person_id,
            custodian_group=A,
            public_key=b"p" * 32,
            locked_private_key=b"l",
            created_at=requester.created_at,
        )
    )

    with pytest.raises(IntegrityError):
        db.session.flush()


@pytest.mark.usefixtures("no_groups")
def test_the_database_refuses_to_give_a_group_key_to_a_member_of_the_other_group():
    make_groups()
    membership = db.session.scalars(select(Membership)).first()
    other = db.session.scalars(
        select(Custodian).where(Custodian.custodian_group != membership.custodian_group)
    ).one()

    with pytest.raises(IntegrityError):
        db.session.execute(
            update(Membership).where(Membership.id == membership.id).values(custodian_id=other.id)
        )


@pytest.mark.usefixtures("no_groups")
def test_a_key_swapped_in_the_database_is_noticed_at_start_up():
    made = make_groups()
    swapped = new_pair().public

    db.session.execute(
        update(GroupKey)
        .where(GroupKey.custodian_group == R)
        .values(public_key=swapped, fingerprint=fingerprint(swapped))
    )

    with pytest.raises(CustodyNotReady, match="requesters"):
        group_keys()
    with pytest.raises(CustodyNotReady):
        demand_agreement(db.session(), made)


@pytest.mark.usefixtures("no_groups")
def test_a_fingerprint_that_does_not_fit_its_key_is_noticed():
    make_groups()

    db.session.execute(update(GroupKey).values(fingerprint="0000"))

    with pytest.raises(CustodyNotReady, match="fingerprint"):
        group_keys()


@pytest.mark.usefixtures("no_groups")
def test_a_newer_key_that_is_not_pinned_is_noticed():
    made = make_groups()
    newest = db.session.scalars(select(GroupKey).where(GroupKey.custodian_group == A)).one()

    db.session.add(
        GroupKey(
            custodian_group=A,
            version=2,
            suite=newest.suite,
            public_key=newest.public_key,
            fingerprint=newest.fingerprint,
            created_at=newest.created_at,
        )
    )
    db.session.flush()

    with pytest.raises(CustodyNotReady):
        demand_agreement(db.session(), made)


@pytest.mark.usefixtures("no_groups")
@pytest.mark.parametrize("pinned", [None, "", "{}", "[]", '{"version": 1}'])
def test_without_sound_pins_nothing_starts(pinned):
    if pinned is not None:
        pin_path().write_text(pinned)

    with pytest.raises(CustodyNotReady):
        group_keys()


@pytest.mark.usefixtures("no_groups")
def test_pins_of_an_unknown_suite_are_refused():
    make_groups()
    text = pin_path().read_text()
    pin_path().unlink()
    pin_path().write_text(text.replace('"suite": 1', '"suite": 9'))

    with pytest.raises(CustodyNotReady, match="suite"):
        group_keys()


def test_the_command_line_asks_each_member_and_shows_what_to_compare(no_groups):
    make_custodian_account("anna", Role.CUSTODIAN_R)
    make_custodian_account("bob", Role.CUSTODIAN_A)
    runner = no_groups.test_cli_runner()

    made = runner.invoke(
        commands,
        ["create", "-r", "anna", "-a", "bob"],
        input=f"{PASSPHRASE}\n{PASSPHRASE}\n{PASSPHRASE} too\n{PASSPHRASE} too\n",
    )
    shown = runner.invoke(commands, ["show"])

    assert made.exit_code == shown.exit_code == 0, made.output + shown.output
    assert fingerprint(group_keys().requesters) in shown.output
    assert fingerprint(group_keys().approvers) in shown.output
    assert "anna" in shown.output
    assert PASSPHRASE not in made.output


def test_the_command_line_says_in_one_sentence_what_is_wrong(no_groups):
    runner = no_groups.test_cli_runner()

    for arguments, sentence in [
        (["create"], "Each group needs at least one member"),
        (["create", "-r", "nobody", "-a", "nobody"], "There is no account 'nobody'"),
        (["show"], "Custody is not ready"),
    ]:
        result = runner.invoke(commands, arguments)
        assert result.exit_code == 1
        assert sentence in result.output


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ("", "Passphrase of anna: type it at a terminal, or send it in as a line.\n"),
        (f"{PASSPHRASE}\nno\n", "Passphrase of anna: the two lines differ; send it in twice.\n"),
    ],
)
def test_without_a_terminal_a_passphrase_that_is_not_sent_in_is_one_sentence(
    no_groups, monkeypatch, sent, sentence
):
    monkeypatch.setattr("portal.custody.commands._is_at_a_terminal", lambda: False)
    make_custodian_account("anna", Role.CUSTODIAN_R)

    refused = no_groups.test_cli_runner().invoke(commands, ["create", "-r", "anna"], input=sent)

    assert (refused.exit_code, refused.output) == (1, f"Error: {sentence}")
    assert list_groups(db.session()) == []


def test_without_a_terminal_passphrases_come_as_lines_and_are_shown_nowhere(no_groups, monkeypatch):
    monkeypatch.setattr("portal.custody.commands._is_at_a_terminal", lambda: False)
    make_custodian_account("anna", Role.CUSTODIAN_R)
    make_custodian_account("bob", Role.CUSTODIAN_A)
    lines = f"{PASSPHRASE}\n{PASSPHRASE}\n{PASSPHRASE} too\n{PASSPHRASE} too\n"

    made = no_groups.test_cli_runner().invoke(
        commands, ["create", "-r", "anna", "-a", "bob"], input=lines
    )

    assert made.exit_code == 0, made.output
    assert PASSPHRASE not in made.output
    assert len(open_group_key(R, PASSPHRASE)) == 32


def make_demo_account(name: str, role: Role) -> None:
    account_id = make_custodian_account(name, role)
    db.session.execute(update(Account).where(Account.id == account_id).values(is_demo=True))
    db.session.commit()


def test_demo_custodians_have_passphrases_of_this_installation(no_groups):
    make_demo_account("try-r", Role.CUSTODIAN_R)
    make_demo_account("try-a", Role.CUSTODIAN_A)
    runner = no_groups.test_cli_runner()

    made = runner.invoke(commands, ["create", "--demo"])
    said = runner.invoke(commands, ["demo-passphrase", "try-r"])

    assert made.exit_code == 0, made.output
    assert len(open_group_key(R, said.output.strip())) == 32


@pytest.mark.usefixtures("no_groups")
def test_a_real_account_has_no_passphrase_that_can_be_shown():
    account_id = make_custodian_account("anna", Role.CUSTODIAN_R)

    with pytest.raises(RuleBroken, match="not-a-demo-account"):
        demo_passphrase(get_account(db.session(), account_id))


@pytest.mark.usefixtures("no_groups")
def test_demo_custodians_are_not_made_in_production(monkeypatch):
    make_demo_account("try-r", Role.CUSTODIAN_R)
    make_demo_account("try-a", Role.CUSTODIAN_A)
    production = settings().model_copy(update={"env": "production"})
    monkeypatch.setattr("portal.custody.service.groups.settings", lambda: production)

    with pytest.raises(RuleBroken, match="demo-in-production"):
        create_demo_groups(actor=Actor.operator())


def test_orders_do_not_show_their_passphrases():
    shown = repr(order(requesters=[1], approvers=[2]))

    assert PASSPHRASE not in shown
