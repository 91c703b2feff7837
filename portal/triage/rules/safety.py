"""Flags on the reporter's safety, the matter, the evidence, the rights, other people's data."""

from portal.triage.rules.category import category_text
from portal.triage.rules.facts import Facts
from portal.triage.rules.rights import notice_flags

_SAID = (
    "evidence_offered",
    "will_assist",
    "insider",
    "retaliation_risk",
    "reporter_fear",
    "safety_of_reporter",
    "small_group_identifiability",
    "contact_inbox_only",
    "confidentiality_high",
    "repeat_contact",
    "in_progress",
    "time_pattern",
    "network_lead",
    "import",
)
_TWO_PLACES_LEAST = 2
_BESIDE = 40
"""How far from what the reporter does a time may stand that is the reporter's own."""


def find_flags(facts: Facts) -> Facts:
    """Raise every flag the text, the category and the kind of report call for."""
    facts = facts.flagged(
        *(flag for flag in _SAID if facts.says(flag) and not _only_own(facts, flag))
    )
    for step in (_child_abuse, _children, _people, _money, _venues, _rights, _other_people):
        facts = step(facts)
    return facts.told("flags.safety") if _needs_care(facts) else facts


def _only_own(facts: Facts, flag: str) -> bool:
    """Whether the times that are named are those at which the reporter looks or passes."""
    if flag != "time_pattern" or not facts.says("own_time"):
        return False
    own = facts.signals["own_time"]
    return all(any(abs(at - one) <= _BESIDE for one in own) for at in facts.signals[flag])


def _needs_care(facts: Facts) -> bool:
    return not {"insider", "retaliation_risk", "reporter_fear", "safety_of_reporter"}.isdisjoint(
        facts.flags
    )


def _child_abuse(facts: Facts) -> Facts:
    """Having the material is itself unlawful: nobody copies it, nobody asks for it."""
    suspected = facts.link_only
    if suspected is None:
        return facts
    flags = ("csam_suspected", "do_not_request_copy", "do_not_capture", "restricted_access")
    facts = facts.without("evidence_offered").flagged(*flags)
    if suspected == facts.category:
        facts = facts.told("flags.link_only")
    else:
        named = category_text(facts.place, suspected)
        facts = facts.told("flags.link_only_suspected", category=named)
    if not facts.submission.file_hashes:
        return facts
    return facts.flagged("link_only_files").told("flags.link_only_files")


def _children(facts: Facts) -> Facts:
    """Whoever chose a subject about minors, or names a child; a scene alone (网吧) names none."""
    about = facts.category.startswith("minors.")
    named = facts.says("children_named") or facts.submission.category == facts.category
    if (about and named) or facts.says("children_exposed"):
        facts = facts.flagged("minors_affected")
    if facts.category == "obscene.commercial":
        facts = facts.flagged("sensitive_content")
        facts = facts.flagged("minors_affected") if facts.says("children_named") else facts
    return facts


def _people(facts: Facts) -> Facts:
    """An employee who reports the employer is at risk whether or not they say so."""
    if facts.category == "press.impersonation":
        # "Our works" is said by whoever is pressed for money, who is no employee that tells.
        facts = facts.without("insider")
    if "insider" in facts.flags:
        facts = facts.flagged("retaliation_risk")
    if facts.says("abusive"):
        facts = facts.flagged("abusive_language")
    return facts


def _money(facts: Facts) -> Facts:
    if facts.says("extortion"):
        facts = facts.flagged("extortion", "advise_police")
    if "safety_of_reporter" in facts.flags:
        facts = facts.flagged("advise_police")
    if not facts.says("consumer_claim"):
        return facts
    if facts.category.startswith("other.") and not facts.says("piracy_named"):
        return facts.flagged("consumer_dispute", "signpost")
    return facts.flagged("consumer_dispute_component")


def _venues(facts: Facts) -> Facts:
    several = [at for at in facts.signals.get("multi_venue", ()) if not _ordinal(facts.text, at)]
    apart = len(facts.regions) > 1 and len(facts.entities.quoted) >= _TWO_PLACES_LEAST
    if several or apart or len(facts.entities.venues) > _TWO_PLACES_LEAST:
        facts = facts.flagged("multi_venue")
    if facts.says("vanishing") and facts.entities.urls and "do_not_capture" not in facts.flags:
        facts = facts.flagged("capture_url")
    return facts


def _ordinal(text: str, at: int) -> bool:
    """The third stall (第三个摊位) is one stall."""
    return at > 0 and text[at - 1] == "第"


def _rights(facts: Facts) -> Facts:
    return facts.flagged(*notice_flags(facts))


def find_other_people(facts: Facts) -> Facts:
    """Flag personal data of people who neither report nor are reported.

    Where the report is declined they are removed anyhow.
    """
    found = facts.entities
    phones = len(found.phones) > facts.says("reporter_phone")
    exact = phones or found.id_numbers or found.accounts or facts.says("home_address")
    declined = {"purge_third_party_pii", "spam"} & set(facts.flags)
    if declined or not exact or not facts.says("bystander_data"):
        return facts
    return facts.flagged("third_party_personal_data").told("flags.other_people")


_PAPERS = (
    "身份证",
    "护照",
    "银行卡",
    "户口",
    "idcard",
    "id_card",
    "id-card",
    "passport",
    "bankcard",
)


def _papers_enclosed(facts: Facts) -> bool:
    """Whether a file is called after an identity paper or a bank card."""
    names = " ".join(facts.submission.attachments).lower().replace(" ", "_")
    return any(paper in names for paper in _PAPERS)


def _other_people(facts: Facts) -> Facts:
    """Kinds of personal data in the text, so that what is not needed can be taken out."""
    kinds: list[str] = []
    own_phone = facts.says("reporter_phone")
    if facts.entities.id_numbers:
        kinds.append("id_number")
    if facts.entities.phones:
        third = facts.says("person_named") and not own_phone
        kinds.append("third_party_phone" if third else "phone" if own_phone else "suspect_phone")
    if facts.says("reporter_surname"):
        kinds.append("surname")
    if facts.entities.waybills:
        kinds.append("waybill")
    if facts.says("person_named"):
        kinds.append("third_party_name")
    if facts.says("home_address") and facts.says("person_named"):
        kinds.append("third_party_address")
    if facts.entities.id_numbers or facts.entities.cards or _papers_enclosed(facts):
        facts = facts.flagged("redact_before_transfer").told("flags.id_number")
    return facts.but(pii=tuple(kinds))
