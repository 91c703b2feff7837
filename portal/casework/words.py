"""What the desk's pages say: acts, flags and the entries of the timeline, in plain sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import LazyString, format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.casework.queries.filters import Section
from portal.casework.queries.lines import Dossier, EventLine
from portal.casework.states import Finding, VerificationMethod
from portal.intake.models import MessageKind
from portal.jurisdiction.place import Place, Stage
from portal.jurisdiction.queries import UnitNames
from portal.web.labels import label


@dataclass(frozen=True, slots=True)
class ActWords:
    """What an act is called on its page, what it means, and what its button says."""

    title: LazyString
    meaning: LazyString
    button: LazyString


ACTS: Mapping[str, ActWords] = {
    "route": ActWords(
        _l("Send to a unit"),
        _l("The unit finds the report on its desk, with your reason."),
        _l("Send it there"),
    ),
    "accept": ActWords(
        _l("Accept"),
        _l("You take the report on. The time to verify it begins."),
        _l("Accept the report"),
    ),
    "decline": ActWords(
        _l("Do not take it on"),
        _l("The reporter is told why, and can ask for another look once."),
        _l("Do not take it on"),
    ),
    "return": ActWords(
        _l("Not ours: send it back"),
        _l("The report goes back to reception, which sends it to somebody else."),
        _l("Send it back"),
    ),
    "verify": ActWords(
        _l("Record a verification"),
        _l("How it was looked into and what was found. The time to answer begins."),
        _l("Record the verification"),
    ),
    "answer": ActWords(
        _l("Answer the reporter"),
        _l("The reporter reads this under the receipt code, and can say it is not resolved."),
        _l("Send the answer"),
    ),
    "close": ActWords(
        _l("Close"),
        _l("The reporter has been answered. Choose what came of it."),
        _l("Close the report"),
    ),
    "close_unrouted": ActWords(
        _l("Close: it goes nowhere"),
        _l("The reporter is told why. Nothing is passed on to anybody."),
        _l("Close the report"),
    ),
    "ask": ActWords(
        _l("Ask the reporter"),
        _l("The clocks stand still until the reply comes, for a limited number of days."),
        _l("Send the question"),
    ),
    "extend": ActWords(
        _l("Extend the time"),
        _l("A stage gets more days. What was promised to the reporter stays written beside them."),
        _l("Extend the time"),
    ),
    "stand_still": ActWords(
        _l("Let the clocks stand still"),
        _l("For a limited number of days; after them the clocks run on by themselves."),
        _l("Let them stand still"),
    ),
    "run_on": ActWords(
        _l("Let the clocks run on"),
        _l("What was waited for is there, or is not waited for any more."),
        _l("Let them run on"),
    ),
    "note": ActWords(
        _l("Add a note"),
        _l("For the file and for colleagues. The reporter never sees it."),
        _l("Add the note"),
    ),
    "assign": ActWords(
        _l("Give it to an officer"),
        _l("The officer finds the report among their own items."),
        _l("Give it to the officer"),
    ),
    "instruct": ActWords(
        _l("Enter an instruction from above"),
        _l("It stands in the file. The rules and the protection of the reporter do not change."),
        _l("Enter the instruction"),
    ),
    "original": ActWords(
        _l("Open the original of a file"),
        _l("The original may name its author: place, device and person can stand in it."),
        _l("Open the original"),
    ),
}

FLAGS: Mapping[str, LazyString] = {
    "abusive_language": _l("The words are rough; the matter may be real all the same."),
    "advise_police": _l("Somebody may be in danger: advise the reporter to call the police."),
    "bidi_override": _l("The text contains marks that turn its direction around."),
    "capture_url": _l("An address may vanish soon: secure it today."),
    "clock_10_14_business_days": _l("The answer is due within 10 to 14 working days."),
    "confidentiality_high": _l("The reporter asks for special confidentiality."),
    "conflict_of_interest": _l(
        "An office or its staff are named: only the unit that looks into it sees this report."
    ),
    "consumer_dispute": _l("A dispute about money between buyer and seller."),
    "consumer_dispute_component": _l("Part of it is a dispute about money."),
    "contact_inbox_only": _l("The reporter wants to be reached under the receipt code only."),
    "csam_suspected": _l("Suspected sexual abuse of children."),
    "csv_injection": _l("The text contains a formula for spreadsheets; do not paste it into one."),
    "do_not_capture": _l("Do not open, save or print what the addresses lead to."),
    "do_not_forward": _l("Pass nothing of this on."),
    "do_not_request_copy": _l("Do not ask the reporter for copies."),
    "due_process": _l("The person reported answers here: give them a fair hearing."),
    "evidence_offered": _l("The reporter offers evidence."),
    "extortion": _l("There may be blackmail."),
    "has_ownership_proof": _l("Proof of the rights is enclosed."),
    "has_poa": _l("A power of attorney is enclosed."),
    "html_injection": _l("The text contains code for web pages; it is shown as text."),
    "import": _l("Goods may have crossed the border."),
    "in_progress": _l("It is going on now."),
    "insider": _l("The reporter seems to work there: ask nothing that points to one person."),
    "insufficient_information": _l("There is too little to go on yet."),
    "link_only_files": _l("Files came with it: do not open, copy or pass them on."),
    "minors_affected": _l("Children or young people are affected."),
    "multi_region": _l("Several regions are named."),
    "multi_venue": _l("Several places are named."),
    "near_school": _l("It is near a school."),
    "needs_normalisation": _l("The text was written so as to slip past filters."),
    "network_lead": _l("It may be part of something larger."),
    "no_attachment_fetch": _l("An address points into an office network; do not open it."),
    "no_work_identified": _l("It does not say which work is meant."),
    "notice_complete_512c3": _l("The notice has all the law asks for."),
    "notice_incomplete": _l("The notice lacks something the law asks for."),
    "obfuscated_text": _l("Words are disguised by signs or look-alikes."),
    "possible_misuse": _l("The complaint may be meant to silence somebody."),
    "prompt_injection": _l("The text tries to give orders to a machine; none reads it here."),
    "protected_belief": _l("It is about somebody's belief, which nobody may be reported for."),
    "protected_expression": _l("It is about somebody's opinion, which nobody may be reported for."),
    "purge_third_party_pii": _l(
        "It names other people: if it goes nowhere, it is erased once nobody contests that in time."
    ),
    "redact_before_transfer": _l("It contains an identity number: take it out before passing on."),
    "region_ambiguous": _l("The place could be in several regions."),
    "remote_image": _l("The text would load a picture from elsewhere; it is not loaded."),
    "repeat_contact": _l("The reporter says it was reported before."),
    "reported_party": _l("It comes from the person reported."),
    "reporter_fear": _l("The reporter is afraid."),
    "restricted_access": _l("Only the unit responsible sees this report."),
    "retaliation_risk": _l("The reporter could suffer for it: tell nobody where it came from."),
    "rightsholder": _l("It comes from a holder of rights."),
    "safety_of_reporter": _l("The reporter's safety is at stake."),
    "sensitive_content": _l("What it is about is hard to look at: take breaks, or hand it over."),
    "separate_dossier": _l("Keep the papers of the rights holder in a file of their own."),
    "signpost": _l("Somebody else can help: say who."),
    "small_group_identifiability": _l("Few people could know this: details point to the reporter."),
    "spam": _l("It looks like advertising or machine-made text."),
    "sql_injection": _l("The text contains commands for databases; it is kept as text."),
    "template_injection": _l("The text contains code for templates; it is kept as text."),
    "time_pattern": _l("It says at which times it happens."),
    "will_assist": _l("The reporter is ready to help."),
}

EMPTY_HEAPS: Mapping[Section, LazyString] = {
    Section.MINE: _l("Accept something from your unit's heap to have it here."),
    Section.DEPARTMENT: _l("No open report is with your unit."),
    Section.NOBODY: _l("Every open report has somebody who works on it."),
    Section.OVERDUE: _l("Nothing is past its date."),
    Section.NOTICED: _l("No clock of your unit runs out soon or has run out."),
    Section.ESCALATED: _l("No unit has let a clock run out."),
    Section.UNROUTED: _l("Every report has found its unit."),
    Section.STUCK: _l("The machine has given up on no open report."),
}

_PLAIN: Mapping[str, LazyString] = {
    "report.receive": _l("Report came in"),
    "report.accept": _l("Accepted"),
    "report.answer": _l("Answered"),
    "report.assign": _l("Given to an officer"),
    "report.ask": _l("Reporter asked"),
    "report.go-on": _l("Clocks run on by themselves: the time for waiting is used up"),
    "report.run-on": _l("Clocks run on"),
    "report.note": _l("Note added"),
    "report.instruct": _l("Instruction from above entered"),
    "report.rate": _l("The reporter rated the handling"),
    "report.open-original": _l("Original of a file opened"),
    "report.merged": _l("Merged with another report"),
    "report.linked": _l("Linked with another report"),
    "report.apart": _l("Kept apart from another report"),
    "report.undo-relation": _l("What was decided about another report was undone"),
    "report.order-mass-act": _l("All reports with the same text: an act was ordered"),
    "report.end-mass-act": _l("All reports with the same text: the act was done"),
    "report.take-back-result": _l("Result taken back: it was that of another report"),
    "report.erase-content": _l("Words and files erased"),
    "receipt.replace": _l("The reporter put another receipt code in the place of the first"),
    "identity.erase": _l("The reporter had name and contact erased"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the timeline, as the macro wants it."""

    title: str
    at: datetime
    by: str | None
    text: str | None


