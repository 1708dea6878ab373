"""The Chinese of plots and reports, and of the measures' definitions (the English ones are in sim/metrics.py)."""

from models.words import CHINESE

CHINESE.update(
    {
        # plots
        "mean": "均值",
        "90 %, all uncertainty": "90%区间，全部不确定性",
        "90 %, simulation only": "90%区间，仅模拟随机性",
        "{currency} gained per {currency} spent": "每花1 {currency}多赚的{currency}",
        "times the CAC": "获客成本的倍数",
        "share of members": "占会员的比例",
        "share of joiners": "占新加入者的比例",
        "day of the simulation": "模拟第几天",
        "members": "会员数",
        "new": "新加入",
        "engaged": "有互动",
        "customer": "已购",
        "repeat": "复购",
        "loyal": "忠诚",
        "silent": "沉默",
        "left": "已退出",
        "{currency} a member": "{currency}/会员",
        "{currency} a joiner": "{currency}/新加入者",
        "Cumulative contribution a member": "人均累计贡献毛利",
        "Cumulative contribution a joiner, and her CAC": "新加入者累计贡献毛利与获客成本",
        "days since joining": "加入后天数",
        "mean of the pool over 7 days": "池内均值（7日平均）",
        "Fatigue: messages still felt": "疲劳：仍感受到的消息数",
        "Trust: from −1 (distrust) to 1": "信任：从−1（不信任）到1",
        "mean and 90 % interval, all uncertainty": "均值与90%区间（全部不确定性）",
        "mean and 90 % interval, simulation only": "均值与90%区间（仅模拟随机性）",
        "{measure}: against the best value, paired": "{measure}：与最优取值的配对差",
        "within 5 % of the best": "与最优相差5%以内",
        "best value: {best}": "最优取值：{best}",
    }
)
