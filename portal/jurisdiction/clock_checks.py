"""What must hold of the clocks of a pack, among themselves and with what else it names."""

from collections.abc import Collection, Iterator, Sequence

from portal.jurisdiction.pack_files import PackProblem
from portal.jurisdiction.pack_shapes import ClockShape, Entry
from portal.jurisdiction.place import STARTS, Stage
from portal.jurisdiction.sentences import Sentence, one_of

Clocks = Sequence[Entry[ClockShape]]


def check_clocks(clocks: Clocks) -> Iterator[PackProblem]:
    """Clocks that never run, that run too late, or that contradict themselves."""
    for number, entry in enumerate(clocks):
        wider = [e for e in clocks[:number] if _runs_before(e.row, entry.row)]
        if wider:
            what = Sentence(
                "can never run, since '%(id)s' above always runs before it", id=wider[0].row.id
            )
            yield entry.record.problem("id", what, Sentence("put the narrower clock first"))
        yield from _of_itself(entry)
    plain = {e.row.stage for e in clocks if _is_plain(e.row)}
    for stage in Stage:
        if stage not in plain:
            what = Sentence("no clock of stage '%(stage)s' runs for every report", stage=stage)
            right = Sentence("one without urgency, kind and category")
            yield clocks[-1].record.problem("stage", what, right)


def check_clock_words(
    clocks: Clocks, categories: Collection[str], pauses: Collection[str]
) -> Iterator[PackProblem]:
    """Categories and reasons that a clock names and the pack does not have."""
    for entry in clocks:
        for code in entry.row.category:
            if code not in categories:
                what = Sentence("'%(code)s' is not a category", code=code)
                yield entry.record.problem("category", what, Sentence("a code of categories.toml"))
        for cause in entry.row.suspends_on:
            if cause.reason not in pauses:
                what = Sentence("'%(cause)s' has no reason that people are told", cause=cause)
                right = Sentence(
                    "a reason '%(reason)s' of kind 'pause' in reasons.toml", reason=cause.reason
                )
                yield entry.record.problem("suspends_on", what, right)


def _of_itself(entry: Entry[ClockShape]) -> Iterator[PackProblem]:
    row = entry.row
    if row.starts not in STARTS[row.stage]:
        what = Sentence(
            "a clock of stage '%(stage)s' cannot start with '%(event)s'",
            stage=row.stage,
            event=row.starts,
        )
        yield entry.record.problem("starts", what, one_of(STARTS[row.stage]))
    if row.warn_days is not None and row.warn_share is not None:
        what = Sentence("says when to warn twice")
        yield entry.record.problem("warn_share", what, Sentence("either warn_days or warn_share"))
    if bool(row.suspends_on) != bool(row.pause_cap):
        what = Sentence("and suspends_on belong together")
        right = Sentence("what it stands still for, and for how many days at most")
        yield entry.record.problem("pause_cap", what, right)


def _is_plain(row: ClockShape) -> bool:
    return not (row.urgency or row.kind or row.category)


def _runs_before(earlier: ClockShape, later: ClockShape) -> bool:
    def covers(wide: Sequence[str], narrow: Sequence[str]) -> bool:
        return not wide or (bool(narrow) and set(narrow) <= set(wide))

    return (
        earlier.stage is later.stage
        and covers(earlier.urgency, later.urgency)
        and covers(earlier.kind, later.kind)
        and covers(earlier.category, later.category)
    )