def flag_sentences(flags: list[str]) -> list[str]:
    """What the flags of a report say; those that are only for machines say nothing."""
    return [str(FLAGS[flag]) for flag in flags if flag in FLAGS]


def timeline(dossier: Dossier, place: Place, language: str) -> list[Entry]:
    """What happened, newest first; the words of a verification stand with its entry."""
    summaries = {made.at: made.summary for made in dossier.verifications}
    told = _Telling(place, dossier.units, language)
    return list(_entries(reversed(dossier.events), summaries, told))


@dataclass(frozen=True, slots=True)
class _Telling:
    """What names are taken from: the place, the units' names of their day, the language."""

    place: Place
    units: UnitNames
    language: str

    def unit(self, code: str | None, at: datetime) -> str:
        return self.units.at(code, at).in_(self.language) if code else "–"

    def reason(self, code: str | None) -> str:
        reason = self.place.reasons.get(code or "")
        return reason.name.in_(self.language) if reason else (code or "–")


def _entries(
    events: Iterator[EventLine], summaries: Mapping[datetime, str], told: _Telling
) -> Iterator[Entry]:
    for event in events:
        title = _title(event, told)
        if title:
            text = summaries.get(event.at) if event.action == "report.verify" else None
            yield Entry(title, event.at, event.by, text)


