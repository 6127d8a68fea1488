"""Small word lists for the attacks: synonyms, homophones, hashtags and emoji, in Chinese, French and English.

Written for this project. They hold common words, so that most posts have at least one; they need not keep the meaning
perfect, only plausible, as the cheap spinners that campaigns use do.
"""

from __future__ import annotations

_EN = """
very really | good great | bad awful | big huge | small tiny | think believe | say claim | said claimed | get obtain
got received | want wish | need require | people folks | car vehicle | buy purchase | bought purchased | show display
help assist | start begin | started began | stop halt | look glance | like enjoy | love adore | hate loathe
happy glad | sad unhappy | angry furious | also too | but yet | because since | just simply | maybe perhaps
now currently | always constantly | never not once | many numerous | some several | more additional | most nearly all
about around | before prior to | after following | again once more | best finest | worst poorest | new fresh
old aged | hard tough | easy simple | fast quick | right correct | wrong mistaken | true accurate | sure certain
make create | made created | use employ | used employed | give hand | know understand | see notice | saw noticed
way manner | thing item | things items | lot ton | day date | time moment | work job | money cash | friend pal
friends pals | kid child | kids children | man guy | woman lady | house home | problem issue | idea notion
story tale | news reports | today this day | still even now | every each | only merely | actually in fact
probably likely | definitely certainly | great superb | nice pleasant | funny amusing | beautiful lovely
important crucial | whole entire | enough sufficient | keep hold | let allow | try attempt | call phone
tell inform | ask inquire | feel sense | seems appears | guys folks | so thus | if in case | while whereas
"""

_FR = """
très vraiment | bon excellent | bonne excellente | mauvais médiocre | grand immense | petit minuscule | voiture auto
acheter acquérir | dire affirmer | dit affirme | penser croire | pense crois | aussi également | mais cependant
parce puisque | vraiment franchement | toujours sans cesse | jamais à aucun moment | beaucoup énormément
maintenant à présent | peut-être possiblement | encore de nouveau | problème souci | argent fric | travail boulot
gens personnes | ami copain | amis copains | enfant gamin | enfants gamins | homme type | femme dame | maison logement
heureux content | triste malheureux | content satisfait | facile simple | difficile compliqué | rapide vif
nouveau récent | nouvelle récente | vieux ancien | beau joli | belle jolie | vrai exact | faux inexact
important essentiel | seulement uniquement | juste simplement | surtout principalement | souvent fréquemment
donc alors | voir apercevoir | regarder observer | aimer adorer | aime adore | détester haïr | commencer débuter
finir terminer | aider assister | demander réclamer | donner offrir | utiliser employer | chose truc | choses trucs
jour journée | année an | moment instant | histoire récit | monde univers | pays nation | ville cité | vie existence
mieux meilleur | pire plus mauvais | plein rempli | trop excessivement | assez suffisamment | presque quasiment
après ensuite | avant auparavant | depuis dès | pendant durant | pour afin de | avec accompagné de | sans privé de
contre face à | chez auprès de | comme tel | quand lorsque | si au cas où | pas point | tout entièrement
tous chacun | quelques plusieurs | cette ladite | bien parfaitement | peu guère | merci un grand merci
"""

