"""What the tables of a place and their fields are called on the pages."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from portal.jurisdiction.candidate import RowProblem
from portal.jurisdiction.pack_diff import PLACE, Difference
from portal.jurisdiction.pack_files import PackProblem
from portal.jurisdiction.parts import PARTS, Part
from portal.jurisdiction.sentences import Sentence
from portal.web.labels import label, msgid

# Lines of calendar.csv as somebody would enter them.
CALENDAR_SAMPLE: Final = """2028-01-01,holiday,元旦,New Year
2028-01-29,make-up-workday,春节补班,Work for Spring Festival"""

TABLES: Final[Mapping[str, LazyString]] = {
    "routing": _l("Routing rules"),
    "categories": _l("Categories"),
    "department_kinds": _l("Kinds of unit and their duties"),
    "departments": _l("Units"),
    "delegations": _l("Delegations"),
    "clocks": _l("Time limits"),
    "calendar": _l("Holidays and make-up working days"),
    "reasons": _l("Listed reasons"),
    "measures": _l("Measures"),
    "papers": _l("Papers of a case"),
    "letterheads": _l("Letterheads of papers"),
    "case_steps": _l("What the steps of a case ask for"),
    "major_cases": _l("What makes a case a major one"),
    "retention": _l("How long records are kept"),
    "schemes": _l("Schemes of rewards"),
    "bases": _l("Legal bases"),
    "notices": _l("Notices about decisions and reviews"),
    "texts": _l("Texts of the tracking page"),
    "regions": _l("Regions"),
    "townships": _l("Names of townships"),
    "pack": _l("The place as a whole"),
}

FIELDS: Final[Mapping[str, LazyString]] = {
    "action": _l("When the period is over"),
    "address": _l("Address"),
    "aliases": _l("Other names"),
    "allow_anonymous": _l("May be reported without a name"),
    "basis": _l("Legal basis"),
    "basis_en": _l("Legal basis (English)"),
    "calendar": _l("First and last year of the calendar"),
    "categories": _l("Categories"),
    "category": _l("Category"),
    "choices": _l("Answers to choose from"),
    "code": _l("Code"),
    "codes": _l("Codes of regions"),
    "contact": _l("How to reach it (Chinese)"),
    "contact_en": _l("How to reach it (English)"),
    "coordinator": _l("Kind of unit that coordinates"),
    "date": _l("Day"),
    "department": _l("Unit, or kind of unit"),
    "duty": _l("Duties (Chinese)"),
    "duty_en": _l("Duties (English)"),
    "emergency": _l("Emergency numbers"),
    "emergency.number": _l("Telephone number"),
    "endings": _l("Codes of how it ended; none means all"),
    "event": _l("What happened"),
    "extension": _l("Extension"),
    "first_year": _l("First year"),
    "from": _l("Kind that gives the matter away"),
    "group": _l("Group"),
    "hint": _l("Hint"),
    "hotline": _l("Telephone of the hotline"),
    "id": _l("Code"),
    "identity_months": _l("Months until the sealed identity goes"),
    "kind": _l("Kind"),
    "kinds": _l("Kinds of report; none means all"),
    "lead": _l("Kind of unit that leads"),
    "last_year": _l("Last year"),
    "least_grade": _l("Offered from this grade on"),
    "level": _l("Level"),
    "capture": _l("Addresses may be captured as evidence"),
    "link_only": _l("Only addresses are taken, no files"),
    "times": _l("How often"),
    "days": _l("Calendar days for the next step"),
    "amount": _l("Amount from which on, in the smallest unit of the currency"),
    "copies": _l("Number of copies from which on"),
    "factors": _l("One of these factors of the grade"),
    "police": _l("Passed on to the police"),
    "extension_days": _l("Days that the head may add, once"),
    "decision": _l("Asks for a decision"),
    "picture": _l("Picture at the head of papers"),
    "notice": _l("Paper served on a party before its decision; with | one of them is enough"),
    "carries": _l("Papers that count whenever they were put in"),
    "cap": _l("Most for one case, in the smallest unit of the currency"),
    "cash_code": _l("May be paid at a counter, against a code"),
    "claim_days": _l("Days in which a reward is claimed"),
    "currency": _l("Currency"),
    "excluded": _l("Who gets none"),
    "first_acts": _l("Papers of the first act: who reports after it is too late"),
    "levels": _l("Levels, with their tests and figures"),
    "levels.amount": _l("Fixed amount, in the smallest unit of the currency"),
    "levels.complete": _l("All its figures are verified: it may be used"),
    "levels.each": _l("Amount for each piece, in the smallest unit of the currency"),
    "levels.formula": _l("How the amount is found"),
    "levels.least": _l("Least amount, in the smallest unit of the currency"),
    "levels.most": _l("Highest amount, in the smallest unit of the currency"),
    "levels.rate": _l("Part of fine and confiscation, in hundredths of a percent"),
    "levels.test": _l("What decides on the level"),
    "levels.threshold": _l("Number of pieces that count for nothing"),
    "levels.without": _l("Amount without fine or confiscation, in the smallest unit"),
    "new_facts_share": _l("Share of reports with new facts (percent)"),
    "second_from": _l("From this amount on two people approve"),
    "confirmed": _l("Somebody else than the handler makes it"),
    "months": _l("Months it is kept"),
    "move": _l("Step"),
    "n": _l("Number of days"),
    "name": _l("What it is called"),
    "name_en": _l("Name (English)"),
    "needs_legal_basis": _l("Needs a legal basis"),
    "offered": _l("Offered on the form"),
    "on_breach": _l("When the time has run out"),
    "number": _l("Number in the law"),
    "order": _l("Order of the rows"),
    "outside": _l("A body outside this office"),
    "pack": _l("Code of the pack"),
    "papers": _l("Papers, one group a line; with | one of them is enough"),
    "parent": _l("Region above"),
    "parts": _l("What is written on it"),
    "pause_cap": _l("Longest standstill in days"),
    "periods": _l("Times that run from the service"),
    "periods.days": _l("Number of days"),
    "phone": _l("Telephone"),
    "phrase": _l("What every such paper says"),
    "phrases": _l("Standard phrases for its parts"),
    "phrases.part": _l("Part of the paper"),
    "phrases.text": _l("Words of the phrase"),
    "without_case": _l("Can be made of a report without a case"),
    "preselect_confidence": _l("Preselect a learnt category from this confidence on (percent)"),
    "priority": _l("Priority territories"),
    "proof": _l("Proves that another paper was served"),
    "question": _l("Further questions"),
    "question.kind": _l("Kind of answer"),
    "question.required": _l("An answer is needed"),
    "question.text": _l("Words of the question"),
    "receives_by": _l("Way to send"),
    "recipient": _l("Who is told"),
    "record": _l("Report or case"),
    "region": _l("Region"),
    "reports": _l("Lists the reports of the case"),
    "restricted": _l("Seen by few"),
    "reward_allowed": _l("A reward is possible"),
    "opening_told_days": _l("Reporters are told so many days after an opening"),
    "contest_days": _l("A result can be called not resolved for so many days after it was read"),
    "school_distance": _l("Near a school means within (metres)"),
    "sentence": _l("Sentence"),
    "served": _l("Served on a party"),
    "short": _l("Short name"),
    "signed_by": _l("Signed by"),
    "source": _l("Source"),
    "stage": _l("Stage"),
    "starts": _l("Starts when"),
    "stopper": _l("What to do instead of reporting"),
    "successors": _l("Codes of what it became"),
    "supervision": _l("Kind of unit that supervises"),
    "support": _l("Kinds of unit that help"),
    "suspends_on": _l("Stands still while waiting for"),
    "terms": _l("Words that suggest the category, with their weight"),
    "to": _l("Kind that acts for it"),
    "to_reporter": _l("What the reporter reads"),
    "unit": _l("Unit of counting"),
    "complaint_categories": _l("What rights-holders may complain about"),
    "complaint_days": _l("Working days to complete a complaint"),
    "complaint_declaration": _l("What rights-holders declare"),
    "complaint_demands": _l("What a complaint of a rights-holder must have"),
    "unsure_category": _l("Category of those who are not sure"),
    "urgency": _l("Urgency"),
    "valid_from": _l("From (day)"),
    "valid_to": _l("Until and with (day)"),
    "version": _l("Edition"),
    "warn_days": _l("Warn so many days before"),
    "warn_share": _l("Warn after so much of the time (percent)"),
    "when": _l("Conditions"),
    "zone": _l("Time zone"),
}

# The fields that hold codes, and the table that they are codes of.
CODES_OF: Final[Mapping[str, str]] = {
    "lead": "department_kinds",
    "support": "department_kinds",
    "coordinator": "department_kinds",
    "supervision": "department_kinds",
    "from": "department_kinds",
    "to": "department_kinds",
    "category": "categories",
    "categories": "categories",
    "unsure_category": "categories",
    "complaint_categories": "categories",
    "region": "regions",
    "parent": "regions",
    "successors": "regions",
    "codes": "regions",
    "priority": "regions",
}


class NotRead(ValueError):
    """What was typed cannot be read; the field, and a sentence that says why."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


