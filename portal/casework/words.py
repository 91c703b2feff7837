"""What the desk's pages say: acts, flags and empty heaps, in plain sentences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.casework.queries.filters import Section


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
    "follow": ActWords(
        _l("Follow it elsewhere"),
        _l("The unit of that place gets a lead. It reads what was reported, not who reported it."),
        _l("Open the lead"),
    ),
    "step_aside": ActWords(
        _l("I have an interest here"),
        _l(
            "You lose sight of this report at once, and it goes back to your unit."
            " Nobody asks you why, and the reporter need prove nothing."
        ),
        _l("Step aside"),
    ),
    "claim": ActWords(
        _l("Take it off the heap"),
        _l("You have the report. Nothing begins and nothing ends by it: accept it when you start."),
        _l("Take it off the heap"),
    ),
    "release": ActWords(
        _l("Put it back on the heap"),
        _l("Nobody has the report then. Whoever of the unit is free can take it."),
        _l("Put it back on the heap"),
    ),
    "hand_over": ActWords(
        _l("Hand it over to a colleague"),
        _l("The colleague finds the report among their own items, with your reason in the file."),
        _l("Hand it over"),
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
    "priority_region": _l("It is in a priority territory."),
    "needs_normalisation": _l("The text was written so as to slip past filters."),
    "network_lead": _l("It may be part of something larger."),
    "no_attachment_fetch": _l(
        "An address points into an office network, to a program or to an archive; do not open it."
    ),
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
    "redact_before_transfer": _l(
        "It contains the number of an identity paper or a bank card: take it out before passing on."
    ),
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
    "third_party_personal_data": _l(
        "It has personal data of people who are not concerned: take them out before passing on."
    ),
    "time_pattern": _l("It says at which times it happens."),
    "will_assist": _l("The reporter is ready to help."),
}

EMPTY_HEAPS: Mapping[Section, LazyString] = {
    Section.MINE: _l("Accept something from your unit's heap to have it here."),
    Section.WRITTEN: _l("Every message of a reporter has been read."),
    Section.DEPARTMENT: _l("No open report is with your unit."),
    Section.NOBODY: _l("Every open report has somebody who works on it."),
    Section.OVERDUE: _l("Nothing is past its date."),
    Section.NOTICED: _l("No clock of your unit runs out soon or has run out."),
    Section.ESCALATED: _l("No unit has let a clock run out."),
    Section.UNROUTED: _l("Every report has found its unit."),
    Section.STUCK: _l("The machine has given up on no open report."),
}


def flag_sentences(flags: Iterable[str]) -> list[str]:
    """What the flags of a report say; those that are only for machines say nothing."""
    return [str(FLAGS[flag]) for flag in flags if flag in FLAGS]
