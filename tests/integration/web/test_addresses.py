"""Every address that a template builds leads to a view of the application."""

import pytest
from flask import Flask
from jinja2 import nodes

from portal.infra.config import ROOT


@pytest.mark.usefixtures("app")
def test_templates_name_only_endpoints_that_exist(built_app: Flask):
    environment, unknown = built_app.jinja_env, []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for call in environment.parse(path.read_text()).find_all(nodes.Call):
            named = isinstance(call.node, nodes.Name) and call.node.name == "url_for"
            if not (named and call.args and isinstance(call.args[0], nodes.Const)):
                continue
            endpoint = call.args[0].value
            if endpoint not in built_app.view_functions:
                unknown.append(f"{path.relative_to(ROOT)}: {endpoint}")

    assert unknown == []
