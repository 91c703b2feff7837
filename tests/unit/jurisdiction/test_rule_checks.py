"""A table of routing rows says what is wrong with it: words, rows that never hold, circles."""

from dataclasses import replace
from time import process_time

import pytest

from portal.intake.models import Channel, ContactMode, ReportKind
from portal.jurisdiction import rule_checks
from portal.jurisdiction.conditions import KINDS, OPERATORS, Field, Lists, kind_of, parse_key
from portal.jurisdiction.place import RoutingRule, Text, Urgency
from portal.jurisdiction.rule_checks import Surroundings, circles, kinds, reach, units, walls, words
from tests.factories.packs import shipped

EN = shipped("en_ip_office")
LISTS = Lists.of(EN)
# What must go by a row of its own is tested apart: these tables have none.
OPEN = replace(
    EN, categories={c: replace(one, link_only=False) for c, one in EN.categories.items()}
)
SAID = Text("句", "a sentence")


def check_table(place):
    """Everything that is wrong with the rows of a place, by row."""
    around = Surroundings.of(place)
    checks = (words, kinds, units, circles, walls, reach)
    found = [problem for check in checks for problem in check(place.rules, around)]
    return sorted(found, key=lambda problem: problem.number)


def row(name, when=None, lead="TRIAGE", support=()):
    return RoutingRule(name, when or {}, lead, support, SAID)


def problems(*rows, **changes):
    """What is wrong with these rows, followed by the one that holds for everything."""
    place = replace(OPEN, rules=(*rows, row("last")), **changes)
    return [(place.rules[one.number].id, one.field, one.what) for one in check_table(place)]


SPAM, ONLINE, PRINT = "other.spam", "piracy.online", "piracy.print"
NEVER = "can never hold, since 'a' above always holds before it"

COVERED = [
    # A wider row above, in every way of asking.
    ({"category": (SPAM,)}, {"category": (SPAM,), "flag": ("import",)}),
    ({"category": (SPAM, ONLINE)}, {"category": (ONLINE,)}),
    ({"category.under": ("piracy",)}, {"category": (ONLINE, PRINT)}),
    ({"category.under": ("piracy",)}, {"category.under": ("piracy",), "urgency": ("high",)}),
    ({"category.none": (SPAM,)}, {"category": (ONLINE,)}),
    ({"region.under": ("GB-ENG",)}, {"region": ("GB-BIR",)}),
    ({"region.under": ("GB",)}, {"region.under": ("GB-ENG",)}),
    ({"region.under": ("GB-ENG",)}, {"region.under": ("GB-ENG",), "region_level": ("province",)}),
    ({"region_level": ("subdivision",)}, {"region": ("GB-BIR",)}),
    ({"region_level.none": ("none", "ambiguous")}, {"region.under": ("GB",)}),
    ({"urgency.at_least": ("normal",)}, {"urgency": ("critical", "high")}),
    ({"flag": ("import", "insider")}, {"flag": ("insider",)}),
    ({"flag": ("import", "insider")}, {"flag.all": ("import", "extortion")}),
    ({"flag.none": ("spam",)}, {"flag.none": ("spam", "import")}),
    ({"flag.all": ("import",)}, {"flag.all": ("import", "insider")}),
    ({"secondary.under": ("piracy",)}, {"secondary": (ONLINE,)}),
    ({"kind": ("complaint",)}, {"kind": ("rightsholder_complaint",), "flag": ("has_poa",)}),
    ({"kind": ("tip",)}, {"kind": ("instruction",)}),
    ({"has_address": ("yes", "no")}, {"category": (SPAM,)}),
    ({"language.none": ("en",)}, {"language": ("zh-Hans",)}),
]


@pytest.mark.parametrize(("above", "below"), COVERED)
def test_a_row_that_a_wider_one_above_always_precedes_is_found(above, below):
    assert problems(row("a", above), row("b", below)) == [("b", "when", NEVER)]