_ZH = """
非常 十分 | 真的 确实 | 觉得 认为 | 喜欢 喜爱 | 讨厌 反感 | 但是 不过 | 因为 由于 | 所以 因此 | 如果 假如 | 虽然 尽管
已经 早已 | 马上 立刻 | 经常 时常 | 一直 始终 | 可能 也许 | 应该 理应 | 需要 须要 | 希望 盼望 | 知道 晓得 | 明白 清楚
开始 着手 | 结束 完毕 | 帮助 协助 | 问题 毛病 | 事情 事儿 | 东西 物品 | 地方 地儿 | 时候 时刻 | 现在 如今 | 今天 今日
明天 明日 | 昨天 昨日 | 朋友 好友 | 孩子 小孩 | 老师 教师 | 医生 大夫 | 妈妈 母亲 | 爸爸 父亲 | 大家 各位 | 别人 他人
自己 自身 | 我们 咱们 | 汽车 车子 | 房子 屋子 | 公司 企业 | 工作 差事 | 学习 念书 | 漂亮 好看 | 便宜 实惠 | 价格 价钱
质量 品质 | 服务 招待 | 态度 姿态 | 速度 快慢 | 重要 要紧 | 简单 容易 | 困难 艰难 | 高兴 开心 | 难过 伤心 | 生气 恼火
担心 担忧 | 害怕 恐惧 | 支持 拥护 | 反对 抵制 | 可以 能够 | 不能 无法 | 没有 没 | 还是 仍是 | 或者 或是 | 而且 并且
然后 接着 | 最后 末了 | 其实 实际上 | 特别 格外 | 比较 较为 | 全部 所有 | 很多 许多 | 一些 若干 | 一下 一会儿
一样 同样 | 什么 啥 | 怎么 如何
为什么 为何 | 这么 如此 | 这样 如此 | 那么 那样 | 看到 见到 | 听说 据说 | 告诉 告知 | 发现 察觉
购买 采购 | 使用 运用 | 感觉 感到 | 生活 日子 | 社会 世间 | 国家 国度 | 网友 网民 | 视频 录像 | 照片 相片 | 消息 讯息
很 挺 | 吃饭 用餐 | 睡觉 休息 | 不错 挺好 | 不要 别 | 也 亦 | 太 过于
买 购入 | 让 叫 | 想 盼 | 看 瞧 | 说 讲 | 吃 啃 | 贵 不便宜 | 错 不对 | 找 寻 | 骂 责骂 | 累 疲惫
"""


def _pairs(lines: str) -> dict[str, str]:
    """Read `word its replacement | …`; the replacement may have several words."""
    pairs = (entry.split(maxsplit=1) for line in lines.strip().splitlines() for entry in line.split("|"))
    return {word: other.strip() for word, other in pairs}


SYNONYMS = {"en": _pairs(_EN), "fr": _pairs(_FR), "zh": _pairs(_ZH)}
"""Language -> word -> what a spinner puts in its place."""

HOMOPHONES = {
    char: group.replace(char, "")
    for group in (
        "的得地", "在再", "他她它", "做作", "吗嘛马", "那哪", "以已亿", "是事试", "有又右", "和合何", "到道", "想像向",
        "会回汇", "不布部", "了乐", "我窝", "你尼", "这着", "个各", "人仁", "大达", "上尚", "时实十", "要药", "没每",
        "来赖", "去趣", "好号", "看砍", "就旧", "都兜", "很狠", "小晓", "天添", "自字", "年念", "生声", "心新", "真珍",
        "里理", "家加", "车彻", "国果", "出初", "可渴", "下夏", "也野", "能呢", "对队", "说硕", "还孩", "为位", "子紫",
    )
    for char in group
}  # fmt: skip
"""Chinese character -> characters of the same or nearly the same sound, as pinyin typists confuse them."""

KEY_NEIGHBOURS = {
    "en": dict(zip("abcdefghijklmnopqrstuvwxyz", "svxfrghjoklknmipwtdrycexuz", strict=True)),
    "fr": dict(zip("abcdefghijklmnopqrstuvwxyz", "zvxfrghjoklkpbipsedyucxwtz", strict=True)),
}
"""Language -> letter -> a letter beside it on the keyboard (QWERTY, AZERTY)."""

HASHTAGS = {
    "en": ["#mood", "#news", "#daily", "#fyp", "#thoughts", "#trending", "#life", "#mustread"],
    "fr": ["#actu", "#humeur", "#quotidien", "#avis", "#tendance", "#vie", "#info", "#alire"],
    "zh": ["#日常#", "#今日话题#", "#生活记录#", "#热点#", "#随手拍#", "#吐槽#", "#分享#", "#观点#"],
}
"""Language -> hashtags without a subject; Weibo closes them with a second #."""

EMOJI = ["😂", "🔥", "❤️", "👏", "😭", "🙏", "👍", "🤔", "😅", "💯", "🎉", "😱"]
"""Common emoji."""
