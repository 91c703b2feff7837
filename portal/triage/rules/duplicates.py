"""Whether the same matter was reported before: by exact things first, by likeness of text second.

Two shops of one name in two towns are two matters; one telephone number is one matter. A right
holder's complaint and the answer to it are never merged, only shown beside each other. What is
told says that there was an earlier report and nothing of it: the reader may not know of that one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from portal.triage.rules.facts import Alike, Facts, Known
from portal.triage.rules.minhash import bands, likeness, signature, whole
from portal.triage.rules.region_index import RegionIndex, index_of
from portal.triage.rules.relations import in_order, reasons_of
from portal.triage.rules.rights import COMPLAINT, COUNTER
from portal.triage.rules.targets import same_target, target_keys
from portal.triage.rules.words import word_set
from portal.triage.states import LikenessReason

SAME_TEXT = 0.8
LIKE_TEXT = 0.5
NOT_COMPARED = frozenset({"other.spam", "other.out_of_scope"})
_STRONG_KINDS = frozenset({"phone", "address", "file", "account"})
_MOST_RELATED = 5
_BEFORE_A_NAME = re.compile("(?:路|街|巷|大道|广场|市场|那家|那个|这家|叫)")
_NAME_RUN = re.compile("[\u4e00-\u9fffa-z0-9]{3,7}")
_NAME_LEAST = 3
_MOST_GUESSES = 40
_LATIN_WORD = re.compile(r"[a-z][a-z'&]*")
_NAMED_WITHIN = 120


@dataclass(frozen=True, slots=True)
class _Match:
    known: Known
    same: bool
    reasons: frozenset[str]


def find_duplicates(facts: Facts) -> Facts:
    """Compare with the earlier reports; offers a merge and leaves the rest as related."""
    signed = signature(facts.text, facts.known.secret)
    targets, of_others = target_keys(facts)
    keys = comparison_keys(facts) | ({f"text:{whole(facts.text)}"} if signed else set()) | targets
    facts = facts.but(keys=keys, signature=signed)
    if facts.category in NOT_COMPARED:
        return facts
    index = index_of(facts.place)
    asked = (keys - targets) | of_others | _guessed(facts) | _sites(facts)
    met = facts.known.look_up(asked, bands(signed))
    facts = facts.but(same_target=tuple(_of_one_target(met.by_key)))
    by_key = [_by_keys(facts, index, known) for known in met.by_key]
    by_text = [_by_text(facts, index, known) for known in met.by_text]
    matches = [match for match in (*by_key, *by_text) if match is not None]
    return _merged(facts, matches)


def comparison_keys(facts: Facts) -> frozenset[str]:
    """`kind:value` for everything that later reports are compared by; to be blinded when stored."""
    found = facts.entities
    keys = [
        *(f"phone:{phone}" for phone in found.phones if phone not in _own_phones(facts)),
        *(f"address:{address}" for address in found.addresses),
        *(f"domain:{domain}" for domain in found.domains),
        *(f"site:{domain}" for domain in found.domains if _whole_site(facts, domain)),
        *(f"house:{house}" for house in found.houses),
        *(f"account:{account}" for account in found.accounts),
        *(f"venue:{venue}" for venue in found.venues),
        *(f"name:{name}" for name in found.quoted),
        *(f"file:{digest}" for digest in facts.submission.file_hashes),
    ]
    return frozenset(keys)


def _whole_site(facts: Facts, domain: str) -> bool:
    """Whether the report is about a site as such, and the site is not where everybody trades."""
    if domain in word_set("shared_sites"):
        return False
    return not any(a.partition("/")[0].endswith(domain) for a in facts.entities.addresses)


def _sites(facts: Facts) -> frozenset[str]:
    """The sites that pages of this report belong to: asked for, and not stored.

    A page of a site that was reported as a whole is the same matter; a site is more than one of
    its pages, so that the other way round they are only alike.
    """
    return frozenset(
        f"site:{domain}"
        for domain in facts.entities.domains
        if domain not in word_set("shared_sites")
    )


def _guessed(facts: Facts) -> frozenset[str]:
    """What may be the name of a venue after a place or 那家: asked for, and never stored.

    Who writes a name in quotes is followed by somebody who does not.
    """
    ends = [m.end for m in facts.mentions if not m.latin]
    ends += [m.end() for m in islice(_BEFORE_A_NAME.finditer(facts.text), _MOST_GUESSES)]
    names = _first_words(facts.text) if facts.latin else []
    for at in dict.fromkeys(ends):
        run = _NAME_RUN.match(facts.text, at)
        if run is not None:
            names += [run[0][:n] for n in range(_NAME_LEAST, len(run[0]) + 1)]
    guesses = dict.fromkeys(names[:_MOST_GUESSES])
    return frozenset(f"{kind}:{name}" for name in guesses for kind in ("venue", "name"))


def _of_one_target(known: Sequence[Known]) -> Iterator[Alike]:
    """The earlier reports of the other side that are surely about the same target."""
    for one in known:
        reasons = same_target(one.shared)
        if reasons and one.category not in NOT_COMPARED:
            yield Alike(one.own, reasons)


def _first_words(text: str) -> list[str]:
    """Two and three words in a row of the beginning, which may be what a shop is called."""
    found = _LATIN_WORD.findall(text[:_NAMED_WITHIN])
    runs = [found[at : at + n] for n in (2, 3) for at in range(len(found) - n + 1)]
    return [" ".join(run) for run in runs]


def _own_phones(facts: Facts) -> frozenset[str]:
    """The reporter's own number says nothing about the matter and is not kept for comparing."""
    return frozenset(facts.entities.phones) if "phone" in facts.pii else frozenset()