def table_of(part: str, name: str) -> str:
    """The table that the codes in a field of a table are of, or nothing."""
    if (part, name) == ("departments", "kind"):
        return "department_kinds"
    return CODES_OF.get(name, "")


def field_name(name: str) -> str:
    """What a field is called; one of a nested structure keeps its path where it has no name."""
    first, dot, rest = name.partition(".")
    said, (number, _dot, part) = str(FIELDS.get(first, first)), rest.partition(".")
    if number.isdecimal() and (words := FIELDS.get(f"{first}.{part}")):
        return str(gettext("%(field)s: %(part)s", field=f"{said} {int(number) + 1}", part=words))
    return str(gettext("%(name)s (%(code)s)", name=said, code=rest)) if dot else said


def member_name(member: StrEnum) -> str:
    """What a member of a list is called, or its code where it has no name."""
    said = label(member)
    return member.value if said == msgid(member) else said


def told(problem: PackProblem | RowProblem) -> str:
    """What is wrong, at which field if at any, and what would be right."""
    what, right = in_words(problem.what), in_words(problem.would_be_right)
    if not problem.field:
        return str(gettext("%(what)s. Would be right: %(right)s", what=what, right=right))
    field = field_name(problem.field)
    return str(
        gettext(
            "%(field)s: %(what)s. Would be right: %(right)s", field=field, what=what, right=right
        )
    )


