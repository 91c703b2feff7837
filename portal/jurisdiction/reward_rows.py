"""Between a scheme of rewards and its row."""

from dataclasses import asdict

from portal.jurisdiction.reward_tables import (
    ExclusionGround,
    Formula,
    RewardLevel,
    RewardScheme,
)
from portal.jurisdiction.table_rows import Values, both, text_of
from portal.jurisdiction.tables import Text

_PLAIN = (
    "code",
    "source",
    "currency",
    "cap",
    "second_from",
    "claim_days",
    "new_facts_share",
    "cash_code",
)


def from_scheme(scheme: RewardScheme) -> Values:
    """The row of a scheme; its levels are the JSON of one column."""
    return {
        **{name: getattr(scheme, name) for name in _PLAIN},
        **both("name", scheme.name),
        "categories": list(scheme.categories),
        "first_acts": list(scheme.first_acts),
        "excluded": [str(one) for one in scheme.excluded],
        "levels": [asdict(level) | {"formula": str(level.formula)} for level in scheme.levels],
    }


def to_scheme(row: Values) -> RewardScheme:
    """The scheme of a row."""
    return RewardScheme(
        **{name: row[name] for name in _PLAIN},
        name=text_of(row, "name"),
        categories=tuple(row["categories"]),
        first_acts=tuple(row["first_acts"]),
        excluded=tuple(map(ExclusionGround, row["excluded"])),
        levels=tuple(_level(kept) for kept in row["levels"]),
    )


def _level(kept: Values) -> RewardLevel:
    texts = {"name": Text(**kept["name"]), "test": Text(**kept["test"])}
    return RewardLevel(**kept | texts | {"formula": Formula(kept["formula"])})
