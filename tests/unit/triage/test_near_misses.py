"""Pairs that differ in a word or two and mean two things: who orders what, what goes where."""

import pytest

from portal.triage.rules.signals import signals_in
from tests.unit.triage.test_signals import outcome

# What is said by somebody who works there, and by somebody who buys there.
ORDERS = [
    ("老板让我们夜里印没有委托书的教材。", "老板让我们先交押金才给看教材。"),
    ("老板让我们把版权页换掉再装订。", "老板让我们扫他的收款码付书钱。"),
    ("老板叫我们打包发货，书都是盗版的。", "老板叫我们先付款再给资源，书都是盗版的。"),
    ("老板要我们关门不见检查的人。", "老板要我们加微信才肯说价钱。"),
    ("老板让我们把账本改了再交上去。", "老板让我们先办卡才让看，一张三百。"),
    ("老板让我们给顾客办卡，钱打到他私人账户。", "老板让我们先办卡才给看，钱打到他私人账户。"),
    ("老板让我们收押金的时候只收现金。", "老板让我们付了现金才给看。"),
    ("老板娘让我们把书藏到里屋。", "老板娘让我们把书送回去才退钱。"),
    ("老板让我们拿他的收款码收款。", "老板让我们扫他的收款码。"),
    ("老板让我们先付押金才能上班。", "老板让我们先付押金才给看碟。"),
    ("店长让我们把防伪标贴到假碟上。", "店长让我们自己上门取碟。"),
    ("店主叫我们跟客人说是正版。", "店主叫我们先转账，说是正版。"),
    ("经理让我们删掉监控记录。", "经理让我们下载app才能看节目。"),
    ("老板让我们加微信联系顾客卖盗版网课。", "老板让我们加他微信付款。"),
    ("老板让我们家里有事也不准请假。", "老板让我们交一份资料费。"),
    ("the owner makes us print them at night", "the owner makes us pay before we see the books"),
    (
        "the boss makes us join a chat to order more discs to sell",
        "he makes us join a chat to order",
    ),
    ("we are told to close up when officers come", "we are told to scan the code to pay"),
    (
        "the manager has us relabel the boxes",
        "the manager has us buy a membership before we see it",
    ),
]

# Words that customers hear too make no customer of who is ordered about: doubt goes to protection.
ORDERED_IN_PLAIN_WORDS = [
    "老板让我们扫码出库，都是盗版书",
    "老板让我们转账到他私人账户，不开票",
    "老板让我们付款后再发货",
    "老板要我们购买假的防伪标贴上去",
    "老板让我们半夜装车，买家在路口等",
    "老板叫我们做双份合同，收买了检查的",
    "老板让我们别往外说",
    "老板让咱们统一口径，说是样书",
    "老板让我们注册小号刷好评，都是盗版书店",
    "老板让我们不要投诉，不然扣工资",
    "老板让我们学生工夜里装订盗版书",
    "老板让我们学员夜里刻盗版碟",
    "老板让我们会员部的人卖盗版账号",
    "老板叫我们先付款，他再打包发货",
    "老板逼我们买碟，不买不让走",
    "老板让我们把押金收进小金库，不上账",
    "老板叫我们晚上去拉纸，付钱用他弟弟的卡",
    "老板让我们注册一堆网店号，封一个换一个",
    "老板要我们跟快递说里面是文具",
    "老板让我们排队去领新的假封皮",
    "老板娘让我们投诉一来就退钱了事",
    "老板逼我们自己垫钱买盗版U盘回来灌歌",
    "老板让我们学生兼职晚上去校门口发碟",
    "老板让我们先扫他的码打卡再进车间",
    "印刷车间里老板让我们办卡走他的账",
    "老板让我们客人一来就把好书摆上面",
    "老板让我们每人交五百押金，辞职才退，仓里全是盗版书",
    "老板让我们交押金，碟少一张就扣",
    "老板逼我们办卡冲业绩",
    "老板让我们办会员充业绩",
    "老板让我们找快递赔，丢的都是盗版书",
    "老板让我们加客服微信下单，一天刷二十单盗版书",
    "老板让我们扫墙上的码签到，进去就装盗版光盘",
    "老板让我们客户都用暗号，盗版碟说成茶叶",
    "老板叫我们顾客面前不要提盗版",
    "老板让我们家长群里发盗版教辅",
    "老板让我们学员名单另做一份，教材都是盗印的",
    "老板让我们客人多了就别拿出来",
    "老板让我们买家留差评就骂回去",
    "the boss makes us take out a membership so the numbers look right",
    "the boss makes us pay up front for any pirated book that is found on us",
    "the boss makes us leave a deposit for our uniforms",
    "the boss makes us download films and burn discs",
    "we are told to pay the drivers cash and keep quiet",
    "the boss makes us queue the films and put them on the cards before nine",
    "we are told to register the shop in a cousin's name, and wait outside if the council asks",
    "the owner makes us review the covers so that the printing looks right",
    "he has us sign up for a membership so we can rip the courses for resale",
]