def told_difference(one: Difference) -> str:
    """What a pack changed, in the words of the tables and fields."""
    found = [part.name for part in PARTS.values() if _table(part) == one.table]
    table = str(TABLES[found[0]]) if found else one.table
    row = str(gettext("%(table)s: %(key)s", table=table, key=one.key)) if one.key else table
    if one.field == PLACE:
        return str(
            gettext("%(row)s: from place %(was)s to %(now)s", row=row, was=one.old, now=one.new)
        )
    if not one.field:
        return f"{row} – {gettext('New') if one.new else gettext('Removed')}"
    return f"{row} – {_column_name(one.field)}: {one.old} → {one.new}"


def _table(part: Part) -> str:
    return part.model.__tablename__ if part.model else part.name


def _column_name(column: str) -> str:
    """A column of both languages is called by its field and the language."""
    name, _under, language = column.rpartition("_")
    if language == "zh" and name in FIELDS:
        return str(gettext("%(field)s (Chinese)", field=FIELDS[name]))
    if language == "en" and name in FIELDS:
        return str(gettext("%(field)s (English)", field=FIELDS[name]))
    return field_name(column)


def in_words(sentence: Sentence) -> str:
    """A sentence of the checks in the language of the page, with the sentences that it names."""
    named = {
        name: in_words(one) if isinstance(one, Sentence) else one
        for name, one in sentence.named.items()
    }
    return str(gettext(sentence.text, **named))
