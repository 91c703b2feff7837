"""The interface is as its description says: schemathesis tries every operation."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from portal.rights_holders.api.application import description
from tests.factories.rights_holders import make_organisation, make_outsider, make_token

# A check digit cannot be said in a schema: what is described may still be refused.
LEFT_OUT = {"positive_data_acceptance"}
# So many of each kind for each operation; more when somebody asks: API_EXAMPLES=100.
EXAMPLES = int(os.environ.get("API_EXAMPLES", "5"))


@pytest.mark.timeout(3600)
def test_schemathesis_finds_nothing_on_all_operations(app):
    person = make_outsider()
    organisation = make_organisation(person, works=3)
    headers = {"Authorization": f"Bearer {make_token(organisation, person)}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    load_all_checks()
    checks = [one for one in CHECKS.get_all() if one.__name__ not in LEFT_OUT]
    tried = set()
    for operation in (one.ok() for one in schema.get_all_operations()):
        for mode in GenerationMode:

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def probe(case):
                case.call_and_validate(headers=headers, checks=checks)
                tried.add(case.operation.label)

            probe()

    said = {
        f"{method.upper()} {path}"
        for path, methods in description()["paths"].items()
        for method in methods
        if method != "parameters"
    }
    assert tried == said
