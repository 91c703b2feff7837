"""A program of an organisation, as tests of the interface write one."""

from itertools import count

from tests.factories.rights_holders import GOOD

SENT = {name.replace("-", "_"): value for name, value in GOOD.items()} | {"declared": True}
_KEYS = count(1)


class Program:
    """A program of an organisation, with its token."""

    def __init__(self, app, token):
        self.client, self.token = app.test_client(), token

    def __call__(self, method, path, body=None, *, key=None, **more):
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}
        headers["Idempotency-Key"] = key or f"test-{next(_KEYS)}"
        sent = {} if body is None else {"json": body}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **sent, **more)


def refused(answer, status, code):
    """Whether an answer is a problem as RFC 9457 has it."""
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    said = answer.get_json()
    assert (said["status"], said["code"]) == (status, code)
    return said
