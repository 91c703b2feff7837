"""A report that names an authority or an officer as the wrongdoer goes past the unit concerned."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial

from portal.jurisdiction.place import ABOUT_STAFF, CONFLICT, Department, Place
from portal.triage.rules.facts import Facts
from portal.triage.rules.per_place import per_place
from portal.triage.rules.scan import PhraseIndex
from portal.triage.rules.signals import meeting
from portal.triage.rules.words import names_of_kind

_NOBODYS = (ABOUT_STAFF, "other.unclear")
"""Categories that are not some department's own matter."""

_NEAR = 30
_NEAR_LATIN = 60
_MOST_KINDS = 3
_MOST_OF_A_WORD = 4
"""So much of what was said belongs to who did it: 他们态度恶劣."""

_BEFORE = 40
"""So many characters before an office are looked at for a request."""

_REQUEST = re.compile(
    r"(?:(?:^|\W|我|们|特|恳|敬|还|故|想|此|急|再)"
    r"(?:请|请求|求|恳求|希望|盼|盼望|期望|麻烦|拜托)[^\W_]{0,6}"
    r"|\b(?:please|could|can|hope|ask|asking|want|like|need|wish)\b(?:\W+\w+){0,3}\W+)$"
)
_HELP = re.compile(
    r"[^。;!?\n]{0,10}?(?:帮|协助|来查|查处|查一|查查|处理|核实|关注|介入|管一管|管管|出面|派人|主持)"
    r"|[^.;!?\n]{0,30}?\b"
    r"(?:help|check|look into|visit|investigate|come|act|step in|deal with|inspect)"
)
_ASKS = re.compile(
    r"[^。;!?\n]{0,8}?(?:请|让|找|叫|要求|希望|通知)(?:我|咱|本店|大家)"
    r"[^。;!?\n]{0,4}(?:协助|配合|帮|作证|提供|辨认)"
    r"|[^.;!?\n]{0,30}?\bask(?:s|ed)? (?:me|us|for|my)\b"
    r"[^.;!?\n]{0,20}\b(?:help|assist|witness|evidence)"
)
_THEY = re.compile(r"[,;。!](?:结果|但是|可是|但|可|却|谁知|没想到)?(?:他们|她们|对方|来的人|那边)")


def check_conflict(facts: Facts) -> Facts:
    """Mark the conflict and the units that must not see the report.

    The reporter is not asked to prove it; whether it is true is for supervision to find out.
    """
    if facts.category in {"other.out_of_scope", "other.spam"} or not _accuses(facts):
        return facts
    kinds = _kinds_named(facts) or _kind_competent(facts)
    units = _units_of(facts, kinds)
    flags = (CONFLICT, *(f"exclude_department:{named}" for named in _named(facts, kinds, units)))
    facts = facts.but(excluded=units).flagged(*flags)
    if facts.category != ABOUT_STAFF and facts.submission.category in {
        None,
        facts.place.unsure_category,
    }:
        before = () if facts.category.startswith("other.") else (facts.category,)
        secondary = tuple(dict.fromkeys((*before, *facts.secondary)))
        secondary = tuple(code for code in secondary if code != ABOUT_STAFF)
        facts = facts.but(category=ABOUT_STAFF, suggested=ABOUT_STAFF, secondary=secondary)
    return facts.told("conflict.named", units=", ".join(units) or "-")


def is_named(place: Place, excluded: Iterable[str], region: str | None, unit: Department) -> bool:
    """Whether a unit must not get a report by hand: complained of itself, or too near to that.

    Too near are units of the same kind in the region of the report, above it and inside it; all
    of the kind where the report names no region.
    """
    units = tuple(excluded)
    if unit.code in units:
        return True
    if unit.kind not in {code.partition("@")[0] for code in units}:
        return False
    return region is None or place.inside(unit.region, region) or place.inside(region, unit.region)


def _units_of(facts: Facts, kinds: Iterable[str]) -> tuple[str, ...]:
    """The units that would really get a report of these kinds, wherever it may belong."""
    regions = dict.fromkeys((facts.region, *facts.regions, *facts.candidates))
    wanted = tuple(region for region in regions if region is not None) or (facts.place.root,)
    units = (facts.place.department_for(kind, at) for kind in kinds for at in wanted)
    return tuple(dict.fromkeys(unit.code for unit in units if unit is not None))


def _named(facts: Facts, kinds: Iterable[str], units: Sequence[str]) -> tuple[str, ...]:
    """What is complained of: the units, or the kind and the region where the pack has no unit."""
    root = facts.place.root
    here = facts.regions or facts.candidates
    named = [unit for unit in units if not here or not unit.endswith(f"@{root}")]
    missing = [kind for kind in kinds if f"{kind}@{root}" in units] if here else []
    return tuple(dict.fromkeys((*named, *(f"{kind}@{at}" for kind in missing for at in here))))


def _accuses(facts: Facts) -> bool:
    if facts.submission.category == ABOUT_STAFF:
        return True
    near = _NEAR_LATIN if facts.latin else _NEAR
    authority, misconduct = (
        facts.signals.get("authority_word", ()),
        facts.signals.get("misconduct", ()),
    )
    offices, anybodys = sorted(authority), frozenset(facts.signals.get("anybodys_misconduct", ()))
    helps = cache(partial(_only_helps, facts.text))
    return any(
        said not in anybodys or _answers(facts.text, office, said) or not helps(office)
        for said in misconduct
        for office in offices[
            bisect_left(offices, said - near) : bisect_right(offices, said + near)
        ]
    )


def _answers(text: str, office: int, said: int) -> bool:
    """Whether what was said is what those of the office did who were asked."""
    return _THEY.search(text, office, max(office, said) + _MOST_OF_A_WORD) is not None


def _only_helps(text: str, at: int) -> bool:
    """Whether the office at that place is asked for help, or asks for it.

    Then rudeness, relatives and gifts near it may be a shopkeeper's. Looking away and passing on
    who reported are an office's, whatever else is asked of it. One that was asked already may have
    answered like that.
    """
    asked = _REQUEST.search(text[max(0, at - _BEFORE) : at]) and _HELP.match(text, at)
    return bool(asked or _ASKS.match(text, at))


def _kind_competent(facts: Facts) -> tuple[str, ...]:
    """The kind that would have had the matter, when the text says only "the officers"."""
    codes = [
        code for code, _ in facts.scores if code != ABOUT_STAFF and not code.startswith("other.")
    ]
    for code in (facts.category, *codes):
        for rule in facts.place.rules:
            plain = set(rule.when) == {"category"} and code in rule.when["category"]
            if plain and code not in _NOBODYS:
                return (rule.lead,)
    return ()


@per_place
def _names(place: Place) -> PhraseIndex[str]:
    return PhraseIndex(_phrases(place))


def _phrases(place: Place) -> Iterator[tuple[str, str]]:
    for kind in place.department_kinds.values():
        for name in (kind.name.zh.lower(), kind.name.en.lower(), *names_of_kind(kind.kind)):
            yield name, kind.kind


def _kinds_named(facts: Facts) -> tuple[str, ...]:
    """The kinds of department named near the misconduct; where none is, those named anywhere."""
    near = _NEAR_LATIN if facts.latin else _NEAR
    places = facts.signals.get("misconduct", ())
    named = [
        (start, kind)
        for start, _end, meanings in _names(facts.place).longest(facts.text, overlapping=False)
        for kind in meanings
    ]
    close = [kind for start, kind in named if meeting((start,), places, near) is not None]
    return tuple(dict.fromkeys(close or [kind for _, kind in named]))[:_MOST_KINDS]
