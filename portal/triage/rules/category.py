"""What a report is about: the reporter's choice, or the category whose terms the text uses most."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from portal.jurisdiction.place import Place, Text
from portal.triage.rules.facts import Facts
from portal.triage.rules.scan import PhraseIndex

_TIMES_COUNTED = 2
"""A word said again counts once more and then no more: length is no argument."""

_SECONDARY_SHARE = 0.12
_SECONDARY_LEAST = 4
_SUGGEST_LEAST = 2
_MOST_SECONDARY = 2
_DECIDED_ELSEWHERE = ("complaint.", "other.")
"""Never suggested by words alone: see conflict.py and scope.py."""

_TERMS_SHOWN = 6


@lru_cache(maxsize=8)
def _terms_of(
    _identity: int, _pack: str, _version: int
) -> list[tuple[Place, PhraseIndex[tuple[str, int]]]]:
    return []


def _terms(place: Place) -> PhraseIndex[tuple[str, int]]:
    cell = _terms_of(id(place), place.pack, place.version)
    if not cell or cell[0][0] is not place:
        cell[:] = [(place, PhraseIndex(_weighted_terms(place)))]
    return cell[0][1]


def _weighted_terms(place: Place) -> Iterator[tuple[str, tuple[str, int]]]:
    for category in place.categories.values():
        for term, weight in category.terms.items():
            yield term.lower(), (category.code, weight)


def find_category(facts: Facts) -> Facts:
    """Score the text against the pack's terms; the reporter's choice stands unless unsure."""
    place, chosen = facts.place, facts.submission.category
    scores, shown = _scores(facts.text, place)
    suggested = next((code for code in scores if _by_words(code)), place.unsure_category)
    if scores.get(suggested, 0) < _SUGGEST_LEAST:
        suggested = place.unsure_category
    settled = chosen in place.categories and chosen != place.unsure_category
    category = chosen if settled and chosen is not None else suggested
    found = replace(
        facts,
        category=category,
        suggested=suggested,
        scores=tuple(scores.items()),
        secondary=_secondary(scores, category),
    )
    name = category_text(place, category)
    if settled:
        found = found.told("category.chosen", category=name)
        if suggested not in {category, place.unsure_category}:
            found = found.told(
                "category.suggests_other",
                category=category_text(place, suggested),
                terms=_listed(shown[suggested]),
            )
    elif category == place.unsure_category:
        found = found.told("category.unclear")
    else:
        found = found.told("category.terms", category=name, terms=_listed(shown[category]))
    return _told_secondary(found)


def _by_words(code: str) -> bool:
    return not code.startswith(_DECIDED_ELSEWHERE)


def category_text(place: Place, code: str) -> Text:
    """The name of a category, or its code where the pack has none of that name."""
    category = place.categories.get(code)
    return category.name if category else Text(code, code)


def _scores(text: str, place: Place) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """Score of each category, highest first, and the terms that gave it."""
    hits: dict[str, dict[str, int]] = {}
    weights: dict[tuple[str, str], int] = {}
    for start, end, meanings in _terms(place).every(text):
        for code, weight in meanings:
            term = text[start:end]
            seen = hits.setdefault(code, {})
            seen[term] = seen.get(term, 0) + 1
            weights[code, term] = weight
    scores = {
        code: sum(
            weights[code, term] * (2 if times >= _TIMES_COUNTED else 1)
            if _alone(term, terms)
            else 0
            for term, times in terms.items()
        )
        for code, terms in hits.items()
    }
    order = sorted((code for code in scores if scores[code] > 0), key=lambda c: (-scores[c], c))
    shown = {
        code: tuple(sorted(terms, key=lambda t: -weights[code, t]))[:_TERMS_SHOWN]
        for code, terms in hits.items()
    }
    return {code: scores[code] for code in order}, shown


def _alone(term: str, terms: dict[str, int]) -> bool:
    """Whether the term was said by itself and not only inside a longer one of the same category."""
    return not any(
        term != longer and term in longer and terms[longer] >= terms[term] for longer in terms
    )


def _secondary(scores: dict[str, int], category: str) -> tuple[str, ...]:
    top = max(scores.values(), default=0)
    least = max(_SECONDARY_LEAST, top * _SECONDARY_SHARE)
    others = [
        code
        for code, score in scores.items()
        if code != category and score >= least and _by_words(code)
    ]
    return tuple(others[:_MOST_SECONDARY])


def _listed(terms: tuple[str, ...]) -> Text:
    return Text("、".join(f"“{term}”" for term in terms), ", ".join(f'"{term}"' for term in terms))


def _told_secondary(facts: Facts) -> Facts:
    if not facts.secondary:
        return facts
    names = [category_text(facts.place, code) for code in facts.secondary]
    return facts.told(
        "category.secondary",
        categories=Text("、".join(n.zh for n in names), ", ".join(n.en for n in names)),
    )
