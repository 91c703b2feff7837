"""Fills an installation with cases on planted reports: `python -m bench.case_seeding 200`.

Bulk inserts into the real tables. Every case has its words, really encrypted under one shared key,
a report, a party, two notes, a task, a clock and its entries in the chained trail; four fifths are
closed. The first are open and at the unit of the staff, whose lists fill a page however few are
stored; the very first is as long as P3 says. Not seeded: papers, decisions, offices above.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Row as Found
from sqlalchemy import exists, func, insert, select
from sqlalchemy.orm import Session

from app import create_app
from bench.seeding import CHUNK, FINISHED, PREFIX, UNIT, Row, Rows, Seed, row_of
from portal.accounts.queries import find_by_name
from portal.audit.models import AuditEvent
from portal.cases.models import Case, CaseClock, CaseNote, CaseParty, CaseReport, CaseTask
from portal.cases.queries.access import context_of
from portal.cases.states import Audience, CaseEnding, CaseState, PartyRole
from portal.infra.database import WRITING, db
from portal.infra.statistics import refresh_statistics
from portal.intake.models import Report
from portal.kernel.actor import Actor

MODELS: Final = (Case, CaseReport, CaseParty, CaseNote, CaseTask, CaseClock, AuditEvent)
OPEN: Final = tuple(state for state in CaseState if state is not CaseState.CLOSED)
Planted = Found[UUID, str | None, str, bool, datetime]
DAYS_OF_A_STEP: Final = 90
NOTES: Final = 2
FIRST: Final = 100
LONG: Final = f"{PREFIX}LONG"
ENTRIES_OF_LONG: Final = 200
TITLE, SUMMARY = "学院路某店销售侵权复制品案", "检查发现货架上有侵权复制品。"


def main() -> None:
    """Insert so many cases, a transaction for each chunk."""
    count = int(sys.argv[1])
    with create_app().app_context():
        seed = CaseSeed.plant(db.session())
        for start in range(0, count, CHUNK):
            session = db.session()
            session.commit()
            reports = free_reports(session, min(CHUNK, count - start))
            session.commit()
            session.connection(execution_options={WRITING: True})
            for model, rows in seed.rows(reports).items():
                if rows:
                    session.execute(insert(model), rows)
            session.commit()
        refresh_statistics(actor=Actor.operator())  # as the clock does every hour


def free_reports(session: Session, count: int) -> Sequence[Planted]:
    """Planted reports that a unit has and that are in no case yet, in the order they were made."""
    taken = exists().where(CaseReport.report_id == Report.id)
    closed = Report.state.in_(FINISHED).label("closed")
    return session.execute(
        select(Report.id, Report.department_code, Report.category, closed, Report.received_at)
        .where(Report.reference.startswith(PREFIX), Report.department_code.is_not(None), ~taken)
        .limit(count)
    ).all()


@dataclass(slots=True)
class CaseSeed:
    """What the rows have in common."""

    seed: Seed
    officer: UUID
    planted: int

    @classmethod
    def plant(cls, session: Session) -> "CaseSeed":
        """Read what is there already."""
        officer = find_by_name(session, "officer")
        if officer is None:
            raise SystemExit("plant the staff first")
        own = select(func.count()).where(Case.number.startswith(PREFIX))
        return cls(Seed.plant(session), officer.id, session.scalar(own) or 0)

    def rows(self, reports: Sequence[Planted]) -> Rows:
        """The rows of a case for each report, in the order they may be inserted."""
        rows: Rows = {model: [] for model in MODELS}
        for report in reports:
            case = self._case(report)
            at, own = case["opened_at"], case["id"]
            held = {"case_id": own, "added_at": at, "added_by": self.officer}
            rows[Case].append(case)
            rows[CaseReport].append(row_of(CaseReport, report_id=report.id, **held))
            rows[CaseParty].append(self._party(held))
            rows[CaseNote] += self._notes(case)
            rows[CaseTask].append(self._task(case))
            rows[CaseClock].append(self._clock(case))
            rows[AuditEvent] += self._entries(case)
        return rows

    def _case(self, report: Planted) -> Row:
        own, seed = uuid4(), self.seed
        long, first = self.planted == 0, self.planted < FIRST
        self.planted += 1
        said = {"title": TITLE, "summary": SUMMARY}
        unit = UNIT if first else str(report.department_code)
        row = row_of(
            Case,
            id=own,
            number=LONG if long else f"{PREFIX}{own.hex[:12]}",
            department_code=unit,
            region=unit.partition("@")[2],
            category=report.category,
            place_version=seed.place.version,
            content_key=seed.wrapped,
            content=seed.key.encrypt_json(said, context_of("case_file.content", own)),
            opened_at=report.received_at,
            opened_by=self.officer,
            next_due_on=report.received_at.date() + timedelta(days=DAYS_OF_A_STEP),
            changed_at=report.received_at,
            handler_id=self.officer,
        )
        over = report.closed and not first
        ending = CaseEnding.MINOR_AND_CORRECTED if over else None
        state = CaseState.CLOSED if over else seed.rng.choice(OPEN)
        return row | {"state": state, "ending": ending, "version": 1}

    def _entries(self, case: Row) -> Iterator[Row]:
        own, at, entry = case["id"], case["opened_at"], self.seed.entry
        yield entry("case", own, at, "case.open", number=case["number"])
        yield entry("case", own, at, "case.add-party", role=PartyRole.SELLER)
        for _one in range(ENTRIES_OF_LONG - 2 if case["number"] == LONG else 1):
            yield entry("case", own, at, "case.give-task")

    def _party(self, held: Row) -> Row:
        own = uuid4()
        said = {"name": "示例书店", "address": "学院路12号", "contact": ""}
        body = self.seed.key.encrypt_json(said, context_of("case_party.body", own))
        return row_of(CaseParty, id=own, role=PartyRole.SELLER, body=body, **held)

    def _notes(self, case: Row) -> Iterator[Row]:
        for _one in range(NOTES):
            own = uuid4()
            body = self.seed.key.encrypt_text(SUMMARY, context_of("case_note.body", own))
            told = {"audience": Audience.DEPARTMENT, "at": case["opened_at"], "by": self.officer}
            yield row_of(CaseNote, id=own, case_id=case["id"], body=body, **told)

    def _task(self, case: Row) -> Row:
        own, over = uuid4(), case["ending"] is not None
        task = row_of(
            CaseTask,
            id=own,
            case_id=case["id"],
            owner_id=self.officer,
            due_on=case["next_due_on"],
            body=self.seed.key.encrypt_text(SUMMARY, context_of("case_task.body", own)),
            made_at=case["opened_at"],
            made_by=self.officer,
        )
        done = {"done_at": case["opened_at"], "done_by": self.officer}
        return task | (done if over else {})

    def _clock(self, case: Row) -> Row:
        begun = case["opened_at"].date()
        clock = row_of(
            CaseClock,
            case_id=case["id"],
            move="file",
            days=DAYS_OF_A_STEP,
            warn_days=0,
            extension_days=None,
            pause_cap=0,
            starts_on=begun,
            due_on=case["next_due_on"],
            promised_on=case["next_due_on"],
            look_on=None,
        )
        return clock | {"met_at": case["opened_at"] if case["ending"] is not None else None}


if __name__ == "__main__":
    main()
