"""Things in a text that can be compared exactly: addresses, numbers, streets, names of venues."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import ada_url

if TYPE_CHECKING:
    from tldextract import TLDExtract

_MOST = 50
"""No more than this many entities of one kind are kept of one report."""

_URL = re.compile(
    r"(?<![a-z\d_@])(?:https?://|www\.)[^\s<>\"'“”‘’《》（）()，。；、！？\u4e00-\u9fff]{3,2000}",
    re.IGNORECASE,
)
_BARE_HOST = re.compile(
    r"(?<![a-z\u00c0-\u04ff\d_@./-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,4}"
    r"(?:com|net|org|cn|cc|xyz|top|tv|me|io|co|uk|site|shop|club|vip|app|info|online|example)"
    r"(?:/[^\s<>\"'“”‘’《》（）()，。；、！？\u4e00-\u9fff]{0,500})?(?![a-z\d_@-])"
)
_PHONE = re.compile(
    r"(?<![\da-z])(?:(?:\+?86[ -]?)?(1[3-9]\d(?:[ -]?\d{4}){2})|(0\d{2,3}[ -]\d{7,8})"
    r"|(?:\+?44[ -]?(?:\(0\))?|0)((?:\d[ -]?){9,10}))(?!\d)"
)
_ID_NUMBER = re.compile(
    r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dx](?!\d)"
)
_CALLED_BEFORE = 8
_CARD = re.compile(
    r"(?:卡号|银行|储蓄卡|信用卡|护照|bank card|card number|card is|card no|my card|account number|"
    r"passport)[^\d\n]{0,16}([a-z]?\d[\d -]{6,22}\d)"
)
_ISBN = re.compile(r"(?<!\d)97[89](?:[ -]?\d){10}(?!\d)")
_ISRC = re.compile(r"(?<![a-z])(?:isrc[ :]*)?([a-z]{2}-?[a-z\d]{3}-?\d{2}-?\d{5})(?![\da-z])")
_WAYBILL = re.compile(
    r"(?<![a-z\d])(?:yt|sf|jt|zto|yd|jd|ems)[a-z\d]{0,2}\d{10,15}(?!\d)|(?:快递|运单|面单|"
    r"单)号[:为是]?\s?([a-z]{0,3}\d{10,18})"
)
_ACCOUNT = re.compile(
    r"(?<![a-z])(?:qq|vx|wx|v信|微信|wechat|telegram|whatsapp|电报|账号|账户|群号|群|id|加v|加微|扣扣|旺旺|抖音号|快手号)"
    r"(?:号码|号|id|名|是|为|[ :@]){0,4}([a-z0-9][a-z0-9_-]{4,29})(?![a-z0-9_.@-])"
)
_HAN = "\u4e00-\u9fff"
_STREET = re.compile(
    f"([{_HAN}]{{2,8}}?(?:大道|大街|路|街|巷|胡同|"
    f"弄))(?:[与和]?[{_HAN}]{{0,3}}?)?([\\dA-Za-z]{{1,5}}(?:-\\d{{1,4}})?)号(?!线|楼|店员)"
)
_ROAD_ONLY = re.compile(f"([{_HAN}]{{2,4}}(?:大道|大街|路|街|巷|胡同))(?![{_HAN}]{{0,1}}(?:程|线))")
_NUMBER_AFTER = re.compile(
    r"(?<![\dA-Za-z第])([\dA-Za-z]{0,2}\d{1,4}(?:-\d{1,4})?)号(?!线|晚|上午|下午|凌晨|前|左右)"
)
_EN_STREET = re.compile(
    r"\b(\d{1,4}[a-z]?),? ((?:[a-z']{2,20} ){1,3}(?:street|st|road|rd|lane|ln|avenue|"
    r"ave|way|drive|close|row|parade|terrace|square))\b"
)
_EN_STALL = re.compile(
    r"\b(row|stall|unit|pitch|shop|booth|aisle) ?(?:no\.? ?|"
    r"number )?([a-z]?\d{1,4}[a-z]?|[a-z])\b(?! (?:of|bit|lot|few|man|woman))"
)
_SHOP = (
    "音像店|音像城|音像|书店|书社|书城|书屋|书亭|网吧|网咖|电脑城|科技城|数码城|数码广场|文具店|文体店|打印店|复印店|图文店|图文社|歌厅|ktv|"
    "游戏厅|电玩城|印刷厂|光盘厂|培训机构|培训学校|培训中心|电器店|影院|影吧|酒吧|小卖部|便利店|棋牌室|剧本杀|台球厅"
)
_QUOTED_ZH = re.compile('[“"「『]([^“”"「」『』《》\n]{2,20})[”"」』]')
_ANY_SHOP = re.compile(_SHOP)
_NAMED_VENUE = re.compile(f"([{_HAN}a-zA-Z\\d]{{2,6}}?)(?:{_SHOP})")
_EN_VENUE = re.compile(
    r"\b(?:called|named|name of|trading as|known as) [\"“‘']?((?:[A-Z][\w'&]+ ?){1,4})"
)
_KIND_OF_SHOP = re.compile(f"(?:{_SHOP}|店|铺|城)$")
_NOT_A_NAME = re.compile(
    "^(?:一|这|那|某|几|有|个|家|小|老|新|的|在|他|她|我|是|和|卖|去|到|该|本|叫|开|旁|附近|门口|楼|层|多|每|各|举报|关于|"
    "地下|黑)|(?:的|家|个|间|处|层|楼|号|边|里|口|侧|面|有)$"
)


@dataclass(frozen=True, slots=True)
class Entities:
    """What was found, each kind folded, without repeats, in order."""

    urls: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    id_numbers: tuple[str, ...] = ()
    isbns: tuple[str, ...] = ()
    isrcs: tuple[str, ...] = ()
    waybills: tuple[str, ...] = ()
    houses: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    quoted: tuple[str, ...] = field(default=())
    accounts: tuple[str, ...] = ()
    cards: tuple[str, ...] = field(default=(), repr=False)


def find_entities(
    text: str, cased: str, urls: Iterable[str] = (), regions: Iterable[str] = ()
) -> Entities:
    """The entities of a folded text; `cased` is the same text with its capitals.

    `regions` are the words of the text that name a region: they are no part of a venue or street.
    """
    found = [
        *urls,
        *(_url_text(m[0]) for m in _URL.finditer(text)),
        *(m[0] for m in _BARE_HOST.finditer(text)),
    ]
    pages = [page for page in map(_page, _some(found)) if page]
    without = _without_regions(text, regions)
    quoted = [m[1].strip() for m in _QUOTED_ZH.finditer(without)]
    return Entities(
        urls=_some(href for href, _, _ in pages),
        addresses=_some(address for _, address, _ in pages if address),
        domains=_some(domain for _, _, domain in pages if domain),
        phones=_some(_national(m) for m in _PHONE.finditer(text)),
        id_numbers=_some(m[0] for m in _ID_NUMBER.finditer(text) if _is_id(text, m)),
        isbns=_some(n for n in (_digits(m[0]) for m in _ISBN.finditer(text)) if _ean_checks(n)),
        isrcs=_some(m[1].replace("-", "") for m in _ISRC.finditer(text)),
        waybills=_some(m[1] or m[0] for m in _WAYBILL.finditer(text)),
        houses=_some(_houses(without)),
        streets=_some(m[1] for m in _ROAD_ONLY.finditer(without)),
        venues=_some(_venues(without, cased, quoted)),
        quoted=_some(quoted),
        accounts=_some(_accounts(text)),
        cards=_some(_digits(m[1]) for m in _CARD.finditer(text)),
    )


def _some(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))[:_MOST]


def _accounts(text: str) -> list[str]:
    """Accounts that somebody can be found by; the reporter's own are left out."""
    return [
        m[1]
        for m in _ACCOUNT.finditer(text)
        if any(char.isdigit() for char in m[1])
        and not text[max(0, m.start() - 4) : m.start()].endswith(("我的", "我", "联系我", "本人"))
    ]


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


