"""Filling an empty installation with staff and reports, so that the product can be tried out.

Everything goes through the intake and the services that people use; nothing is written to the
tables from here. Filling twice changes nothing.
"""

import hmac
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.queries import get_account
from portal.accounts.service.demo import Post, create_demo_staff
from portal.casework.rules import at_reception
from portal.custody.queries import has_groups
from portal.custody.service.groups import create_demo_groups
from portal.evidence.service import IncomingFile, keep_files
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.keys import keys
from portal.intake.content import Content
from portal.intake.models import Receipt, Report
from portal.intake.queries import code_of, token_hash
from portal.intake.service import SubmitReport, Submitted, submit_report
from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, ActorKind
from portal.kernel.errors import RuleBroken
from portal.operations.demo_cases import CASE_ACTS
from portal.operations.demo_decisions import DECISION_ACTS, PARTY_ACTS
from portal.operations.demo_rewards import CLAIM_ACTS, REWARD_ACTS, open_demo_fund
from portal.operations.demo_rights import fill_demo_rights
from portal.operations.demo_steps import REPORTER_ACTS, STAFF_ACTS, Scene
from portal.operations.demo_stories import Step, Story, stories
from portal.triage.service import triage_report

TOKEN_BYTES: Final = 16
DESK: Final = "CULTURE_ENF@320412"
PHOTO_SIZE: Final = (640, 480)


@dataclass(frozen=True, slots=True)
class DemoReceipt:
    """One report of the demonstration, and the code with which its reporter comes back."""

    reference: str
    state: ReportState
    code: str


def fill_demo() -> int:
    """Make what is missing of the demonstration; return how many reports were made.

    Refused in production.
    """
    if settings().production:
        raise RuleBroken("demo-in-production")
    staff = _staff()
    if not has_groups(db.session()):
        create_demo_groups(actor=Actor.operator())
    open_demo_fund(staff["finance"])
    fill_demo_rights(staff)
    return sum(_tell(story, staff) for story in stories())


def demo_receipts(session: Session) -> list[DemoReceipt]:
    """The reports of the demonstration with their codes, as they are now; not in production."""
    if settings().production:
        raise RuleBroken("demo-in-production")
    tokens = {token_hash(token_of(story)): token_of(story) for story in stories()}
    rows = session.execute(
        select(Receipt.token_hash, Receipt.counter, Report.reference, Report.state, Report.channel)
        .join(Report, Report.id == Receipt.report_id)
        .where(Receipt.token_hash.in_(tokens))
        .order_by(Report.received_at)
    )
    return [
        DemoReceipt(
            row.reference,
            row.state,
            code_of(row.channel, tokens[row.token_hash], row.counter).text,
        )
        for row in rows
    ]


def token_of(story: Story) -> bytes:
    """The submission token of a story: always the same, and different on each installation."""
    mac = hmac.digest(keys().pepper, f"sunline/demo-report/1:{story.name}".encode(), "sha256")
    return mac[:TOKEN_BYTES]


def _staff() -> Mapping[str, Actor]:
    root = current_place().root
    posts = {
        "clerk": Post(f"TRIAGE@{root}", root),
        "officer": Post(DESK, DESK.partition("@")[2]),
        "custodian-r": Post(DESK, DESK.partition("@")[2]),
        "head": Post(DESK, DESK.partition("@")[2]),
        "supervisor": Post(f"SUPERVISION@{root}", root),
        "finance": Post(None, root),
        "committee": Post(None, root),
    }
    made = create_demo_staff(posts, actor=Actor.operator())
    session = db.session()
    actors = {}
    for name, account_id in made.accounts.items():
        account = get_account(session, account_id)
        actors[name] = Actor(
            ActorKind.STAFF,
            account.id,
            account.roles,
            account.department,
            account.region,
            account.display_name,
            account.person_id,
        )
    return actors


def _tell(story: Story, staff: Mapping[str, Actor]) -> bool:
    """Bring one report in and let its story happen, unless that was done before."""
    session = db.session()
    hashed = token_hash(token_of(story))
    if session.scalar(select(Receipt.report_id).where(Receipt.token_hash == hashed)):
        return False
    entered_by = staff[story.by] if story.by else Actor.public()
    submitted = submit_report(_command(story), actor=entered_by)
    if not story.leave:
        triage_report(submitted.report_id, actor=Actor.system("triage_report"))
        for step in story.steps:
            _take_step(submitted, step, staff)
    return True


def _command(story: Story) -> SubmitReport:
    photos = [IncomingFile(photo, f"IMG_{i}.jpg") for i, photo in enumerate(_photos(story), 1)]
    return SubmitReport(
        token=token_of(story),
        content=Content(
            narrative=story.narrative, title=story.title, place=story.place, urls=story.urls
        ),
        contact_mode=story.mode,
        language=story.language,
        category=story.category,
        region=story.region,
        wants_feedback=story.wants_feedback,
        wants_reward=story.wants_reward,
        identity=story.sender,
        files=keep_files(photos, actor=Actor.public()),
        kind=story.kind,
        channel=story.channel,
        received_at=datetime.now(UTC) - timedelta(days=story.days_ago),
    )


def _take_step(submitted: Submitted, step: Step, staff: Mapping[str, Actor]) -> None:
    scene = Scene(submitted, step.words, staff)
    outside = {**REPORTER_ACTS, **PARTY_ACTS, **CLAIM_ACTS}
    if step.act in outside:
        outside[step.act](scene, Actor.public())
        return
    acts = {**STAFF_ACTS, **CASE_ACTS, **DECISION_ACTS, **REWARD_ACTS}
    acts[step.act](scene, staff[step.by or _whose(submitted)])


def _whose(submitted: Submitted) -> str:
    """The officer at their own desk, the clerk at reception, the supervisor anywhere else."""
    session = db.session()
    unit = session.scalar(select(Report.department_code).where(Report.id == submitted.report_id))
    if unit == DESK:
        return "officer"
    return "clerk" if at_reception(unit) else "supervisor"


def _photos(story: Story) -> list[BytesIO]:
    """Small pictures that look like nothing in particular, the same ones each time."""
    return [_photo(random.Random(f"{story.name}:{i}")) for i in range(story.photos)]  # noqa: S311


def _photo(chance: random.Random) -> BytesIO:
    """A shelf of coloured boxes."""
    picture = Image.new("RGB", PHOTO_SIZE, (214, 208, 196))
    brush = ImageDraw.Draw(picture)
    width, height = PHOTO_SIZE
    for shelf in range(90, height, 130):
        left = 10
        while left < width - 40:
            right = left + chance.randint(14, 38)
            colour = tuple(chance.randint(40, 230) for _ in range(3))
            brush.rectangle((left, shelf - chance.randint(55, 80), right, shelf), fill=colour)
            left = right + 3
        brush.rectangle((0, shelf + 1, width, shelf + 9), fill=(120, 90, 60))
    file = BytesIO()
    picture.save(file, "JPEG", quality=80)
    file.seek(0)
    return file