APART = [
    ({"category": (SPAM,)}, {"category": (ONLINE,)}),
    ({"category": (SPAM,), "flag": ("import",)}, {"category": (SPAM,)}),
    ({"category.under": ("piracy",)}, {"category.under": ("other",)}),
    ({"region.under": ("GB-ENG",)}, {"region.under": ("GB-SCT",)}),
    ({"region.under": ("GB",)}, {"region_level": ("none",)}),
    ({"region": ("GB-BIR",)}, {"region.under": ("GB-ENG",)}),
    ({"urgency.at_least": ("high",)}, {"urgency.at_least": ("normal",)}),
    ({"flag.all": ("import", "insider")}, {"flag": ("import",)}),
    ({"flag": ("import",)}, {"flag.none": ("import",)}),
    ({"kind": ("instruction",)}, {"kind": ("tip",)}),
    ({"language": ("zh-Hans", "zh-Hant", "en")}, {"category": (SPAM,)}),
    ({"channel": ("web",)}, {"channel.none": ("web",)}),
    ({"contact_mode": ("named",)}, {"contact_mode": ("anonymous",)}),
    ({"has_address": ("yes",)}, {"has_address": ("no",)}),
]


@pytest.mark.parametrize(("above", "below"), APART)
def test_rows_that_leave_each_other_something_are_fine(above, below):
    assert problems(row("a", above), row("b", below)) == []


def test_rows_that_cover_another_only_together_are_all_named():
    rows = (
        row("a", {"urgency.at_least": ("high",)}),
        row("x", {"category": (SPAM,)}),
        row("b", {"urgency": ("normal", "low"), "category": (ONLINE,)}),
        row("c", {"category": (ONLINE,), "flag": ("import",)}),
    )

    found = problems(*rows)

    what = "can never hold, since 'a', 'b' above together always hold before it"
    assert found == [("c", "when", what)]


def test_a_flag_and_its_absence_together_cover_everything():
    rows = (
        row("a", {"category": (SPAM,), "flag": ("import",)}),
        row("b", {"category": (SPAM,), "flag.none": ("import",)}),
        row("c", {"category": (SPAM,)}),
    )

    what = "can never hold, since 'a', 'b' above together always hold before it"
    assert problems(*rows) == [("c", "when", what)]


@pytest.mark.parametrize(
    "when",
    [
        {"category": (SPAM,), "category.none": (SPAM,)},
        {"category": (SPAM,), "category.under": ("piracy",)},
        {"flag": ("import",), "flag.none": ("import",)},
        {"flag.all": ("import", "spam"), "flag.none": ("spam",)},
        {"region.under": ("GB-ENG",), "region_level": ("country",)},
        {"region": ("GB-BIR",), "region_level": ("none",)},
        {"urgency": ("low",), "urgency.at_least": ("high",)},
        {"kind": ("instruction",), "kind.none": ("tip",)},
    ],
)
def test_a_row_that_excludes_itself_is_found(when):
    what = "can never hold, since its own conditions exclude each other"
    assert problems(row("a", when)) == [("a", "when", what)]


def test_two_rows_that_ask_the_same_and_send_elsewhere_are_found():
    found = problems(
        row("a", {"category.under": ("piracy",), "kind": ("complaint",)}, "POLICE_IP"),
        row("b", {"category.under": ("piracy",), "kind": ("rightsholder_complaint",)}),
    )

    assert found == [("b", "when", "asks for the same as 'a' above and sends it elsewhere")]


def test_the_row_for_everything_may_have_nothing_left_today_but_not_stand_twice():
    every = tuple(sorted(EN.categories))

    assert problems(row("a", {"category": every})) == []
    assert problems(row("a")) == [("last", "when", NEVER)]


WRONG = [
    ({"categry": (SPAM,)}, "when.categry", "'categry' is not known"),
    ({"flag.nne": ("import",)}, "when.flag.nne", "'nne' is not a way to ask for flag"),
    ({"kind.under": ("tip",)}, "when.kind.under", "'under' is not a way to ask for kind"),
    ({"category": ("x",)}, "when.category", "'x' is no category"),
    ({"category.under": (SPAM,)}, "when.category.under", "'other.spam' is not a group of category"),
    ({"secondary": ("x",)}, "when.secondary", "'x' is no secondary"),
    ({"flag": ("x",)}, "when.flag", "'x' is no flag"),
    ({"kind": ("x",)}, "when.kind", "'x' is no kind"),
    ({"channel": ("x",)}, "when.channel", "'x' is no channel"),
    ({"contact_mode": ("x",)}, "when.contact_mode", "'x' is no contact_mode"),
    ({"language": ("x",)}, "when.language", "'x' is no language"),
    ({"region": ("x",)}, "when.region", "'x' is no region"),
    ({"region.under": ("x",)}, "when.region.under", "'x' is no region"),
    ({"region_level": ("x",)}, "when.region_level", "'x' is no region_level"),
    ({"urgency.at_least": ("x",)}, "when.urgency.at_least", "'x' is no urgency"),
    ({"has_address": ("x",)}, "when.has_address", "'x' is no has_address"),
]


