"""Rights-holders that are there: registered and verified by the real services, with works."""

import io
from typing import Any

from openpyxl import Workbook
from sqlalchemy import select

from portal.accounts.models import Account
from portal.evidence.service import IncomingFile, keep_files
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.models import Report
from portal.kernel.actor import Actor, Role
from portal.rights_holders.models import Membership, Organisation
from portal.rights_holders.queries.own import Details, today
from portal.rights_holders.rules.people import OrganisationKind
from portal.rights_holders.rules.tokens import TokenScope
from portal.rights_holders.rules.works import WorkEntry, WorkKind
from portal.rights_holders.service.organisations import (
    RegisterOrganisation,
    add_organisation,
    verify_organisation,
)
from portal.rights_holders.service.tokens import IssueToken, issue_token
from portal.rights_holders.service.works import EnterWorks, enter_works
from portal.triage.service import triage_report
from tests.factories.accounts import actor_of, make_account
from tests.factories.casework import make_officer

DETAILS = Details("示例路一号", "示例联系人", "13800000000", "rights@example.invalid")
GOOD = {
    "work": "1",
    "url": "https://pirate.example/book/1",
    "found-on": "2026-11-01",
    "facts": "未经许可提供全书下载。",
    "right": "权利人",
}


def make_outsider(**changes: Any) -> Account:
    """A person of a rights-holder with a password and an authenticator app."""
    account = make_account(Role.CASE_OFFICER, **changes)
    with unit_of_work(Actor.operator()) as uow:
        row = uow.session.get_one(Account, account.id)
        row.outside = True
        row.grants.clear()
    return db.session.get_one(Account, account.id, populate_existing=True)


def outsider(account: Account) -> Actor:
    """The person as the services see them."""
    return Actor.outside(account.id, account.display_name)


def some_file(name: str = "证书.txt") -> IncomingFile:
    return IncomingFile(io.BytesIO(f"权属证明 {name}".encode()), name)


def verifier() -> Actor:
    return actor_of(make_account(Role.SUPERVISOR, department="SUPERVISION@000000", region="000000"))


def make_organisation(
    person: Account, *, verified: bool = True, works: int = 1, **changes: Any
) -> Organisation:
    """A saved organisation of `person`; its works, all proved, are 《示例作品 1》 and so on."""
    actor = outsider(person)
    given = {
        "name": "示例出版社",
        "kind": OrganisationKind.COMPANY,
        "registration": "91350100M000100Y43",
    }
    proof = keep_files([some_file()], actor=Actor.public())
    command = RegisterOrganisation(details=DETAILS, proof=proof, **(given | changes))
    number = add_organisation(command, actor=actor)
    if verified:
        verify_organisation(number, actor=verifier())
    entries = tuple(
        WorkEntry(f"示例作品 {one}", WorkKind.BOOK, "示例作者", {}, ())
        for one in range(1, works + 1)
    )
    if entries:
        files = keep_files([some_file("登记证书.txt")], actor=Actor.public())
        enter_works(EnterWorks(number, entries, files), actor=actor)
    return db.session.query(Organisation).filter_by(number=number).one()


def workbook(*rows: tuple[Any, ...]) -> io.BytesIO:
    """An xlsx file with these rows."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    target.seek(0)
    return target


def member_of(organisation: Organisation, account: Account) -> Membership:
    return (
        db.session.query(Membership)
        .filter_by(organisation_id=organisation.id, account_id=account.id, ended_at=None)
        .one()
    )


def make_token(organisation: Organisation, person: Account, *scopes: TokenScope) -> str:
    """A token of an organisation made by `person`, for everything unless scopes are named."""
    wanted = scopes or tuple(TokenScope)
    command = IssueToken(organisation.number, "test", wanted, today())
    return issue_token(command, actor=outsider(person))


def with_its_unit() -> tuple[Report, Actor]:
    """The one report there is, where triage sent it, and an officer of that unit."""
    report = db.session.scalars(select(Report)).one()
    triage_report(report.id, actor=Actor.system("triage"))
    db.session.expire_all()
    return report, make_officer(report.department_code)
