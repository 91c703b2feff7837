"""Where a report belongs: the form's region, or the places its text names, never a silent guess.

Names are found, those that are no places dropped, neighbours joined (济宁市 + 任城区), the meanings
that fit no neighbour dropped, and what is left sorted by the role it has in the report.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from portal.jurisdiction.history import current_codes, day_in
from portal.jurisdiction.place import Level, Text
from portal.triage.rules.facts import Facts
from portal.triage.rules.mentions import Mention, MentionRole
from portal.triage.rules.region_index import NameKind, RegionIndex, index_of

MOST_CANDIDATES = 8
"""A name with more meanings than this (城关镇) says nothing without a neighbour."""

MOST_LEADS = 10
"""A report is split into no more leads than this."""

_ROLES_IN_ORDER = (MentionRole.SCENE, MentionRole.SOURCE, MentionRole.RESIDENCE)


@dataclass(frozen=True, slots=True)
class Spot:
    """Neighbouring names read together: the regions they can mean, and their role."""

    codes: tuple[str, ...]
    role: MentionRole
    weak: bool


def find_region(facts: Facts) -> Facts:
    """Region, candidates and regions of a report; the form's choice is kept as it is."""
    index = index_of(facts.place)
    chosen = facts.submission.region
    if chosen is not None and chosen in facts.place.regions:
        return _chosen(facts, index, chosen)
    spots = _spots(index, facts.mentions)
    best = _best(index, _by_way(facts, spots))
    if not best:
        return facts.told("region.none")
    certain = [spot.codes[0] for spot in best if len(spot.codes) == 1 and not spot.weak]
    if certain:
        regions = tuple(dict.fromkeys(certain))[:MOST_LEADS]
        return _tell_former(_decided(facts, index, regions), index)
    candidates = tuple(dict.fromkeys(code for spot in best for code in spot.codes))
    return _tell_former(_unsure(facts, index, candidates[: MOST_CANDIDATES * 2]), index)


def day_of(facts: Facts) -> date:
    """The day the report came in, where the place is."""
    return day_in(facts.place, facts.submission.received_at)


def _chosen(facts: Facts, index: RegionIndex, chosen: str) -> Facts:
    """What the reporter chose; a region that is no more counts as what it became."""
    facts = facts.told("region.chosen", region=region_text(index, chosen))
    now = current_codes(facts.place, chosen, day_of(facts)) or (chosen,)
    for code in now:
        if code != chosen:
            facts = _former(facts, index, chosen, code)
    if len(now) > 1:
        return _unsure(facts, index, now)
    return facts.but(region=now[0], regions=now)


def _tell_former(facts: Facts, index: RegionIndex) -> Facts:
    """Say of each region that the text calls by a former name what it is called now."""
    pairs = dict(pair for mention in facts.mentions for pair in mention.former)
    for code in facts.regions or facts.candidates:
        if code in pairs:
            facts = _former(facts, index, pairs[code], code)
    return facts


def _former(facts: Facts, index: RegionIndex, old: str, code: str) -> Facts:
    name, region = index.place.regions[old].name, region_text(index, code)
    return facts.told("region.former", old=name, region=region)


def _unsure(facts: Facts, index: RegionIndex, candidates: tuple[str, ...]) -> Facts:
    unsure = facts.but(ambiguous=True, candidates=candidates)
    names = _listed(index, candidates)
    return unsure.flagged("region_ambiguous").told("region.ambiguous", regions=names)


def region_text(index: RegionIndex, code: str) -> Text:
    """The whole name of a region in both languages."""
    place = index.place
    return Text(
        place.region_name(code, "zh") or place.regions[code].name.zh,
        place.region_name(code, "en") or place.regions[code].name.en,
    )


def _listed(index: RegionIndex, codes: Iterable[str]) -> Text:
    texts = [region_text(index, code) for code in codes]
    return Text("、".join(text.zh for text in texts), "; ".join(text.en for text in texts))


def _decided(facts: Facts, index: RegionIndex, regions: tuple[str, ...]) -> Facts:
    found = facts.but(region=regions[0], regions=regions)
    if len(regions) == 1:
        return found.told("region.text", region=region_text(index, regions[0]))
    found = found.but(candidates=regions)
    return found.flagged("multi_region").told("region.several", regions=_listed(index, regions))


def _by_way(facts: Facts, spots: list[Spot]) -> list[Spot]:
    """What came by post belongs where it was sent; what crossed the border, where it came to."""
    roles = {spot.role for spot in spots}
    if not {MentionRole.SCENE, MentionRole.SOURCE} <= roles:
        return spots
    if facts.says("bought_online"):
        return [spot for spot in spots if _of_sender(spot, spots, index_of(facts.place))]
    if facts.says("import"):
        return [spot for spot in spots if spot.role is not MentionRole.SOURCE]
    return spots


def _of_sender(spot: Spot, spots: Sequence[Spot], index: RegionIndex) -> bool:
    """Whether it names where the parcel came from, or says it more exactly than who did."""
    if spot.role is not MentionRole.SCENE:
        return True
    senders = [code for one in spots if one.role is MentionRole.SOURCE for code in one.codes]
    return any(index.inside(code, sender) for code in spot.codes for sender in senders)


