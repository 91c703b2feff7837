"""Who of a unit may be given a report."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.permissions import GRANTS, Permission
from portal.accounts.models import Account, AccountRole
from portal.intake import queries as reports
from portal.kernel.actor import Actor

_WORKERS = [role for role, grants in GRANTS.items() if Permission.WORK_REPORTS in grants]


def list_officers(session: Session, reference: str, actor: Actor) -> list[tuple[str, str]]:
    """Id and name of everybody who may be given this report; NotFound outside the scope.

    Whom the report concerns is left out, as somebody who does not work there.
    """
    report = reports.get_report(session, reference, actor)
    rows = session.execute(
        select(Account.id, Account.display_name)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(
            Account.department == report.department_code,
            Account.disabled_at.is_(None),
            AccountRole.role.in_(_WORKERS),
            Account.id.not_in(reports.excluded_from(report)),
        )
        .distinct()
        .order_by(Account.display_name, Account.id)
    )
    return [(str(row.id), row.display_name) for row in rows]