# Where goods are stored is a place to look at; where they are sold, or a mere word for it, is none.
SHOP = "武进区湖塘镇的书店卖盗版书，"
STORES = [
    ("书都拉到江阴市周庄镇的仓库。", "书都拉到江阴市周庄镇卖。"),
    ("夜里送到江阴市周庄镇鸣新路12号院内的库房。", "夜里送到江阴市周庄镇仓库路12号。"),
    ("卖剩的运往江阴市的旧厂房。", "卖剩的发往江阴市的旧书摊。"),
    ("书拉到江阴市周庄镇城东仓库。", "书拉到城东仓库。"),
    ("货拉到江阴市一处货仓。", "货拉到江阴市一处出租屋。"),
    ("碟都拉到江阴市的库房。", "碟都拉到江阴市，库房没有。"),
    ("我看见书都拉到江阴市的仓库。", "书送到江阴市的仓库，我去自提的。"),
    ("警察走了。书又拉到江阴市的仓库。", "警察来了，把书拉到江阴市的仓库。"),
    ("书都运到江阴市的仓库。", "书没有运到江阴市的仓库。"),
    ("书分别运到江阴市的仓库。", "书不准运到江阴市的仓库。"),
    ("书送到江阴市周庄镇仓库里。", "书送到江阴市周庄镇仓库对面的学校。"),
]

# Where the reporter lives, where their purchase came, and where officers took what they seized.
NO_STORES = [
    "我买的书送到江阴市周庄镇我租的出租屋",
    "老板说可以送到江阴市周庄镇我家地下室",
    "我让他送到江阴市周庄镇我们小区车库",
    "书送到江阴市周庄镇我家院子里",
    "送货上门送到江阴市周庄镇出租屋给我",
    "我买了一套送到江阴市周庄镇民房我奶奶家",
    "我让他拉到江阴市周庄镇我单位的仓库",
    "我们班订的书送到江阴市周庄镇的仓库再分",
    "快递送到江阴市周庄镇的仓库",
    "警察把书拉到江阴市周庄镇的仓库扣押了",
    "执法队上次把书拉到江阴市的仓库",
    "书都拉到江阴市周庄镇大院小学门口卖",
    "书送到江阴市人民医院大院",
    "书送到江阴市周庄镇冷库小区3号我家",
    "书拉到江阴市周庄镇冷库小区3号",
    "上次那批拉到江阴市的仓库，是被没收的",
    "民警把书搬到江阴市的仓库",
    "我买的一箱运到江阴市的仓库",
]


@pytest.mark.parametrize(("works", "buys"), ORDERS, ids=[works[:12] for works, _ in ORDERS])
def test_what_the_boss_orders_tells_who_works_there_from_who_buys_there(works, buys):
    assert "insider" in signals_in(works)
    assert "insider" not in signals_in(buys)


@pytest.mark.parametrize("told", ORDERED_IN_PLAIN_WORDS)
def test_an_order_of_the_boss_in_plain_words_is_an_insiders(told):
    assert "insider" in signals_in(told)


@pytest.mark.requirement("A7")
@pytest.mark.parametrize(("stored", "gone"), STORES, ids=[stored[:12] for stored, _ in STORES])
def test_a_store_to_which_goods_are_taken_is_a_lead_and_where_they_are_sold_is_none(stored, gone):
    assert [lead.region for lead in outcome(SHOP + stored).split] == ["320412", "320281"]
    assert outcome(SHOP + gone).split == ()


@pytest.mark.requirement("A7")
@pytest.mark.parametrize("told", NO_STORES)
def test_a_home_a_delivery_and_what_officers_took_are_no_lead(told):
    assert outcome(f"{SHOP}{told}。").split == ()


def test_a_store_is_read_beside_the_shop_and_stands_alone_where_nothing_else_is_named():
    assert outcome("盗版书都拉到江阴市周庄镇的仓库。").region == "320281"
    assert outcome(f"{SHOP}书都拉到武进区雪堰镇的仓库。").split == ()
