"""What a report is about: the reporter's choice, or the category that the text speaks for most.

Terms of the pack speak for their category; so do two things near each other (matters.toml).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from portal.jurisdiction.place import Category, Place, Text
from portal.triage.rules.facts import Facts
from portal.triage.rules.per_place import per_place
from portal.triage.rules.scan import PhraseIndex
from portal.triage.rules.signals import Matter, matters_of

_TIMES_COUNTED = 2
"""A word said again counts once more and then no more: length is no argument."""

_SECONDARY_SHARE = 0.12
_SECONDARY_LEAST = 4
_SUGGEST_LEAST = 2
_SUGGEST_LEAST_ALONE = 3
"""What a category needs when the text speaks of nothing unlawful."""

_MOST_SECONDARY = 2
_ONLINE = "piracy.online"
_ADDRESS_WEIGHT = 3
_CLAIM_WEIGHT = 6
_NO_CHILD = 1
_DECIDED_ELSEWHERE = ("complaint.", "other.")
"""Never suggested by words alone: see conflict.py and scope.py."""

_TERMS_SHOWN = 6
_PLAIN = 5
"""A term of this weight leaves no doubt about what is meant; so do two that are lighter."""


@per_place
def _terms(place: Place) -> PhraseIndex[tuple[str, int]]:
    return PhraseIndex(_weighted_terms(place))


def _weighted_terms(place: Place) -> Iterator[tuple[str, tuple[str, int]]]:
    for category in place.categories.values():
        for term, weight in category.terms.items():
            yield term.lower(), (category.code, weight)


def find_category(facts: Facts) -> Facts:
    """Score the text against the pack's terms; the reporter's choice stands unless unsure."""
    place, chosen = facts.place, facts.submission.category
    hits = _heard(facts.text, place)
    matters = [
        matter for matter in matters_of(facts.signals) if matter.category in place.categories
    ]
    scores, shown = _weighed(facts, _scores(hits, matters)), _reasons(hits, matters)
    suggested = next((code for code in scores if _by_words(code)), place.unsure_category)
    least = _SUGGEST_LEAST if facts.says("wrongdoing") else _SUGGEST_LEAST_ALONE
    if scores.get(suggested, 0) < least:
        suggested = place.unsure_category
    settled = chosen in place.categories and chosen != place.unsure_category
    category = chosen if settled and chosen is not None else suggested
    if category == place.unsure_category and _claims_online(facts):
        category = suggested = _ONLINE
    link_only = _link_only((*hits, *(one.category for one in matters)), category, place)
    if link_only is not None and not settled:
        category = suggested = link_only
    found = facts.but(
        category=category,
        suggested=suggested,
        scores=tuple(scores.items()),
        link_only=link_only,
        secondary=_secondary(scores, category, place),
    )
    name = category_text(place, category)
    if settled:
        found = found.told("category.chosen", category=name)
        if suggested not in {category, place.unsure_category}:
            found = found.told(
                "category.suggests_other",
                category=category_text(place, suggested),
                terms=_joined(shown.get(suggested, ())),
            )
    elif category == place.unsure_category:
        found = found.told("category.unclear")
    else:
        found = found.told("category.terms", category=name, terms=_joined(shown.get(category, ())))
    return _told_secondary(found)


def _weighed(facts: Facts, scores: dict[str, int]) -> dict[str, int]:
    """An address speaks for piracy on the net; a matter of minors gives way where no child is."""
    childless = not (facts.says("children_named") or facts.says("children_exposed"))
    weighed = {
        code: max(1, score - _NO_CHILD) if childless and code.startswith("minors.") else score
        for code, score in scores.items()
    }
    claims = facts.submission.kind != "tip"
    named = claims or facts.says("piracy_named")
    if named and facts.entities.urls and _ONLINE in facts.place.categories:
        weight = _CLAIM_WEIGHT if claims else _ADDRESS_WEIGHT
        weighed[_ONLINE] = weighed.get(_ONLINE, 0) + weight
    return dict(sorted(weighed.items(), key=lambda pair: (-pair[1], pair[0])))


def _claims_online(facts: Facts) -> bool:
    """Whether a rights holder complains of something on the net, in whatever words."""
    of_rights = facts.submission.kind != "tip" and _ONLINE in facts.place.categories
    return of_rights and (bool(facts.entities.urls) or facts.says("on_the_net"))


def _by_words(code: str) -> bool:
    return not code.startswith(_DECIDED_ELSEWHERE)


def category_text(place: Place, code: str) -> Text:
    """The name of a category, or its code where the pack has none of that name."""
    category = place.categories.get(code)
    return category.name if category else Text(code, code)


_Hits = Mapping[str, Mapping[str, tuple[int, int]]]
"""Category to its terms that were said, each with weight and times."""


def _heard(text: str, place: Place) -> _Hits:
    hits: dict[str, dict[str, tuple[int, int]]] = {}
    for term, code, weight in _hits(text, place):
        seen = hits.setdefault(code, {})
        times = seen[term][1] + 1 if term in seen else 1
        seen[term] = (weight, min(times, _TIMES_COUNTED))
    return {code: terms for code, terms in hits.items() if _counts(place.categories[code], terms)}


def _counts(category: Category, terms: Mapping[str, tuple[int, int]]) -> bool:
    """Whether what was said is enough: one doubtful word is no suspicion of child abuse."""
    if not category.link_only:
        return True
    return len(terms) > 1 or any(weight >= _PLAIN for weight, _times in terms.values())


def _scores(hits: _Hits, matters: Sequence[Matter]) -> dict[str, int]:
    """Score of each category, highest first."""
    totals = {code: sum(w * times for w, times in terms.values()) for code, terms in hits.items()}
    for matter in matters:
        totals[matter.category] = totals.get(matter.category, 0) + matter.weight
    order = sorted(totals, key=lambda code: (-totals[code], code))
    return {code: totals[code] for code in order}


def _reasons(hits: _Hits, matters: Sequence[Matter]) -> dict[str, tuple[Text, ...]]:
    """What speaks for each category: terms of the pack in quotes, then pairs of things."""
    found: dict[str, tuple[Text, ...]] = {}
    for code, terms in hits.items():
        heaviest = sorted(terms, key=lambda term: (-terms[term][0], term))[:_TERMS_SHOWN]
        found[code] = tuple(Text(f"“{term}”", f'"{term}"') for term in heaviest)
    for matter in matters:
        found[matter.category] = (*found.get(matter.category, ()), matter.reason)
    return found


def _link_only(spoken_for: Iterable[str], category: str, place: Place) -> str | None:
    """The link-only category that it is, or that plain words point to whatever was chosen."""
    codes = (category, *spoken_for)
    return next((code for code in codes if place.categories[code].link_only), None)


def _hits(text: str, place: Place) -> Iterator[tuple[str, str, int]]:
    """Term, category and weight of each term said by itself, not inside a longer one.

    光盘 inside 光盘厂 speaks of the factory, not of discs for sale.
    """
    reached = 0
    for start, end, meanings in _terms(place).every(text):
        if end <= reached:
            continue
        reached = end
        for code, weight in meanings:
            yield text[start:end], code, weight


def _secondary(scores: dict[str, int], category: str, place: Place) -> tuple[str, ...]:
    first = place.categories.get(category)
    if first is None or first.link_only or category == place.unsure_category:
        return ()
    top = max(scores.values(), default=0)
    least = max(_SECONDARY_LEAST, top * _SECONDARY_SHARE)
    others = [
        code
        for code, score in scores.items()
        if code != category and score >= least and _by_words(code)
    ]
    return tuple(others[:_MOST_SECONDARY])


def _joined(texts: Sequence[Text]) -> Text:
    return Text("、".join(text.zh for text in texts), ", ".join(text.en for text in texts))


def _told_secondary(facts: Facts) -> Facts:
    if not facts.secondary:
        return facts
    names = [category_text(facts.place, code) for code in facts.secondary]
    return facts.told("category.secondary", categories=_joined(names))