def _best(index: RegionIndex, spots: Sequence[Spot]) -> list[Spot]:
    """The spots that say where the matter is: scenes, else sources, else where the reporter lives.

    Sources beside a scene stay: a shop here supplied from a warehouse there is two leads.
    """
    here = [spot for spot in spots if spot.role in {MentionRole.SCENE, MentionRole.SOURCE}]
    kept = here or [spot for spot in spots if spot.role is MentionRole.RESIDENCE]
    if any(not spot.weak for spot in kept):
        kept = [spot for spot in kept if not spot.weak]
    kept.sort(key=lambda spot: _ROLES_IN_ORDER.index(spot.role))
    return _narrowest(index, kept)


def _narrowest(index: RegionIndex, spots: Sequence[Spot]) -> list[Spot]:
    """Without those that only name what lies around another: 广州 beside 广州市天河区.

    An unclear name is read in the light of the clear ones: 朝阳区 beside 长春.
    """
    clear = {spot.codes[0] for spot in spots if len(spot.codes) == 1}
    read: list[Spot] = []
    for spot in spots:
        if len(spot.codes) > 1:
            fitting = tuple(c for c in spot.codes if any(index.related(c, sure) for sure in clear))
            read.append(replace(spot, codes=fitting or spot.codes))
        else:
            read.append(spot)
    clear = {spot.codes[0] for spot in read if len(spot.codes) == 1}
    return [spot for spot in read if not _covered(index, spot, clear, read)]


def _covered(index: RegionIndex, spot: Spot, clear: set[str], all_spots: Sequence[Spot]) -> bool:
    """Whether another spot says the same more exactly."""
    if len(spot.codes) > 1:
        return any(index.inside(sure, code) for sure in clear for code in spot.codes)
    code = spot.codes[0]
    if any(sure != code and index.inside(sure, code) for sure in clear):
        return True
    return any(
        len(other.codes) > 1 and all(c != code and index.inside(c, code) for c in other.codes)
        for other in all_spots
    )


def _spots(index: RegionIndex, mentions: Sequence[Mention]) -> list[Spot]:
    """Neighbouring mentions joined from wide to narrow, each with the regions it can mean."""
    spots: list[Spot] = []
    clear = _clear(mentions)
    exact = {code for code in clear if index.place.regions[code].level is Level.COUNTY} or clear
    at = 0
    while at < len(mentions):
        chain, codes, at = _chain(index, mentions, at)
        if len(codes) > 1:
            fitting = tuple(c for c in codes if any(index.inside(c, sure) for sure in clear))
            codes = fitting or codes
        codes = _outermost(index, codes)
        sures = exact if chain[0].kind is NameKind.BARE_TOWNSHIP else clear
        weak = _doubtful(chain) and not any(
            index.related(code, sure) for code in codes for sure in sures
        )
        if codes and len(codes) <= MOST_CANDIDATES and not (weak and chain[-1].droppable):
            spots.append(Spot(codes, chain[0].role, weak))
    return spots


def _doubtful(chain: Sequence[Mention]) -> bool:
    """Whether nothing in it is sure: two names that fit each other are, two bare villages not."""
    if not all(mention.needs_context for mention in chain):
        return False
    return len(chain) == 1 or all(m.kind is NameKind.BARE_TOWNSHIP for m in chain)


def _clear(mentions: Sequence[Mention]) -> set[str]:
    """Regions named beyond doubt, wherever in the text: the context of the rest."""
    return {
        mention.codes[0]
        for mention in mentions
        if len(mention.codes) == 1
        and not mention.needs_context
        and mention.role is not MentionRole.ORIGIN
    }


def _chain(
    index: RegionIndex, mentions: Sequence[Mention], at: int
) -> tuple[list[Mention], tuple[str, ...], int]:
    """The mentions from `at` on that are read together, the regions they mean, the next place."""
    chain, codes = [mentions[at]], mentions[at].codes
    at += 1
    while at < len(mentions) and mentions[at].start - chain[-1].end <= mentions[at].reach:
        narrower = _fitting(index, codes, mentions[at])
        if not narrower:
            break
        codes = narrower
        chain.append(mentions[at])
        at += 1
    return chain, codes, at


def _fitting(index: RegionIndex, codes: tuple[str, ...], after: Mention) -> tuple[str, ...]:
    """The meanings of `after` inside one of `codes` (English addresses: around one of them)."""
    inside = tuple(c for c in after.codes if any(index.inside(c, outer) for outer in codes))
    inside = inside or tuple(
        c for c in after.others if any(index.inside(c, outer) for outer in codes)
    )
    if inside or after.kind is NameKind.TOWNSHIP:
        return inside
    around = tuple(c for c in codes if any(index.inside(c, outer) for outer in after.codes))
    return around if after.latin else ()


def _outermost(index: RegionIndex, codes: tuple[str, ...]) -> tuple[str, ...]:
    """北京 may mean the municipality or its urban part: the wider one covers both."""
    unique = tuple(dict.fromkeys(codes))
    return tuple(
        code
        for code in unique
        if not any(other != code and index.inside(code, other) for other in unique)
    )
