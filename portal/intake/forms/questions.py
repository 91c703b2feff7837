"""A category's own questions as fields of a form: `q_<code>`."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form
from wtforms.validators import NumberRange

from portal.intake.answers import YES_NO
from portal.jurisdiction.place import Category
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import Question, QuestionKind
from portal.web.forms import Choice, Number, PortalForm, ShortText
from portal.web.language import current_language

PREFIX = "q_"
LONGEST_ANSWER = 500

not_negative = NumberRange(min=0, message=_l("Enter a number that is not below zero"))

FormT = TypeVar("FormT", bound=PortalForm)


def field_name(question: Question) -> str:
    """What a page calls the answer to a question."""
    return PREFIX + question.code


def asking(form: type[FormT], questions: Iterable[Question]) -> type[FormT]:
    """The same form with a field for each question, in the language of the reader."""
    asked = tuple(questions)
    if not asked:
        return form
    made: type[FormT] = _made(form, asked, current_language().tag)  # type: ignore[arg-type]
    return made


@lru_cache(maxsize=128)
def _made(form: type[Any], questions: tuple[Question, ...], language: str) -> type[Any]:
    """The class for some questions, made once: making one takes longer than filling it in."""
    fields = {field_name(one): _field(one, language) for one in questions}
    return type("Asking", (form,), fields)


def _field(question: Question, language: str) -> object:
    text = question.text.in_(language)
    options: dict[str, Any] = {"hint": question.hint.in_(language) if question.hint else ""}
    if question.required:
        options["required"] = _l("Please answer: %(question)s", question=text)
    if question.kind is QuestionKind.NUMBER:
        return Number(text, validators=[not_negative], **options)
    if question.kind is QuestionKind.TEXT:
        return ShortText(text, max_length=LONGEST_ANSWER, **options)
    offered = YES_NO if question.kind is QuestionKind.YES_NO else _choices(question)
    choices = [(code, words.in_(language)) for code, words in offered.items()]
    return Choice(text, choices=choices, **options)


def _choices(question: Question) -> Mapping[str, Any]:
    return {one.code: one.text for one in question.choices}


def question_fields(form: Form, category: Category | None = None) -> list[Field]:
    """The question fields a form has, of one category or of all."""
    asked = None if category is None else {field_name(one) for one in category.questions}
    return [
        field
        for field in form
        if field.name.startswith(PREFIX) and (asked is None or field.name in asked)
    ]


def replies_in(form: Form) -> dict[str, str]:
    """What was answered, by the codes of the questions; what was left open is left out."""
    given = {field.name.removeprefix(PREFIX): field.data for field in question_fields(form)}
    return {code: str(data) for code, data in given.items() if data not in (None, "")}


def asking_categories() -> list[Category]:
    """The categories on offer that have questions of their own."""
    every = current_place().categories.values()
    return [category for category in every if category.offered and category.questions]


def form_with_questions(form: type[FormT]) -> FormT:
    """A form on which the category is chosen with everything else.

    An empty page asks the questions of every category, group by group; what comes back is read
    with the questions of the category chosen, and so is the page it may be shown on again.
    """
    if request.method != "POST":
        return asking(form, (one for c in asking_categories() for one in c.questions))()
    category = current_place().categories.get(request.form.get("category", ""))
    return asking(form, category.questions if category else ())()


def question_groups(form: Form) -> list[tuple[str, list[Field]]]:
    """The question fields that the form has, by the name of their category."""
    language = current_language().tag
    every = current_place().categories.values()
    groups = [(c.name.in_(language), question_fields(form, c)) for c in every if c.questions]
    return [(name, fields) for name, fields in groups if fields]
