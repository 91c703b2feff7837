"""Between the Place in memory and the rows of the database, in both directions."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from portal.jurisdiction import models as m
from portal.jurisdiction.calendar import OwnDay
from portal.jurisdiction.place import (
    Calendar,
    Category,
    ClockRule,
    Department,
    DepartmentKind,
    EmergencyNumber,
    Extension,
    OnBreach,
    Place,
    Reason,
    Region,
    RoutingRule,
    Suspension,
    Text,
    Urgency,
)
from portal.jurisdiction.reward_rows import from_scheme, to_scheme
from portal.jurisdiction.table_rows import (
    Values,
    both,
    both_or_none,
    from_basis,
    from_complaints,
    from_delegation,
    from_letterhead,
    from_major,
    from_measure,
    from_notice,
    from_paper,
    from_questions,
    from_retention,
    from_status_text,
    from_step,
    reached,
    reached_by,
    text_of,
    text_or_none,
    to_basis,
    to_complaints,
    to_delegation,
    to_letterhead,
    to_major,
    to_measure,
    to_notices,
    to_paper,
    to_questions,
    to_retention,
    to_status_texts,
    to_step,
)

Rows = Mapping[type[m.Versioned], Sequence[Values]]
HEAD = (
    *("pack", "edition", "name_zh", "name_en", "zone", "unsure_category"),
    *("coordinator", "supervision", "hotline", "first_year", "last_year"),
    *("school_distance", "preselect_confidence", "opening_told_days", "contest_days", "priority"),
    *("complaint_categories", "complaint_demands", "complaint_days"),
    *("declaration_zh", "declaration_en"),
    *("counter_reasons", "counter_demands"),
    *("counter_declaration_zh", "counter_declaration_en"),
)


def rows_of(place: Place) -> dict[type[m.Versioned], list[Values]]:
    """What the tables hold for `place`, without ids and versions; `position` keeps the order."""
    rows: dict[type[m.Versioned], list[Values]] = {
        m.RegionRow: [_from_region(region) for region in place.regions.values()],
        m.TownshipsRow: _from_townships(place.townships),
        m.DepartmentKindRow: [_from_kind(kind) for kind in place.department_kinds.values()],
        m.DepartmentRow: [_from_department(unit) for unit in place.departments.values()],
        m.DelegationRow: [from_delegation(one) for one in place.delegations],
        m.CategoryRow: [_from_category(category) for category in place.categories.values()],
        m.RoutingRuleRow: [_from_rule(rule) for rule in place.rules],
        m.ClockRuleRow: [_from_clock(clock) for clock in place.clocks],
        m.ReasonRow: [_from_reason(reason) for reason in place.reasons.values()],
        m.MeasureRow: [from_measure(measure) for measure in place.measures.values()],
        m.PaperFormRow: [from_paper(form) for form in place.papers.values()],
        m.LetterheadRow: [from_letterhead(one) for one in place.letterheads.values()],
        m.CaseStepRow: [from_step(step) for step in place.case_steps.values()],
        m.MajorRuleRow: [from_major(rule) for rule in place.major_rules],
        m.RetentionRow: [from_retention(rule) for rule in place.retention],
        m.RewardSchemeRow: [from_scheme(one) for one in place.schemes.values()],
        m.LegalBasisRow: [from_basis(basis) for basis in place.bases.values()],
        m.NoticeRow: [from_notice(one) for one in place.notices.values()],
        m.StatusTextRow: [from_status_text(one) for one in place.texts.values()],
        m.CalendarDayRow: _from_calendar(place.calendar),
        m.EmergencyNumberRow: [
            {"number": n.number, **both("name", n.name)} for n in place.emergency
        ],
    }
    return {model: _in_order(model, values) for model, values in rows.items()}


def head_of(place: Place) -> Values:
    """What a version says once."""
    return {
        "pack": place.pack,
        "edition": place.edition,
        **both("name", place.name),
        "zone": place.zone,
        "unsure_category": place.unsure_category,
        "coordinator": place.coordinator,
        "supervision": place.supervision,
        "hotline": place.hotline,
        "school_distance": place.school_distance,
        "preselect_confidence": place.preselect_confidence,
        "opening_told_days": place.opening_told_days,
        "contest_days": place.contest_days,
        "priority": list(place.priority),
        **from_complaints(place.complaints),
        "first_year": place.calendar.first_year,
        "last_year": place.calendar.last_year,
    }


def content_hash(head: Values, rows: Rows) -> str:
    """SHA-256 of everything the place says; the same for the same content however it is spelt."""
    content = [[model.__tablename__, rows[model]] for model in m.VERSIONED]
    canonical = json.dumps([head, content], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def key_of(model: type[m.Versioned], values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a row is about."""
    return tuple(values[name] for name in model.key_names)


