"""Forms: fields that clean what people type, say what would be right, and look like GOV.UK ones.

    class RouteForm(PortalForm):
        department = Pick(_l("Department"), required=True)
        reason = LongText(_l("Reason"), required=_l("Give a reason"), max_length=500)

Every field takes `required` (True, or the sentence to show), `hint`, further `validators`, and
what its WTForms class takes. Text comes out clean (`portal.web.text`) and is "" when empty.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from babel.support import NullTranslations, Translations
from flask import g
from flask_babel import get_locale, get_timezone, gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    EmailField,
    Field,
    Form,
    HiddenField,
    IntegerField,
    MultipleFileField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.i18n import messages_path
from wtforms.validators import Optional, StopValidation, ValidationError

from portal.web import widgets
from portal.web.text import clean, clean_line

# Text beyond this many times its limit is refused without being normalised.
_HOPELESS = 4


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of the error summary; `field_id` is None for what concerns the whole form."""

    text: str
    field_id: str | None


@cache
def _words_of_wtforms(locale: str) -> NullTranslations:
    """What WTForms itself says in a language; read once, not for each request."""
    return Translations.load(messages_path(), [locale], domain="wtforms")


class PortalForm(FlaskForm):
    """The base of every form."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, _form: Form) -> NullTranslations:
            """The sentences of WTForms in the language of the reader."""
            return _words_of_wtforms(str(get_locale()))

    def validate(self, extra_validators: object = None) -> bool:
        """Check the answers; a form that comes back (`portal.web.returned`) says why instead."""
        refusal = g.get("refusal")
        if refusal is None:
            return bool(super().validate(extra_validators))
        files = any(isinstance(field, Files) and field.data for field in self)
        again = [gettext("Files do not come back with the page: choose them again.")] * files
        self.form_errors[:] = [refusal, *again]
        return False

    def problems(self) -> list[Problem]:
        """The first problem of each field, in the order of the page."""
        return list(_problems(self))

    @property
    def http_status(self) -> int:
        """What the page that shows this form answers: 422 if it was sent and is not right."""
        return 422 if self.is_submitted() else 200


class VersionedForm(PortalForm):
    """A form about a record: it carries the version of the record that was seen."""

    seen = HiddenField()

    @property
    def seen_version(self) -> int:
        """The version of the page; nonsense counts as out of date."""
        return read_version(self.seen.data)

    def see(self, version: int) -> None:
        """Show the record as it is now: at first, and when a refused form may be sent again."""
        if not self.is_submitted() or "refusal" in g:
            self.seen.data = str(version)


def read_version(typed: str | None) -> int:
    """The version or number that a page carries; -1, which there never is, for nonsense."""
    text = typed or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1  # noqa: PLR2004


class Required:
    """Refuses an empty answer; says which field, or what the form says instead."""

    field_flags: Mapping[str, bool] = {"required": True}

    def __init__(self, message: object = None) -> None:
        self.message = message

    def __call__(self, _form: Form, field: Field) -> None:
        empty = field.data is None or field.data is False or field.data in ("", [])
        if not empty or field.process_errors:
            return
        field.errors[:] = []
        raise StopValidation(self.message or _please(field))


def _please(field: Field) -> str:
    """Ask for the answer that is missing."""
    if isinstance(field, SelectField | BooleanField):
        return str(gettext("Please choose: %(field)s", field=field.label.text))
    return str(gettext("Please fill in: %(field)s", field=field.label.text))


class AtMost:
    """Refuses text of more than `limit` characters and says how long it is."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, _form: Form, field: Field) -> None:
        length = len(field.data or "")
        if length > self.limit:
            raise StopValidation(
                gettext(
                    "%(field)s: at most %(limit)d characters; you have %(length)d",
                    field=field.label.text,
                    limit=self.limit,
                    length=length,
                )
            )


class _Asked(Field):
    """What all fields take: whether an answer is needed, a hint, further validators."""

    data: Any

    def __init__(
        self,
        label: object,
        *,
        required: object = False,
        hint: object = "",
        validators: Sequence[Any] = (),
        **options: Any,
    ) -> None:
        presence = Required(None if required is True else required) if required else Optional()
        super().__init__(label, [presence, *validators], description=hint, **options)


class _Text(_Asked):
    """Text that is cleaned, with a limit that is told."""

    tidy = staticmethod(clean_line)

    def __init__(self, label: object, *, max_length: int = 200, **options: Any) -> None:
        self.max_length = max_length
        further = options.pop("validators", ())
        super().__init__(label, validators=[AtMost(max_length), *further], **options)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        text = valuelist[0] if valuelist else ""
        self.data = text if len(text) > _HOPELESS * self.max_length else self.tidy(text)

    def _value(self) -> str:
        return self.data or ""