@pytest.mark.parametrize(("when", "field", "what"), WRONG)
def test_a_wrong_key_or_value_is_named(when, field, what):
    assert problems(row("a", when)) == [("a", field, what)]


def test_a_wrong_way_to_ask_is_answered_with_the_right_ones():
    (fault,) = LISTS.faults({"flag.nne": ("import",)})

    assert fault.right == 'one of flag = […], "flag.none" = […], "flag.all" = […]'


def test_kinds_of_unit_that_are_none_or_have_no_unit_are_found():
    found = problems(row("a", {"category": (SPAM,)}, "POLIZEI", ("FEUERWEHR",)))

    assert {one[1:] for one in found} == {
        ("lead", "'POLIZEI' is not known"),
        ("support", "'FEUERWEHR' is not known"),
    }


def test_a_kind_that_helps_and_has_no_unit_anywhere_is_found():
    units = {code: unit for code, unit in EN.departments.items() if unit.kind != "CUSTOMS_EN"}

    found = problems(row("a", {"flag": ("import",)}, "TRIAGE", ("CUSTOMS_EN",)), departments=units)

    assert found == [("a", "support", "'CUSTOMS_EN' has no unit anywhere")]


def test_a_kind_that_leads_cannot_help_itself():
    found = problems(row("a", {"flag": ("import",)}, "TRIAGE", ("TRIAGE",)))

    assert found == [("a", "support", "'TRIAGE' leads already")]


def test_a_report_must_not_come_back_to_the_office_that_it_names():
    found = problems(coordinator="OVERSIGHT")

    assert found == [("last", "lead", "a report that names 'OVERSIGHT' would come back to it")]


def test_what_falls_back_must_find_a_unit_for_the_whole_place():
    root = f"OVERSIGHT@{EN.root}"
    units = {code: unit for code, unit in EN.departments.items() if code != root}

    found = problems(departments=units)

    what = "what falls back to 'OVERSIGHT' finds no unit for the whole place"
    assert found == [("last", "lead", what)]


@pytest.mark.parametrize("pack", ["cn_culture_market", "en_ip_office"])
def test_nothing_is_wrong_with_the_shipped_tables(pack):
    assert check_table(shipped(pack)) == []


def test_a_table_that_would_take_too_long_to_examine_is_taken_to_be_fine(monkeypatch):
    rows = (
        row("a", {"category": (SPAM,), "flag": ("import",)}),
        row("b", {"category": (SPAM,), "flag.none": ("import",)}),
        row("c", {"category": (SPAM,)}),
    )

    monkeypatch.setattr(rule_checks, "MOST_PIECES", 0)

    assert problems(*rows) == []


def test_a_row_of_very_many_combinations_is_taken_to_be_fine_at_once():
    flags = sorted(LISTS.values(Field.FLAG))
    many = {"flag": tuple(flags), "secondary": tuple(sorted(LISTS.values(Field.SECONDARY)))}
    began = process_time()

    found = problems(row("a", many), row("b", many), row("c", {"category": (SPAM,)}))

    assert found == []
    assert process_time() - began < 1


def test_the_lists_are_those_of_intake():
    assert LISTS.values(Field.CHANNEL) == set(Channel)
    assert LISTS.values(Field.CONTACT_MODE) == set(ContactMode)
    assert set(ReportKind) <= LISTS.values(Field.KIND)
    assert {kind_of("tip", channel) for channel in Channel} == {"tip", "instruction"}
    assert all(kind_of(name, "web") == kind for kind in ("complaint",) for name in KINDS[kind])


@pytest.mark.parametrize("field", list(Field))
def test_every_way_to_ask_compiles_to_sets(field):
    for operator in OPERATORS[field]:
        key = f"{field}.{operator}"
        one = min(LISTS.values(field, operator))

        (condition,) = LISTS.compiled({key: (one,)})

        assert parse_key(key) == (field, operator)
        assert condition.values


def test_an_urgency_is_at_least_itself_and_what_is_more_urgent():
    (condition,) = LISTS.compiled({"urgency.at_least": ("high",)})

    assert condition.values == {Urgency.CRITICAL, Urgency.HIGH}