def place_of(version: int, head: Mapping[str, Any], rows: Rows) -> Place:
    """The Place that the rows of one version are."""
    return Place(
        pack=head["pack"],
        version=version,
        name=text_of(head, "name"),
        zone=head["zone"],
        regions={row["code"]: _to_region(row) for row in rows[m.RegionRow]},
        departments={row["code"]: _to_department(row) for row in rows[m.DepartmentRow]},
        department_kinds={row["kind"]: _to_kind(row) for row in rows[m.DepartmentKindRow]},
        categories={row["code"]: _to_category(row) for row in rows[m.CategoryRow]},
        rules=tuple(_to_rule(row) for row in rows[m.RoutingRuleRow]),
        clocks=tuple(clock_of(row) for row in rows[m.ClockRuleRow]),
        reasons={row["code"]: _to_reason(row) for row in rows[m.ReasonRow]},
        calendar=_to_calendar(head, rows[m.CalendarDayRow]),
        emergency=tuple(
            EmergencyNumber(row["number"], text_of(row, "name"))
            for row in rows[m.EmergencyNumberRow]
        ),
        townships=_to_townships(rows[m.TownshipsRow]),
        delegations=tuple(to_delegation(row) for row in rows[m.DelegationRow]),
        measures={row["code"]: to_measure(row) for row in rows[m.MeasureRow]},
        papers={row["code"]: to_paper(row) for row in rows[m.PaperFormRow]},
        letterheads={row["department"]: to_letterhead(row) for row in rows[m.LetterheadRow]},
        case_steps={row["move"]: to_step(row) for row in rows[m.CaseStepRow]},
        major_rules=tuple(to_major(row) for row in rows[m.MajorRuleRow]),
        retention=tuple(to_retention(row) for row in rows[m.RetentionRow]),
        schemes={row["code"]: to_scheme(row) for row in rows[m.RewardSchemeRow]},
        bases={row["code"]: to_basis(row) for row in rows[m.LegalBasisRow]},
        notices=to_notices(rows[m.NoticeRow]),
        texts=to_status_texts(rows[m.StatusTextRow]),
        unsure_category=head["unsure_category"],
        coordinator=head["coordinator"],
        supervision=head["supervision"],
        edition=head["edition"],
        hotline=head["hotline"],
        school_distance=head["school_distance"],
        preselect_confidence=head["preselect_confidence"],
        opening_told_days=head["opening_told_days"],
        contest_days=head["contest_days"],
        priority=tuple(head["priority"]),
        complaints=to_complaints(head),
    )


def _in_order(model: type[m.Versioned], values: list[Values]) -> list[Values]:
    """Give each its place: by key where the order says nothing, as written where it does.

    Tables of thousands are kept by key, so that one new row does not move all that follow.
    """
    if model in _UNORDERED:
        return [{**row, "position": 0} for row in sorted(values, key=partial(key_of, model))]
    return [{**row, "position": number} for number, row in enumerate(values)]


_UNORDERED = frozenset({m.RegionRow, m.TownshipsRow, m.DepartmentRow, m.CalendarDayRow})


def _from_region(region: Region) -> Values:
    return {
        "code": region.code,
        **both("name", region.name),
        "short": region.short,
        "level": region.level,
        "parent": region.parent,
        "aliases": list(region.aliases),
        "valid_from": region.valid_from,
        "valid_to": region.valid_to,
        "source": region.source,
        "successors": list(region.successors),
    }


def _to_region(row: Values) -> Region:
    return Region(
        code=row["code"],
        name=text_of(row, "name"),
        short=row["short"],
        level=row["level"],
        parent=row["parent"],
        aliases=tuple(row["aliases"]),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        source=row["source"],
        successors=tuple(row["successors"]),
    )


def _from_townships(townships: Mapping[str, tuple[str, ...]]) -> list[Values]:
    names: dict[str, list[str]] = {}
    for name, codes in sorted(townships.items()):
        for code in codes:
            names.setdefault(code, []).append(name)
    return [{"region": code, "names": found} for code, found in names.items()]


def _to_townships(rows: Sequence[Values]) -> dict[str, tuple[str, ...]]:
    """Each name with every region it occurs in; the rows come by region, so the codes do."""
    codes: dict[str, list[str]] = {}
    for row in rows:
        for name in row["names"]:
            codes.setdefault(name, []).append(row["region"])
    return {name: tuple(found) for name, found in codes.items()}


def _from_kind(kind: DepartmentKind) -> Values:
    names = {**both("name", kind.name), **both("duty", kind.duty)}
    return {"kind": kind.kind, **names, "outside": kind.outside, **reached(kind)}


def _to_kind(row: Values) -> DepartmentKind:
    name, duty = text_of(row, "name"), text_of(row, "duty")
    return DepartmentKind(row["kind"], name, duty, row["outside"], *reached_by(row))


