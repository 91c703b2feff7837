"""Nobody is sent off this site by an address that somebody else wrote."""

import pytest

from portal.web.redirects import local_path


@pytest.mark.parametrize("path", ["/", "/report", "/desk/queue?state=routed&after=x", "/a#b"])
def test_a_path_of_this_site_is_kept(path):
    assert local_path(path) == path


@pytest.mark.requirement("T39")
@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "\t//evil.example",
        " /report",
        "/report\r\nSet-Cookie: a=b",
        "/report\n",
        "/a\\..\\b",
        "/举报",
        "report",
    ],
)
def test_anything_else_leads_to_the_first_page(target):
    assert local_path(target) == "/"