def _title(event: EventLine, told: _Telling) -> str | None:
    """What an entry of the trail means; None for one that is no news."""
    if "follows" in event.details:
        return str(_("Done on the report that leads"))
    if event.action in _PLAIN:
        return str(_PLAIN[event.action])
    tell = _TELLERS.get(event.action)
    return tell(event, told) if tell else None


def _routed(event: EventLine, told: _Telling) -> str:
    details = event.details
    unit = told.unit(details.get("department"), event.at)
    if "rule" in details:
        return str(_("Sent to %(unit)s by rule %(rule)s", unit=unit, rule=details["rule"]))
    return str(_("Sent to %(unit)s by hand", unit=unit))


def _returned(event: EventLine, told: _Telling) -> str:
    unit = told.unit(event.details.get("department_before"), event.at)
    return str(_("Sent back to reception by %(unit)s", unit=unit))


def _declined(event: EventLine, told: _Telling) -> str:
    return str(_("Not taken on: %(reason)s", reason=told.reason(event.details.get("reason"))))


def _verified(event: EventLine, _told: _Telling) -> str:
    words = _(
        "Verified (%(method)s): %(finding)s",
        method=label(VerificationMethod(event.details["method"])),
        finding=label(Finding(event.details["finding"])),
    )
    return str(words)


def _closed(event: EventLine, told: _Telling) -> str:
    code = event.details.get("outcome") or event.details.get("reason")
    return str(_("Closed: %(reason)s", reason=told.reason(code)))


def _stage(event: EventLine) -> str:
    return label(Stage(event.details["stage"]))


def _extended(event: EventLine, _told: _Telling) -> str:
    due = format_date(date.fromisoformat(event.details["due"]), "long")
    return str(_("More time for %(stage)s: until %(day)s", stage=_stage(event), day=due))


def _stopped(event: EventLine, told: _Telling) -> str:
    reason = told.reason(event.details.get("reason"))
    return str(_("Clocks stand still: %(reason)s", reason=reason))


def _warned(event: EventLine, _told: _Telling) -> str:
    return str(_("Runs out soon: %(stage)s", stage=_stage(event)))


def _ran_out(event: EventLine, _told: _Telling) -> str:
    return str(_("Has run out: %(stage)s", stage=_stage(event)))


def _contested(event: EventLine, told: _Telling) -> str:
    if "undone" in event.details:
        return str(_("Back to the desk"))
    reason = told.reason(event.details.get("reason"))
    return str(_("The reporter says it is not resolved: %(reason)s", reason=reason))


def _written(event: EventLine, _told: _Telling) -> str:
    kind = label(MessageKind(event.details["kind"]))
    return str(_("The reporter wrote (%(kind)s)", kind=kind))


_TELLERS = {
    "report.route": _routed,
    "report.return": _returned,
    "report.decline": _declined,
    "report.verify": _verified,
    "report.close": _closed,
    "report.close_unrouted": _closed,
    "report.contest": _contested,
    "report.extend": _extended,
    "report.stand-still": _stopped,
    "report.warn": _warned,
    "report.breach": _ran_out,
    "report.write": _written,
}
