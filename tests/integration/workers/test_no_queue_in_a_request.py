"""The public form does not know the queue: refused or hung, it makes no difference (G5)."""

import socket

import pytest
from sqlalchemy import func, select

from portal.infra.database import db
from portal.intake.models import Report
from tests.pages import Pages


@pytest.fixture
def hung_queue(monkeypatch):
    """A queue server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{listener.getsockname()[1]}/0")
        yield listener


@pytest.mark.requirement("T55")
@pytest.mark.requirement("G5")
def test_a_report_is_received_without_a_call_to_the_queue(app, hung_queue):
    pages = Pages(app)
    page = pages.get("/report/one-page")

    receipt = pages.post(page, {"narrative": "示例路一家书店卖盗版教材，每本十元。"})

    assert receipt.status == 200
    assert db.session.scalar(select(func.count()).select_from(Report)) == 1
    with pytest.raises(BlockingIOError):
        hung_queue.accept()
