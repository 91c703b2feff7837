"""A pack as it was read: every record well formed, and none of them checked against another."""

from dataclasses import dataclass

from portal.jurisdiction.pack_shapes import (
    CalendarShape,
    CategoryShape,
    ClockShape,
    DepartmentKindShape,
    DepartmentShape,
    Entry,
    PackShape,
    ReasonShape,
    RegionShape,
    RuleShape,
    TownshipShape,
)
from portal.jurisdiction.pack_tables import (
    BasisShape,
    CaseStepShape,
    DelegationShape,
    LetterheadShape,
    MajorRuleShape,
    MeasureShape,
    NoticeShape,
    PaperShape,
    RetentionShape,
    StatusTextShape,
)
from portal.jurisdiction.reward_shapes import RewardSchemeShape


@dataclass(frozen=True, slots=True)
class Draft:
    """The well-formed records of a pack, before they are checked against one another."""

    pack: Entry[PackShape] | None
    regions: list[Entry[RegionShape]]
    townships: list[Entry[TownshipShape]]
    kinds: list[Entry[DepartmentKindShape]]
    departments: list[Entry[DepartmentShape]]
    delegations: list[Entry[DelegationShape]]
    calendar: list[Entry[CalendarShape]]
    categories: list[Entry[CategoryShape]]
    rules: list[Entry[RuleShape]]
    clocks: list[Entry[ClockShape]]
    reasons: list[Entry[ReasonShape]]
    measures: list[Entry[MeasureShape]]
    papers: list[Entry[PaperShape]]
    letterheads: list[Entry[LetterheadShape]]
    steps: list[Entry[CaseStepShape]]
    majors: list[Entry[MajorRuleShape]]
    retention: list[Entry[RetentionShape]]
    schemes: list[Entry[RewardSchemeShape]]
    bases: list[Entry[BasisShape]]
    notices: list[Entry[NoticeShape]]
    texts: list[Entry[StatusTextShape]]

    @property
    def region_codes(self) -> set[str]:
        return {entry.row.code for entry in self.regions}

    @property
    def kind_codes(self) -> set[str]:
        return {entry.row.kind for entry in self.kinds}

    @property
    def category_codes(self) -> set[str]:
        return {entry.row.code for entry in self.categories}
