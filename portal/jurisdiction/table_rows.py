"""Between the smaller tables of a place and their rows, and what all rows are made with."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.jurisdiction.place import Department, DepartmentKind
from portal.jurisdiction.tables import (
    CaseStep,
    ComplaintElement,
    ComplaintRules,
    CounterElement,
    CounterReason,
    CounterRules,
    Delegation,
    FinalAction,
    LegalBasis,
    Letterhead,
    MajorRule,
    Measure,
    Notice,
    Option,
    PaperForm,
    PaperPart,
    Period,
    Phrase,
    Question,
    QuestionKind,
    RecordKind,
    RetentionRule,
    RetentionStart,
    Signer,
    StatusText,
    Text,
    Way,
)
from portal.kernel.deadline import DayUnit

Values = dict[str, Any]


def both(name: str, text: Text) -> Values:
    """Two columns of one text."""
    return {f"{name}_zh": text.zh, f"{name}_en": text.en}


def text_of(row: Mapping[str, Any], name: str) -> Text:
    """The text of two columns."""
    return Text(row[f"{name}_zh"], row[f"{name}_en"])


def both_or_none(name: str, text: Text | None) -> Values:
    """Two columns of a text that there need not be."""
    return both(name, text) if text else {f"{name}_zh": None, f"{name}_en": None}


def text_or_none(row: Mapping[str, Any], name: str) -> Text | None:
    """What `both_or_none` wrote."""
    return text_of(row, name) if row[f"{name}_zh"] is not None else None


def reached(one: Department | DepartmentKind) -> Values:
    """How somebody is sent things."""
    contact = both("contact", one.contact) if one.contact else {}
    return {"receives_by": one.receives_by, "contact_zh": None, "contact_en": None, **contact}


def reached_by(row: Mapping[str, Any]) -> tuple[Way | None, Text | None]:
    """What `reached` wrote."""
    return row["receives_by"], text_of(row, "contact") if row["contact_zh"] else None


_DELEGATION = ("giver", "taker", "region", "valid_from", "valid_to")


def from_delegation(one: Delegation) -> Values:
    """The row of a delegation."""
    plain = {name: getattr(one, name) for name in _DELEGATION}
    return {**plain, **both("basis", one.basis), "categories": list(one.categories)}


def to_delegation(row: Values) -> Delegation:
    """The delegation of a row."""
    plain = {name: row[name] for name in _DELEGATION}
    basis, categories = text_of(row, "basis"), tuple(row["categories"])
    return Delegation(**plain, basis=basis, categories=categories)


def from_questions(questions: Iterable[Question]) -> list[Values]:
    """The questions of a category as the JSON of one column."""
    return [
        {
            "code": question.code,
            "text": _pair(question.text),
            "kind": question.kind.value,
            "hint": _pair(question.hint) if question.hint else None,
            "choices": [{"code": o.code, "text": _pair(o.text)} for o in question.choices],
            "required": question.required,
        }
        for question in questions
    ]


def to_questions(column: Iterable[Values]) -> tuple[Question, ...]:
    """What `from_questions` wrote."""
    return tuple(
        Question(
            code=kept["code"],
            text=Text(**kept["text"]),
            kind=QuestionKind(kept["kind"]),
            hint=Text(**kept["hint"]) if kept["hint"] else None,
            choices=tuple(Option(o["code"], Text(**o["text"])) for o in kept["choices"]),
            required=kept["required"],
        )
        for kept in column
    )


def _pair(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def from_measure(measure: Measure) -> Values:
    """The row of a measure."""
    names = {**both("name", measure.name), **both("unit", measure.unit)}
    asked = {"needs_legal_basis": measure.needs_legal_basis, "least_grade": measure.least_grade}
    return {"code": measure.code, **names, **asked}


def to_measure(row: Values) -> Measure:
    """The measure of a row."""
    name, unit = text_of(row, "name"), text_of(row, "unit")
    return Measure(row["code"], name, unit, row["needs_legal_basis"], row["least_grade"])


def from_paper(form: PaperForm) -> Values:
    """The row of a kind of paper."""
    periods = [{"name": _pair(o.name), "days": o.days, "unit": str(o.unit)} for o in form.periods]
    return {
        "code": form.code,
        **both("name", form.name),
        "number": form.number,
        "parts": [str(one) for one in form.parts],
        "reports": form.reports,
        "served": form.served,
        "proof": form.proof,
        **both_or_none("phrase", form.phrase),
        "periods": periods,
        "signed_by": [str(one) for one in form.signed_by],
        "without_case": form.without_case,
        "phrases": [{"part": str(one.part), "text": _pair(one.text)} for one in form.phrases],
    }


def to_paper(row: Values) -> PaperForm:
    """The kind of paper of a row."""
    return PaperForm(
        code=row["code"],
        name=text_of(row, "name"),
        number=row["number"],
        parts=tuple(map(PaperPart, row["parts"])),
        reports=row["reports"],
        served=row["served"],
        proof=row["proof"],
        phrase=text_or_none(row, "phrase"),
        periods=tuple(
            Period(Text(**one["name"]), one["days"], DayUnit(one["unit"])) for one in row["periods"]
        ),
        signed_by=tuple(map(Signer, row["signed_by"])),
        without_case=row["without_case"],
        phrases=tuple(
            Phrase(PaperPart(one["part"]), Text(**one["text"])) for one in row["phrases"]
        ),
    )


def from_letterhead(head: Letterhead) -> Values:
    """The row of a letterhead."""
    said = {**both_or_none("name", head.name), **both("address", head.address)}
    return {"department": head.department, **said, "phone": head.phone, "picture": head.picture}


def to_letterhead(row: Values) -> Letterhead:
    """The letterhead of a row."""
    name, address = text_or_none(row, "name"), text_of(row, "address")
    return Letterhead(row["department"], name, address, row["phone"], row["picture"])


_STEP = (
    *("move", "papers", "confirmed", "days"),
    *("warn_days", "extension_days", "pause_cap", "decision", "carries", "unit", "notice"),
)


def from_step(step: CaseStep) -> Values:
    """The row of a step."""
    lists = {"papers": list(step.papers), "carries": list(step.carries)}
    return {name: getattr(step, name) for name in _STEP} | lists | {"unit": str(step.unit)}


def to_step(row: Values) -> CaseStep:
    """The step of a row."""
    lists = {"papers": tuple(row["papers"]), "carries": tuple(row["carries"])}
    said = {name: row[name] for name in _STEP} | lists | {"unit": DayUnit(row["unit"])}
    return CaseStep(**said)


def from_major(rule: MajorRule) -> Values:
    """The row of a major-case rule."""
    conditions = {"amount": rule.amount, "copies": rule.copies, "police": rule.police}
    said = {"code": rule.code, **both("sentence", rule.sentence)}
    return said | conditions | {"factors": list(rule.factors)}


def to_major(row: Values) -> MajorRule:
    """The major-case rule of a row."""
    conditions = row["amount"], row["copies"], tuple(row["factors"]), row["police"]
    return MajorRule(row["code"], text_of(row, "sentence"), *conditions)


_RETENTION = ("code", "record", "starts", "months", "action", "identity_months")


def from_retention(rule: RetentionRule) -> Values:
    """The row of a series."""
    texts = both("name", rule.name) | both("basis", rule.basis)
    said = {name: getattr(rule, name) for name in _RETENTION} | texts
    plain = {name: str(said[name]) for name in ("record", "starts", "action")}
    return said | plain | {"kinds": list(rule.kinds), "endings": list(rule.endings)}


def to_retention(row: Values) -> RetentionRule:
    """The series of a row."""
    return RetentionRule(
        code=row["code"],
        name=text_of(row, "name"),
        record=RecordKind(row["record"]),
        basis=text_of(row, "basis"),
        kinds=tuple(row["kinds"]),
        endings=tuple(row["endings"]),
        starts=RetentionStart(row["starts"]),
        months=row["months"],
        action=FinalAction(row["action"]),
        identity_months=row["identity_months"],
    )


def from_basis(basis: LegalBasis) -> Values:
    """The row of a legal basis."""
    return {"code": basis.code, **both("name", basis.name)}


def to_basis(row: Values) -> LegalBasis:
    """The legal basis of a row."""
    return LegalBasis(row["code"], text_of(row, "name"))


def from_notice(notice: Notice) -> Values:
    """The row of a notice."""
    said = both("sentence", notice.sentence)
    return {"event": notice.event, "recipient": notice.recipient, **said}


def to_notices(rows: Sequence[Values]) -> dict[tuple[str, str], Notice]:
    """The notices by event and recipient."""
    return {
        (row["event"], row["recipient"]): Notice(
            row["event"], row["recipient"], text_of(row, "sentence")
        )
        for row in rows
    }


def from_status_text(text: StatusText) -> Values:
    """The row of a status text."""
    said = both("sentence", text.sentence)
    return {"stage": text.stage, "category": text.category, **said}


def to_status_texts(rows: Sequence[Values]) -> dict[tuple[str, str], StatusText]:
    """The status texts by what they are for."""
    return {
        (row["stage"], row["category"]): StatusText(
            row["stage"], row["category"], text_of(row, "sentence")
        )
        for row in rows
    }


def from_complaints(rules: ComplaintRules) -> Values:
    """What complaints of rights-holders need, as columns of a version."""
    return {
        "complaint_categories": list(rules.categories),
        "complaint_demands": [str(one) for one in rules.demands],
        "complaint_days": rules.days,
        **both("declaration", rules.declaration or Text("", "")),
        "counter_reasons": [str(one) for one in rules.counter.reasons],
        "counter_demands": [str(one) for one in rules.counter.demands],
        **both("counter_declaration", rules.counter.declaration or Text("", "")),
    }


def to_complaints(head: Mapping[str, Any]) -> ComplaintRules:
    """The other way round."""
    declared = text_of(head, "declaration")
    countered = text_of(head, "counter_declaration")
    return ComplaintRules(
        categories=tuple(head["complaint_categories"]),
        demands=tuple(map(ComplaintElement, head["complaint_demands"])),
        days=head["complaint_days"],
        declaration=declared if declared.zh else None,
        counter=CounterRules(
            reasons=tuple(map(CounterReason, head["counter_reasons"])),
            demands=tuple(map(CounterElement, head["counter_demands"])),
            declaration=countered if countered.zh else None,
        ),
    )
