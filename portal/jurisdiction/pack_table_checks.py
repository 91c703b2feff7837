"""What must hold in the smaller tables of a pack."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from portal.jurisdiction.emblems import BadEmblem, clean_emblem
from portal.jurisdiction.pack_files import PackProblem, Record
from portal.jurisdiction.pack_shapes import (
    CategoryShape,
    DepartmentKindShape,
    DepartmentShape,
    Entry,
    QuestionShape,
    ReachedRow,
    RegionShape,
)
from portal.jurisdiction.pack_tables import (
    TIMES_BESIDE,
    CaseEndingName,
    CaseStepShape,
    DelegationShape,
    LetterheadShape,
    MajorRuleShape,
    PaperShape,
    RetentionShape,
    StatusTextShape,
)
from portal.jurisdiction.region_checks import are_at_once, check_period
from portal.jurisdiction.sentences import Sentence, one_of, verbatim
from portal.jurisdiction.tables import FinalAction, PaperPart, QuestionKind, RecordKind, Way
from portal.kernel.deadline import DayUnit

LEAST_CHOICES = 2


def delegations(
    entries: Sequence[Entry[DelegationShape]],
    regions: Sequence[Entry[RegionShape]],
    kinds: Collection[str],
    units: Collection[tuple[str, str]],
    categories: Collection[str],
) -> Iterator[PackProblem]:
    """Delegations name what there is, find a unit that acts, and do not go round in a circle."""
    parents = {entry.row.code: entry.row.parent for entry in regions}
    for number, entry in enumerate(entries):
        row, problem = entry.row, entry.record.problem
        for name, kind in (("from", row.giver), ("to", row.taker)):
            if kind not in kinds:
                yield problem(name, Sentence("'%(code)s' is not known", code=kind), one_of(kinds))
        yield from _where(entry, parents, kinds, units)
        for code in set(row.categories) - set(categories):
            what = Sentence("'%(code)s' is not a category", code=code)
            right = Sentence("codes of categories.toml, a space between them")
            yield problem("categories", what, right)
        yield from check_period(entry)
        if _closes_a_circle(row, [e.row for e in entries[:number]], parents):
            what = Sentence("'%(kind)s' gets back what it gave away", kind=row.giver)
            yield problem("to", what, Sentence("a kind that keeps what it is given"))
        yield from _overlaps(entry, entries[:number])


def _where(
    entry: Entry[DelegationShape],
    parents: Mapping[str, str | None],
    kinds: Collection[str],
    units: Collection[tuple[str, str]],
) -> Iterator[PackProblem]:
    """Whether there is such a region, and a unit of the taker in it or above it."""
    region, taker = entry.row.region, entry.row.taker
    if region not in parents:
        what = Sentence("'%(code)s' is not a region", code=region)
        yield entry.record.problem("region", what, Sentence("a code of regions.csv"))
    elif taker in kinds and not any((taker, at) in units for at in _upwards(region, parents)):
        named = {"kind": taker, "region": region}
        what = Sentence("'%(kind)s' has no unit in '%(region)s' or above it", **named)
        right = Sentence("a row %(kind)s,%(region)s,… in departments.csv", **named)
        yield entry.record.problem("to", what, right)


def _upwards(region: str, parents: Mapping[str, str | None]) -> list[str]:
    """The region and those above it; a circle, which is complained of elsewhere, ends it."""
    found: list[str] = []
    at: str | None = region
    while at is not None and at not in found:
        found.append(at)
        at = parents.get(at)
    return found


def _closes_a_circle(
    row: DelegationShape, earlier: Sequence[DelegationShape], parents: Mapping[str, str | None]
) -> bool:
    """Whether `earlier` ones that hold at the same place and matter lead back to the giver."""
    beside = [one for one in earlier if _meet(row, one, parents)]
    reached, waiting = {row.taker}, [row.taker]
    while waiting:
        at = waiting.pop()
        onward = {one.taker for one in beside if one.giver == at} - reached
        reached |= onward
        waiting.extend(onward)
    return row.giver in reached


def _meet(one: DelegationShape, other: DelegationShape, parents: Mapping[str, str | None]) -> bool:
    """Whether some matter somewhere falls under both."""
    around = one.region in _upwards(other.region, parents)
    inside = other.region in _upwards(one.region, parents)
    both_named = one.categories and other.categories
    shared = not both_named or not set(one.categories).isdisjoint(other.categories)
    return (around or inside) and shared


def _overlaps(
    entry: Entry[DelegationShape], earlier: Sequence[Entry[DelegationShape]]
) -> Iterator[PackProblem]:
    """No two hold for one matter at one place on one day; one that names matters goes first."""
    for one in (other.row for other in earlier):
        shared = set(one.categories) & set(entry.row.categories)
        alike = shared or not (one.categories or entry.row.categories)
        at_one_place = (one.giver, one.region) == (entry.row.giver, entry.row.region)
        if at_one_place and alike and are_at_once(one, entry.row):
            what = Sentence("'%(kind)s' acts for it in the same matters already", kind=one.taker)
            right = Sentence("other categories, or days that do not overlap")
            yield entry.record.problem("to", what, right)


def outside_bodies(
    kinds: Sequence[Entry[DepartmentKindShape]], units: Sequence[Entry[DepartmentShape]]
) -> Iterator[PackProblem]:
    """An outside body says how it is sent things, and contacts are in both languages."""
    for entry in kinds:
        if entry.row.outside and entry.row.receives_by is None:
            what = Sentence("an outside body does not say how it receives things")
            yield entry.record.problem("receives_by", what, one_of(Way))
        if entry.row.outside and entry.row.contact is None:
            what = Sentence("an outside body does not say where things are sent")
            yield entry.record.problem("contact", what, Sentence("where to send, in words"))
    for entry in kinds:
        yield from _contact_in_both(entry.record, entry.row)
    for unit in units:
        yield from _contact_in_both(unit.record, unit.row)


def _contact_in_both(record: Record, row: ReachedRow) -> Iterator[PackProblem]:
    if bool(row.contact) != bool(row.contact_en):
        name = "contact" if row.contact is None else "contact_en"
        what, right = Sentence("is missing"), Sentence("the contact in both languages")
        yield record.problem(name, what, right)


def questions(categories: Iterable[Entry[CategoryShape]]) -> Iterator[PackProblem]:
    """A question has a code of its own in the whole pack, and choices if it is a choice."""
    first: dict[str, str] = {}
    for entry in categories:
        for number, row in enumerate(entry.row.question):
            name = f"question.{number}"
            if row.code in first:
                what = Sentence(
                    "'%(code)s' is asked twice, first in '%(category)s'",
                    code=row.code,
                    category=first[row.code],
                )
                right = Sentence("each code only once in a pack")
                yield entry.record.problem(f"{name}.code", what, right)
            first.setdefault(row.code, entry.row.code)
            for what, right in _wrong_choices(row):
                yield entry.record.problem(f"{name}.choices", what, right)


def _wrong_choices(row: QuestionShape) -> Iterator[tuple[Sentence, Sentence]]:
    codes = [choice.code for choice in row.choices]
    if row.kind is QuestionKind.CHOICE and len(codes) < LEAST_CHOICES:
        what = Sentence("a choice has %(n)d answers", n=len(codes))
        yield what, Sentence("at least %(n)d", n=LEAST_CHOICES)
    if row.kind is not QuestionKind.CHOICE and codes:
        what = Sentence("a question of kind '%(kind)s' has no list of answers", kind=row.kind)
        yield what, verbatim('kind = "choice"')
    for code in {code for code in codes if codes.count(code) > 1}:
        yield Sentence("'%(code)s' is there twice", code=code), Sentence("each only once")


def status_texts(
    texts: Iterable[Entry[StatusTextShape]], categories: Collection[str]
) -> Iterator[PackProblem]:
    """A status text is for a category that there is, or for all."""
    for entry in texts:
        if entry.row.category and entry.row.category not in categories:
            what = Sentence("'%(code)s' is not a category", code=entry.row.category)
            right = Sentence("a code of categories.toml, or none")
            yield entry.record.problem("category", what, right)


def papers(entries: Iterable[Entry[PaperShape]]) -> Iterator[PackProblem]:
    """A paper that is served is made here, and only from the day of service does a time run.

    A phrase is for a part of its paper, and without a case there is no party to serve.
    """
    for entry in entries:
        if entry.row.served and not entry.row.parts:
            what = Sentence("a paper that is served says nothing")
            yield entry.record.problem("parts", what, one_of(PaperPart))
        if entry.row.periods and not entry.row.served:
            what = Sentence("a time runs from the service of a paper that is not served")
            yield entry.record.problem("served", what, verbatim("served = true"))
        if entry.row.without_case and entry.row.served:
            what = Sentence("a paper that is made without a case is served on a party")
            yield entry.record.problem("without_case", what, verbatim("served = false"))
        for number, phrase in enumerate(entry.row.phrases):
            if phrase.part not in entry.row.parts:
                what = Sentence("a phrase is for a part that the paper does not have")
                right = Sentence("one of its parts")
                yield entry.record.problem(f"phrases.{number}.part", what, right)


def letterheads(
    entries: Iterable[Entry[LetterheadShape]], known: Collection[str]
) -> Iterator[PackProblem]:
    """A letterhead is that of a unit or of a kind that there is, and its picture can be printed."""
    for entry in entries:
        try:
            clean_emblem(entry.row.picture)
        except BadEmblem as bad:
            right = Sentence("a PNG or SVG of 200 kB or less, as data:image/png;base64,…")
            yield entry.record.problem("picture", bad.why, right)
        if entry.row.department not in known:
            what = Sentence("'%(code)s' is not known", code=entry.row.department)
            right = Sentence("a kind, or a kind and a region: KIND@REGION")
            yield entry.record.problem("department", what, right)


def major_rules(rules: Iterable[Entry[MajorRuleShape]]) -> Iterator[PackProblem]:
    """A rule without a condition would make every case a major one."""
    for entry in rules:
        if not entry.row.says_something:
            what = Sentence("says nothing that must hold")
            right = Sentence("amount, copies, factors or police")
            yield entry.record.problem("", what, right)


def retention(
    series: Iterable[Entry[RetentionShape]], reasons: Collection[str]
) -> Iterator[PackProblem]:
    """A series that is destroyed says when; it names endings that there are, and can be reached."""
    before: list[RetentionShape] = []
    for entry in series:
        row, problem = entry.row, entry.record.problem
        yield from _period_of(entry)
        known = reasons if row.record is RecordKind.REPORT else frozenset(map(str, CaseEndingName))
        for code in row.endings:
            if code not in known:
                what = Sentence("'%(code)s' is not an ending of such a record", code=code)
                # A reason that is not on the list any more is still that of older reports.
                former = row.record is RecordKind.REPORT
                yield problem("endings", what, one_of(known), warning=former)
        if any(_covers(one, row) for one in before):
            what = Sentence("an earlier row takes everything that would fit this one")
            yield problem("code", what, Sentence("before the row that takes all"))
        before.append(row)


def _period_of(entry: Entry[RetentionShape]) -> Iterator[PackProblem]:
    row, problem = entry.row, entry.record.problem
    destroyed = row.action is FinalAction.DESTROY
    if destroyed and row.months is None:
        what = Sentence("is destroyed, and nobody says after how long")
        yield problem("months", what, Sentence("a number of months"))
    if not destroyed and row.months is not None:
        what = Sentence("is kept for good, and has a period")
        yield problem("months", what, Sentence('no months, or action = "destroy"'))
    if row.identity_months and row.months and row.identity_months > row.months:
        what = Sentence("the identity would outlast its record")
        yield problem("identity_months", what, Sentence("%(count)s or less", count=row.months))


def _covers(first: RetentionShape, later: RetentionShape) -> bool:
    """Whether everything that fits the later row fits the first."""
    wider = ((first.kinds, later.kinds), (first.endings, later.endings))
    return first.record is later.record and all(
        not theirs or (bool(own) and set(own) <= set(theirs)) for theirs, own in wider
    )


def _notice_of(entry: Entry[CaseStepShape], served: Collection[str]) -> Iterator[PackProblem]:
    """What a party is told by before it is decided is a paper that is served."""
    row, problem = entry.row, entry.record.problem
    if row.notice and not row.decision:
        what = Sentence("only a step that asks for a decision has a notice before it")
        yield problem("notice", what, verbatim("decision = true"))
    for code in filter(None, row.notice.split("|")):
        if code not in served:
            what = Sentence("'%(code)s' is not a paper that is served", code=code)
            yield problem("notice", what, Sentence("codes of papers.toml with served = true"))


def case_steps(
    steps: Sequence[Entry[CaseStepShape]], papers: Sequence[Entry[PaperShape]]
) -> Iterator[PackProblem]:
    """A step asks for papers that there are, and carries over only such as it asks for."""
    known = {entry.row.code for entry in papers}
    served = {entry.row.code for entry in papers if entry.row.served}
    for entry in steps:
        row, problem = entry.row, entry.record.problem
        yield from _notice_of(entry, served)
        own = [code for group in row.papers for code in group.split("|")]
        for code in own:
            if code not in known:
                what = Sentence("'%(code)s' is not a paper", code=code)
                yield problem("papers", what, Sentence("codes of papers.toml"))
        for code in row.carries:
            if code not in own:
                what = Sentence("'%(code)s' is not a paper of this step", code=code)
                yield problem("carries", what, Sentence("codes of its papers"))
        if row.unit is DayUnit.WORKING and row.move not in TIMES_BESIDE:
            what = Sentence("the time of a case runs in calendar days")
            yield problem("unit", what, one_of(TIMES_BESIDE))
