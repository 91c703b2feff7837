"""Fills an installation that is not running: `python -m bench.seeding staff`, or so many reports.

Bulk inserts into the real tables. Every report has its own words, really encrypted, but under
one shared key; it has a receipt, clocks, tasks that are done, a routing decision and its entries
in the chained trail. Not seeded: likeness and search index, which the measured pages do not read.
"""

import json
import random
import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app import create_app
from bench.texts import make_text
from portal.accounts.service.demo import DEMO_NAMES, Post, create_demo_staff
from portal.audit.models import AuditEvent
from portal.audit.trail import GENESIS, entry_hash
from portal.custody.queries import has_groups
from portal.custody.service.groups import create_demo_groups
from portal.infra.database import WRITING, Base, db
from portal.infra.statistics import refresh_statistics
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.infra.vault import ContentKey, vault
from portal.intake.content import Content, close_content
from portal.intake.models import Clock, ContactMode, Receipt, Report
from portal.intake.rules import Matter, clock_dates
from portal.intake.states import ReportState
from portal.jurisdiction.place import Place, Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.triage.models import ANSWERED, RoutingDecision
from portal.triage.rules.table import Asked, decide

CHUNK: Final = 2000
DAYS: Final = 365
OPEN_DAYS: Final = 45  # what is still open came in lately
FINISHED: Final = frozenset({ReportState.CLOSED, ReportState.DECLINED})
# Most of what an office has ever received is closed.
STATES: Final = (
    *([ReportState.CLOSED] * 14),
    *([ReportState.DECLINED] * 2),
    *([ReportState.ROUTED] * 2),
    ReportState.ACCEPTED,
    ReportState.RECEIVED,
)
TASKS: Final = (TaskKind.TRIAGE_REPORT, TaskKind.HARDEN_RECEIPT, TaskKind.INDEX_REPORT)
PREFIX: Final = "SB-"  # of what is planted, and of nothing that was sent in
UNIT: Final = "CULTURE_ENF@320412"
FIRST: Final = 400  # all of these are the unit's: its lists fill a page however few are stored

Row = dict[str, Any]
Rows = dict[type[Base], list[Row]]


def main() -> None:
    """Make the staff, or so many reports."""
    app = create_app()
    with app.app_context():
        if sys.argv[1:] == ["staff"]:
            make_staff()
        else:
            make_reports(int(sys.argv[1]))


def make_staff() -> None:
    """One account for each role at one unit, and the two custodian groups."""
    post = Post(UNIT, current_place().root)
    staff = create_demo_staff(dict.fromkeys(DEMO_NAMES, post), actor=Actor.operator())
    if not has_groups(db.session()):
        create_demo_groups(actor=Actor.operator())
    print(json.dumps({"password": staff.password}))


def make_reports(count: int) -> None:
    """Insert `count` reports, a transaction for each chunk."""
    seed = Seed.plant(db.session())
    for start in range(0, count, CHUNK):
        session = db.session()
        session.commit()
        session.connection(execution_options={WRITING: True})
        for model, rows in seed.rows(min(CHUNK, count - start)).items():
            session.execute(insert(model), rows)
        session.commit()
    refresh_statistics(actor=Actor.operator())  # as the clock does every hour


