"""What is really in an installation: `python -m tests.chaos.examine` prints it as JSON.

A program of its own, because it needs the settings and the keys of the installation it looks at.
Everything is read as the product reads it: decrypted, and files from the volume.
"""

import hashlib
import json
import sys
from typing import Any

from sqlalchemy import select

from app import create_app
from portal.audit.trail import verify
from portal.evidence.models import Evidence
from portal.evidence.queries import context_of, read_stored
from portal.infra.database import db
from portal.infra.tasks import Task, TaskState
from portal.infra.vault import vault
from portal.intake.models import Report
from portal.intake.queries import content_of, list_file_links
from portal.triage.models import RoutingDecision


def main() -> None:
    app = create_app()
    with app.app_context():
        session = db.session()
        reports = session.scalars(select(Report)).all()
        found = {
            "reports": [_report(report) for report in reports],
            "tasks": [
                [task.kind, task.state, task.last_error]
                for task in session.scalars(select(Task))
                if not _is_called_off(task)
            ],
            "fault": getattr(verify(session)[2], "what", None),
        }
        db.session.remove()
    json.dump(found, sys.stdout, ensure_ascii=False)


def _is_called_off(task: Task) -> bool:
    """Whether it was about a file that is gone: a page that was sent again brought it twice."""
    gone = db.session().get(Evidence, task.subject_id) is None
    return task.state is TaskState.CANCELLED and gone


def _report(report: Report) -> dict[str, Any]:
    session = db.session()
    decided = select(RoutingDecision.version).where(RoutingDecision.report_id == report.id)
    return {
        "reference": report.reference,
        "state": report.state,
        "narrative": content_of(report).narrative,
        "versions": list(session.scalars(decided)),
        "files": [
            _hash_on_the_volume(session.get_one(Evidence, link.evidence_id))
            for link in list_file_links(session, report.id)
        ],
    }


def _hash_on_the_volume(file: Evidence) -> str:
    """The SHA-256 of what is decrypted from the disk now, not what the table says."""
    key = vault().open_key(file.content_key)
    whole = hashlib.sha256()
    for chunk in read_stored(key, file.stored_name, context_of("original", file.id)):
        whole.update(chunk)
    return whole.hexdigest()


if __name__ == "__main__":
    main()