class ShortText(_Text, StringField):
    """One line of text; white space is made single spaces."""

    widget = widgets.TextInput()


class Email(_Text, EmailField):
    """An e-mail address, as typed."""

    widget = widgets.EmailInput()


class Telephone(_Text, TelField):
    """A telephone number, as typed."""

    widget = widgets.TelInput()


class LongText(_Text, TextAreaField):
    """Several lines of text, with a count of the characters left."""

    widget = widgets.LongTextInput()
    tidy = staticmethod(clean)


class Password(_Asked, PasswordField):
    """A password, taken exactly as typed and never shown again."""

    widget = widgets.PasswordInput()


class _Chosen(_Asked):
    """An answer out of a list; `choices` are (value, words) pairs or SelectChoice."""

    def __init__(self, label: object, *, choices: object = None, **options: Any) -> None:
        if isinstance(choices, list | tuple):
            choices = [SelectChoice(*one) if isinstance(one, tuple) else one for one in choices]
        super().__init__(label, choices=choices, **options)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(self._not_listed()) from error

    def pre_validate(self, form: Form) -> None:
        try:
            super().pre_validate(form)
        except ValidationError as error:
            raise ValidationError(self._not_listed()) from error

    def _not_listed(self) -> str:
        return str(gettext("%(field)s: choose from the list", field=self.label.text))


class Choice(_Chosen, RadioField):
    """One of a few answers, all visible."""

    widget = widgets.RadioInput()


class Choices(_Chosen, SelectMultipleField):
    """Any of a few answers, all visible."""

    widget = widgets.CheckboxesInput()


class Pick(_Chosen, SelectField):
    """One of many answers, in a drop-down list."""

    widget = widgets.SelectInput()


class Tick(_Asked, BooleanField):
    """Yes or nothing; what a box says when it is ticked is not for the URL to choose."""

    widget = widgets.CheckboxInput()

    def _value(self) -> str:
        return "y"


class Number(_Asked, IntegerField):
    """A whole number."""

    widget = widgets.NumberInput()

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            return
        if len(valuelist[0]) > 18:  # noqa: PLR2004  # what fits into 64 bits
            raise ValueError(gettext("%(field)s: the number is too long", field=self.label.text))
        try:
            self.data = int(valuelist[0])
        except ValueError as error:
            message = gettext("%(field)s: enter a whole number, like 25", field=self.label.text)
            raise ValueError(message) from error


class Day(_Asked, DateField):
    """A day."""

    widget = widgets.DateInput()

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            message = gettext("%(field)s: enter a day, like 2026-11-22", field=self.label.text)
            raise ValueError(message) from error


class Moment(_Asked, DateTimeLocalField):
    """A day and time in the zone of the place; comes out aware and in UTC."""

    widget = widgets.MomentInput()

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        try:
            super().process_formdata(valuelist)
            if isinstance(self.data, datetime):
                self.data = get_timezone().localize(self.data).astimezone(UTC)
        except (ValueError, OverflowError) as error:  # the first and last day of all are in no UTC
            self.data = None
            message = gettext(
                "%(field)s: enter a day and time, like 2026-11-22 14:30", field=self.label.text
            )
            raise ValueError(message) from error

    def _value(self) -> str:
        if self.raw_data:
            return " ".join(self.raw_data)
        return self.data.astimezone(get_timezone()).strftime("%Y-%m-%dT%H:%M") if self.data else ""


class Files(_Asked, MultipleFileField):
    """Any number of files; empty slots are left out. What they are is for `portal.evidence`."""

    widget = widgets.FileInput(multiple=True)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = [file for file in valuelist if getattr(file, "filename", "")]


def _problems(form: Form) -> Iterator[Problem]:
    for text in form.form_errors:
        yield Problem(str(text), None)
    for field in form:
        nested = getattr(field, "form", None)
        if field.errors and nested is not None:
            yield from _problems(nested)
        elif field.errors:
            hidden = (
                field.widget is not None and getattr(field.widget, "input_type", "") == "hidden"
            )
            yield Problem(str(_first(field.errors)), None if hidden else field.id)


def _first(errors: object) -> object:
    """The first message, in whatever shape WTForms keeps the errors of a field."""
    while isinstance(errors, list | tuple | dict):
        errors = next(iter(errors.values() if isinstance(errors, dict) else errors))
    return errors
