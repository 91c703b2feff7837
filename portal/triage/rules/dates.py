"""The day of something announced, so that the report is dealt with before it happens."""

import re
from datetime import date, datetime, timedelta

from portal.triage.rules.facts import Facts

_AHEAD_DAYS = 120
_ISO = re.compile(r"\b(20\d{2})-(\d{1,2})-(\d{1,2})\b")
_HAN = re.compile(r"(?:(20\d{2})年)?(?<!\d)(\d{1,2})月(\d{1,2})[日号]")
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
    spoken += [(m[1] or "", m[2], m[3]) for m in _HAN.finditer(text)]
    spoken += [(m[3] or "", str(_MONTHS.index(m[2]) + 1), m[1]) for m in _EN.finditer(text)]
    found = [
        _day(int(year) if year else today.year, int(month), int(day)) for year, month, day in spoken
    ]
    monday = today - timedelta(today.weekday())
    for match in _HAN_WEEKDAY.finditer(text):
        weekday = "一二三四五六日".find(match[2].replace("天", "日"))
        found.append(monday + timedelta(weekday + (7 if match[1] == "下" else 0)))
    for match in _EN_WEEKDAY.finditer(text):
        ahead = (_WEEKDAYS.index(match[2]) - today.weekday()) % 7
        found.append(today + timedelta(ahead + (7 if match[1] == "next" and ahead == 0 else 0)))
    return [day for day in found if day is not None]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
