"""What the pages of a case say: acts, moves and the entries of its timeline."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.cases.queries.events import CaseEvent
from portal.cases.states import CaseAction, CaseEnding, PartyRole, Severity
from portal.casework.timeline import Entry
from portal.casework.words import ActWords
from portal.jurisdiction.place import Place
from portal.web.labels import label

ACTS: Mapping[str, ActWords] = {
    "open_case": ActWords(
        _l("Open a case"),
        _l("You propose to file a case on this report; it gets its number now and is yours."),
        _l("Open the case"),
    ),
    "describe": ActWords(
        _l("Change title and summary"),
        _l("Everybody who may see the case reads them."),
        _l("Save"),
    ),
    "add_report": ActWords(
        _l("Add a report"),
        _l("It keeps its own receipt, dates and messages. Its reporter learns of no other."),
        _l("Add the report"),
    ),
    "take_out": ActWords(
        _l("Take the report out of the case"),
        _l("It goes on by itself. What was sent to its reporter stays sent."),
        _l("Take it out"),
    ),
    "take_out_unseen": ActWords(
        _l("Take a report out that another desk has"),
        _l("You are not shown which it is. It goes on where it is, without this case."),
        _l("Take it out"),
    ),
    "grade": ActWords(
        _l("Say how grave it is"),
        _l("A grade rests on at least one factor, which stays in the file."),
        _l("Save the grade"),
    ),
    "assign": ActWords(
        _l("Give the case to an officer"),
        _l("Of your unit. Somebody who is away is stood in for."),
        _l("Give it"),
    ),
    "add_party": ActWords(
        _l("Enter a party"),
        _l("Somebody whose part in the matter is looked into, never the reporter."),
        _l("Enter the party"),
    ),
    "strike_party": ActWords(
        _l("Strike out the party"),
        _l("The entry stays in the file, struck out."),
        _l("Strike it out"),
    ),
    "add_paper": ActWords(
        _l("Put in a paper"),
        _l("Other officers of the unit can open it; each opening is noted."),
        _l("Put it in"),
    ),
    "waive_paper": ActWords(
        _l("Do without a paper"),
        _l("A step that asks for this paper can then be made without it."),
        _l("Do without it"),
    ),
    "strike_paper": ActWords(
        _l("Strike out the paper"),
        _l("It counts no more for any step, and stays in the file, struck out."),
        _l("Strike it out"),
    ),
    "give_task": ActWords(
        _l("Give somebody a task"),
        _l("Every task has one owner and one date."),
        _l("Give the task"),
    ),
    "record_meeting": ActWords(
        _l("Enter the minutes of a meeting"),
        _l("Whoever may see the case reads them. What was decided becomes tasks."),
        _l("Enter the minutes"),
    ),
    "add_point": ActWords(
        _l("Enter what was decided"),
        _l("Each point is a task with one owner and one date."),
        _l("Enter the point"),
    ),
    "add_note": ActWords(
        _l("Write a note in the case"),
        _l("Choose for whom it is: that cannot be changed afterwards."),
        _l("Write the note"),
    ),
    "extend": ActWords(
        _l("Give the step more time"),
        _l("Once for each step, before its time is over. The first date stays beside the new one."),
        _l("Give more time"),
    ),
    "ask_adviser": ActWords(
        _l("Ask a legal adviser"),
        _l("Whoever works on the case reads the question. Its time stands still, within a limit."),
        _l("Ask the adviser"),
    ),
    "record_advice": ActWords(
        _l("Write down the adviser's answer"),
        _l("Once no question waits, the time of the case runs on."),
        _l("Write down the answer"),
    ),
    "add_edge": ActWords(
        _l("Add a link of the chain"),
        _l("Who supplies whom, with what shows it. The page draws the chain."),
        _l("Add the link"),
    ),
    "strike_edge": ActWords(
        _l("Strike out the link of the chain"),
        _l("It leaves the picture and stays in the file, struck out."),
        _l("Strike it out"),
    ),
    "follow": ActWords(
        _l("Follow the matter to another place"),
        _l("The unit there opens a case, or has one. Of this one it learns the number only."),
        _l("Send the lead"),
    ),
    "open_on_lead": ActWords(
        _l("Open a case on the lead"),
        _l("The case gets a number of your unit and is yours. Both cases show the link."),
        _l("Open the case"),
    ),
    "join_to_lead": ActWords(
        _l("Link the lead with a case you have"),
        _l("An open case of your unit on this matter. One few may know of is named to nobody."),
        _l("Link them"),
    ),
    "return_case_lead": ActWords(
        _l("Not ours: send it back"),
        _l("The unit that sent it reads why. The second time the office above both decides."),
        _l("Send it back"),
    ),
    "send_again": ActWords(
        _l("Send the lead once more"),
        _l("There or to another unit. If it comes back again, the office above both decides."),
        _l("Send the lead"),
    ),
    "decide_dispute": ActWords(
        _l("Decide whose it is"),
        _l("The unit it is given to cannot send it back. What reporters were promised stays."),
        _l("Decide"),
    ),
    "offer_case": ActWords(
        _l("Hand the whole case to another unit"),
        _l("It stays yours until the unit accepts. No date of a reporter or of the case moves."),
        _l("Offer the case"),
    ),
    "offer_again": ActWords(
        _l("Offer the case once more"),
        _l("There or to another unit. If it comes back again, the office above both decides."),
        _l("Offer the case"),
    ),
    "withdraw_offer": ActWords(
        _l("Keep the case after all"),
        _l("The unit it was offered to reads nothing of it any more."),
        _l("Keep the case"),
    ),
    "accept_case": ActWords(
        _l("Take over the whole case"),
        _l("With its number, reports, papers, tasks and dates. You have it from then on."),
        _l("Accept the case"),
    ),
    "add_member": ActWords(
        _l("Have another unit take part"),
        _l("Your unit leads. The other reads its part, what you tell it, and its own tasks."),
        _l("Have it take part"),
    ),
    "end_member": ActWords(
        _l("End the part of the unit"),
        _l("It reads nothing of the case any more. What it did stays in the file."),
        _l("End its part"),
    ),
    "give_member_task": ActWords(
        _l("Give the unit a task"),
        _l("It sees the task with its date, and says what came of it."),
        _l("Give the task"),
    ),
    "finish_member_task": ActWords(
        _l("Finish the task"),
        _l("The leading unit reads what came of it."),
        _l("It is done"),
    ),
    "supervise": ActWords(
        _l("Supervise the case"),
        _l("It cannot be closed until you release it. The unit sees your reason."),
        _l("Supervise it"),
    ),
    "set_milestone": ActWords(
        _l("Want something done by a day"),
        _l("The unit sees it, and you see on the board when it is overdue."),
        _l("Save"),
    ),
    "report_progress": ActWords(
        _l("Report to the supervising office"),
        _l("It says when it has read the report. The next interval begins today."),
        _l("Send the report"),
    ),
    "release": ActWords(
        _l("Release from supervision"),
        _l("The case may be closed from then on."),
        _l("Release it"),
    ),
    "direct": ActWords(
        _l("Enter an instruction from above"),
        _l("As it was given: by whom, when, in which words. It moves nothing and opens nothing."),
        _l("Enter the instruction"),
    ),
    "send_flash": ActWords(
        _l("Send the flash report"),
        _l("This is a major case. The office above says when it received and read the report."),
        _l("Send the report"),
    ),
    "answer_all": ActWords(
        _l("Answer all reporters"),
        _l("Whoever has no answer yet gets this one, in their own thread, and can contest it."),
        _l("Answer them all"),
    ),
}

MOVES: Mapping[CaseAction, LazyString] = {
    CaseAction.FILE: _l("The case is filed, and the time to decide begins."),
    CaseAction.FINISH_INVESTIGATION: _l("The facts are clear. What was found is in the file."),
    CaseAction.NOTIFY: _l("The party has been told what is intended, and can be heard."),
    CaseAction.DECIDE: _l("The decision is made and has been served."),
    CaseAction.DECIDE_ON_THE_SPOT: _l("The simple procedure: decided where it was found."),
    CaseAction.EXECUTE: _l("What was decided has been carried out."),
    CaseAction.CLOSE: _l("The file is complete. Every reporter must have an answer."),
    CaseAction.RESUME: _l("Something has to be looked into again."),
    CaseAction.DROP: _l("The case ends without a penalty. Every reporter must have an answer."),
    CaseAction.REOPEN: _l("The case is taken up again."),
}

# Entries of the trail about a case that say all by their name.
PLAIN: Mapping[str, LazyString] = {
    "case.open": _l("Case opened"),
    "case.describe": _l("Title and summary changed"),
    "case.assign": _l("Given to an officer"),
    "case.give-task": _l("Task given"),
    "case.finish-task": _l("Task done"),
    "case.record-meeting": _l("Minutes of a meeting entered"),
    "case.remind-task": _l("Owner of a task reminded"),
    "case.note": _l("Note added"),
    "case.strike-party": _l("Party struck out"),
    "case.open-paper": _l("Paper opened"),
    "case.ask-for-file": _l("The file was to be bound"),
    "case.hold": _l("Legal hold placed"),
    "case.lift-hold": _l("Legal hold lifted"),
    "case.open-file": _l("Bound file opened"),
    "case.take-out-unseen": _l("A report that another desk has taken out"),
    "case.extend": _l("More time for the step"),
    "case.stand-still": _l("The time stands still"),
    "case.run-on": _l("The time runs on"),
    "case.warn": _l("The time runs out soon"),
    "case.breach": _l("The time is over"),
    "case.ask-adviser": _l("Legal adviser asked"),
    "case.advice": _l("Answer of the legal adviser"),
    "case.answer-all": _l("Answer to all reporters written"),
    "case.answered-all": _l("Answer to all reporters given"),
    "case.add-edge": _l("Link of the chain entered"),
    "case.strike-edge": _l("Link of the chain struck out"),
    "case.follow": _l("Lead sent to another place"),
    "case.on-lead": _l("Linked with a lead from another place"),
    "case.lead-unanswered": _l("A lead to another place got no answer in time"),
    "case.lead-answered": _l("The other place answered a lead"),
    "case.lead-over": _l("A lead ended: the unit it went to has the case itself now"),
    "case.offer": _l("The whole case offered to another unit"),
    "case.open-offer": _l("The other unit read the offer"),
    "case.offer-accept": _l("The other unit accepted the case"),
    "case.transfer": _l("The case went to another unit"),
    "case.offer-return": _l("The other unit sent the case back"),
    "case.offer-dispute": _l("Sent back a second time: for the office above to decide"),
    "case.offer-send-again": _l("The whole case offered once more"),
    "case.offer-assign": _l("The office above gave the case to the other unit"),
    "case.offer-keep": _l("The office above left the case where it is"),
    "case.offer-withdraw": _l("The offer of the case was taken back"),
    "case.offer-late": _l("Nobody answered the offer in time: the head there was told"),
    "case.offer-unanswered": _l("Nobody answered the offer: the office above was told"),
    "case.propose-referral": _l("Transfer to the police proposed"),
    "case.referral-approve": _l("Transfer to the police approved"),
    "case.referral-refuse": _l("Transfer to the police refused"),
    "case.referral-withdraw": _l("Transfer to the police withdrawn"),
    "case.seal-referral": _l("Bundle for the police packed"),
    "case.open-referral": _l("Bundle for the police saved"),
    "case.referral-hand-over": _l("Handed over to the police"),
    "case.referral-answer": _l("Answer of the police"),
    "case.add-member": _l("Another unit takes part"),
    "case.end-member": _l("The part of another unit ended"),
    "case.sign-member": _l("Another unit signed for its part"),
    "case.give-member-task": _l("Task given to another unit"),
    "case.finish-member-task": _l("Task done by another unit"),
    "case.turn-member-task": _l("Task of a unit that takes part no more goes on in the case"),
    "case.supervise": _l("Put under supervision"),
    "case.set-milestone": _l("The supervising office wants something done"),
    "case.meet-milestone": _l("Done what the supervising office wanted"),
    "case.report-progress": _l("Reported to the supervising office"),
    "case.read-progress": _l("Read by the supervising office"),
    "case.release": _l("Released from supervision"),
    "case.direct": _l("Instruction from above entered"),
    "case.demand-flash": _l("A major case: flash report asked for"),
    "case.send-flash": _l("Flash report sent"),
    "case.receive-flash": _l("Flash report received"),
    "case.read-flash": _l("Flash report read"),
    "case.let-go": _l("Taken from a closed account"),
    "case.hand-task-on": _l("Task of a closed account handed on"),
    "case.issue-party-code": _l("Code for a party made"),
    "case.party-page-opened": _l("A party opened its page"),
    "case.party-wrote": _l("A party wrote"),
    "case.enter-hearing-wish": _l("Wish to be heard entered"),
    "case.set-hearing": _l("Hearing set"),
    "case.refuse-hearing": _l("Hearing refused"),
    "case.review-warn": _l("The time of a review runs out soon"),
    "case.review-breach": _l("The time of a review is over: the office above sees it"),
    "case.file-review": _l("Review asked for"),
    "case.admit-review": _l("Review taken on"),
    "case.refuse-review": _l("Review refused"),
    "case.extend-review": _l("More time for a review"),
    "case.decide-review": _l("Review decided"),
    "case.told": _l("Parties and reporters told"),
    "case.open-party-file": _l("File of a party opened"),
}


def move_words(action: CaseAction) -> ActWords:
    """What the page of a move says."""
    name = _l(f"CaseAction.{action.value}")
    return ActWords(name, MOVES[action], name)


def entries_of(events: Iterable[CaseEvent], place: Place, language: str) -> Iterator[Entry]:
    """The timeline of a case, in the order given."""
    for event in events:
        title = _title(event, place, language)
        if title is not None:
            yield Entry(title, event.at, event.by, None)


def _title(event: CaseEvent, place: Place, language: str) -> str | None:
    if event.action in PLAIN:
        return str(PLAIN[event.action])
    verb, details = event.action.partition(".")[2], event.details
    if verb in set(CaseAction):
        return _moved(CaseAction(verb), details)
    if verb in _OF_PAPERS:
        paper = place.papers.get(details["form"])
        name = paper.name.in_(language) if paper else details["form"]
        return str(_OF_PAPERS[verb]) % {"paper": name}
    tell = _TELLERS.get(verb)
    return tell(details) if tell else None


def _moved(action: CaseAction, details: Mapping[str, str]) -> str:
    if "ending" in details:
        ending = label(CaseEnding(details["ending"]))
        return str(_("%(move)s: %(reason)s", move=label(action), reason=ending))
    return label(action)


_OF_PAPERS: Mapping[str, LazyString] = {
    "add-paper": _l("Put in: %(paper)s"),
    "waive": _l("Done without: %(paper)s"),
    "strike-paper": _l("Struck out: %(paper)s"),
    "draft-paper": _l("Paper drafted: %(paper)s"),
    "serve": _l("Service recorded: %(paper)s"),
    "strike-service": _l("Service struck out: %(paper)s"),
}
_TELLERS: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "draft-decision": lambda told: str(
        _("Decision No. %(number)s drafted", number=told["decision"])
    ),
    "approve-decision": lambda told: str(
        _("Decision No. %(number)s approved", number=told["decision"])
    ),
    "withdraw-decision": lambda told: str(
        _("Decision No. %(number)s given up", number=told["decision"])
    ),
    "add-report": lambda told: str(_("Report %(reference)s added", reference=told["report"])),
    "take-out": lambda told: str(_("Report %(reference)s taken out", reference=told["report"])),
    "grade": lambda told: str(_("Grade: %(grade)s", grade=label(Severity(told["grade"])))),
    "add-party": lambda told: str(
        _("Party entered: %(role)s", role=label(PartyRole(told["role"])))
    ),
}