@dataclass(slots=True)
class Seed:
    """What the rows have in common, and where the trail stands."""

    place: Place
    rng: random.Random
    key: ContentKey
    wrapped: bytes
    units: Sequence[str]
    categories: Sequence[str]
    now: datetime
    seq: int
    head: str
    clocks: dict[tuple[Matter, date], list[Row]]
    planted: int

    @classmethod
    def plant(cls, session: Session) -> "Seed":
        """Read what is there already."""
        place = current_place()
        key, wrapped = vault().new_key()
        newest = session.execute(
            select(AuditEvent.seq, AuditEvent.hash).order_by(AuditEvent.seq.desc()).limit(1)
        ).first()
        seq, head = (newest.seq, newest.hash) if newest else (0, GENESIS)
        own = select(func.count()).where(Report.reference.startswith(PREFIX))
        planted = session.scalar(own) or 0
        units = [UNIT, *list(place.departments)[:20]]
        categories = [one.code for one in place.categories.values() if not one.restricted]
        return cls(
            place,
            random.Random(planted),
            key,
            wrapped,
            units,
            categories,
            datetime.now(UTC),
            seq,
            head,
            {},
            planted,
        )

    def rows(self, count: int) -> Rows:
        """The rows of `count` reports, in the order they may be inserted."""
        rows: Rows = {
            model: [] for model in (Report, Receipt, Clock, RoutingDecision, Task, AuditEvent)
        }
        for _ in range(count):
            report = self._report()
            rows[Report].append(report)
            rows[Receipt].append(self._receipt(report))
            rows[Clock] += self._clocks(report)
            rows[Task] += self._tasks(report)
            at, own = report["received_at"], report["id"]
            rows[AuditEvent].append(self.entry("report", own, at, "report.receive", channel="web"))
            if report["department_code"] is not None:
                rows[RoutingDecision].append(self._decision(report))
                rows[AuditEvent].append(
                    self.entry("report", own, at, "report.route", channel="web")
                )
        return rows

    def _report(self) -> Row:
        rng, own = self.rng, uuid4()
        self.planted += 1
        state = rng.choice(STATES)
        days = DAYS if state in FINISHED else OPEN_DAYS
        at = self.now - timedelta(seconds=rng.randrange(60, days * 86_400))
        category = self.place.categories[rng.choice(self.categories)]
        row = row_of(
            Report,
            reference=f"{PREFIX}{own.hex[:12]}",
            language="zh-Hans",
            contact_mode=ContactMode.ANONYMOUS,
            wants_feedback=True,
            wants_reward=False,
            received_at=at,
            entered_at=at,
            content_key=self.wrapped,
            content=None,
            chosen_category=category.code,
            chosen_region=None,
            category=category.code,
            urgency=category.urgency,
            next_due_on=(at + timedelta(days=rng.randrange(5, 60))).date(),
            changed_at=at,
        )
        open_ = state is ReportState.RECEIVED
        return row | {
            "id": own,
            "content": close_content(self.key, own, Content(make_text(rng), place="学院路12号")),
            "state": state,
            "department_code": None if open_ else self._unit(),
            "routing_version": 0 if open_ else 1,
            "decline_reason": "decline.no-breach" if state is ReportState.DECLINED else None,
            "close_reason": "close.measures-taken" if state is ReportState.CLOSED else None,
        }

    def _unit(self) -> str:
        return UNIT if self.planted <= FIRST else self.rng.choice(self.units)

    def _receipt(self, report: Row) -> Row:
        return row_of(
            Receipt,
            report_id=report["id"],
            locator_mac=secrets.token_bytes(32),
            verifier=secrets.token_bytes(64),
            hardened=True,
            token_hash=secrets.token_bytes(32),
            counter=0,
            commitment=secrets.token_hex(32),
            shown_until=report["received_at"] + timedelta(minutes=30),
        )

    def _clocks(self, report: Row) -> Iterator[Row]:
        met = None if report["state"] is ReportState.RECEIVED else report["received_at"]
        matter = Matter("tip", report["urgency"], report["category"])
        for row in self._clock_rows(matter, report["received_at"].date()):
            yield row | {"id": uuid4(), "report_id": report["id"], "met_at": met}

    def _clock_rows(self, matter: Matter, on: date) -> list[Row]:
        if (matter, on) not in self.clocks:
            found = [
                clock_dates(self.place, stage, matter, on) for stage in (Stage.TRIAGE, Stage.ACCEPT)
            ]
            self.clocks[matter, on] = [
                row_of(
                    Clock,
                    report_id=uuid4(),
                    stage=one.rule.stage,
                    rule_id=one.rule.id,
                    place_version=self.place.version,
                    starts_on=one.starts_on,
                    due_on=one.due_on,
                    warn_on=one.warn_on,
                    promised_on=one.due_on,
                    # What ran out before the measurement is nobody's work during it.
                    look_on=one.warn_on if one.warn_on > self.now.date() else None,
                )
                for one in found
            ]
        return self.clocks[matter, on]

    def _tasks(self, report: Row) -> Iterator[Row]:
        at, own = report["received_at"], report["id"]
        for kind in TASKS:
            yield row_of(
                Task,
                kind=kind,
                subject_id=own,
                dedupe=f"{kind}:{own.hex}:",
                state=TaskState.DONE,
                attempts=1,
                not_before=at,
                created_at=at,
                done_at=at,
            )

    def _decision(self, report: Row) -> Row:
        asked = Asked(
            category=report["category"], region=report["region"], urgency=report["urgency"].value
        )
        return row_of(
            RoutingDecision,
            report_id=report["id"],
            version=1,
            decided_at=report["received_at"],
            pack_version=self.place.version,
            department_code=report["department_code"],
            support=[],
            rule_id="seeded",
            explanation=[{"code": "seeded", "zh": "按职责分工", "en": "By competence"}],
            facts={**asked.as_json(), ANSWERED: decide(self.place, asked).unit.code},
        )

    def entry(self, kind: str, own: UUID, at: datetime, action: str, **details: str) -> Row:
        """The next entry of the trail."""
        self.seq += 1
        row: Row = {
            "seq": self.seq,
            "at": at,
            "actor_kind": "public",
            "actor_id": None,
            "actor_name": "",
            "action": action,
            "subject_kind": kind,
            "subject_id": own,
            "details": details,
            "prev": self.head,
        }
        row["hash"] = self.head = entry_hash(row)
        return row


_blank: dict[type[Base], Row] = {}


def row_of(model: type[Base], **values: object) -> Row:
    """Every column of a record, as an insert takes it; what is not given has its default.

    The model itself is asked once for its defaults: a hundred thousand objects cost a minute.
    """
    if model not in _blank:
        made = model(**values)
        columns = [column.key for column in model.__mapper__.column_attrs]
        _blank[model] = {name: getattr(made, name) for name in columns}
    row = _blank[model] | values
    return row | {"id": values.get("id") or uuid4()} if "id" in row else row


if __name__ == "__main__":
    main()
