"""The conditions of a routing row in words, both languages: names of the pack, no codes."""

from collections.abc import Iterable, Mapping

from portal.jurisdiction.conditions import FIXED, Field, Operator, parse_key
from portal.jurisdiction.flags import FLAGS
from portal.jurisdiction.place import Place, RoutingRule, Text
from portal.triage.rules.per_place import per_place
from portal.triage.rules.sentences import sentence, words_of

MOST_NAMED = 6
"""Of a longer list the first few are named, and how many there are."""


@per_place
def conditions_by_row(place: Place) -> Mapping[str, Text]:
    """What each row of the place asks for; empty for one that holds for everything."""
    return {rule.id: conditions_text(place, rule) for rule in place.rules}


def conditions_text(place: Place, rule: RoutingRule) -> Text:
    """What one row asks for."""
    return _joined((condition_text(place, key, values) for key, values in rule.when.items()), "；")


def condition_text(place: Place, key: str, values: tuple[str, ...]) -> Text:
    """One condition: `类别是“盗版图书”` / `category is one of …`."""
    field, operator = parse_key(key)
    named = _joined((value_text(place, field, value) for value in values[:MOST_NAMED]), "、")
    if len(values) > MOST_NAMED:
        named = sentence("when.and_more", {"values": named, "count": _same(str(len(values)))})
    single = len(values) == 1 and operator is Operator.ANY
    code = "when.is" if single else f"when.{operator}"
    return sentence(code, {"field": sentence(f"field.{field}", {}), "values": named})


def value_text(place: Place, field: Field, value: str) -> Text:
    """What a value is called; one that is on no list is called what it is."""
    if field in {Field.CATEGORY, Field.SECONDARY} and value in place.categories:
        return place.categories[value].name
    if field is Field.REGION and value in place.regions:
        names = (place.region_name(value, "zh"), place.region_name(value, "en"))
        return Text(*names) if all(names) else place.regions[value].name
    if field is Field.FLAG and value in FLAGS:
        return words_of([value])
    if value in FIXED.get(field, ()):
        return sentence(f"value.{field}.{value}", {})
    return _same(value)


def _same(value: str) -> Text:
    return Text(value, value)


def _joined(texts: Iterable[Text], by: str) -> Text:
    found = list(texts)
    comma = {"、": ", ", "；": "; "}[by]
    return Text(by.join(text.zh for text in found), comma.join(text.en for text in found))
