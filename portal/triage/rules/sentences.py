"""The sentences of the explanation, in both languages, from sentences.toml."""

import tomllib
from collections.abc import Iterable, Mapping
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
    if not params:
        return template
    return Text(
        template.zh.format(**{name: text.in_("zh") for name, text in params.items()}),
        template.en.format(**{name: text.in_("en") for name, text in params.items()}),
    )


def words_of(flags: Iterable[str]) -> Text:
    """Flags as a reader knows them, one after the other; one without words is a KeyError."""
    words = [_templates()[f"flag.{flag}"] for flag in flags]
    return Text("、".join(one.zh for one in words), ", ".join(one.en for one in words))