def _kinds(keys: frozenset[str]) -> frozenset[str]:
    return frozenset(key.partition(":")[0] for key in keys)


def _family(category: str) -> str:
    return category.partition(".")[0]


def _same_matter(facts: Facts, known: Known) -> bool:
    """Whether the two are about the same sort of thing, as far as is known."""
    families = {_family(facts.category), _family(known.category)}
    if len(families) == 1 or "other" in families:
        return True
    return known.category in facts.secondary or families <= {
        "piracy",
        "licence",
        "av",
        "online",
        "import",
    }


def _compatible(facts: Facts, index: RegionIndex, known: Known) -> bool | None:
    """Whether the two can be in one place: True, False, or None when one of them names none."""
    ours = facts.regions or facts.candidates
    if known.region is None or not ours:
        return None
    return any(index.related(region, known.region) for region in ours)


def _by_keys(facts: Facts, index: RegionIndex, known: Known) -> _Match | None:
    same = _same_by_keys(facts, index, known)
    return None if same is None else _Match(known, same, reasons_of(_kinds(known.shared)))


def _same_by_keys(facts: Facts, index: RegionIndex, known: Known) -> bool | None:
    """Whether what both name makes them one matter; None if it does not even make them alike."""
    kinds, here = _kinds(known.shared), _compatible(facts, index, known)
    if kinds & _STRONG_KINDS:
        return here is not False and _same_matter(facts, known)
    if here is False:
        return None
    named = kinds & {"venue", "name"}
    certain = here is True or "house" in kinds
    if named and certain:
        return _same_matter(facts, known)
    if "house" in kinds and here is True:
        return _same_matter(facts, known) and not _other_venue(facts, known)
    if "site" in kinds:
        return facts.category == known.category
    return False if "domain" in kinds else None


def _other_venue(facts: Facts, known: Known) -> bool:
    """Whether both name a venue, and not the same one."""
    ours = bool(facts.entities.venues)
    return ours and "venue" in known.kinds and "venue" not in _kinds(known.shared)


def _by_text(facts: Facts, index: RegionIndex, known: Known) -> _Match | None:
    alike = likeness(facts.signature, known.signature)
    here = _compatible(facts, index, known)
    if alike < LIKE_TEXT or here is False:
        return None
    same = alike >= SAME_TEXT and _same_matter(facts, known) and not _other_venue(facts, known)
    reason = LikenessReason.SAME_TEXT if alike >= SAME_TEXT else LikenessReason.LIKE_TEXT
    return _Match(known, same, frozenset({reason}))


def _merged(facts: Facts, matches: Sequence[_Match]) -> Facts:
    # A file of its own is due to every right holder and to everybody who answers one.
    own_file = facts.submission.kind in {COMPLAINT, COUNTER}
    same = None if own_file else next((match for match in matches if match.same), None)
    first = same.known.reference if same else None
    others = dict.fromkeys(m.known.reference for m in matches if m.known.reference != first)
    related = tuple(others)[:_MOST_RELATED]
    offered = (first, *related) if first else related
    found = tuple(Alike(one, _reasons(one, matches)) for one in offered)
    facts = facts.but(duplicate_of=first, related_to=related, alike=found)
    if same is not None:
        facts = facts.told("duplicate.same")
        return _region_of_known(_category_of_known(facts, same.known), same.known)
    if facts.related_to:
        return facts.told("duplicate.related")
    return facts.told("duplicate.none")


def _reasons(reference: str, matches: Sequence[_Match]) -> tuple[str, ...]:
    """All that agrees with one earlier report, by whichever of its copies it was found."""
    of_it = (match.reasons for match in matches if match.known.reference == reference)
    return tuple(in_order([reason for reasons in of_it for reason in reasons]))


def _category_of_known(facts: Facts, known: Known) -> Facts:
    """What the earlier report was about, where this one does not say."""
    unsure = facts.place.unsure_category
    if facts.category != unsure or known.category in {unsure, *NOT_COMPARED}:
        return facts
    found = facts.but(category=known.category, suggested=known.category)
    return found.told("category.known_matter")


def _region_of_known(facts: Facts, known: Known) -> Facts:
    """The same venue stands where it stood: the earlier report clears up where."""
    if facts.region is not None or known.region is None:
        return facts
    flags = tuple(flag for flag in facts.flags if flag != "region_ambiguous")
    found = facts.but(
        region=known.region,
        regions=(known.region,),
        candidates=(),
        ambiguous=False,
        flags=flags,
    )
    return found.told("region.known_matter")
