"""The timeline of a report: what each entry of its trail means, in plain sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import LazyString, format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.casework.queries.lines import Dossier, EventLine
from portal.casework.states import Finding, VerificationMethod
from portal.intake.models import MessageKind
from portal.jurisdiction.place import Place, Stage
from portal.jurisdiction.queries import UnitNames
from portal.web.labels import label

PLAIN: Mapping[str, LazyString] = {
    "report.receive": _l("Report came in"),
    "report.accept": _l("Accepted"),
    "report.answer": _l("Answered"),
    "report.assign": _l("Given to an officer"),
    "report.claim": _l("Taken off the heap"),
    "report.release": _l("Put back on the heap"),
    "report.hand-over": _l("Handed over to a colleague"),
    "report.let-go": _l("Taken from somebody who does not work here any more"),
    "report.ask": _l("Reporter asked"),
    "report.stop-waiting": _l("Nobody waits for the reporter any more"),
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
    "report.tell-followers": _l("Being done for each of the many reports merged into this one"),
    "report.followers-told": _l("Done for all reports merged into this one"),
    "report.order-mass-act": _l("All reports with the same text: an act was ordered"),
    "report.end-mass-act": _l("All reports with the same text: the act was done"),
    "report.take-back-result": _l("Result taken back: it was that of another report"),
    "report.erase-content": _l("Words and files erased"),
    "report.transfer": _l("Went to another unit with its case"),
    "report.in-case": _l("Put into a case"),
    "report.out-of-case": _l("Taken out of a case"),
    "report.told-of-case": _l("Told something about the case"),
    "report.joined-decided": _l("Joined a case that is decided; a result is owed"),
    "report.make-paper": _l("Paper made of the report"),
    "report.strike-paper": _l("Paper of the report struck out"),
    "report.open-paper": _l("Paper of the report opened"),
    "report.told-of-reward": _l("Told something about the reward"),
    "report.reward-finding": _l("Something stated about it for the reward"),
    "report.undo-reward-finding": _l("A statement for the reward taken back"),
    "report.object-to-reward": _l("The reporter objected about the reward"),
    "report.answer-objection": _l("The objection about the reward answered"),
    "report.hold": _l("Legal hold placed"),
    "report.lift-hold": _l("Legal hold lifted"),
    "report.step-aside": _l("Gave it back: has an interest here"),
    "receipt.replace": _l("The reporter put another receipt code in the place of the first"),
    "identity.erase": _l("The reporter had name and contact erased"),
    "identity.destroy": _l("Name and contact destroyed"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the timeline, as the macro wants it."""

    title: str
    at: datetime
    by: str | None
    text: str | None


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
    if event.action in PLAIN:
        return str(PLAIN[event.action])
    tell = _TELLERS.get(event.action)
    return tell(event, told) if tell else None


def _routed(event: EventLine, told: _Telling) -> str:
    details = event.details
    unit = told.unit(details.get("department"), event.at)
    if "rule" in details:
        return str(_("Sent to %(unit)s by rule “%(rule)s”", unit=unit, rule=details["rule"]))
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


def _lead_opened(event: EventLine, told: _Telling) -> str:
    unit = told.unit(event.details.get("department"), event.at)
    number = event.details.get("number")
    return str(_("Lead %(number)s opened: %(unit)s", number=number, unit=unit))


def _lead_back(event: EventLine, _told: _Telling) -> str:
    finding = label(Finding(event.details["finding"]))
    number = event.details.get("number")
    return str(_("Lead %(number)s reported back: %(finding)s", number=number, finding=finding))


def _lead_returned(event: EventLine, told: _Telling) -> str:
    unit = told.unit(event.details.get("department_before"), event.at)
    number = event.details.get("number")
    return str(_("Lead %(number)s sent back by %(unit)s", number=number, unit=unit))


def _lead_late(event: EventLine, _told: _Telling) -> str:
    return str(_("Lead %(number)s has run out", number=event.details.get("number")))


def _passed_up(event: EventLine, told: _Telling) -> str:
    unit = told.unit(event.details.get("department"), event.at)
    return str(_("Passed on to %(unit)s: nobody else may have it", unit=unit))


_PASSED_ON: Mapping[str, LazyString] = {
    "report.pass-on-prepared": _l("Prepared to be passed on to %(unit)s"),
    "report.pass-on": _l("Passed on to %(unit)s"),
    "report.pass-on-again": _l("The message to %(unit)s did not go"),
    "report.pass-on-received": _l("%(unit)s has confirmed that it has it"),
    "report.pass-on-answered": _l("%(unit)s has answered"),
    "report.pass-on-returned": _l("%(unit)s has sent it back"),
    "report.pass-on-withdrawn": _l("Taken back from %(unit)s"),
    "report.open-bundle": _l("Bundle for %(unit)s saved"),
}


def _with_a_partner(event: EventLine, told: _Telling) -> str:
    unit = told.unit(event.details.get("department"), event.at)
    return str(_PASSED_ON[event.action]) % {"unit": unit}


_TELLERS = {
    **dict.fromkeys(_PASSED_ON, _with_a_partner),
    "report.lead": _lead_opened,
    "report.lead-back": _lead_back,
    "report.lead-returned": _lead_returned,
    "report.lead-late": _lead_late,
    "report.pass-up": _passed_up,
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
