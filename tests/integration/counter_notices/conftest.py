"""A case about something on the net that a rights-holder complained about, and its party."""

import re
from dataclasses import replace
from uuid import UUID

import pytest

from portal.casework.service.routing import route_report
from portal.counter_notices.queries.reading import Said
from portal.counter_notices.service.filing import FileCounterNotice, file_counter_notice
from portal.decisions.queries.parties import get_visited
from portal.decisions.service.access import EnterAsParty, enter_as_party
from portal.evidence.service import keep_files
from portal.hosts.models import HostNotice
from portal.hosts.service.notices import DraftNotice, draft_notice
from portal.hosts.service.sending import send_host_notice
from portal.hosts.states import HostNoticeAction
from portal.infra.database import db
from portal.intake.models import Report
from portal.intake.states import ReportState
from portal.jurisdiction.tables import CounterReason
from portal.kernel.actor import Actor
from portal.rights_holders.models import Complaint
from portal.rights_holders.service.complaints import FileComplaint, file_complaint_now
from portal.triage.service import RouteReport
from tests.factories.cases import make_case
from tests.factories.casework import make_clerk, make_head, make_officer
from tests.factories.decisions import make_party
from tests.factories.hosts import MACHINE, WORDS, add, case_of, make_contact, settle
from tests.factories.intake import DEPARTMENT, walk
from tests.factories.rights_holders import (
    GOOD,
    make_organisation,
    make_outsider,
    outsider,
    some_file,
)
from tests.integration.at_the_desk import counted as counted  # noqa: PLC0414  # fixtures
from tests.integration.at_the_desk import desk as desk  # noqa: PLC0414
from tests.integration.transfers.conftest import postbox as postbox  # noqa: PLC0414

PUBLIC = Actor.public()
CODE = re.compile(r"\b[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}\b")
URL = GOOD["url"]
SAID = Said((URL,), "我有权利人的书面许可。", "示例作品 1", "某网站", "示例路二号", "13900000000")


class Matter:
    """The complaint of an organisation, taken on and in a case with a party and a host."""

    def __init__(self):
        self.officer, self.head, self.other_head = make_officer(), make_head(), make_head()
        self.person = make_outsider()
        self.actor = outsider(self.person)
        self.organisation = make_organisation(self.person)
        order = FileComplaint(self.organisation.number, GOOD, "zh-Hans")
        self.complaint = file_complaint_now(order, actor=self.actor)
        row = self.row
        report = db.session.get_one(Report, row.report_id)
        report.category = "piracy.online"
        db.session.commit()
        route_report(RouteReport(report.reference, DEPARTMENT, "按职责"), actor=make_clerk())
        walk(report.reference, report.id, ReportState.ACCEPTED, self.officer, DEPARTMENT)
        self.report_id = report.id
        self.number = make_case(report, officer=self.officer, upto="file", head=self.head)
        self.party = make_party(self.number, self.officer, name="某网站经营者")
        self.address = add(self.number, self.officer, URL)

    @property
    def row(self):
        db.session.expire_all()
        own = {"organisation_id": self.organisation.id, "number": self.complaint}
        return db.session.query(Complaint).filter_by(**own).one()

    def tell_host(self, postbox):
        """Have the host told, with the code of the party's page; that code."""
        contact = make_contact()
        order = DraftNotice(self.number, contact, (self.address,), WORDS, party=self.party)
        made = draft_notice(order, actor=self.officer)
        notice = case_notice(self.number, made)
        settle(self.number, notice, HostNoticeAction.APPROVE, self.head)
        send_host_notice(notice.id, actor=MACHINE)
        return CODE.search(postbox.messages[-1].get_body().get_content())[0]

    def counter(self, proof="许可.txt", **said):
        """A counter-notice of the party; its number."""
        files = keep_files([some_file(proof)], actor=PUBLIC)
        said = replace(SAID, **said)
        order = FileCounterNotice(self.party, CounterReason.LICENSED, said, files)
        return file_counter_notice(order, actor=PUBLIC)


def case_notice(number, made):
    return db.session.query(HostNotice).filter_by(case_id=case_of(number).id, number=made).one()


def party_behind(code: str) -> UUID:
    """The party whose page a code opens."""
    ticket = enter_as_party(EnterAsParty(code, "network"), actor=PUBLIC)
    return get_visited(db.session(), ticket)


@pytest.fixture
def matter(app):
    return Matter()
