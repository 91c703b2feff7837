"""What the portal does not take: opinion, belief, matters of others, and messages that say nothing.

Conservative both ways: a report of pirated goods stays in scope whatever the goods are about, and
what somebody thinks, says or believes is declined however the report is dressed. The words only
ever decline; none of them raises anything.
"""

from portal.triage.rules.facts import Facts
from portal.triage.rules.hostile import without_hostile
from portal.triage.rules.rights import COMPLAINT, COUNTER
from portal.triage.rules.signals import matters_of

OUT_OF_SCOPE = "other.out_of_scope"
SPAM = "other.spam"
_STRONG = 4
"""A category with this score is a matter of its own, whatever else is said."""

_OF_ITS_OWN = 5
"""What a category needs where the text names nothing unlawful and a matter of another body."""

_BEYOND_DISPUTE = 14
"""What a category needs to be more than the scene of a quarrel about money."""

_TOLD_OF = 8
"""What a category needs to be what a question is really about."""

_LETTERS_LEAST = 12
_HANDS_LEAST = 4


def check_scope(facts: Facts) -> Facts:
    """Decline what is out of scope, mark what is spam; leave the rest as it is."""
    if facts.submission.kind in {COMPLAINT, COUNTER}:
        return facts
    if _is_spam(facts):
        empty = facts.says("advertising") or facts.says("test_message")
        marked = facts.flagged("spam") if empty else facts
        return _as(marked, SPAM).told("scope.spam")
    if facts.link_only is not None:
        return facts
    if facts.says("opinion") or facts.says("belief"):
        return _opinion_or_belief(facts)
    return _matter_of_others(facts)


def _as(facts: Facts, category: str) -> Facts:
    return facts.but(category=category, suggested=category, secondary=(), link_only=None)


def _score(facts: Facts) -> int:
    return max(
        (n for c, n in facts.scores if not c.startswith(("other.", "complaint."))), default=0
    )


def _opinion_or_belief(facts: Facts) -> Facts:
    """Declined unless something in scope is plainly what the report is about."""
    in_scope = _score(facts) >= _STRONG and (
        _claims_piracy(facts) or facts.category.startswith(_NOT_ABOUT_CONTENT)
    )
    if in_scope or _settled(facts):
        return facts
    flags = [f"protected_{what}" for what, signal in _PROTECTED if facts.says(signal)]
    # Nothing is looked into, so there is no time at which to look.
    facts = _as(facts.without("time_pattern"), OUT_OF_SCOPE).flagged(*flags, "do_not_forward")
    if facts.pii or facts.says("person_named") or facts.says("home_address"):
        facts = facts.flagged("purge_third_party_pii")
    return facts.told("scope.protected")


_PROTECTED = (("expression", "opinion"), ("belief", "belief"))
_NOT_ABOUT_CONTENT = ("venue.", "minors.", "complaint.", "press.", "av.", "import.", "goods.")


def _settled(facts: Facts) -> bool:
    """Whether the reporter chose a category and the text bears it out a little."""
    chosen = facts.submission.category
    return chosen == facts.category and dict(facts.scores).get(facts.category, 0) >= _STRONG


def _matter_of_others(facts: Facts) -> Facts:
    of_children = facts.category.startswith("minors.") and facts.says("children_named")
    grown = of_children and _grown_up(facts)
    if _settled(facts) or (of_children and not grown):
        return facts
    if facts.says("household_dish") and not facts.says("sells"):
        return _as(facts, OUT_OF_SCOPE).flagged("do_not_forward").told("scope.household")
    if _only_a_dispute(facts):
        whole = facts.without("consumer_dispute_component").flagged("consumer_dispute")
        return _for_others(whole)
    if grown or _only_asks(facts) or _of_another_body(facts):
        return _for_others(facts.without("minors_affected") if grown else facts)
    return facts


def _of_another_body(facts: Facts) -> bool:
    """Whether a matter of another body is named, and none of ours as plainly."""
    unlawful = facts.says("wrongdoing") or facts.says("piracy_named")
    nuisance = not unlawful and facts.says("nuisance") and facts.says("lawful_trade")
    if _score(facts) >= (_STRONG if unlawful else _OF_ITS_OWN) and not nuisance:
        return False
    named = nuisance or facts.says("other_matter")
    return named or dict(facts.scores).get(OUT_OF_SCOPE, 0) >= _STRONG


def _for_others(facts: Facts) -> Facts:
    return _as(facts, OUT_OF_SCOPE).flagged("signpost").told("scope.other")


def _grown_up(facts: Facts) -> bool:
    """Whether the son or daughter is grown up, and nobody younger is spoken of."""
    return facts.says("grown_up") and not facts.says("young")


def _only_asks(facts: Facts) -> bool:
    """Whether somebody asks or thanks, and tells of nothing unlawful."""
    unlawful = facts.says("wrongdoing") or facts.says("piracy_named") or _tells_of_copies(facts)
    asks = facts.says("inquiry") or facts.says("praise")
    return asks and not unlawful and (facts.says("lawful_trade") or _score(facts) < _TOLD_OF)


def _claims_piracy(facts: Facts) -> bool:
    """Whether piracy is named, and not only to say that it is none."""
    said = facts.signals.get("piracy_named", ())
    return any(not facts.text[max(0, at - 4) : at].endswith(_DENIALS) for at in said)


_DENIALS = ("不是", "并非", "不算", "没有", "not ", "no ")


def _only_a_dispute(facts: Facts) -> bool:
    """Whether somebody wants money back and tells of nothing unlawful."""
    unlawful = facts.says("wrongdoing") or facts.says("piracy_named") or _tells_of_copies(facts)
    return facts.says("consumer_claim") and not unlawful and _score(facts) < _BEYOND_DISPUTE


def _tells_of_copies(facts: Facts) -> bool:
    """Whether copies and what was copied are said near each other, of nothing that is genuine."""
    copies = any(matter.category == facts.category for matter in matters_of(facts.signals))
    genuine = any(word in facts.text for word in _GENUINE)
    return copies and facts.category in _COPIED and not genuine


_COPIED = ("piracy.av_physical", "piracy.print", "piracy.software")
_GENUINE = ("正版", "genuine", "original")


def _is_spam(facts: Facts) -> bool:
    """Advertising, tests, and text of which nothing is left without its tricks."""
    if _score(facts) >= _STRONG or facts.region is not None:
        return False
    if facts.says("advertising") or facts.says("test_message"):
        return True
    words = without_hostile(facts.shown)
    hands = sum("\u4e00" <= char <= "\u9fff" for char in words)
    letters = sum(char.isalpha() for char in words)
    hostile = any(flag.endswith("_injection") for flag in facts.flags)
    enough = hands >= _HANDS_LEAST or letters >= _LETTERS_LEAST
    if hostile:
        empty = _score(facts) == 0 and not facts.says("wrongdoing") and not facts.entities.phones
        return empty and hands < _HANDS_LEAST * 8 and letters < _LETTERS_LEAST * 6
    return not enough and not facts.entities.urls
