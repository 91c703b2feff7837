"""Whether a rights holder's complaint or counter-notice has what such a notice needs.

The elements of a notice under 17 USC 512(c)(3)(A); the Chinese complaint asks for the same proof of
identity, authority, ownership and infringement, without the statements on oath.
"""

import re

from portal.triage.rules.facts import Facts

_TITLE = re.compile("《[^》\n]{1,60}》")

_OF_AUTHORITY = (
    "poa",
    "attorney",
    "authority",
    "authoris",
    "authoriz",
    "委托",
    "授权",
    "weituo",
    "shouquan",
)
_OF_OWNERSHIP = ("registration", "certificate", "登记", "证书", "版权", "dengji")

COMPLAINT = "rightsholder_complaint"
COUNTER = "counter_notice"


def notice_flags(facts: Facts) -> tuple[str, ...]:
    """The flags about rights; for a tip none, unless a party answers by way of one."""
    if facts.submission.kind == COUNTER:
        return ("reported_party", "due_process", "clock_10_14_business_days")
    if facts.submission.kind != COMPLAINT:
        return ("reported_party", "due_process") if facts.says("party_answers") else ()
    titled = _TITLE.search(facts.text) is not None
    work = facts.says("rights_work") or titled
    work = work or bool(facts.entities.isbns or facts.entities.isrcs)
    if facts.says("not_copyright"):
        flags = ["notice_incomplete", "possible_misuse"]
        if not work or facts.says("not_copyright"):
            flags.insert(1, "no_work_identified")
        return (*flags, "protected_expression")
    return _of_a_real_claim(facts, work=work)


def _of_a_real_claim(facts: Facts, *, work: bool) -> tuple[str, ...]:
    flags = ["rightsholder", "separate_dossier"]
    names = " ".join(facts.submission.attachments).lower()
    if facts.says("rights_poa") or any(name in names for name in _OF_AUTHORITY):
        flags.append("has_poa")
    if facts.says("rights_proof") or any(name in names for name in _OF_OWNERSHIP):
        flags.append("has_ownership_proof")
    if not work:
        flags.append("no_work_identified")
    if _complete(facts, work=work):
        flags.append("notice_complete_512c3")
    elif not work or not (facts.entities.urls or facts.region) or not _authority(facts, flags):
        flags.append("notice_incomplete")
    return tuple(flags)


def _authority(facts: Facts, flags: list[str]) -> bool:
    """Whether the text says by what right, or papers came that do."""
    return facts.says("rights_authority") or not {"has_poa", "has_ownership_proof"}.isdisjoint(
        flags
    )


def _complete(facts: Facts, *, work: bool) -> bool:
    """All that 512(c)(3)(A) asks, with both statements."""
    located = bool(facts.entities.urls)
    return work and located and facts.says("good_faith") and facts.says("perjury")
