"""Addresses of cases, hosts and notices to them, brought by the real services."""

from uuid import UUID

from portal.cases.models import Case
from portal.hosts.models import HostNotice
from portal.hosts.service.addresses import AddAddress, add_address
from portal.hosts.service.contacts import AddContact, add_contact
from portal.hosts.service.notices import DraftNotice, SettleNotice, draft_notice, settle_notice
from portal.hosts.states import HostNoticeAction
from portal.infra.database import db
from portal.intake.states import ReportState
from portal.kernel.actor import Actor
from tests.factories.cases import make_case
from tests.factories.casework import make_head, make_officer
from tests.factories.intake import make_report

MACHINE = Actor.system("test")
CATEGORY = "piracy.online"
URL = "https://www.pirate.example/book?id=1"
WORDS = "上述网址提供侵权复制品，请停止传输并断开链接。"


def make_online_case(
    officer: Actor, *, upto: str = "file", category: str = CATEGORY, **changes: object
) -> str:
    """The number of a case about something on the net."""
    state = ReportState.ACCEPTED
    report = make_report(state=state, officer=officer, category=category, **changes)
    report.category = category
    db.session.commit()
    return make_case(report, officer=officer, upto=upto)


def case_of(number: str) -> Case:
    """The row of a case."""
    db.session.expire_all()
    return db.session.query(Case).filter_by(number=number).one()


def add(number: str, officer: Actor, url: str = URL) -> UUID:
    """The id of an address that is put into the case."""
    return add_address(AddAddress(number, url), actor=officer)


def make_contact(**changes: object) -> UUID:
    """The id of a host of the directory."""
    asked = {
        "name": "示例网盘",
        "mailbox": "abuse@pirate.example",
        "language": "zh-Hans",
        "domains": ("pirate.example",),
    }
    return add_contact(AddContact(**(asked | changes)), actor=make_head())


def make_notice(number: str, officer: Actor, contact: UUID, *addresses: UUID) -> HostNotice:
    """A notice that is drafted."""
    order = DraftNotice(number, contact, addresses, WORDS, "示例教材", "示例出版社")
    made = draft_notice(order, actor=officer)
    return db.session.query(HostNotice).filter_by(number=made, case_id=case_of(number).id).one()


def settle(number: str, notice: HostNotice, action: HostNoticeAction, actor: Actor) -> None:
    """Have somebody do something about a notice."""
    settle_notice(SettleNotice(number, notice.number, action), actor=actor)


def people() -> tuple[Actor, Actor]:
    """An officer and the head of the unit."""
    return make_officer(), make_head()
