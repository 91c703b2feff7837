"""A rights-holder of the demonstration, and a host: by the services people use."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Final
from uuid import UUID

from portal.accounts.service.demo import create_demo_outsider
from portal.evidence.service import IncomingFile, keep_files
from portal.hosts.service.contacts import AddContact, add_contact
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.rights_holders.queries.own import Details
from portal.rights_holders.rules.complaints import ComplaintField
from portal.rights_holders.rules.identifiers import Scheme
from portal.rights_holders.rules.people import OrganisationKind
from portal.rights_holders.rules.works import WorkEntry, WorkKind
from portal.rights_holders.service.complaints import FileComplaint, file_complaint_now
from portal.rights_holders.service.organisations import (
    RegisterOrganisation,
    add_organisation,
    verify_organisation,
)
from portal.rights_holders.service.works import EnterWorks, enter_works

_DETAILS: Final = Details("示例路 1 号", "演示联系人", "13800000000", "rights@example.invalid")
_WORKS: Final = (
    WorkEntry("演示中学语文读本", WorkKind.BOOK, "演示作者", {}, ("示例书城",)),
    WorkEntry("演示广播剧", WorkKind.MUSIC, "演示剧团", {Scheme.ISRC: "CNA012600001"}, ()),
    WorkEntry("演示排版软件", WorkKind.SOFTWARE, "演示公司", {}, ()),
)
# The last one says no facts: it waits for its people.
_FOUND: Final = (
    ("1", "https://pan.example/s/1a2b", "整本扫描件，任何人都可以下载。"),
    ("2", "https://audio.example/album/77", "全集音频，收费收听，未经授权。"),
    ("3", "https://pan.example/s/3c4d", ""),
)


def fill_demo_rights(staff: Mapping[str, Actor]) -> None:
    """A verified organisation with works and complaints, and a host, unless they are there."""
    person, is_new = create_demo_outsider(actor=Actor.operator())
    if not is_new or not current_place().complaints.categories:
        return
    number = _organisation(person)
    verify_organisation(number, actor=staff["supervisor"])
    enter_works(EnterWorks(number, _WORKS, _paper("作品登记证书.txt")), actor=person)
    found_on = local_date(current_place(), datetime.now(UTC)) - timedelta(days=2)
    for work, url, facts in _FOUND:
        cells: dict[str, str] = {
            ComplaintField.WORK: work,
            ComplaintField.URL: url,
            ComplaintField.FOUND_ON: found_on.isoformat(),
            ComplaintField.FACTS: facts,
            ComplaintField.RIGHT: "权利人",
        }
        file_complaint_now(FileComplaint(number, cells, "zh-Hans"), actor=person)
    host = AddContact("演示网盘", "abuse@pan.example", "zh-Hans", ("pan.example",), 3)
    add_contact(host, actor=staff["head"])


def _organisation(person: Actor) -> str:
    order = RegisterOrganisation(
        name="演示出版社",
        kind=OrganisationKind.COMPANY,
        registration="91350100M000100Y43",
        details=_DETAILS,
        proof=_paper("营业执照.txt"),
    )
    return add_organisation(order, actor=person)


def _paper(name: str) -> tuple[UUID, ...]:
    paper = IncomingFile(BytesIO(f"演示材料：{name}".encode()), name)
    return keep_files([paper], actor=Actor.public())
