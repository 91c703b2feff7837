"""GOV.UK widgets whose own words are translated; the package has them in English only."""

from typing import Any

from flask_babel import gettext
from govuk_frontend_wtf import wtforms_widgets as govuk
from wtforms import Field

Params = dict[str, Any]


class _Translated:
    """Adds the hidden word "Error" in the language of the page and drops an empty hint."""

    def map_gov_params(self, field: Field, **kwargs: Any) -> Params:
        params: Params = super().map_gov_params(field, **kwargs)  # type: ignore[misc]
        if "errorMessage" in params:
            params["errorMessage"]["visuallyHiddenText"] = gettext("Error")
        if not (params.get("hint") or {}).get("text"):
            params["hint"] = None
        return params


class TextInput(_Translated, govuk.GovTextInput):
    """One line of text."""


class EmailInput(TextInput):
    """An e-mail address."""

    input_type = "email"


class TelInput(TextInput):
    """A telephone number."""

    input_type = "tel"


class DateInput(TextInput):
    """A day, by the browser's own control; `2026-11-22` where there is none."""

    input_type = "date"


class MomentInput(TextInput):
    """A day and time, by the browser's own control."""

    input_type = "datetime-local"


class NumberInput(TextInput):
    """A whole number; a text field, since browsers change numbers on scrolling."""

    def map_gov_params(self, field: Field, **kwargs: Any) -> Params:
        return {**super().map_gov_params(field, **kwargs), "inputmode": "numeric"}


class LongTextInput(_Translated, govuk.GovCharacterCount):
    """Several lines of text with what is left of `field.max_length`."""

    def map_gov_params(self, field: Field, **kwargs: Any) -> Params:
        params = super().map_gov_params(field, **kwargs)
        return {
            **params,
            "maxlength": field.max_length,
            "textareaDescriptionText": gettext("You can enter up to %{count} characters"),
            "charactersUnderLimitText": {
                "one": gettext("You have %{count} character left"),
                "other": gettext("You have %{count} characters left"),
            },
            "charactersAtLimitText": gettext("You have no characters left"),
            "charactersOverLimitText": {
                "one": gettext("You have %{count} character too many"),
                "other": gettext("You have %{count} characters too many"),
            },
        }


class PasswordInput(_Translated, govuk.GovPasswordInput):
    """A password that can be shown."""

    def map_gov_params(self, field: Field, **kwargs: Any) -> Params:
        return {
            **super().map_gov_params(field, **kwargs),
            "showPasswordText": gettext("Show"),
            "hidePasswordText": gettext("Hide"),
            "showPasswordAriaLabelText": gettext("Show password"),
            "hidePasswordAriaLabelText": gettext("Hide password"),
            "passwordShownAnnouncementText": gettext("Your password is visible"),
            "passwordHiddenAnnouncementText": gettext("Your password is hidden"),
        }


class RadioInput(_Translated, govuk.GovRadioInput):
    """One of a few answers."""


class CheckboxesInput(_Translated, govuk.GovCheckboxesInput):
    """Any of a few answers."""


class CheckboxInput(_Translated, govuk.GovCheckboxInput):
    """Yes or nothing."""


class SelectInput(_Translated, govuk.GovSelect):
    """One of many answers."""


class FileInput(_Translated, govuk.GovFileInput):
    """Files; several if the field takes several."""

    def __init__(self, *, multiple: bool = False) -> None:
        super().__init__(multiple=multiple)
