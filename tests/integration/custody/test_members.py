"""Joining, leaving, a forgotten passphrase, new versions of the keys, and the recovery."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account
from portal.audit.models import AuditEvent
from portal.custody.commands import commands
from portal.custody.keyring import new_pair
from portal.custody.models import Custodian, GroupKey, Membership, RecoveryCopy
from portal.custody.pins import pin_path
from portal.custody.queries import demand_agreement, find_custodian, find_member, group_keys
from portal.custody.recovery_words import put_together, split
from portal.custody.sealing import CustodianGroup, seal_record
from portal.custody.service.members import (
    ChangePassphrase,
    Enrol,
    Vouch,
    admit,
    approve,
    change_passphrase,
    enrol,
    leave,
    renew_keys,
)
from portal.custody.service.recovery import (
    Envelopes,
    Recover,
    SetRecovery,
    drill,
    recover,
    set_recovery,
)
from portal.custody.service.unlocking import unlock
from portal.custody.states import CustodianState
from portal.infra.config import settings
from portal.infra.database import db
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotPermitted, RuleBroken
from tests.factories.accounts import actor_of, make_account
from tests.factories.custody import (
    PASSPHRASE,
    holder,
    make_custodian,
    open_group_key,
    open_sealed_by,
)

pytestmark = pytest.mark.usefixtures("app")
R, A = CustodianGroup.REQUESTERS, CustodianGroup.APPROVERS
OPERATOR = Actor.operator()
PLACE = "reporter_identity:1"
WORDS = {"name": "张三（虚构）"}


@pytest.fixture
def pins(built_app):
    """The pinned keys come back once all that the test wrote is undone: ask for it before `app`."""
    path = pin_path()
    before = path.read_bytes()
    yield
    path.unlink(missing_ok=True)
    path.write_bytes(before)
    path.chmod(0o400)
    with built_app.app_context():
        group_keys()  # known again to this process: other databases of its tests have no groups
        db.session.remove()


def keys_of(account: Account) -> list[Membership]:
    custodian = find_custodian(db.session(), account.id)
    wanted = select(Membership).where(Membership.custodian_id == custodian.id)
    return list(db.session.scalars(wanted))


def test_a_newcomer_opens_what_was_sealed_before_once_both_groups_have_let_them_in():
    sealed = seal_record(WORDS, group_keys(), PLACE)

    newcomer = make_custodian(R)

    assert open_sealed_by(sealed, PLACE, requester=actor_of(newcomer), approver=holder(A)) == WORDS


def test_a_key_of_ones_own_opens_nothing_until_both_groups_have_agreed():
    account = make_account(Role.CUSTODIAN_R)
    custodian_id = enrol(Enrol(PASSPHRASE), actor=actor_of(account))

    assert keys_of(account) == []
    assert find_member(db.session(), account.id) is None
    with pytest.raises(MoveRefused):
        admit(Vouch(custodian_id, PASSPHRASE), actor=holder(R))
    assert keys_of(account) == []
    approve(Vouch(custodian_id, PASSPHRASE), actor=holder(A))
    assert keys_of(account) == []
    with pytest.raises(RuleBroken, match="not-a-custodian"):
        unlock(PASSPHRASE, actor=actor_of(account))


def test_each_group_has_its_own_part_in_letting_somebody_in():
    custodian_id = enrol(Enrol(PASSPHRASE), actor=actor_of(make_account(Role.CUSTODIAN_R)))

    with pytest.raises(RuleBroken, match="custody-other-group"):
        approve(Vouch(custodian_id, PASSPHRASE), actor=holder(R))
    approve(Vouch(custodian_id, PASSPHRASE), actor=holder(A))
    with pytest.raises(RuleBroken, match="custody-own-group"):
        admit(Vouch(custodian_id, PASSPHRASE), actor=holder(A))


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.CASE_OFFICER, Role.AUDITOR])
def test_without_the_role_nobody_enrols_approves_or_lets_in(role):
    custodian_id = enrol(Enrol(PASSPHRASE), actor=actor_of(make_account(Role.CUSTODIAN_R)))
    stranger = actor_of(make_account(role))

    with pytest.raises(RuleBroken, match="custody-role-missing"):
        enrol(Enrol(PASSPHRASE), actor=stranger)
    for act in (approve, admit):
        with pytest.raises(RuleBroken, match="not-a-custodian"):
            act(Vouch(custodian_id, PASSPHRASE), actor=stranger)
    with pytest.raises(RuleBroken, match="not-a-custodian"):
        leave(custodian_id, actor=stranger)


def test_one_person_with_two_accounts_does_not_enrol_twice():
    first = make_custodian(R)
    second = make_account(Role.CUSTODIAN_A)
    db.session.execute(
        update(Account).where(Account.id == second.id).values(person_id=first.person_id)
    )
    db.session.commit()

    with pytest.raises(RuleBroken, match="custody-same-person"):
        enrol(Enrol(PASSPHRASE), actor=actor_of(second))


def test_the_database_refuses_whoever_lets_themselves_in():
    account = make_custodian(R)

    for column in ("approved_person", "admitted_person"):
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(
                update(Custodian)
                .where(Custodian.account_id == account.id)
                .values({column: Custodian.person_id})
            )


def test_whoever_leaves_holds_no_key_and_comes_back_as_a_newcomer_only():
    account = make_custodian(R)
    custodian = find_custodian(db.session(), account.id)

    leave(custodian.id, actor=actor_of(account))

    db.session.expire_all()
    assert (keys_of(account), custodian.locked_private_key) == ([], b"")
    with pytest.raises(RuleBroken, match="not-a-custodian"):
        unlock(PASSPHRASE, actor=actor_of(account))
    assert enrol(Enrol(PASSPHRASE), actor=actor_of(account)) == custodian.id
    db.session.expire_all()
    assert (custodian.state, custodian.approved_person) == (CustodianState.ENROLLED, None)


def test_the_last_member_of_a_group_stays():
    custodian_id = find_custodian(db.session(), holder(A).id).id

    with pytest.raises(RuleBroken, match="custody-group-empty"):
        leave(custodian_id, actor=OPERATOR)


def test_a_passphrase_is_changed_with_the_present_one_and_in_no_other_way():
    account = make_custodian(A)
    actor, new = actor_of(account), "another invented passphrase"

    with pytest.raises(RuleBroken, match="passphrase-wrong"):
        change_passphrase(ChangePassphrase("not the present one", new), actor=actor)
    change_passphrase(ChangePassphrase(PASSPHRASE, new), actor=actor)

    with pytest.raises(RuleBroken, match="passphrase-wrong"):
        unlock(PASSPHRASE, actor=actor)
    assert unlock(new, actor=actor).group is A
    assert PASSPHRASE not in repr([ChangePassphrase(PASSPHRASE, new), Enrol(PASSPHRASE)])


@pytest.mark.usefixtures("pins")
def test_new_keys_are_for_the_present_members_and_old_records_still_open():
    gone = make_custodian(R)
    old = seal_record(WORDS, group_keys(), PLACE)
    leave(find_custodian(db.session(), gone.id).id, actor=OPERATOR)

    made = renew_keys(actor=OPERATOR)

    new = seal_record(WORDS, group_keys(), PLACE)
    assert (made.version, new.key_version, old.key_version) == (2, 2, 1)
    demand_agreement(db.session(), made)
    for sealed in (old, new):
        opened = open_sealed_by(sealed, PLACE, requester=holder(R), approver=holder(A))
        assert opened == WORDS
    assert keys_of(gone) == []


@pytest.mark.usefixtures("pins")
def test_keys_are_renewed_by_the_operator_only_and_pins_stay_if_it_fails(monkeypatch):
    before = pin_path().read_bytes()

    with pytest.raises(NotPermitted):
        renew_keys(actor=holder(A))
    monkeypatch.setattr("portal.custody.service.members.copy_for_recovery", _fail)
    with pytest.raises(ZeroDivisionError):
        renew_keys(actor=OPERATOR)

    assert pin_path().read_bytes() == before
    assert not pin_path().with_suffix(".next").exists()
    assert group_keys().version == 1


def _fail(*_arguments):
    raise ZeroDivisionError


def with_recovery() -> dict[CustodianGroup, tuple[str, ...]]:
    """Both groups have a recovery; the envelopes of each."""
    envelopes = {}
    for group in CustodianGroup:
        pair = new_pair()
        set_recovery(SetRecovery(pair.public, PASSPHRASE), actor=holder(group))
        envelopes[group] = split(pair.private)
    return envelopes


@pytest.mark.requirement("T60")
def test_two_envelopes_give_a_group_whose_passphrases_are_lost_back_to_a_newcomer():
    envelopes = with_recovery()
    sealed = seal_record(WORDS, group_keys(), PLACE)
    account = make_account(Role.CUSTODIAN_R)
    custodian_id = enrol(Enrol(PASSPHRASE), actor=actor_of(account))
    two = envelopes[R][1:]

    with pytest.raises(MoveRefused):
        recover(Recover(custodian_id, two), actor=OPERATOR)
    approve(Vouch(custodian_id, PASSPHRASE), actor=holder(A))
    recover(Recover(custodian_id, two), actor=OPERATOR)

    assert open_sealed_by(sealed, PLACE, requester=actor_of(account), approver=holder(A)) == WORDS


def test_one_envelope_or_those_of_the_other_group_recover_nothing():
    envelopes = with_recovery()
    custodian_id = enrol(Enrol(PASSPHRASE), actor=actor_of(make_account(Role.CUSTODIAN_R)))
    approve(Vouch(custodian_id, PASSPHRASE), actor=holder(A))
    first, second, _third = envelopes[R]
    altered = second.rsplit(" ", 1)[0] + " academic"

    for wrong in ((first,), (first, first), (first, altered), envelopes[A][:2], ("", "")):
        with pytest.raises(RuleBroken, match="recovery-shares-wrong"):
            recover(Recover(custodian_id, wrong), actor=OPERATOR)
    with pytest.raises(NotPermitted):
        recover(Recover(custodian_id, (first, second)), actor=holder(A))
    assert find_custodian(db.session(), holder(R).id).state is CustodianState.MEMBER


def test_any_two_of_the_three_envelopes_do_however_they_are_typed():
    pair = new_pair()
    one, two, three = split(pair.private)

    for given in ((one, two), (three, one), (f"  {two.upper()} ", three.replace(" ", "  "))):
        assert put_together(given, pair.public) == pair.private
    assert len({one, two, three}) == 3
    assert {len(each.split()) for each in (one, two, three)} == {33}


@pytest.mark.requirement("T60")
def test_a_drill_shows_that_the_envelopes_open_what_is_sealed_today():
    envelopes = with_recovery()
    given = tuple(Envelopes(group, words[:2]) for group, words in envelopes.items())

    drill(given, actor=OPERATOR)

    last = db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()
    assert (last.action, last.details) == ("custody.drill", {"version": "1"})
    with pytest.raises(RuleBroken, match="recovery-shares-wrong"):
        drill(given[:1], actor=OPERATOR)


@pytest.mark.usefixtures("pins")
def test_the_recovery_follows_new_keys_and_a_drill_finds_one_that_does_not():
    envelopes = with_recovery()
    renew_keys(actor=OPERATOR)
    given = tuple(Envelopes(group, words[:2]) for group, words in envelopes.items())

    drill(given, actor=OPERATOR)
    newest = select(GroupKey.id).where(GroupKey.version == 2)
    for copy in db.session.scalars(
        select(RecoveryCopy).where(RecoveryCopy.group_key_id.in_(newest))
    ):
        db.session.delete(copy)
    db.session.commit()

    with pytest.raises(RuleBroken, match="recovery-incomplete"):
        drill(given, actor=OPERATOR)


def test_without_a_recovery_there_is_no_drill():
    with pytest.raises(RuleBroken, match="recovery-not-set"):
        drill((), actor=OPERATOR)


def test_the_command_line_makes_sets_and_drills_a_recovery(app):
    runner = app.test_cli_runner()
    envelopes = []
    for name in ("holder-r", "holder-a"):
        made = runner.invoke(commands, ["envelopes"]).output.splitlines()
        public = made[0].rsplit(" ", 1)[1]
        envelopes += [line for line in made if len(line.split()) == 33][:2]
        done = runner.invoke(commands, ["deposit", name, public], input=f"{PASSPHRASE}\n")
        assert done.exit_code == 0, done.output

    drilled = runner.invoke(commands, ["drill"], input="\n".join([*envelopes, ""]))
    shown = runner.invoke(commands, ["show"])

    assert drilled.exit_code == 0, drilled.output
    assert "recovery: set, last drill: 20" in shown.output
    assert not any(words in drilled.output + shown.output for words in envelopes)
    wrong = runner.invoke(commands, ["deposit", "holder-r", "zz"])
    assert "64 digits" in wrong.output


@pytest.mark.usefixtures("pins")
def test_the_command_line_takes_the_keys_from_a_leaver_and_makes_new_ones(app):
    account = make_custodian(R)
    runner = app.test_cli_runner()

    left = runner.invoke(commands, ["leave", account.name])
    renewed = runner.invoke(commands, ["renew"])

    assert left.exit_code == renewed.exit_code == 0, left.output + renewed.output
    assert "version 2" in renewed.output
    assert account.name not in renewed.output
    assert len(open_group_key(R)) == 32
    assert settings().keys_dir.joinpath("custody.json").stat().st_mode & 0o777 == 0o400


@pytest.mark.requirement("T33")
@pytest.mark.parametrize("after", ["enrol", "approve"])
def test_a_key_put_in_the_place_of_a_newcomers_is_given_nothing(after):
    custodian_id = enrol(Enrol(PASSPHRASE), actor=actor_of(make_account(Role.CUSTODIAN_R)))
    if after == "approve":
        approve(Vouch(custodian_id, PASSPHRASE), actor=holder(A))
    swapped = update(Custodian).where(Custodian.id == custodian_id)
    db.session.execute(swapped.values(public_key=new_pair().public))
    db.session.commit()
    step, who = (admit, holder(R)) if after == "approve" else (approve, holder(A))

    with pytest.raises(RuleBroken, match="custodian-key-changed"):
        step(Vouch(custodian_id, PASSPHRASE), actor=who)

    held = select(Membership.id).where(Membership.custodian_id == custodian_id)
    assert db.session.scalars(held).all() == []
