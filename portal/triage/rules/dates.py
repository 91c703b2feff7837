"""The day of something announced, so that the report is dealt with before it happens."""

import re
from datetime import date, datetime, timedelta

from portal.triage.rules.facts import Facts

_AHEAD_DAYS = 120
_ISO = re.compile(r"\b(20\d{2})-(\d{1,2})-(\d{1,2})\b")
_N = "(\\d{1,2}|[一二三四五六七八九十]{1,3})"
_HAN = re.compile(rf"(?:(20\d{{2}})年)?(?<![\d一二三四五六七八九十]){_N}月{_N}[日号]")
_HAN_MONTH = re.compile(rf"(下个?月|本月|这个月){_N}[日号]")
_SOON = re.compile(r"(?<![说证声表])(大后天|后天|明天|明晚|明日)(?!天)|\b(tomorrow)\b")
_DAYS_AHEAD = {"大后天": 3, "后天": 2}
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_EN = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({'|'.join(_MONTHS)})(?:,? (20\d{{2}}))?\b"
)
_HAN_WEEKDAY = re.compile("(下|本|这)(?:个)?(?:周|星期)([一二三四五六日天])")
_EN_WEEKDAY = re.compile(
    r"\b(this|next|this coming) (monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def find_event_date(facts: Facts) -> Facts:
    """Flag the earliest coming day the text names, at most 120 days ahead of its receipt."""
    received = facts.submission.received_at
    if received is None:
        return facts
    today = received.date()
    days = sorted(
        d for d in _days(facts.text, received) if today <= d <= today + timedelta(_AHEAD_DAYS)
    )
    if not days:
        return facts
    return facts.flagged(f"event_date:{days[0].isoformat()}").told("dates.coming")


def _days(text: str, received: datetime) -> list[date]:
    today = received.date()
    spoken = [(m[1], m[2], m[3]) for m in _ISO.finditer(text)]
    spoken += [(m[1] or "", _number(m[2]), _number(m[3])) for m in _HAN.finditer(text)]
    spoken += [_in_month(today, m[1], _number(m[2])) for m in _HAN_MONTH.finditer(text)]
    spoken += [(m[3] or "", str(_MONTHS.index(m[2]) + 1), m[1]) for m in _EN.finditer(text)]
    found = [
        _day(int(year) if year else today.year, int(month), int(day)) for year, month, day in spoken
    ]
    found += [today + timedelta(_DAYS_AHEAD.get(m[0], 1)) for m in _SOON.finditer(text)]
    monday = today - timedelta(today.weekday())
    for match in _HAN_WEEKDAY.finditer(text):
        weekday = "一二三四五六日".find(match[2].replace("天", "日"))
        found.append(monday + timedelta(weekday + (7 if match[1] == "下" else 0)))
    for match in _EN_WEEKDAY.finditer(text):
        ahead = (_WEEKDAYS.index(match[2]) - today.weekday()) % 7
        found.append(today + timedelta(ahead + (7 if match[1] == "next" and ahead == 0 else 0)))
    return [day for day in found if day is not None]


def _in_month(today: date, said: str, day: str) -> tuple[str, str, str]:
    """A day of this month or the next."""
    months = today.year * 12 + today.month - 1 + (1 if said.startswith("下") else 0)
    return str(months // 12), str(months % 12 + 1), day


def _number(said: str) -> str:
    """十二, 二十五 and 8 as digits."""
    if said.isdigit():
        return said
    tens, ten, ones = said.rpartition("十")
    digits = "一二三四五六七八九"
    return str((digits.find(tens) + 1 or 1) * 10 * bool(ten) + digits.find(ones or " ") + 1)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
