"""Two organisations cannot learn of each other by any operation, ids in bodies included."""

import io
import re

import pytest

from portal.kernel.actor import Actor
from portal.rights_holders.api.application import description
from portal.rights_holders.service.news import spread_news
from portal.web.pagination import encode_cursor
from tests.factories.rights_holders import make_organisation, make_outsider, make_token
from tests.programs import SENT, Program, refused

METHODS = {"get", "post", "put", "patch", "delete"}
ISBN = [{"scheme": "isbn", "value": "978-7-02-000220-7"}]
ROW = {name: value for name, value in SENT.items() if name != "declared"}
HOOK = {"url": "https://hooks.example/theirs", "events": ["complaint.state-changed"]}
BOOK = {"title": "他社秘籍", "kind": "book", "identifiers": ISBN}
# What is sent to each operation that takes something: with what the other one has in it. A new
# operation must be entered here.
BODIES = {
    "add_complaint": [
        SENT | {"work": "3"},
        SENT | {"work": "他社秘籍"},
        SENT | {"work": ISBN[0]["value"]},
        SENT | {"original": "https://owner.example/theirs"},
    ],
    "add_complaint_files": [{"files": [1]}],
    "add_batch": [{"rows": [ROW | {"work": "3"}]}, {"rows": [ROW | {"number": 3}]}],
    "declare_batch": [{"declared": True}],
    "add_work": [BOOK],
    "add_webhook": [HOOK],
}
# What of a body or a query may name something of an organisation, and what says only words of
# one's own. A new name must be entered in one of the two.
IDS = {"work", "number", "files", "batch", "after"}
WORDS = {
    *("author", "category", "declared", "events", "facts", "file", "found_on", "identifiers"),
    *("kind", "limit", "order", "original", "place", "region", "right", "rows", "scheme"),
    *("sellers", "signature", "state", "title", "url", "value"),
}
FILES = {"add_proof", "add_file"}
OWN_WORDS = re.compile(r'"(complaint|number|made_at|secret|next|row|url|received_at)": [^,}]*')


@pytest.fixture(scope="module")
def two(module_app):
    """The programs of two organisations: one has hardly anything, the other has some of all."""
    spread_news(actor=Actor.system("clock"))
    one, other = make_outsider(), make_outsider()
    own, theirs = make_organisation(one, works=1), make_organisation(other, works=2, name="他社")
    mine = Program(module_app, make_token(own, one))
    them = Program(module_app, make_token(theirs, other))
    assert them("POST", "/works", BOOK).get_json()["number"] == 3
    assert them("POST", "/webhooks", HOOK).status_code == 201
    for at in range(2):
        them("POST", "/complaints", SENT | {"url": f"https://pirate.example/theirs/{at}"})
    them("POST", "/complaints", SENT | {"work": "9"})
    assert them("POST", "/files", data={"file": (io.BytesIO(b"x"), "x.txt")}).status_code == 201
    them("POST", "/batches", {"rows": [ROW | {"work": "9"}]}, key="theirs")
    assert spread_news(actor=Actor.system("clock")) == 2
    return mine, them


def operations():
    for path, methods in description()["paths"].items():
        for method, said in methods.items():
            if method in METHODS:
                yield method.upper(), path.removeprefix("/api/v1"), said["operationId"]


def there(program, path):
    """The address of something the other one has."""
    number = "3" if path.startswith("/works") else "1"
    return path.replace("{number}", number).replace("{message}", "1")


def sent_to(operation):
    """The bodies an operation takes, each as the arguments of a request."""
    if operation in FILES:
        return [{"data": {"file": (io.BytesIO(b"x"), "x.txt")}}]
    return [{"body": one} for one in BODIES.get(operation, [None])]


def names_in(schema, shapes):
    """The names that a body of this shape may hold, however deep."""
    if "$ref" in schema:
        schema = shapes[schema["$ref"].rpartition("/")[2]]
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from names_in(inner, shapes)
    if "items" in schema:
        yield from names_in(schema["items"], shapes)


def test_every_name_that_programs_send_is_known_to_be_an_id_or_words(two):
    said = description()
    shapes, taking, asking = said["components"]["schemas"], {}, {}
    for methods in said["paths"].values():
        for operation in (one for method, one in methods.items() if method in METHODS):
            name = operation["operationId"]
            asking[name] = {
                one["name"] for one in operation.get("parameters", ()) if one.get("in") == "query"
            }
            for content in operation.get("requestBody", {}).get("content", {}).values():
                taking[name] = set(names_in(content["schema"], shapes))

    assert taking.keys() == BODIES.keys() | FILES
    assert set().union(*taking.values(), *asking.values()) == IDS | WORDS
    for name, names in taking.items():
        sent = str(BODIES.get(name, ""))
        # A file that is not one's own refuses the whole request: that has a test of its own.
        ids = names & IDS - {"files"}
        assert [one for one in ids if f"'{one}'" not in sent] == [], name


