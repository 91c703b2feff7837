"""What becomes of the plan of a year (年度工作规划), and of what its campaigns have to do."""

from enum import StrEnum
from typing import Final

from portal.kernel.lifecycle import Lifecycle


class PlanState(StrEnum):
    """One that has ended stays as it was at the end of its year: what was done, what was open."""

    CURRENT = "current"
    ENDED = "ended"


class PlanAction(StrEnum):
    END = "end"


PLAN_LIFECYCLE: Final[Lifecycle[PlanState, PlanAction]] = Lifecycle(
    "plan", {(PlanState.CURRENT, PlanAction.END): PlanState.ENDED}
)


class PlanTaskState(StrEnum):
    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class PlanTaskAction(StrEnum):
    FINISH = "finish"
    DROP = "drop"


PLAN_TASK_LIFECYCLE: Final[Lifecycle[PlanTaskState, PlanTaskAction]] = Lifecycle(
    "plan_task",
    {
        (PlanTaskState.OPEN, PlanTaskAction.FINISH): PlanTaskState.DONE,
        (PlanTaskState.OPEN, PlanTaskAction.DROP): PlanTaskState.DROPPED,
    },
)
