"""The form of a step: what was sent of it in vain comes back from the draft, with the reasons."""

from typing import Any, ClassVar

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import Form

from portal.intake.draft import Draft, FormStep, Refused
from portal.web.forms import PortalForm


class DraftForm(PortalForm):
    """A form whose refusals wait in the draft; for those without scripts and for every Back."""

    step: ClassVar[FormStep]

    class Meta(PortalForm.Meta):
        def wrap_formdata(self, form: Form, formdata: object) -> Any:  # noqa: ANN401  # as WTForms
            """What is sent now, or else what was sent in vain before."""
            sent = super().wrap_formdata(form, formdata)
            return form.before() if sent is None else sent

    def __init__(self, draft: Draft, **options: Any) -> None:  # noqa: ANN401  # what WTForms takes
        self.draft = draft
        super().__init__(**options)
        if not self.is_submitted() and self.step in draft.refused:
            self._show_reasons(draft.refused[self.step])

    def before(self) -> MultiDict[str, str] | None:
        """What was sent of this step in vain; None when nothing was."""
        refused = self.draft.refused.get(self.step)
        if refused is None:
            return None
        return MultiDict({name: list(texts) for name, texts in refused.typed.items()})

    def _show_reasons(self, refused: Refused) -> None:
        self.form_errors.extend(refused.reasons.get("", ()))
        for field in self:
            field.errors = list(refused.reasons.get(field.name, ()))

    def typed(self) -> dict[str, list[str]]:
        """What was typed, as it was; files and tokens are not."""
        names = [field.name for field in self if field.name != "csrf_token"]
        return {name: request.form.getlist(name) for name in names if name in request.form}

    def refused(self) -> Refused:
        """What was typed and what is wrong with it, in the language of the reader."""
        reasons = {field.name: [str(one) for one in field.errors] for field in self}
        return Refused(self.typed(), {**reasons, "": [str(one) for one in self.form_errors]})