def _url_text(text: str) -> str:
    return text.rstrip(".,;:!?)]}'\"")


def _page(raw: str) -> tuple[str, str, str] | None:
    """Normal form, host with path (without scheme, `www.` and query), registrable domain."""
    with_scheme = raw if "://" in raw else f"http://{raw}"
    try:
        href = ada_url.normalize_url(with_scheme.strip())
        url = ada_url.URL(href)
    except ValueError:
        return None
    host = url.hostname.removeprefix("www.")
    path = url.pathname.rstrip("/")
    parts = _suffixes()(host)
    domain = parts.top_domain_under_public_suffix or (host if "." in host else "")
    return href, f"{host}{path}" if path else "", domain


@cache
def _suffixes() -> "TLDExtract":
    """The public suffix list that came with the package: nothing is fetched."""
    from tldextract import TLDExtract  # noqa: PLC0415  # it imports what fetches, at each start

    return TLDExtract(suffix_list_urls=(), cache_dir=None)


def _national(found: re.Match[str]) -> str:
    if found[3]:
        return f"0{_digits(found[3])}"
    return _digits(found[1] or found[2])


def _is_id(text: str, found: re.Match[str]) -> bool:
    """Whether it checks, or is called one: a slip in a number makes it no less personal."""
    before = text[max(0, found.start() - _CALLED_BEFORE) : found.start()]
    return _id_checks(found[0]) or "身份证" in before


