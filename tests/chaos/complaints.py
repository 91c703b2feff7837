"""A sheet of complaints whose workers are killed: `python -m tests.chaos.complaints`.

`make` prints the number of an organisation whose sheet waits to be declared; `declare` has its rows
filed; `look` prints how many are filed, as how many reports, and how many reports there are.
"""

import json
import sys

from sqlalchemy import func, select

from app import create_app
from portal.accounts.queries import find_actor
from portal.infra.database import db
from portal.intake.models import Report, ReportKind
from portal.kernel.actor import Actor
from portal.rights_holders.models import Complaint, Membership, Organisation
from portal.rights_holders.rules.sheets import COMPLAINT_COLUMNS
from portal.rights_holders.service.complaints import SendSheet, declare_sheet, send_sheet
from portal.rights_holders.sheets import read_sheet
from portal.rights_holders.states import ComplaintState
from tests.factories.custody import make_groups
from tests.factories.rights_holders import make_organisation, make_outsider, outsider, workbook

ROWS = 80
HEAD = ("作品", "侵权网址", "发现日期", "事实", "权利依据")


def make() -> str:
    """The number of an organisation whose rows are complete."""
    make_groups()
    person = make_outsider()
    organisation = make_organisation(person)
    number = organisation.number
    rows = (
        ("1", f"https://pirate.example/{at}", "2026-11-01", "未经许可提供下载", "权利人")
        for at in range(ROWS)
    )
    sheet = read_sheet(workbook(HEAD, *rows), COMPLAINT_COLUMNS)
    send_sheet(SendSheet(number, sheet, "zh-Hans"), actor=outsider(person))
    return number


def declare(number: str) -> None:
    """Have the rows filed, each by a task."""
    declare_sheet(number, 1, actor=_person(number))


def _person(number: str) -> Actor:
    wanted = select(Membership.account_id).join(
        Organisation, Organisation.id == Membership.organisation_id
    )
    account = db.session.scalars(wanted.where(Organisation.number == number)).one()
    found = find_actor(db.session(), account)
    assert found is not None
    return found


def look(number: str) -> list[int]:
    """How many rows are filed, as how many different reports, and how many reports there are."""
    filed = db.session.execute(
        select(func.count(), func.count(Complaint.report_id.distinct()))
        .join(Organisation, Organisation.id == Complaint.organisation_id)
        .where(Organisation.number == number, Complaint.state == ComplaintState.FILED)
    ).one()
    made = select(func.count()).where(Report.kind == ReportKind.COMPLAINT)
    return [*filed, db.session.scalar(made) or 0]


def main() -> None:
    what, *more = sys.argv[1:]
    with create_app().app_context():
        if what == "make":
            sys.stdout.write(f"{make()}\n")
        elif what == "declare":
            declare(more[0])
        else:
            json.dump(look(more[0]), sys.stdout)


if __name__ == "__main__":
    main()
