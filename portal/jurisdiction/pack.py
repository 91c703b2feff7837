"""From a folder of files to a Place, or to the list of everything that is wrong with it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from portal.jurisdiction.calendar import OwnDay
from portal.jurisdiction.emblems import clean_emblem
from portal.jurisdiction.kept import kept
from portal.jurisdiction.pack_checks import check_draft
from portal.jurisdiction.pack_draft import Draft
from portal.jurisdiction.pack_files import (
    PackInvalid,
    PackProblem,
    Record,
    nothing_in,
    read_blocks,
    read_document,
    read_table,
)
from portal.jurisdiction.pack_shapes import (
    CalendarShape,
    CategoryShape,
    ClockShape,
    DepartmentKindShape,
    DepartmentShape,
    PackShape,
    QuestionShape,
    ReasonShape,
    RegionShape,
    RuleShape,
    TownshipShape,
    shape_all,
)
from portal.jurisdiction.pack_tables import (
    BasisShape,
    CaseStepShape,
    DelegationShape,
    LetterheadShape,
    MajorRuleShape,
    MeasureShape,
    NoticeShape,
    PaperShape,
    PeriodShape,
    RetentionShape,
    StatusTextShape,
)
from portal.jurisdiction.place import (
    Calendar,
    Category,
    ClockRule,
    Department,
    DepartmentKind,
    EmergencyNumber,
    Extension,
    Place,
    Reason,
    Region,
    Text,
)
from portal.jurisdiction.reward_shapes import RewardSchemeShape
from portal.jurisdiction.tables import (
    CaseStep,
    Delegation,
    LegalBasis,
    Letterhead,
    MajorRule,
    Measure,
    Notice,
    Option,
    PaperForm,
    Period,
    Phrase,
    Question,
    RetentionRule,
    StatusText,
)

SHIPPED = Path(__file__).parent / "packs"
COLUMNS = {
    "regions.csv": ("code", "name", "name_en", "short", "level", "parent", "source"),
    "townships.csv": ("name", "codes"),
    "department_kinds.csv": ("kind", "name", "name_en", "duty", "duty_en"),
    "departments.csv": ("kind", "region", "name", "name_en"),
    "delegations.csv": ("from", "to", "region", "categories"),
    "calendar.csv": ("date", "kind", "name", "name_en"),
}
# Not every place has names below its smallest regions, or needs what stands in the others.
MAY_BE_EMPTY = frozenset(
    {
        "townships.csv",
        "delegations.csv",
        "texts.toml",
        *("papers.toml", "letterheads.toml"),
        "case_steps.toml",
        "major_cases.toml",
        "retention.toml",
        "schemes.toml",
        "bases.toml",
        "notices.toml",
    }
)


def pack_folder(name_or_folder: str) -> Path:
    """The folder of a shipped pack by its name, or any other folder by its path."""
    shipped = SHIPPED / name_or_folder
    return shipped if shipped.is_dir() else Path(name_or_folder)


def check_pack(folder: Path) -> list[PackProblem]:
    """Everything that is wrong with a pack, warnings included, by file and line."""
    return _examine(folder).problems


def read_pack(folder: Path) -> Place:
    """The place a folder describes, as version 0; raises PackInvalid with every problem."""
    reading = _examine(folder)
    faults = [problem for problem in reading.problems if not problem.warning]
    if faults or reading.draft.pack is None:
        raise PackInvalid(faults)
    return place_of_draft(reading.draft, reading.draft.pack.row)


@dataclass(frozen=True, slots=True)
class _Reading:
    draft: Draft
    problems: list[PackProblem]


def _examine(folder: Path) -> _Reading:
    problems: list[PackProblem] = []
    draft = _read_draft(folder, problems)
    spoilt = {problem.file for problem in problems}
    problems.extend(check_draft(draft, spoilt))
    problems.sort(key=lambda problem: (problem.file, problem.line, problem.field))
    return _Reading(draft, problems)


def _read_draft(folder: Path, problems: list[PackProblem]) -> Draft:
    def table(name: str) -> list[Record]:
        return _some(name, read_table(folder, name, COLUMNS[name], problems), problems)

    def blocks(name: str, block: str) -> list[Record]:
        return _some(name, read_blocks(folder, name, block, problems), problems)

    document = read_document(folder, "pack.toml", problems)
    heads = shape_all([] if document is None else [document], PackShape, problems)
    return Draft(
        pack=heads[0] if heads else None,
        regions=shape_all(table("regions.csv"), RegionShape, problems),
        townships=shape_all(table("townships.csv"), TownshipShape, problems),
        kinds=shape_all(table("department_kinds.csv"), DepartmentKindShape, problems),
        departments=shape_all(table("departments.csv"), DepartmentShape, problems),
        delegations=shape_all(table("delegations.csv"), DelegationShape, problems),
        calendar=shape_all(table("calendar.csv"), CalendarShape, problems),
        categories=shape_all(blocks("categories.toml", "category"), CategoryShape, problems),
        rules=shape_all(blocks("routing.toml", "rule"), RuleShape, problems),
        clocks=shape_all(blocks("clocks.toml", "clock"), ClockShape, problems),
        reasons=shape_all(blocks("reasons.toml", "reason"), ReasonShape, problems),
        measures=shape_all(blocks("measures.toml", "measure"), MeasureShape, problems),
        papers=shape_all(blocks("papers.toml", "paper"), PaperShape, problems),
        letterheads=shape_all(blocks("letterheads.toml", "letterhead"), LetterheadShape, problems),
        steps=shape_all(blocks("case_steps.toml", "step"), CaseStepShape, problems),
        majors=shape_all(blocks("major_cases.toml", "major"), MajorRuleShape, problems),
        retention=shape_all(blocks("retention.toml", "series"), RetentionShape, problems),
        schemes=shape_all(blocks("schemes.toml", "scheme"), RewardSchemeShape, problems),
        bases=shape_all(blocks("bases.toml", "basis"), BasisShape, problems),
        notices=shape_all(blocks("notices.toml", "notice"), NoticeShape, problems),
        texts=shape_all(blocks("texts.toml", "text"), StatusTextShape, problems),
    )


def _some(name: str, records: list[Record], problems: list[PackProblem]) -> list[Record]:
    """The records; that there are none is a problem, if the file has no other."""
    is_known = any(problem.file == name for problem in problems)
    if not records and not is_known and name not in MAY_BE_EMPTY:
        problems.append(nothing_in(name, 1))
    return records


def place_of_draft(draft: Draft, head: PackShape) -> Place:
    """The place that well-formed records are, as version 0."""
    return Place(
        pack=head.pack,
        version=0,
        name=head.name.text(),
        zone=head.zone,
        regions=_regions(draft),
        departments=_departments(draft),
        department_kinds={entry.row.kind: _kind(entry.row) for entry in draft.kinds},
        categories={entry.row.code: _category(entry.row) for entry in draft.categories},
        rules=tuple(entry.row.rule() for entry in draft.rules),
        clocks=tuple(_clock(entry.row) for entry in draft.clocks),
        reasons={entry.row.code: _reason(entry.row) for entry in draft.reasons},
        calendar=_calendar(draft, head),
        emergency=tuple(EmergencyNumber(e.number, e.name.text()) for e in head.emergency),
        townships=_townships(draft),
        delegations=tuple(_delegation(entry.row) for entry in draft.delegations),
        measures={entry.row.code: _measure(entry.row) for entry in draft.measures},
        papers={entry.row.code: _paper(entry.row) for entry in draft.papers},
        letterheads={entry.row.department: _letterhead(entry.row) for entry in draft.letterheads},
        case_steps={entry.row.move.value: _step(entry.row) for entry in draft.steps},
        major_rules=tuple(_major(entry.row) for entry in draft.majors),
        retention=tuple(_retention(entry.row) for entry in draft.retention),
        schemes={entry.row.code: entry.row.scheme() for entry in draft.schemes},
        bases={entry.row.code: _basis(entry.row) for entry in draft.bases},
        notices={(e.row.event.value, e.row.recipient.value): _notice(e.row) for e in draft.notices},
        texts={(e.row.stage.value, e.row.category): _status_text(e.row) for e in draft.texts},
        unsure_category=head.unsure_category,
        coordinator=head.coordinator,
        supervision=head.supervision,
        edition=head.version,
        hotline=head.hotline,
        school_distance=head.school_distance,
        preselect_confidence=head.preselect_confidence,
        opening_told_days=head.opening_told_days,
        contest_days=head.contest_days,
        priority=head.priority,
        complaints=head.complaints(),
    )


# Tables of thousands are made anew only where a row of them was changed.
_regions = kept(lambda draft: {e.row.code: _region(e.row) for e in draft.regions})
_departments = kept(lambda draft: {e.row.code: _department(e.row) for e in draft.departments})
_townships = kept(lambda draft: {e.row.name: e.row.codes for e in draft.townships})


def _region(row: RegionShape) -> Region:
    return Region(
        code=row.code,
        name=row.text(),
        short=row.short,
        level=row.level,
        parent=row.parent,
        aliases=row.aliases,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source=row.source,
        successors=row.successors,
    )


def _department(row: DepartmentShape) -> Department:
    reached = row.receives_by, row.contact_text()
    return Department(row.code, row.kind, row.region, row.text(), *reached)


def _kind(row: DepartmentKindShape) -> DepartmentKind:
    duty, reached = Text(row.duty, row.duty_en), (row.receives_by, row.contact_text())
    return DepartmentKind(row.kind, row.text(), duty, row.outside, *reached)


def _delegation(row: DelegationShape) -> Delegation:
    basis, period = Text(row.basis or "", row.basis_en or ""), (row.valid_from, row.valid_to)
    return Delegation(row.giver, row.taker, row.region, row.categories, basis, *period)


def _measure(row: MeasureShape) -> Measure:
    names = row.name.text(), row.unit.text()
    return Measure(row.code, *names, row.needs_legal_basis, str(row.least_grade))


def _paper(row: PaperShape) -> PaperForm:
    return PaperForm(
        code=row.code,
        name=row.name.text(),
        number=row.number,
        parts=row.parts,
        reports=row.reports,
        served=row.served,
        proof=row.proof,
        phrase=row.phrase.text() if row.phrase else None,
        periods=tuple(map(_period, row.periods)),
        signed_by=row.signed_by,
        phrases=tuple(Phrase(one.part, one.text.text()) for one in row.phrases),
        without_case=row.without_case,
    )


def _period(row: PeriodShape) -> Period:
    return Period(row.name.text(), row.days, row.unit)


def _letterhead(row: LetterheadShape) -> Letterhead:
    said = row.address.text(), row.phone, clean_emblem(row.picture)
    return Letterhead(row.department, row.name.text() if row.name else None, *said)


def _step(row: CaseStepShape) -> CaseStep:
    times = row.days, row.warn_days, row.extension_days, row.pause_cap
    said = row.move.value, row.papers, row.confirmed, *times, row.decision, row.carries, row.unit
    return CaseStep(*said, row.notice)


def _major(row: MajorRuleShape) -> MajorRule:
    conditions = row.amount, row.copies, tuple(map(str, row.factors)), row.police
    return MajorRule(row.code, row.sentence.text(), *conditions)


def _retention(row: RetentionShape) -> RetentionRule:
    return RetentionRule(
        code=row.code,
        name=row.name.text(),
        record=row.record,
        basis=row.basis.text(),
        kinds=tuple(map(str, row.kinds)),
        endings=row.endings,
        starts=row.starts,
        months=row.months,
        action=row.action,
        identity_months=row.identity_months,
    )


def _basis(row: BasisShape) -> LegalBasis:
    return LegalBasis(row.code, row.name.text())


def _notice(row: NoticeShape) -> Notice:
    return Notice(row.event.value, row.recipient.value, row.sentence.text())


def _status_text(row: StatusTextShape) -> StatusText:
    return StatusText(row.stage.value, row.category, row.sentence.text())


def _category(row: CategoryShape) -> Category:
    return Category(
        code=row.code,
        name=row.name.text(),
        hint=row.hint.text(),
        group=row.group,
        urgency=row.urgency,
        terms=dict(row.terms),
        stopper=row.stopper.text() if row.stopper else None,
        link_only=row.link_only,
        restricted=row.restricted,
        allow_anonymous=row.allow_anonymous,
        reward_allowed=row.reward_allowed,
        offered=row.offered,
        capture=row.capture,
        questions=tuple(_question(question) for question in row.question),
    )


def _question(row: QuestionShape) -> Question:
    return Question(
        code=row.code,
        text=row.text.text(),
        kind=row.kind,
        hint=row.hint.text() if row.hint else None,
        choices=tuple(Option(choice.code, choice.text.text()) for choice in row.choices),
        required=row.required,
    )


def _clock(row: ClockShape) -> ClockRule:
    return ClockRule(
        id=row.id,
        stage=row.stage,
        n=row.n,
        unit=row.unit,
        starts=row.starts,
        warn_days=1 if row.warn_days is None else row.warn_days,
        warn_share=row.warn_share or 0,
        extension=Extension(row.extension.n, row.extension.times) if row.extension else None,
        suspends_on=row.suspends_on,
        pause_cap=row.pause_cap,
        on_breach=row.on_breach,
        urgency=row.urgency,
        kind=tuple(str(kind) for kind in row.kind),
        category=row.category,
        basis=row.basis.text() if row.basis else None,
    )


def _reason(row: ReasonShape) -> Reason:
    return Reason(row.code, row.kind, row.name.text(), row.to_reporter.text())


def _calendar(draft: Draft, head: PackShape) -> Calendar:
    rows = [entry.row for entry in draft.calendar]
    territories: dict[str, dict[date, OwnDay]] = {}
    for row in rows:
        if row.region:
            territories.setdefault(row.region, {})[row.date] = OwnDay(row.kind, row.text())
    return Calendar(
        days={row.date: row.kind for row in rows if not row.region},
        first_year=head.calendar.first_year,
        last_year=head.calendar.last_year,
        names={row.date: row.text() for row in rows if not row.region},
        territories=territories,
    )
