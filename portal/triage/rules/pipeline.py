"""Triage of one report: steps in order, each adding to the facts and saying what it did."""

from collections.abc import Callable

from portal.jurisdiction.place import Place
from portal.triage.rules.category import find_category
from portal.triage.rules.conflict import check_conflict
from portal.triage.rules.dates import find_event_date
from portal.triage.rules.duplicates import find_duplicates
from portal.triage.rules.entities import find_entities
from portal.triage.rules.facts import DuplicateLookup, Facts, Submission, TriageResult
from portal.triage.rules.fold import ANALYSED_CHARACTERS, fold
from portal.triage.rules.hostile import hostile_flags
from portal.triage.rules.mentions import before_street, mentions_in
from portal.triage.rules.priority import find_priority
from portal.triage.rules.quality import judge
from portal.triage.rules.region import day_of, find_region
from portal.triage.rules.region_index import index_of
from portal.triage.rules.route import region_level, route
from portal.triage.rules.safety import find_flags, find_other_people
from portal.triage.rules.school import find_school
from portal.triage.rules.scope import check_scope
from portal.triage.rules.sentences import words_of
from portal.triage.rules.signals import signals_in
from portal.triage.rules.urgency import find_urgency

_TITLE_CHARACTERS = 500


def fold_text(facts: Facts) -> Facts:
    """Title, described place, narrative and further answers in one folded text."""
    sent = facts.submission
    heads = (sent.title[:_TITLE_CHARACTERS], sent.place[:_TITLE_CHARACTERS])
    parts = (*heads, sent.narrative, *sent.answers)
    raw = "\n".join(part for part in parts if part)
    folded = fold(raw)
    facts = facts.but(text=folded.text, cased=folded.cased, shown=raw[:ANALYSED_CHARACTERS])
    facts = facts.but(signals=signals_in(folded.text))
    if folded.truncated:
        facts = facts.told("fold.truncated", limit=str(ANALYSED_CHARACTERS))
    if folded.obfuscated:
        facts = facts.flagged("obfuscated_text", "needs_normalisation").told("fold.obfuscated")
    if folded.wide:
        facts = facts.flagged("needs_normalisation").told("fold.wide")
    if folded.defused:
        facts = facts.flagged("needs_normalisation").told("fold.defused")
    return facts


def spot_hostile(facts: Facts) -> Facts:
    """Flag text that tries to act on a program or a model; nothing in it is obeyed."""
    flags = hostile_flags(facts.shown, facts.submission.urls)
    if not flags:
        return facts
    return facts.flagged(*flags).told("hostile.found", flags=words_of(flags))


def spot_entities(facts: Facts) -> Facts:
    """Addresses, numbers, streets and venues; names of regions are no part of them."""
    mentions = mentions_in(facts.text, facts.cased, index_of(facts.place), day_of(facts))
    names = {
        facts.text[m.start : m.end]
        for m in mentions
        if not m.latin and (not m.droppable or before_street(facts.text, m.end))
    }
    found = find_entities(facts.text, facts.cased, facts.submission.urls, names)
    return facts.but(entities=found, mentions=tuple(mentions))


STEPS: tuple[Callable[[Facts], Facts], ...] = (
    fold_text,
    spot_hostile,
    spot_entities,
    find_region,
    find_priority,
    find_category,
    find_flags,
    find_event_date,
    find_school,
    check_scope,
    find_other_people,
    find_duplicates,
    check_conflict,
    find_urgency,
    route,
    judge,
)


def triage(submission: Submission, place: Place, known: DuplicateLookup) -> TriageResult:
    """Decide category, region, department, urgency and action of a report, and say why."""
    facts = Facts(submission=submission, place=place, known=known)
    for step in STEPS:
        facts = step(facts)
    return _result(facts)


def _result(facts: Facts) -> TriageResult:
    return TriageResult(
        category=facts.category,
        suggested_category=facts.suggested,
        secondary=facts.secondary,
        region=facts.region,
        region_level=region_level(facts),
        region_candidates=facts.candidates,
        department=facts.department,
        unit=facts.unit,
        co_departments=facts.co_departments,
        urgency=facts.urgency,
        quality=facts.quality,
        action=facts.action,
        duplicate_of=facts.duplicate_of,
        related_to=facts.related_to,
        alike=facts.alike,
        same_target=facts.same_target,
        flags=facts.flags,
        pii=facts.pii,
        rule=facts.rule,
        asked=facts.asked,
        explanation=facts.lines,
        excluded_units=facts.excluded,
        split=facts.split,
        entities=facts.entities,
        keys=facts.keys,
        signature=facts.signature,
        text=facts.text,
    )
