"""Papers as a unit makes them, brought by the real services into the state a test needs."""

import io
import json
import zipfile
from datetime import date
from uuid import UUID

import pikepdf
from sqlalchemy import select

from portal.cases.service.filling import AddParty, add_party
from portal.cases.states import PartyRole
from portal.decisions.states import ServiceWay
from portal.evidence.models import Rendition
from portal.evidence.service import make_rendition
from portal.evidence.states import RenditionState
from portal.infra.database import db
from portal.kernel.actor import Actor
from portal.papers.models import MadePaper
from portal.papers.queries.papers import list_parties
from portal.papers.service.binding import BindFile, ask_for_file, bind_file, open_bound
from portal.papers.service.drafting import DraftPaper, OnPaper, draft_paper
from portal.papers.service.issuing import issue_paper
from portal.papers.service.serving import RecordService
from tests.factories.cases import today
from tests.papers import words_of

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


def bound(matter, language="zh-Hans"):
    """The id of the bound file of the case of a matter."""
    pending = Rendition.state == RenditionState.PENDING
    for evidence_id in db.session.scalars(select(Rendition.evidence_id).where(pending)).all():
        make_rendition(evidence_id, actor=MACHINE)
    bound_id = ask_for_file(BindFile(matter.number, language), actor=matter.officer)
    bind_file(bound_id, actor=MACHINE)
    return bound_id


def bag_of(matter, bound_id):
    """The pieces by the index of the bag, and every file in it."""
    opened = open_bound(matter.number, bound_id, bag=True, actor=matter.officer).opened
    with zipfile.ZipFile(io.BytesIO(b"".join(opened.chunks))) as bag:
        files = {name.partition("/")[2]: bag.read(name) for name in bag.namelist()}
    return json.loads(files["data/index.json"])["pieces"], files


def words_on(piece, files):
    """What is printed on a piece."""
    with pikepdf.open(io.BytesIO(files[f"data/{piece['file']}"])) as paper:
        return words_of(paper)


def of_kind(pieces, form):
    """The pieces of a kind."""
    return [one for one in pieces if one["form"] == form]
