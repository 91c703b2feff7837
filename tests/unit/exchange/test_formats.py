"""What machines read: services and errors of Open311 in both forms, statements of reasons."""

from dataclasses import replace
from datetime import date
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest

from portal.decisions.states import DecisionSource
from portal.exchange.dsa import DecidedFacts, as_csv, statement_of
from portal.exchange.open311 import as_xml, definition_of, errors_of, list_services
from tests.factories.packs import shipped

PACKS = ("cn_culture_market", "en_ip_office")
FACTS = DecidedFacts(
    id=uuid4(),
    category="piracy.online",
    category_name="Online copying",
    basis="Copyright Act, s. 107",
    measures=("Order to correct", "Fine"),
    source=DecisionSource.REPORT,
    automated=False,
    opened_on=date(2026, 9, 1),
    approved_on=date(2026, 11, 2),
    last_on=None,
    language="en",
)


@pytest.mark.requirement("U41")
@pytest.mark.parametrize("pack", PACKS)
def test_every_category_on_offer_is_a_service_and_its_questions_are_its_attributes(pack):
    place = shipped(pack)
    listed = {one["service_code"]: one for one in list_services(place, "en")}

    assert set(listed) == {code for code, one in place.categories.items() if one.offered}
    for code, one in listed.items():
        asked = definition_of(place.categories[code], "en")["attributes"]
        assert one["metadata"] == bool(asked)
        assert [each["order"] for each in asked] == list(range(1, len(asked) + 1))
        for each in asked:
            assert ("values" in each) == (each["datatype"] == "singlevaluelist")


def test_the_same_is_said_as_xml_with_the_names_of_the_standard():
    place = shipped(PACKS[1])
    tree = ET.fromstring(as_xml("services", list_services(place, "en")))  # noqa: S314  # our own
    assert tree.tag == "services"
    assert {child.tag for child in tree} == {"service"}
    assert tree[0].findtext("metadata") in {"true", "false"}

    asked = next(one for one in place.categories.values() if one.questions)
    tree = ET.fromstring(as_xml("service_definition", definition_of(asked, "en")))  # noqa: S314
    assert tree.find("attributes/attribute/code") is not None
    tree = ET.fromstring(as_xml("errors", errors_of([(403, "a < b & c")])))  # noqa: S314
    assert (tree.findtext("error/code"), tree.findtext("error/description")) == ("403", "a < b & c")


@pytest.mark.parametrize("source", list(DecisionSource))
def test_a_statement_has_every_field_that_must_be_there(source):
    made = statement_of(replace(FACTS, source=source))

    for name in (
        *("decision_visibility", "decision_ground", "illegal_content_legal_ground", "content_type"),
        *("illegal_content_explanation", "category", "content_date", "application_date"),
        *("decision_facts", "source_type", "automated_detection", "automated_decision", "puid"),
    ):
        assert made[name]
    assert made["category"] == "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"
    assert made["category_specification"] == ["KEYWORD_COPYRIGHT_INFRINGEMENT"]


def test_a_sheet_has_a_line_for_each_statement_and_bars_between_values():
    lines = as_csv([statement_of(FACTS)] * 2).splitlines()

    assert len(lines) == 3
    assert lines[0].startswith("puid,decision_visibility")
    assert as_csv([]) == "\r\n"
