"""What the pages of a case say: acts, moves and the entries of its timeline."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.cases.queries.page import CaseEvent
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
    "add_note": ActWords(
        _l("Write a note in the case"),
        _l("Choose for whom it is: that cannot be changed afterwards."),
        _l("Write the note"),
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

_PLAIN: Mapping[str, LazyString] = {
    "case.open": _l("Case opened"),
    "case.describe": _l("Title and summary changed"),
    "case.assign": _l("Given to an officer"),
    "case.give-task": _l("Task given"),
    "case.finish-task": _l("Task done"),
    "case.note": _l("Note added"),
    "case.strike-party": _l("Party struck out"),
    "case.open-paper": _l("Paper opened"),
    "case.issue-party-code": _l("Code for a party made"),
    "case.party-page-opened": _l("A party opened its page"),
    "case.party-wrote": _l("A party wrote"),
    "case.set-hearing": _l("Hearing set"),
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
    if event.action in _PLAIN:
        return str(_PLAIN[event.action])
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
}
_TELLERS: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "add-report": lambda told: str(_("Report %(reference)s added", reference=told["report"])),
    "take-out": lambda told: str(_("Report %(reference)s taken out", reference=told["report"])),
    "grade": lambda told: str(_("Grade: %(grade)s", grade=label(Severity(told["grade"])))),
    "add-party": lambda told: str(
        _("Party entered: %(role)s", role=label(PartyRole(told["role"])))
    ),
}
