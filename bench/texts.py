"""Invented reports for the load client, no two alike."""

import random

PLACES = (
    *("东湖路", "人民广场", "建设大街", "和平里", "学院路", "中山北路", "解放西路"),
    *("火车站广场", "大学城", "科技园", "老街", "花园桥"),
)
SHOPS = (
    *("音像店", "书摊", "数码城", "打印店", "批发市场", "文具店", "网吧", "地摊"),
    *("便利店", "报刊亭", "仓库", "网店"),
)
GOODS = (
    *("盗版光盘", "盗版教材", "盗印教辅", "假冒游戏卡", "未授权电影U盘", "盗版软件"),
    *("侵权电子书", "盗录影片", "仿冒期刊", "翻印图书"),
)
WHEN = (
    *("昨天下午", "上周六", "本月初", "今天上午", "连续两周", "每天晚上"),
    *("国庆期间", "开学前后"),
)
HOW = (
    *("公开摆卖", "柜台下出售", "通过群聊发货", "扫码付款后自取", "夜间装车运走"),
    *("以旧换新", "低价批发", "网上下单邮寄"),
)
ENDS = (
    *("希望核实处理。", "我有照片可以提供。", "本人愿意配合调查。"),
    *("请为我的身份保密。", "附近居民都知道。", "已保存购买凭证。"),
)
LENGTH = 150


def make_text(rng: random.Random, length: int = LENGTH) -> str:
    """One report of about `length` characters."""
    parts: list[str] = []
    while sum(map(len, parts)) < length:
        parts.append(
            f"{rng.choice(WHEN)}在{rng.choice(PLACES)}{rng.randrange(1, 400)}号的"
            f"{rng.choice(SHOPS)}看到有人{rng.choice(HOW)}{rng.choice(GOODS)}，"
            f"约{rng.randrange(3, 900)}件，每件{rng.randrange(2, 80)}元。"
        )
    return "".join([*parts, rng.choice(ENDS)])