def _id_checks(number: str) -> bool:
    """The check character of GB 11643."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))
    return "10x98765432"[total % 11] == number[17]


def _ean_checks(number: str) -> bool:
    """The check digit of an ISBN-13 (EAN-13)."""
    return sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(number)) % 10 == 0


def _without_regions(text: str, regions: Iterable[str]) -> str:
    """The text with the names of regions replaced by a mark of the same length."""
    for name in sorted(set(regions), key=len, reverse=True):
        text = text.replace(name, "|" * len(name))
    return text


def _houses(text: str) -> list[str]:
    """Street with house number; the number may stand a few words after the street."""
    houses = [f"{_street_name(m[1])}#{m[2].lower()}" for m in _STREET.finditer(text)]
    if not houses:
        roads = [_street_name(m[1]) for m in _ROAD_ONLY.finditer(text)]
        numbers = [m[1].lower() for m in _NUMBER_AFTER.finditer(text)]
        if len(set(roads)) == 1 and len(set(numbers)) == 1:
            houses = [f"{roads[0]}#{numbers[0]}"]
    houses += [f"{m[2]}#{m[1]}" for m in _EN_STREET.finditer(text)]
    return houses + [f"{m[1]}#{m[2]}" for m in _EN_STALL.finditer(text)]


def _street_name(text: str) -> str:
    """The name without what stood before it: 镇常乐路 -> 常乐路."""
    return re.sub(f"^[{_HAN}]*(?:镇|乡|街道|社区|开发区|位于|地址|在)(?=[{_HAN}]{{2,}})", "", text)


def _venues(text: str, cased: str, quoted: list[str]) -> list[str]:
    """Names of shops: in quotes, or before 音像店, 书店, 网吧 and the like."""
    names = [name for name in quoted if _KIND_OF_SHOP.search(name)]
    for match in _NAMED_VENUE.finditer(text) if _ANY_SHOP.search(text) else ():
        whole = match[0]
        name = re.split("[的在叫是家个间那这里号]", match[1])[-1]
        if len(name) > 1 and not _NOT_A_NAME.search(name):
            names.append(name + whole[len(match[1]) :])
    names += [m[1].strip().lower() for m in _EN_VENUE.finditer(cased)]
    return [bare for bare in (_bare(name) for name in names) if len(bare) > 1]


def _bare(name: str) -> str:
    """星光音像店 and 星光音像 are the same venue."""
    stripped = re.sub("(?:店|铺|行|社)$", "", name.strip(" |"))
    return stripped.removeprefix("|")
