"""Whether the same matter was reported before: by exact things first, by likeness of text second.

Two shops of one name in two towns are two matters; one telephone number is one matter. What is
told says that there was an earlier report and nothing of it: the reader may not know of that one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.triage.rules.facts import Alike, Facts, Known
from portal.triage.rules.minhash import bands, likeness, signature, whole
from portal.triage.rules.region_index import RegionIndex, index_of
from portal.triage.rules.relations import in_order, reasons_of
from portal.triage.states import LikenessReason

SAME_TEXT = 0.8
LIKE_TEXT = 0.5
_NOT_COMPARED = frozenset({"other.spam", "other.out_of_scope"})
_STRONG_KINDS = frozenset({"phone", "address", "file"})
_MOST_RELATED = 5


@dataclass(frozen=True, slots=True)
class _Match:
    known: Known
    same: bool
    reasons: frozenset[str]


def find_duplicates(facts: Facts) -> Facts:
    """Compare with the earlier reports; offers a merge and leaves the rest as related."""
    signed = signature(facts.text, facts.known.secret)
    keys = comparison_keys(facts) | ({f"text:{whole(facts.text)}"} if signed else set())
    facts = replace(facts, keys=keys, signature=signed)
    if facts.category in _NOT_COMPARED:
        return facts
    index = index_of(facts.place)
    by_key = [_by_keys(facts, index, known) for known in facts.known.sharing(keys)] if keys else []
    by_text = [_by_text(facts, index, known) for known in facts.known.near(bands(signed))]
    matches = [match for match in (*by_key, *by_text) if match is not None]
    return _merged(facts, matches)


def comparison_keys(facts: Facts) -> frozenset[str]:
    """`kind:value` for everything that later reports are compared by; to be blinded when stored."""
    found = facts.entities
    keys = [
        *(f"phone:{phone}" for phone in found.phones if phone not in _own_phones(facts)),
        *(f"address:{address}" for address in found.addresses),
        *(f"domain:{domain}" for domain in found.domains),
        *(f"house:{house}" for house in found.houses),
        *(f"venue:{venue}" for venue in found.venues),
        *(f"name:{name}" for name in found.quoted),
        *(f"file:{digest}" for digest in facts.submission.file_hashes),
    ]
    return frozenset(keys)


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
    same = next((match for match in matches if match.same), None)
    first = same.known.reference if same else None
    others = dict.fromkeys(m.known.reference for m in matches if m.known.reference != first)
    related = tuple(others)[:_MOST_RELATED]
    offered = (first, *related) if first else related
    found = tuple(Alike(one, _reasons(one, matches)) for one in offered)
    facts = replace(facts, duplicate_of=first, related_to=related, alike=found)
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
    if facts.category != unsure or known.category in {unsure, *_NOT_COMPARED}:
        return facts
    found = replace(facts, category=known.category, suggested=known.category)
    return found.told("category.known_matter")


def _region_of_known(facts: Facts, known: Known) -> Facts:
    """The same venue stands where it stood: the earlier report clears up where."""
    if facts.region is not None or known.region is None:
        return facts
    flags = tuple(flag for flag in facts.flags if flag != "region_ambiguous")
    found = replace(
        facts,
        region=known.region,
        regions=(known.region,),
        candidates=(),
        ambiguous=False,
        flags=flags,
    )
    return found.told("region.known_matter")
