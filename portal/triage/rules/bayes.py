"""Suggesting a category by what people's corrections have taught: naive Bayes on n-grams.

An n-gram is two or three Chinese characters in a row, or a Latin word; digits are none, so nobody's
number is learnt. Counted is in how many reports of a category it stands. What stands in fewer
than three reports is dropped: no single report's words are in what is kept.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portal.triage.rules.fold import fold

LEAST_REPORTS = 3
"""An n-gram seen in fewer reports is not kept."""

LEAST_OF_CATEGORY = 3
"""A category with fewer reports is not suggested."""

TERMS_SHOWN = 6
_HAN_RUN = re.compile("[\u4e00-\u9fff]{2,}")
_WORD = re.compile(r"[a-z][a-z'-]{2,24}")
_SIZES = (2, 3)
_INDEPENDENT = 12
"""N-grams overlap, so that many say the same: no more than this many are counted in full."""


@dataclass(frozen=True, slots=True)
class Model:
    """How many reports of each category were learnt from, and in how many each n-gram stands."""

    reports: Mapping[str, int]
    grams: Mapping[str, Mapping[str, int]] = field(repr=False)

    def as_json(self) -> dict[str, Mapping[str, object]]:
        """Plain values to be stored, encrypted."""
        return {"reports": self.reports, "grams": self.grams}

    @classmethod
    def from_json(cls, stored: Mapping[str, Mapping[str, object]]) -> "Model":
        """The inverse of `as_json`."""
        return cls(stored["reports"], stored["grams"])  # type: ignore[arg-type]  # as stored


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A category, how sure that is (0 to 1), and the n-grams that speak for it most."""

    category: str
    confidence: float
    terms: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Measured:
    """How right a model was on reports of one category that it had not learnt from.

    Of those `tested` it had something to say about `suggested`: silence is not a wrong answer. What
    was learnt before that was counted has None.
    """

    category: str
    corrections: int
    tested: int
    right: int
    suggested: int | None = None


def grams_of(text: str) -> frozenset[str]:
    """The n-grams of a text, folded: each once, however often it is said."""
    folded = fold(text).text
    runs = _HAN_RUN.findall(folded)
    han = (run[at : at + n] for run in runs for n in _SIZES for at in range(len(run) - n + 1))
    return frozenset((*han, *_WORD.findall(folded)))


def train(samples: Iterable[tuple[str, str]]) -> Model:
    """Learn from texts and their categories; the order of the samples does not matter."""
    reports: Counter[str] = Counter()
    found: dict[str, Counter[str]] = {}
    for text, category in samples:
        reports[category] += 1
        for gram in grams_of(text):
            found.setdefault(gram, Counter())[category] += 1
    kept = {
        gram: dict(sorted(counts.items()))
        for gram, counts in sorted(found.items())
        if counts.total() >= LEAST_REPORTS
    }
    return Model(dict(sorted(reports.items())), kept)


def suggest(model: Model, text: str) -> Suggestion | None:
    """The most likely category; None where nothing in the text has been learnt."""
    codes = [code for code, count in model.reports.items() if count >= LEAST_OF_CATEGORY]
    known = sorted(gram for gram in grams_of(text) if gram in model.grams)
    if len(codes) < len(_SIZES) or not known:
        return None
    said = {code: [_weight(model, gram, code) for gram in known] for code in codes}
    damping = min(1.0, _INDEPENDENT / len(known))
    every = sum(model.reports[code] for code in codes)
    scores = {
        code: math.log(model.reports[code] / every) + damping * math.fsum(said[code])
        for code in codes
    }
    best = max(codes, key=lambda code: (scores[code], code))
    total = math.fsum(math.exp(score - scores[best]) for score in scores.values())
    return Suggestion(best, 1 / total, _terms(known, said, best))


def _weight(model: Model, gram: str, code: str) -> float:
    """The logarithm of how likely a report of the category has the n-gram (Laplace)."""
    return math.log((model.grams[gram].get(code, 0) + 1) / (model.reports[code] + 2))


def _terms(known: Sequence[str], said: Mapping[str, Sequence[float]], best: str) -> tuple[str, ...]:
    """The n-grams that set the category apart most; one inside another is left out."""
    others = [code for code in said if code != best]
    apart = {
        gram: said[best][at] - max(said[code][at] for code in others)
        for at, gram in enumerate(known)
    }
    shown: list[str] = []
    for gram in sorted(known, key=lambda gram: (-apart[gram], -len(gram), gram)):
        if apart[gram] <= 0 or len(shown) == TERMS_SHOWN:
            break
        if not any(gram in other or other in gram for other in shown):
            shown.append(gram)
    return tuple(shown)


def measure(model: Model, held_back: Iterable[tuple[str, str]]) -> tuple[Measured, ...]:
    """How often the model is right on samples it has not seen, category by category."""
    tested: Counter[str] = Counter()
    right: Counter[str] = Counter()
    suggested: Counter[str] = Counter()
    for text, category in held_back:
        found = suggest(model, text)
        tested[category] += 1
        suggested[category] += found is not None
        right[category] += found is not None and found.category == category
    corrections = Counter(model.reports) + tested
    return tuple(
        Measured(code, corrections[code], tested[code], right[code], suggested[code])
        for code in sorted(corrections)
    )
