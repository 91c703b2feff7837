"""How much a report gives to work with, and what is to be done with it next."""

from portal.triage.rules.facts import Facts
from portal.triage.rules.route import region_level

_ONLINE = (
    "piracy.online",
    "online.enabler",
    "minors.online",
    "obscene.commercial",
    "child_abuse.material",
)
_DETAILS_GOOD = 2
_LONG = 120
_LONG_LATIN = 240


def judge(facts: Facts) -> Facts:
    """Set quality and action, with a line for each."""
    facts = facts.but(quality=_quality(facts))
    if facts.quality == "vague":
        facts = facts.flagged("insufficient_information")
    facts = facts.but(action=_action(facts))
    if facts.action == "request_info" and _nowhere(facts):
        facts = facts.flagged("insufficient_information")
    return facts.told(f"quality.{facts.quality}").told(f"action.{facts.action}")


def _quality(facts: Facts) -> str:
    if facts.category == "other.spam":
        return "spam"
    if "possible_misuse" in facts.flags:
        return "malicious"
    if _says_nothing(facts):
        return "vague"
    settled = facts.duplicate_of is None and not facts.ambiguous
    doubtful = "prompt_injection" in facts.flags or facts.category.startswith("other.")
    located = facts.region is not None or bool(facts.entities.urls)
    if settled and located and not doubtful and _details(facts) >= _DETAILS_GOOD:
        return "good"
    return "usable"


def _says_nothing(facts: Facts) -> bool:
    """No place, no address and next to nothing to find the matter by."""
    found = facts.entities
    anywhere = facts.region is not None or facts.ambiguous or facts.submission.region is not None
    anything = found.urls or found.phones or found.venues or found.houses or found.domains
    anything = anything or found.accounts or found.quoted
    if anywhere or anything or facts.duplicate_of or facts.link_only is not None:
        return False
    return facts.category not in {"other.out_of_scope", "complaint.staff"}


def _details(facts: Facts) -> int:
    """Kinds of detail: place, price or number, time, evidence, length."""
    found, text = facts.entities, facts.text
    latin = facts.latin
    return sum(
        (
            bool(found.venues or found.houses or found.streets or found.urls),
            any(char.isdigit() for char in text),
            "evidence_offered" in facts.flags or bool(facts.submission.attachments),
            "time_pattern" in facts.flags or "in_progress" in facts.flags,
            "insider" in facts.flags or "will_assist" in facts.flags,
            len(text) > (_LONG_LATIN if latin else _LONG),
            len(text) > (_LONG_LATIN if latin else _LONG) // 2,
        )
    )


def _action(facts: Facts) -> str:
    """The first that fits, from what must never wait to what is plain."""
    link_only = "csam_suspected" in facts.flags
    chances = (
        ("close_spam", facts.category == "other.spam"),
        ("route_and_notify_police", link_only),
        ("close_out_of_scope", "do_not_forward" in facts.flags),
        ("escalate_supervision", "conflict_of_interest" in facts.flags),
        ("refer_external", facts.category == "other.out_of_scope"),
        (
            "route_and_notify_police",
            "advise_police" in facts.flags and "safety_of_reporter" in facts.flags,
        ),
        ("request_info", "possible_misuse" in facts.flags or "notice_incomplete" in facts.flags),
        ("merge", facts.duplicate_of is not None),
        ("split_and_route", len(facts.split) > 1),
        ("request_info", facts.ambiguous or facts.quality == "vague"),
        ("request_info", facts.category == facts.place.unsure_category),
        ("request_info", _nowhere(facts)),
    )
    return next((action for action, fits in chances if fits), "route")


def _nowhere(facts: Facts) -> bool:
    """A matter that happens somewhere, and the report does not say where."""
    found = facts.entities
    online = facts.category in _ONLINE or bool(found.urls or found.accounts)
    online = online or (facts.says("on_the_net") and bool(found.quoted or found.venues))
    return region_level(facts) == "none" and not online
