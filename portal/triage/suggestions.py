"""Categories suggested by what corrections have taught: learnt every night, never applied."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, demand
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import vault
from portal.intake import queries as reports
from portal.intake.content import Content
from portal.intake.models import Report
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.triage.models import CategoryCorrection, SuggestionModel
from portal.triage.rules.bayes import Measured, Model, Suggestion, measure, suggest, train

MOST_LEARNT = 5_000
HELD_BACK = 5
"""Every fifth correction, by the hash of the report's id, is kept for measuring."""

FEW = 20
"""With fewer tests than this, chance plays a large part."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What is known of the newest model: when it was made and how right it was."""

    version: int
    trained_at: datetime
    measured: tuple[Measured, ...]

    @property
    def tested(self) -> int:
        return sum(one.tested for one in self.measured)

    @property
    def suggested(self) -> int | None:
        """None where something was measured before this was counted."""
        counts = [one.suggested for one in self.measured if one.suggested is not None]
        return sum(counts) if len(counts) == len(self.measured) else None

    @property
    def right(self) -> int:
        return sum(one.right for one in self.measured)

    @property
    def corrections(self) -> int:
        return sum(one.corrections for one in self.measured)


@dataclass(frozen=True, slots=True)
class _Sample:
    report_id: UUID
    text: str = field(repr=False)
    category: str


def is_held_back(report_id: UUID) -> bool:
    """Whether a correction is kept for measuring; the same at every training."""
    return hashlib.sha256(report_id.bytes).digest()[0] % HELD_BACK == 0


def correct_category(uow: UnitOfWork, report: Report, category: str) -> None:
    """Note that a person found another category; of each report the last correction counts."""
    if category == report.category:
        return
    uow.session.merge(
        CategoryCorrection(
            report_id=report.id,
            before=report.category,
            category=category,
            corrected_at=uow.now,
        )
    )


def learn_categories(*, actor: Actor) -> None:
    """Learn afresh from all corrected reports that still have their words.

    What was erased since is not among them, so it is gone from what is kept; nothing but the newest
    model is kept. The words are read here only. Safe to run twice.
    """
    samples = list(_samples(db.session()))
    taught = [(one.text, one.category) for one in samples if not is_held_back(one.report_id)]
    tests = [(one.text, one.category) for one in samples if is_held_back(one.report_id)]
    model = train(taught)
    measured = measure(model, tests)
    with unit_of_work(actor) as uow:
        version = (uow.session.scalar(select(func.max(SuggestionModel.version))) or 0) + 1
        uow.session.execute(delete(SuggestionModel))
        key, wrapped = vault().new_key()
        model_id = uuid4()
        uow.session.add(
            SuggestionModel(
                id=model_id,
                version=version,
                trained_at=uow.now,
                key=wrapped,
                learnt=key.encrypt_json(model.as_json(), _context(model_id)),
                measured=[_plain(one) for one in measured],
            )
        )


def _samples(session: Session) -> Iterator[_Sample]:
    """The newest corrections with the words of their reports; not those kept from most staff."""
    rows = session.execute(
        select(Report, CategoryCorrection.category)
        .join(CategoryCorrection, CategoryCorrection.report_id == Report.id)
        .where(
            Report.content.is_not(None),
            Report.restricted.is_(False),
            Report.conflict.is_(False),
        )
        .order_by(CategoryCorrection.corrected_at.desc(), Report.id)
        .limit(MOST_LEARNT)
    )
    for report, category in rows:
        words = _words(reports.content_of(report))
        if words.strip():  # what was erased has none
            yield _Sample(report.id, words, category)


def _words(content: Content) -> str:
    return f"{content.title}\n{content.narrative}"


def _plain(one: Measured) -> dict[str, str | int | None]:
    return {
        "category": one.category,
        "corrections": one.corrections,
        "tested": one.tested,
        "right": one.right,
        "suggested": one.suggested,
    }


def _context(model_id: UUID) -> str:
    return f"suggestion_model.learnt:{model_id}"


def find_suggestion(session: Session, content: Content | None) -> Suggestion | None:
    """What the newest model makes of a report's words; None while it has nothing to say."""
    if content is None:
        return None
    model = find_model(session)
    found = suggest(model, _words(content)) if model else None
    return found if found and found.category in current_place().categories else None


def find_suggestion_for(session: Session, report: Report) -> Suggestion | None:
    """The same for a report whose words are still locked."""
    if report.content is None:
        return None
    return find_suggestion(session, reports.content_of(report))


def preselected(suggestion: Suggestion | None) -> str | None:
    """The category to preselect for a person: only where the place sets a confidence for it."""
    least = current_place().preselect_confidence
    if suggestion is None or not least or suggestion.confidence * 100 < least:
        return None
    return suggestion.category


def find_learnt(session: Session, actor: Actor) -> Learnt | None:
    """How right the newest model was; counts and codes only."""
    demand(actor, Permission.READ_SUGGESTIONS)
    newest = select(SuggestionModel).order_by(SuggestionModel.version.desc()).limit(1)
    row = session.scalar(newest)
    if row is None:
        return None
    measured = tuple(Measured(**one) for one in row.measured)
    return Learnt(row.version, row.trained_at, measured)


def find_model(session: Session) -> Model | None:
    """The newest model; it is opened once in a process."""
    newest = select(SuggestionModel.id).order_by(SuggestionModel.version.desc()).limit(1)
    model_id = session.scalar(newest)
    if model_id is None:
        return None
    opened = _opened.get(model_id)
    if opened is not None:
        return opened
    row = session.get(SuggestionModel, model_id)
    if row is None:  # learnt anew between the two statements
        return None
    stored = vault().open_key(row.key).decrypt_json(row.learnt, _context(model_id))
    model = Model.from_json(stored)
    _opened.clear()
    _opened[model_id] = model
    return model


_opened: dict[UUID, Model] = {}
"""The newest model, and no older one."""
