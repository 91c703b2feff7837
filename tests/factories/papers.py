"""Papers as a unit makes them, brought by the real services into the state a test needs."""

from datetime import date
from uuid import UUID

from portal.cases.service.filling import AddParty, add_party
from portal.cases.states import PartyRole
from portal.decisions.states import ServiceWay
from portal.infra.database import db
from portal.kernel.actor import Actor
from portal.papers.models import MadePaper
from portal.papers.queries.papers import list_parties
from portal.papers.service.drafting import DraftPaper, OnPaper, draft_paper
from portal.papers.service.issuing import issue_paper
from portal.papers.service.serving import RecordService
from tests.factories.cases import today

MACHINE = Actor.system("bind_file")
PARTY = "星光音像店（示例）"
ADDRESS = "湖塘镇常乐路88号"
FACTS = "货架上有盗版光盘412张。"


def make_party(number: str, officer: Actor, name: str = PARTY) -> UUID:
    """The id of a saved party of the case."""
    add_party(AddParty(number, PartyRole.SELLER, name, ADDRESS), actor=officer)
    parties = list_parties(db.session(), number, officer)
    return next(own for own, party in parties if party.name == name)


def make_draft(
    number: str,
    officer: Actor,
    form: str = "penalty-decision",
    *,
    party: UUID | None = None,
    facts: str = FACTS,
    language: str = "zh-Hans",
) -> UUID:
    """The id of a saved draft; of a party of its own unless one is given."""
    party = party or make_party(number, officer)
    words = {"facts": facts, "decision": "没收盗版光盘412张，罚款5000元。"}
    return draft_paper(DraftPaper(number, form, words, language, party), actor=officer)


def make_final(number: str, officer: Actor, form: str = "penalty-decision", **more: object) -> UUID:
    """The id of a paper that is final."""
    made = make_draft(number, officer, form, **more)
    issue_paper(OnPaper(number, made), actor=officer)
    return made


def service_of(number: str, made: UUID, on: date | None = None, **more: object) -> RecordService:
    """The order to write down that a paper that was made here was handed over today."""
    paper_id = db.session.get_one(MadePaper, made).case_paper_id
    said = {"way": ServiceWay.HANDED_OVER, "to_whom": "店主（示例）", "by_whom": "张三、李四"}
    return RecordService(number, paper_id, served_on=on or today(), **{**said, **more})
