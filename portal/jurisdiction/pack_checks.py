"""What must hold between the records of a pack, beyond each being well formed."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from operator import attrgetter
from typing import Any

from portal.jurisdiction import pack_table_checks as tables
from portal.jurisdiction import rule_checks
from portal.jurisdiction.clock_checks import check_clock_words, check_clocks
from portal.jurisdiction.conditions import Lists
from portal.jurisdiction.kept import kept
from portal.jurisdiction.pack_draft import Draft
from portal.jurisdiction.pack_files import PackProblem
from portal.jurisdiction.pack_shapes import (
    CalendarShape,
    Entry,
    ShapeT,
    TextShape,
)
from portal.jurisdiction.place import ABOUT_CHILD_ABUSE, SATURDAY, DayKind, ReasonKind
from portal.jurisdiction.region_checks import check_regions
from portal.jurisdiction.reward_shapes import check_schemes
from portal.jurisdiction.rule_checks import Check
from portal.jurisdiction.sentences import Sentence, one_of, verbatim

Problems = tuple[PackProblem, ...]
_CODES = Sentence("codes of regions.csv")
# Grounds that notices of the trade name and the product does not ship (requirements, part X):
# political or religious expression, opinion, reporting, and "vulgar" as a ground by itself.
RESERVED_WORDS = (
    "政治有害",
    "政治",
    "非法宗教",
    "宗教",
    "意识形态",
    "敏感事件",
    "核心价值观",
    "低俗",
    "境外记者",
    "境外媒体",
    "假新闻",
    "political",
    "religious",
    "ideology",
    "vulgar",
    "foreign media",
    "fake news",
)


def check_draft(draft: Draft, spoilt: Collection[str]) -> Iterator[PackProblem]:
    """Every problem between records.

    A check that needs the whole of a file is left out while that file is `spoilt`, so that
    one malformed row is not followed by complaints about all that would have named it.
    """
    for check, needs in CHECKS:
        if not any(name in spoilt for name in needs):
            yield from check(draft)


def _found_by(check: Callable[[Draft], Iterable[PackProblem]]) -> Callable[[Draft], Problems]:
    """A check that says again what it has said about the same tables."""
    return kept(lambda draft: tuple(check(draft)))


def _once(table: str, name: str, key: str) -> Callable[[Draft], Iterator[PackProblem]]:
    """A check that no two rows of a table have the same key."""

    def duplicates(draft: Draft) -> Iterator[PackProblem]:
        return _twice(getattr(draft, table), name, attrgetter(key))

    return duplicates


def _twice(
    entries: Sequence[Entry[Any]], name: str, key: Callable[[Any], str]
) -> Iterator[PackProblem]:
    first: dict[str, int] = {}
    for entry in entries:
        found = key(entry.row)
        if found in first:
            what = Sentence(
                "'%(code)s' is there twice, first on line %(line)d", code=found, line=first[found]
            )
            yield entry.record.problem(name, what, Sentence("each only once"))
        first.setdefault(found, entry.record.line)


def _no_region(code: str) -> Sentence:
    return Sentence("'%(code)s' is not a region", code=code)


def _unknown(code: str) -> Sentence:
    return Sentence("'%(code)s' is not known", code=code)


def _regions(draft: Draft) -> Iterator[PackProblem]:
    yield from check_regions(draft.regions)


def _delegations(draft: Draft) -> Iterator[PackProblem]:
    units = {(entry.row.kind, entry.row.region) for entry in draft.departments}
    kinds, categories = draft.kind_codes, draft.category_codes
    yield from tables.delegations(draft.delegations, draft.regions, kinds, units, categories)


def _outside_bodies(draft: Draft) -> Iterator[PackProblem]:
    yield from tables.outside_bodies(draft.kinds, draft.departments)


def _questions(draft: Draft) -> Iterator[PackProblem]:
    yield from tables.questions(draft.categories)


def _status_texts(draft: Draft) -> Iterator[PackProblem]:
    yield from tables.status_texts(draft.texts, draft.category_codes)


def _papers(draft: Draft) -> Iterator[PackProblem]:
    yield from tables.papers(draft.papers)


def _letterheads(draft: Draft) -> Iterator[PackProblem]:
    units = {entry.row.code for entry in draft.departments}
    yield from tables.letterheads(draft.letterheads, draft.kind_codes | units)


def _case_steps(draft: Draft) -> Iterator[PackProblem]:
    yield from tables.case_steps(draft.steps, draft.papers)


def _majors(draft: Draft) -> Iterator[PackProblem]:
    yield from tables.major_rules(draft.majors)


def _retention(draft: Draft) -> Iterator[PackProblem]:
    ending = {ReasonKind.CLOSE, ReasonKind.CLOSE_UNROUTED, ReasonKind.DECLINE}
    reasons = {entry.row.code for entry in draft.reasons if entry.row.kind in ending}
    yield from tables.retention(draft.retention, reasons)


def _schemes(draft: Draft) -> Iterator[PackProblem]:
    papers = {entry.row.code for entry in draft.papers}
    yield from check_schemes(draft.schemes, draft.categories, papers)


def _townships(draft: Draft) -> Iterator[PackProblem]:
    known = draft.region_codes
    for entry in draft.townships:
        for code in entry.row.codes:
            if code not in known:
                right = Sentence("codes of regions.csv")
                yield entry.record.problem("codes", _no_region(code), right)


def _departments(draft: Draft) -> Iterator[PackProblem]:
    kinds, regions = draft.kind_codes, draft.region_codes
    for entry in draft.departments:
        if entry.row.kind not in kinds:
            yield entry.record.problem("kind", _unknown(entry.row.kind), one_of(kinds))
        if entry.row.region not in regions:
            what = _no_region(entry.row.region)
            yield entry.record.problem("region", what, Sentence("a code of regions.csv"))


def _rows(check: Check) -> Callable[[Draft], Iterator[PackProblem]]:
    """A check of the routing table, its problems told with their lines."""

    def checked(draft: Draft) -> Iterator[PackProblem]:
        rules = [entry.row.rule() for entry in draft.rules]
        for problem in check(rules, _surroundings(draft)):
            record = draft.rules[problem.number].record
            yield record.problem(problem.field, problem.what, problem.right)

    return checked


@kept
def _surroundings(draft: Draft) -> rule_checks.Surroundings:
    regions = {entry.row.code: entry.row for entry in draft.regions}
    roots = {code for code, row in regions.items() if row.parent is None}
    units = [entry.row for entry in draft.departments]
    return rule_checks.Surroundings(
        Lists(
            frozenset(draft.category_codes),
            {code: row.level.value for code, row in regions.items()},
            {code: row.parent for code, row in regions.items()},
        ),
        frozenset(draft.kind_codes),
        frozenset(unit.kind for unit in units),
        frozenset(unit.kind for unit in units if unit.region in roots),
        min(roots, default=""),
        draft.pack.row.coordinator if draft.pack else "",
        draft.pack.row.supervision if draft.pack else "",
        frozenset(entry.row.kind for entry in draft.kinds if entry.row.outside),
        frozenset(entry.row.code for entry in draft.categories if entry.row.link_only),
    )


def _clocks(draft: Draft) -> Iterator[PackProblem]:
    yield from check_clocks(draft.clocks)


def _clock_words(draft: Draft) -> Iterator[PackProblem]:
    pauses = {e.row.code for e in draft.reasons if e.row.kind is ReasonKind.PAUSE}
    yield from check_clock_words(draft.clocks, draft.category_codes, pauses)


def _calendar(draft: Draft) -> Iterator[PackProblem]:
    if draft.pack is None:
        return
    years = draft.pack.row.calendar
    known = range(years.first_year, years.last_year + 1)
    if not known:
        what, right = Sentence("ends before it begins"), verbatim("first_year <= last_year")
        yield draft.pack.record.problem("calendar", what, right)
    present = {entry.row.date.year for entry in draft.calendar if not entry.row.region}
    missing = [year for year in known if year not in present]
    if missing:
        years_said = ", ".join(str(year) for year in missing[:MOST_YEARS])
        what = Sentence("%(years)s: no row in the calendar", years=years_said)
        right = Sentence("the days off of each year named here")
        yield draft.pack.record.problem("calendar", what, right)
    holidays = {
        entry.row.date
        for entry in draft.calendar
        if entry.row.kind is DayKind.HOLIDAY and not entry.row.region
    }
    for entry in draft.calendar:
        day = entry.row.date
        if day.year not in known:
            between = {"first": years.first_year, "last": years.last_year}
            what = Sentence("%(day)s is outside %(first)d-%(last)d", day=day, **between)
            right = Sentence("a day of the years that the calendar covers")
            yield entry.record.problem("date", what, right)
        if entry.row.region and entry.row.region not in draft.region_codes:
            yield entry.record.problem("region", _no_region(entry.row.region), _CODES)
        if not _changes_the_week(entry.row, holidays):
            what = Sentence("%(day)s is a working day of the plain week anyway", day=day)
            yield entry.record.problem("kind", what, Sentence("a Saturday or Sunday"))


def _changes_the_week(row: CalendarShape, holidays: Collection[date]) -> bool:
    """Whether a working day makes up for one off; in a territory, a holiday it does not have."""
    weekend = row.date.weekday() >= SATURDAY
    not_theirs = bool(row.region) and row.date in holidays
    return row.kind is not DayKind.MAKE_UP_WORKDAY or weekend or not_theirs


def _head(draft: Draft) -> Iterator[PackProblem]:
    if draft.pack is None:
        return
    record, row = draft.pack.record, draft.pack.row
    if row.unsure_category not in draft.category_codes:
        what = Sentence("'%(code)s' is not a category", code=row.unsure_category)
        yield record.problem("unsure_category", what, one_of(draft.category_codes))
    for code in set(row.priority) - draft.region_codes:
        yield record.problem("priority", _no_region(code), _CODES)
    for code in set(row.complaint_categories) - draft.category_codes:
        what = Sentence("'%(code)s' is not a category", code=code)
        yield record.problem("complaint_categories", what, one_of(draft.category_codes))
    for name, kind in (("coordinator", row.coordinator), ("supervision", row.supervision)):
        if kind not in draft.kind_codes:
            yield record.problem(name, _unknown(kind), one_of(draft.kind_codes))


def _categories(draft: Draft) -> Iterator[PackProblem]:
    for entry in draft.categories:
        if entry.row.code.startswith(ABOUT_CHILD_ABUSE) and not entry.row.link_only:
            what = Sentence("is false although nobody may hold such material")
            yield entry.record.problem("link_only", what, verbatim("link_only = true"))
        if entry.row.link_only and not entry.row.restricted:
            what = Sentence("is false although only addresses are taken here")
            yield entry.record.problem("restricted", what, verbatim("restricted = true"))
        if entry.row.link_only and entry.row.reward_allowed:
            what = Sentence("a reward would make people look for such material")
            yield entry.record.problem("reward_allowed", what, verbatim("reward_allowed = false"))
        if entry.row.link_only and entry.row.capture:
            what = Sentence("nobody may fetch or keep such material")
            yield entry.record.problem("capture", what, verbatim("capture = false"))


def _reasons(draft: Draft) -> Iterator[PackProblem]:
    present = {entry.row.kind for entry in draft.reasons}
    for kind in ReasonKind:
        if kind not in present:
            record = draft.reasons[-1].record
            what = Sentence("there is no reason of kind '%(kind)s'", kind=kind)
            yield record.problem("kind", what, Sentence("at least one"))


def _reserved(draft: Draft) -> Iterator[PackProblem]:
    for category in draft.categories:
        row = category.row
        asked = [word for question in row.question for word in _both(question.text)]
        texts = [*_both(row.name), *_both(row.hint), *row.terms, *asked]
        yield from _named(category, "name", texts)
    for reason in draft.reasons:
        texts = [*_both(reason.row.name), *_both(reason.row.to_reporter)]
        yield from _named(reason, "name", texts)
    for rule in draft.rules:
        yield from _named(rule, "sentence", _both(rule.row.sentence))
    for measure in draft.measures:
        yield from _named(measure, "name", _both(measure.row.name))
    for notice in draft.notices:
        yield from _named(notice, "sentence", _both(notice.row.sentence))
    for text in draft.texts:
        yield from _named(text, "sentence", _both(text.row.sentence))


def _both(text: TextShape) -> tuple[str, str]:
    return text.zh, text.en


def _named(entry: Entry[ShapeT], name: str, texts: Iterable[str]) -> Iterator[PackProblem]:
    said = " ".join(texts).lower()
    for word in RESERVED_WORDS:
        if word in said:
            what = Sentence(
                "names '%(word)s': expression, belief and opinion are not grounds here", word=word
            )
            right = Sentence(
                "a particular breach, such as infringement or trading without a licence"
            )
            yield entry.record.problem(name, what, right, warning=True)


# Missing years that are named, of perhaps many.
MOST_YEARS = 10
REGIONS, KINDS, UNITS = "regions.csv", "department_kinds.csv", "departments.csv"
CATEGORIES, RULES, CLOCKS = "categories.toml", "routing.toml", "clocks.toml"

# What no two rows of a table may have in common: the table, the field, and what of a row.
_KEYS = (
    ("regions", "code", "code"),
    ("townships", "name", "name"),
    ("kinds", "kind", "kind"),
    ("departments", "kind", "code"),
    ("delegations", "from", "key"),
    ("calendar", "date", "key"),
    ("categories", "code", "code"),
    ("rules", "id", "id"),
    ("clocks", "id", "id"),
    ("reasons", "code", "code"),
    ("measures", "code", "code"),
    ("papers", "code", "code"),
    ("letterheads", "department", "department"),
    ("steps", "move", "move.value"),
    ("schemes", "code", "code"),
    ("bases", "code", "code"),
    ("notices", "event", "key"),
    ("texts", "stage", "key"),
)

# Each check with the files it needs whole.
_CHECKS: tuple[tuple[Callable[[Draft], Iterator[PackProblem]], tuple[str, ...]], ...] = (
    *((_once(*one), ()) for one in _KEYS),
    (_regions, (REGIONS,)),
    (_townships, (REGIONS,)),
    (_departments, (REGIONS, KINDS)),
    (_delegations, (REGIONS, KINDS, UNITS, CATEGORIES)),
    (_outside_bodies, ()),
    (_questions, ()),
    (_status_texts, (CATEGORIES,)),
    (_papers, ()),
    (_letterheads, (KINDS, UNITS)),
    (_case_steps, ("papers.toml",)),
    (_majors, ()),
    (_retention, ("reasons.toml",)),
    (_schemes, (CATEGORIES, "papers.toml")),
    (_rows(rule_checks.words), (CATEGORIES, REGIONS)),
    (_rows(rule_checks.kinds), (KINDS,)),
    (_rows(rule_checks.units), (REGIONS, KINDS, UNITS)),
    (_rows(rule_checks.circles), ("pack.toml", REGIONS, KINDS, UNITS)),
    (_rows(rule_checks.walls), ("pack.toml", RULES, CATEGORIES, KINDS)),
    (_rows(rule_checks.reach), (RULES, CATEGORIES, REGIONS)),
    (_clocks, (CLOCKS,)),
    (_clock_words, (CATEGORIES, "reasons.toml")),
    (_calendar, ("pack.toml", "calendar.csv", REGIONS)),
    (_head, ("pack.toml", CATEGORIES, KINDS, REGIONS)),
    (_categories, ()),
    (_reasons, ("reasons.toml",)),
    (_reserved, ()),
)
CHECKS = tuple((_found_by(check), needs) for check, needs in _CHECKS)
