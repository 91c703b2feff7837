"""The words of the report that a complaint becomes, in the language it was filed in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from portal.jurisdiction.tables import Text
from portal.rights_holders.rules.complaints import ComplaintField, RightBasis

RIGHT_WORDS: Final[Mapping[RightBasis, Text]] = {
    RightBasis.OWNER: Text("权利人", "owner of the rights"),
    RightBasis.EXCLUSIVE: Text("专有使用权人", "exclusive licensee"),
    RightBasis.AGENT: Text("受权利人委托", "agent of the owner"),
    RightBasis.INTERESTED: Text("其他利害关系人", "another interested party"),
}
_LINES: Final[Mapping[str, Text]] = {
    "head": Text("著作权投诉 %s", "Complaint of a rights-holder %s"),
    "by": Text("投诉单位：%s", "Filed by: %s"),
    "work": Text("作品：《%s》", "Work: “%s”"),
    "right": Text("权利依据：%s", "By what right: %s"),
    "facts": Text("事实和理由：%s", "Facts: %s"),
    "original": Text("原作网址：%s", "Address of the original: %s"),
    "sellers": Text("授权销售者：%s", "Licensed sellers: %s"),
    "signature": Text("签名：%s", "Signed: %s"),
}
_SELLERS_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a complaint besides what was typed for it."""

    number: str
    organisation: str
    work: str
    right: RightBasis | None
    sellers: tuple[str, ...] = field(default=(), repr=False)


def narrative(told: Told, cells: Mapping[str, str], language: str) -> str:
    """The text that triage and officers read."""
    return "\n".join(_LINES[key].in_(language) % said for key, said in _said(told, cells, language))


def _said(told: Told, cells: Mapping[str, str], language: str) -> Iterator[tuple[str, str]]:
    yield "head", told.number
    yield "by", told.organisation
    yield "work", told.work
    if told.right is not None:
        yield "right", RIGHT_WORDS[told.right].in_(language)
    for one in (ComplaintField.FACTS, ComplaintField.ORIGINAL):
        if cells.get(one):
            yield one, cells[one]
    if told.sellers:
        yield "sellers", ", ".join(told.sellers[:_SELLERS_NAMED])
    if cells.get(ComplaintField.SIGNATURE):
        yield "signature", cells[ComplaintField.SIGNATURE]
