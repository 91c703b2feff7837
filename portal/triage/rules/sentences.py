"""The sentences of the explanation, in both languages, from sentences.toml."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from portal.jurisdiction.place import Text


@cache
def _templates() -> Mapping[str, Text]:
    source = files("portal.triage.rules").joinpath("sentences.toml").read_text("utf-8")
    return {code: Text(both["zh"], both["en"]) for code, both in tomllib.loads(source).items()}


def sentence(code: str, params: Mapping[str, Text]) -> Text:
    """The sentence of `code` filled in; an unknown code is a KeyError."""
    template = _templates()[code]
    return Text(
        template.zh.format(**{name: text.zh for name, text in params.items()}),
        template.en.format(**{name: text.en for name, text in params.items()}),
    )