@pytest.mark.requirement("F16")
def test_a_query_that_names_what_the_other_one_has_answers_as_for_nobody(two):
    """Each filter and cursor of each list, as the description has them."""
    mine, them = two
    asked = []
    for path, methods in description()["paths"].items():
        there = path.removeprefix("/api/v1")
        for name in [one["name"] for one in methods.get("get", {}).get("parameters", ())]:
            if name not in IDS or "{" in path:
                continue
            first = them("GET", f"{there}?limit=1").get_json()["next"]
            named = {"work": (3, 77), "batch": (1, 77), "after": (first or encode_cursor((1,)),)}
            said = [mine("GET", f"{there}?{name}={one}") for one in named[name]]
            assert len({(one.status_code, one.get_data()) for one in said}) == 1, (path, name)
            assert "theirs" not in said[0].get_data(as_text=True)
            asked.append((there, name))

    assert {("/complaints", "work"), ("/complaints", "batch"), ("/works", "after")} < set(asked)


def test_what_the_other_one_has_is_nowhere_and_answers_as_what_nobody_has(two):
    mine, them = two
    numbered = [one for one in operations() if "{" in one[1]]
    for method, path, operation in numbered:
        seen = []
        for program, address in ((mine, there(mine, path)), (mine, re.sub("{.*?}", "77", path))):
            arguments = sent_to(operation)[0]
            seen.append(program(method, address, **arguments))
        part = "/messages/{message}" in path
        codes = {
            "works": "work",
            "files": "file",
            "batches": "sheet",
            "webhooks": "webhook-message" if part and method == "GET" else "webhook",
        }
        for answer in seen:
            refused(answer, 404, codes.get(path.split("/")[1], "complaint"))
        assert seen[0].get_data() == seen[1].get_data(), path
    taking = {operation for method, _path, operation in operations() if method == "POST"}
    for _method, path, operation in numbered:
        if operation not in taking:
            assert them("GET", there(them, path)).status_code == 200, path

    assert len(numbered) >= 13


@pytest.mark.requirement("F16")
def test_ids_of_the_other_one_in_bodies_filters_and_cursors_say_nothing(two):
    mine, them = two
    nobody = {"3": "77", "他社秘籍": "无人秘籍", ISBN[0]["value"]: "978-7-02-000873-5"}
    said = [one for one in operations() if one[2] in BODIES and "{" not in one[1]]
    said.sort(key=lambda one: one[2])  # the batch first: no number is one's own by then
    assert {one[2] for one in said} == BODIES.keys() - {"declare_batch", "add_complaint_files"}
    for method, path, operation in said:
        for body in BODIES[operation]:
            answer = mine(method, path, body)
            assert answer.status_code == 201, answer.get_json()
            shown = answer.get_json()
            if "work" in body and body["work"] in nobody:
                other = mine(method, path, body | {"work": nobody[body["work"]]}).get_json()
                assert (shown["state"], shown["work"]) == (other["state"], other["work"])
                assert shown["problems"] == other["problems"]
                assert shown["state"] == "needs-information"
    said = [
        refused(mine("POST", "/complaints", SENT | {"files": [one]}), 422, "no-such-file")
        for one in (1, 77)
    ]
    assert said[0] == said[1]
    waiting = mine("GET", "/complaints?state=needs-information").get_json()["items"][0]["number"]
    added = [
        refused(mine("POST", f"/complaints/{waiting}/files", {"files": [one]}), 422, "no-such-file")
        for one in (1, 77)
    ]
    assert added[0] == added[1]
    rows = mine("GET", "/complaints?batch=2").get_json()["items"]
    assert [one["problems"][0]["fault"] for one in rows] == ["no-such-complaint"]
    for wrong in ("/complaints?batch=9", "/complaints?batch=77"):
        refused(mine("GET", wrong), 404, "sheet")
    after = them("GET", "/complaints?limit=1").get_json()["next"]
    for path in ("/works", "/complaints", "/batches", "/webhooks", f"/complaints?after={after}"):
        answer = mine("GET", path)
        assert answer.status_code == 200
        assert "他社" not in answer.get_data(as_text=True).replace("他社秘籍", "")
        assert "pirate.example/theirs" not in answer.get_data(as_text=True)


def test_a_key_of_the_other_one_is_not_known(two):
    mine, them = two
    body = {"rows": [ROW | {"work": "9"}]}
    before = mine("GET", "/batches").get_json()["items"]

    made = mine("POST", "/batches", body, key="theirs").get_json()

    assert made["number"] == len(before) + 1
    assert them("POST", "/batches", body, key="theirs").get_json()["number"] == 1