def _from_department(unit: Department) -> Values:
    return {
        "code": unit.code,
        "kind": unit.kind,
        "region": unit.region,
        **both("name", unit.name),
        **reached(unit),
    }


def _to_department(row: Values) -> Department:
    name = text_of(row, "name")
    return Department(row["code"], row["kind"], row["region"], name, *reached_by(row))


_CATEGORY_SWITCHES = (
    *("link_only", "restricted", "allow_anonymous", "reward_allowed", "offered", "capture"),
)


def _from_category(category: Category) -> Values:
    return {
        "code": category.code,
        **both("name", category.name),
        **both("hint", category.hint),
        "group_code": category.group,
        "urgency": category.urgency,
        "terms": dict(category.terms),
        **both_or_none("stopper", category.stopper),
        **{name: getattr(category, name) for name in _CATEGORY_SWITCHES},
        "questions": from_questions(category.questions),
    }


def _to_category(row: Values) -> Category:
    return Category(
        code=row["code"],
        name=text_of(row, "name"),
        hint=text_of(row, "hint"),
        group=row["group_code"],
        urgency=row["urgency"],
        terms=row["terms"],
        stopper=text_or_none(row, "stopper"),
        **{name: row[name] for name in _CATEGORY_SWITCHES},
        questions=to_questions(row["questions"]),
    )


def _from_rule(rule: RoutingRule) -> Values:
    return {
        "code": rule.id,
        "conditions": {fact: list(values) for fact, values in rule.when.items()},
        "lead": rule.lead,
        "support": list(rule.support),
        **both("sentence", rule.sentence),
        **both_or_none("basis", rule.basis),
    }


def _to_rule(row: Values) -> RoutingRule:
    return RoutingRule(
        id=row["code"],
        when={fact: tuple(values) for fact, values in row["conditions"].items()},
        lead=row["lead"],
        support=tuple(row["support"]),
        sentence=text_of(row, "sentence"),
        basis=text_or_none(row, "basis"),
    )


_CLOCK_PLAIN = ("stage", "n", "unit", "starts", "warn_days", "warn_share", "pause_cap")


def _from_clock(clock: ClockRule) -> Values:
    extension = clock.extension or Extension(0, 0)
    return {
        "code": clock.id,
        **{name: getattr(clock, name) for name in _CLOCK_PLAIN},
        **both_or_none("basis", clock.basis),
        "extension_n": extension.n,
        "extension_times": extension.times,
        "suspends_on": [str(cause) for cause in clock.suspends_on],
        "on_breach": [str(action) for action in clock.on_breach],
        "urgencies": [str(urgency) for urgency in clock.urgency],
        "kinds": list(clock.kind),
        "categories": list(clock.category),
    }


def clock_of(row: Values) -> ClockRule:
    """The rule that a row says."""
    extension = Extension(row["extension_n"], row["extension_times"])
    return ClockRule(
        id=row["code"],
        **{name: row[name] for name in _CLOCK_PLAIN},
        extension=extension if extension.times else None,
        suspends_on=tuple(Suspension(cause) for cause in row["suspends_on"]),
        on_breach=tuple(OnBreach(action) for action in row["on_breach"]),
        urgency=tuple(Urgency(urgency) for urgency in row["urgencies"]),
        kind=tuple(row["kinds"]),
        category=tuple(row["categories"]),
        basis=text_or_none(row, "basis"),
    )


def _from_reason(reason: Reason) -> Values:
    return {
        "code": reason.code,
        "kind": reason.kind,
        **both("name", reason.name),
        **both("to_reporter", reason.to_reporter),
    }


def _to_reason(row: Values) -> Reason:
    return Reason(row["code"], row["kind"], text_of(row, "name"), text_of(row, "to_reporter"))


def _from_calendar(calendar: Calendar) -> list[Values]:
    days = [
        (day, kind, calendar.names.get(day, Text("", "")), "")
        for day, kind in calendar.days.items()
    ]
    for code, own in calendar.territories.items():
        days.extend((day, one.kind, one.name, code) for day, one in own.items())
    return [
        {"on_date": day, "kind": kind, **both("name", name), "region": code}
        for day, kind, name, code in days
    ]


def _to_calendar(head: Mapping[str, Any], rows: Sequence[Values]) -> Calendar:
    whole = [row for row in rows if not row["region"]]
    territories: dict[str, dict[date, OwnDay]] = {}
    for row in rows:
        if row["region"]:
            own = OwnDay(row["kind"], text_of(row, "name"))
            territories.setdefault(row["region"], {})[row["on_date"]] = own
    return Calendar(
        days={row["on_date"]: row["kind"] for row in whole},
        first_year=head["first_year"],
        last_year=head["last_year"],
        names={row["on_date"]: text_of(row, "name") for row in whole},
        territories=territories,
    )
