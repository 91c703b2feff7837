"""Text that tries to act on a program or a reader of it; it is told, and has no effect."""

import re
from collections.abc import Mapping

from portal.triage.rules.words import words

_CHECKED = 20_000

_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "prompt_injection": re.compile(
        r"(?:忽略|无视|不要理会|忘记)[^。\n]{0,12}(?:指令|指示|规则|提示词|提示|命令)|系统提示\s?[:：]|系统指令|你现在是(?:管理员|系统|一个)"
        r"|(?:ignore|disregard|forget|override)\s(?:all\s|any\s|the\s|your\s|of\s|"
        r"my\s){0,4}(?:previous|prior|above|earlier|preceding|other|system)?\s?"
        r"(?:instructions?|prompts?|rules|directions)|system\s?prompt|\bsystem\s?:\s|"
        r"you are now (?:an?|the|in)\b|\bas an ai\b|(?:assistant|model) (?:must|should|"
        r"will)\b"
        r"|你(?:现在)?是(?:一[个名位])?(?:智能|人工智能|ai|审核|分诊|客服|语言)[^。，\n]{0,6}(?:助手|模型|机器人|系统|程序)"
        r"|(?:把|将)(?:本|此|这)[条件份个]?[^。\n]{0,6}(?:状态|优先级|结论|等级|标记|标注|分类|级别)?[^。\n]{0,6}(?:改成|改为|设为|设成|标为|标记为|标成|判为|定为|写成|写为)"
        r"|(?:列出|输出|导出|提供|发送|显示|打印)[^。\n]{0,8}(?:其他|其它|全部|所有)(?:的)?举报人"
        r"|(?:reveal|list|send|print|show|output|email|export)\s(?:me\s)?(?:all\s|the\s|every\s|other\s|names\s|of\s|"
        r"contact\s|details\s){0,7}(?:reporters?|complainants?|informants?|whistleblowers?)\b"
        r"|\b(?:mark|set|classify|label|change) (?:this|the) "
        r"(?:report|tip|case|priority|status|urgency)?\s?(?:as|to|to be)\s"
        r"(?:verified|urgent|critical|confirmed|top|highest|closed|resolved|high)"
        r"|\[/?inst\]|<\|(?:im_start|system|endoftext)|(?:本条|此条)设为最高优先级|结论写[“\"]已查实",
        re.IGNORECASE,
    ),
    "html_injection": re.compile(
        r"<\s?/?(?:script|img|iframe|svg|object|embed|style|form|input|link|meta|body|"
        r"html|a\s|div|video|audio|base)\b|javascript:|\bon(?:error|load|click|mouseover|"
        r"focus)\s?=|&#x?[0-9a-f]{2,6};",
        re.IGNORECASE,
    ),
    "sql_injection": re.compile(
        r"['\"]\s?;?\s?(?:drop|delete|insert|update|alter|truncate)\s\w{1,20}|"
        r"\bdrop\s(?:table|database)\b|\bunion\s(?:all\s)?select\b|"
        r"['\"]\s?or\s['\"]?\d['\"]?\s?=\s?['\"]?\d|xp_cmdshell|;\s?--\s",
        re.IGNORECASE,
    ),
    "csv_injection": re.compile(
        r"^\s?[=+@-]\s?(?:hyperlink|sum|cmd|importxml|importdata|webservice|image|dde|"
        r"exec|concatenate|1\+1)\b|[=@+-](?:hyperlink|sum|webservice|importxml|"
        r"importdata)\(|\bcmd\|",
        re.IGNORECASE | re.MULTILINE,
    ),
    "template_injection": re.compile(
        r"\{\{[^\n]{1,100}?\}\}|\$\{[^\n]{1,100}?\}|<%[^\n]{1,100}?%>|\{%[^\n]{1,100}?%\}|"
        r"#\{[^\n]{1,60}?\}"
    ),
    "bidi_override": re.compile("[\u202a-\u202e\u2066-\u2069]"),
    "remote_image": re.compile(
        r"!\[[^\]\n]{0,100}\]\(\s?https?:|<\s?img[^>\n]{0,200}src\s?=\s?[\"']?https?:",
        re.IGNORECASE,
    ),
}
_ORDERS = re.compile(
    r"(?:助手|机器人|大模型|语言模型|智能体|(?:审核|分诊|分类|审阅)(?:模型|系统|程序))[^。\n”\"》]{0,5}"
    r"(?:请|注意|听|必须|务必|应当)|(?:^|\n)\s?[\[【](?:系统|system|admin|管理员)[\]】]"
    r"|(?:直接|自动|一律|必须|务必)(?:判定|认定|判为|标记|标注|标为|设为|归为|定为|批准|回复)[^。\n]{0,8}"
    r"(?:属实|查实|核实|办结|通过|最高|紧急|真实|成立|结案)|(?:无需|不必|跳过|免于)(?:再|进行|任何)?(?:人工)?(?:复核|审核)"
    r"|(?:^|[\n.!?:]\s?)(?:dear |hey |hello |hi |note to |to the |attention )?"
    r"(?:assistant|ai|bot|model|language model|chatbot|classifier|llm|gpt|copilot|"
    r"triage (?:bot|system|engine|model))"
    r"\s?[:,!]\s"
    r"|\b(?:print|reveal|show|output|repeat|dump|display)\s(?:me\s)?(?:your|the)\s"
    r"(?:hidden\s|full\s|initial\s|own\s){0,2}(?:configuration|config|prompt|instructions|settings|secrets?|"
    r"environment|source code|rules)\b"
    r"|\b(?:mark|set|classify|label|flag|rate|score) (?:every|all|any|other|my|it|this|the)\b"
    r"[^.\n]{0,40}\bas (?:verified|confirmed|closed|"
    r"resolved|withdrawn|approved|proven|spam|genuine)\b"
    r"|from (?:here|now) on,? (?:you|act|behave|answer|respond|treat)\b"
    r"|[\"“](?:category|action|urgency|status|priority|flags?)[\"”]\s?[:：]\s?[\"“\[]",
    re.IGNORECASE,
)
_NOT_FETCHED = re.compile(
    r"https?://[^\s<>\"'，。；]{1,400}\.(?:exe|scr|apk|msi|bat|cmd|vbs|jar|ps1|lnk|iso|dmg|hta|zip|rar|7z|docm|xlsm)"
    r"(?![\w.])|\b(?:file|gopher|dict)://|https?://(?:localhost|127\.|10\.|192\.168\.|"
    r"169\.254\.|\[::1\]|0\.0\.0\.0)",
    re.IGNORECASE,
)
"""Addresses inside the office's own network, and those of programs and of archives."""


def hostile_flags(raw: str, urls: tuple[str, ...]) -> tuple[str, ...]:
    """The flags of a text as it was received and of its addresses."""
    head = raw[:_CHECKED]
    found = [flag for flag, pattern in _PATTERNS.items() if pattern.search(head)]
    if "prompt_injection" not in found and _named(head) and _ORDERS.search(head):
        found.insert(0, "prompt_injection")
    if any(_NOT_FETCHED.search(part) for part in (head, *urls)):
        found.append("no_attachment_fetch")
    return tuple(found)


def _named(text: str) -> bool:
    """Whether a machine is spoken to, or asked for what only one has."""
    low = text.lower()
    return any(name in low for name in words("machine_words"))


def without_hostile(raw: str) -> str:
    """What is left to read when the tricks are taken away."""
    left = raw[:_CHECKED]
    left = re.sub(r"<[^>\n]{0,300}>", " ", left)
    left = re.sub(r"\w{0,10}\((?:[^()\n]{0,100})\)", " ", left)
    for pattern in (*_PATTERNS.values(), _ORDERS):
        left = pattern.sub(" ", left)
    return re.sub(r"https?://\S{1,500}", " ", left)
