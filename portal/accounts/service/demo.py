"""Staff for trying the product out: one account for each role, with a way to know their codes."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from portal.accounts.models import Account, TimeCode
from portal.accounts.passwords import hash_password
from portal.accounts.queries import find_by_name
from portal.accounts.rules import code_at, is_accepted_step, next_unused_step
from portal.accounts.service import time_codes
from portal.accounts.service.administration import CreateAccount, add_account
from portal.infra.config import settings
from portal.infra.keys import keys
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotFound, RuleBroken

DEMO_NAMES: Final[Mapping[str, Role]] = {
    "clerk": Role.TRIAGE_CLERK,
    "officer": Role.CASE_OFFICER,
    "head": Role.DEPARTMENT_HEAD,
    "supervisor": Role.SUPERVISOR,
    "custodian-r": Role.CUSTODIAN_R,
    "custodian-a": Role.CUSTODIAN_A,
    "finance": Role.FINANCE,
    "committee": Role.REWARD_COMMITTEE,
    "auditor": Role.AUDITOR,
    "admin": Role.ADMINISTRATOR,
}
DEMO_OUTSIDER: Final = "rights-holder"
# Whoever asks for an identity works on reports.
_BESIDE: Final[Mapping[str, Role]] = {"custodian-r": Role.CASE_OFFICER}
CHINESE: Final[Mapping[str, str]] = {
    "clerk": "受理员",
    "officer": "办案员",
    "head": "负责人",
    "supervisor": "督查员",
    "custodian-r": "保管员甲",
    "custodian-a": "保管员乙",
    "finance": "财务员",
    "committee": "奖励审批员",
    "auditor": "审计员",
    "admin": "管理员",
    DEMO_OUTSIDER: "权利人",
}
_PASSWORD_BYTES: Final = 10


@dataclass(frozen=True, slots=True)
class Post:
    """Where a demo account works: the code of a department and of the region it answers for."""

    department: str | None
    region: str | None


@dataclass(frozen=True, slots=True)
class DemoStaff:
    """What to tell whoever tries the product: the names, and the one password of all of them."""

    accounts: Mapping[str, UUID]
    password: str = field(repr=False)


def demo_password() -> str:
    """The password of all demo accounts; its own for each installation, and always the same."""
    mac = hmac.digest(keys().pepper, b"sunline/demo-password/1", "sha256")
    text = base64.b32encode(mac[:_PASSWORD_BYTES]).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def create_demo_staff(posts: Mapping[str, Post], *, actor: Actor) -> DemoStaff:
    """Make one account for each role, with a password and time codes; leave those that are there.

    `posts` says where each name of DEMO_NAMES works; a name left out works nowhere. Refused in
    production. A name taken by an account that is not for trying out is refused too.
    """
    if settings().production:
        raise RuleBroken("demo-in-production")
    password_hash = hash_password(demo_password())
    accounts = {}
    with unit_of_work(actor) as uow:
        for name, role in DEMO_NAMES.items():
            account = find_by_name(uow.session, name)
            if account is None:
                post = posts.get(name, Post(None, None))
                roles = frozenset({role, _BESIDE.get(name, role)})
                command = CreateAccount(name, _shown(name), roles, post.department, post.region)
                account = add_account(uow, command, is_demo=True)
                account.password_hash = password_hash
                time_codes.propose(uow, account.id)
                time_codes.adopt(uow, account.id)
            elif not account.is_demo:
                raise RuleBroken("sign-in-name-taken")
            accounts[name] = account.id
    return DemoStaff(accounts, demo_password())


def create_demo_outsider(*, actor: Actor) -> tuple[Actor, bool]:
    """The person of a rights-holder for trying out; whether they were made just now.

    Refused in production, and for a name that is taken by an account that is not for trying out.
    """
    if settings().production:
        raise RuleBroken("demo-in-production")
    with unit_of_work(actor) as uow:
        account = find_by_name(uow.session, DEMO_OUTSIDER)
        made = account is None
        if account is None:
            command = CreateAccount(DEMO_OUTSIDER, _shown(DEMO_OUTSIDER), frozenset())
            account = add_account(uow, command, is_demo=True, outside=True)
            account.password_hash = hash_password(demo_password())
            time_codes.propose(uow, account.id)
            time_codes.adopt(uow, account.id)
        elif not (account.is_demo and account.outside):
            raise RuleBroken("sign-in-name-taken")
        return Actor.outside(account.id, account.display_name), made


def demo_code(name: str, *, actor: Actor) -> str:
    """The code to type now for a demo account: the present one, or the next if that was used.

    Raises RuleBroken in production and for an account that is not for trying out, NotFound for
    an unknown name, and RuleBroken if the next code was used too: another comes in 30 seconds.
    """
    if settings().production:
        raise RuleBroken("demo-in-production")
    with unit_of_work(actor) as uow:
        account: Account | None = find_by_name(uow.session, name)
        if account is None:
            raise NotFound("account")
        row = uow.session.get(TimeCode, (account.id, True)) if account.is_demo else None
        if row is None:
            raise RuleBroken("not-a-demo-account")
        step = next_unused_step(uow.now, after=row.last_step)
        if not is_accepted_step(step, uow.now):
            raise RuleBroken("code-used-wait")
        return code_at(time_codes.secret_of(row), step)


def _shown(name: str) -> str:
    """What colleagues see, in the language of the place; nobody takes it for a real person."""
    return f"演示{CHINESE[name]}" if settings().pack.startswith("cn_") else f"Demo {name}"
