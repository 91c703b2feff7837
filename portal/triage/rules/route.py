"""Who has the report: the table of the place is asked, and what it answers is told."""

from portal.jurisdiction.competence import delegations_of
from portal.jurisdiction.flags import FLAGS
from portal.triage.rules.facts import Facts, SplitLead
from portal.triage.rules.region import day_of
from portal.triage.rules.table import Answer, Asked, decide, level_of, unit_of
from portal.triage.rules.wording import conditions_by_row


def region_level(facts: Facts) -> str:
    """A level of the pack, `ambiguous` or `none`."""
    return level_of(facts.place, facts.region, ambiguous=facts.ambiguous)


def asked_of(facts: Facts) -> Asked:
    """What the table is asked: link-only material goes its way, whatever else is said."""
    sent, link_only = facts.submission, facts.link_only
    return Asked(
        category=link_only or facts.category,
        secondary=() if link_only else facts.secondary,
        flags=tuple(flag for flag in facts.flags if flag in FLAGS),
        kind=sent.kind,
        channel=sent.channel,
        contact_mode=sent.contact_mode,
        language=sent.language,
        region=facts.region,
        candidates=facts.candidates,
        ambiguous=facts.ambiguous,
        urgency=facts.urgency.value,
        has_address=bool(facts.entities.urls or facts.entities.domains),
        excluded=facts.excluded,
        day=day_of(facts).isoformat(),
        wish=sent.wish,
    )


def route(facts: Facts) -> Facts:
    """Choose the department, the supporting ones and the unit; nobody is impossible."""
    asked = asked_of(facts)
    answer = decide(facts.place, asked)
    facts = _told(facts, answer, asked).but(
        asked=asked,
        region=answer.region,
        department=answer.kind,
        co_departments=answer.support,
        rule=answer.rule_id,
        unit=answer.unit.code,
    )
    return _split(facts, asked, answer)


def _told(facts: Facts, answer: Answer, asked: Asked) -> Facts:
    """The lines of the explanation, the row with what it asked for first."""
    place, rule = facts.place, answer.rule
    if rule is None:
        facts = facts.told("route.wall" if answer.walled else "route.coordinator")
    else:
        facts = facts.told("route.rule", rule=rule.id, sentence=rule.sentence)
        if rule.when:
            facts = facts.told("route.because", conditions=conditions_by_row(place)[rule.id])
        if rule.basis:
            facts = facts.told("route.basis", basis=rule.basis)
    facts = _told_of_the_wish(facts, answer, asked.wish)
    if answer.region is not None and answer.region != facts.region:
        facts = facts.told("region.country", region=place.regions[answer.region].name)
    for one in answer.delegations:
        facts = facts.told(
            "route.delegated",
            giver=place.department_kinds[one.giver].name,
            taker=place.department_kinds[one.taker].name,
            region=place.regions[one.region].name,
            basis=one.basis,
        )
    if answer.fell_back:
        facts = facts.told("route.no_unit")
    if facts.excluded:
        facts = facts.told("route.excluded", units=", ".join(facts.excluded))
    return facts.told("route.unit", unit=answer.unit.name)


def _told_of_the_wish(facts: Facts, answer: Answer, wish: str) -> Facts:
    """What became of it that the reporter asked for an office, unless it is its task anyway."""
    office = facts.place.department_kinds.get(wish)
    if office is None or (wish == answer.competent and not answer.wished):
        return facts
    code = "route.wished" if answer.wished else "route.wished_other"
    return facts.told(code, office=office.name)


def _split(facts: Facts, asked: Asked, answer: Answer) -> Facts:
    """A lead for each of several regions: each to the unit of its own, or who acts for it."""
    if len(facts.regions) < 2:  # noqa: PLR2004
        return facts
    place, leads = facts.place, list[SplitLead]()
    for region in facts.regions:
        delegated = delegations_of(place, answer.competent, region, asked.category, asked.on)
        kind = delegated[-1].taker if delegated else answer.competent
        unit = unit_of(place, kind, region, facts.excluded)
        leads.append(SplitLead(region, kind, unit.code if unit else facts.unit))
    return facts.but(split=tuple(leads)).told("route.split", count=str(len(leads)))
