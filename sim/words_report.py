"""The Chinese of plots and reports, and of the measures' definitions (the English ones are in sim/results/metrics/)."""

import sim.words_measures  # noqa: F401  (the definitions that state conventions)
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
        "within {near} of the best": "与最优相差{near}以内",
        "best value: {best}": "最优取值：{best}",
        # the report
        "Comparison of strategies: {names}": "策略比较：{names}",
        "Sweep of {keys}": "取值扫描：{keys}",
        "; ": "；",
        "{members} founding members, {days} days, {replicates} replicates on the same lives.": (
            "初始会员{members}人，{days}天，同样人生下重复{replicates}次。"
        ),
        "Measures": "指标",
        "Mean and 90 % interval of simulation only: the response was taken as known.": (
            "均值与仅模拟随机性的90%区间：响应视为已知。"
        ),
        "reference": "基准",
        "At a glance": "一览",
        "Money": "资金",
        "Loyalty": "忠诚与流失",
        "Orders": "订单",
        "Messages and coupons": "消息与优惠券",
        "People": "人数",
        "{low} to {high}": "{low} 至 {high}",
        "Differences, paired on the same lives": "同样人生下的配对差",
        (
            "Each scenario less the reference: mean, 90 % interval, chance of being the better one. Measures "
            "in which nothing differs are left out."
        ): ("各策略减去基准：均值、90%区间、更优的概率。没有任何差别的指标不列出。"),
        " points": "个百分点",
        "all measures": "全部指标",
        "better with {chance}": "更优的概率{chance}",
        "Swept values": "扫描的取值",
        "best": "最优",
        "within {near}": "相差{near}以内",
        "most often best": "最常为最优",
        "Which to choose": "如何选择",
        "strategy": "策略",
        "expected regret": "期望遗憾",
        "Plots": "图",
        "What was changed": "改动之处",
        "setting": "设置",
        "not set": "未设置",
        "Nothing: it is the reference under another name.": "没有改动：只是换了名字的基准。",
        "What each strategy believes": "各策略的信念",
        "What the measures mean": "指标的定义",
        "How the intervals are made": "区间如何得到",
        "To repeat this run": "重复这次运行",
        "seed {seed}": "随机种子{seed}",
        ("The scenarios as they were run stand below: save each under its name and the report alone is enough."): (
            "下面是实际运行的完整场景：各存为同名文件，仅凭本报告即可重复。"
        ),
        # captions
        (
            "Members by lifecycle stage, all who ever joined; silent: 90 days without an interaction. The founders' "
            "silence counts from the first day, so those who never responded become silent together on day 90: that step "
            "comes from the definition, nothing happens on that day."
        ): (
            "全部曾加入者按生命周期阶段的人数；沉默：90天无互动。初始会员的沉默从第一天算起，从未响应过的人会在第90天"
            "同时转为沉默：这一台阶来自定义，当天并没有发生什么。"
        ),
        (
            "Contribution after tools and before acquisition; on the right since joining, with the joiner's "
            "CAC: where the curve crosses it she has paid for herself."
        ): ("扣除工具费、未扣获客成本的贡献毛利；右图自加入之日起，并标出获客成本：曲线越过它即已回本。"),
        ("Fatigue and trust of those still in the pool: who has had enough leaves, and is no longer in the mean."): (
            "仍在池中会员的疲劳与信任：受够了的人已退出，不再计入均值。"
        ),
        (
            "The best value is where the mean is highest; the shaded ones come within 5 % of it (where it is near 0, of "
            "the measure's usual size): any of them does as well."
        ): (
            "最优取值处均值最高；阴影或虚框内的取值与其相差5%以内（均值接近0时按该指标的通常大小计）："
            "选其中任何一个都一样好。"
        ),
        (
            "The highest mean is the one to choose. Chance of being best: in one pool, from joint draws of all strategies. "
            "Expected regret: what choosing it gives up on average against the best of that pool."
        ): (
            "均值最高者为应选的策略。最优概率：由全部策略的联合抽样得到，指在单个私域池中成为最优的概率。"
            "期望遗憾：选择它时，与该池中的最优者相比平均少得的部分。"
        ),
        # definitions
        ("LTV over CAC, both per joiner; undefined without joiners or without cost. The usual line is 3 to 1."): (
            "LTV除以获客成本CAC，均按每位新加入者计；没有新加入者或没有成本时无定义。通常以3:1为界。"
        ),
        (
            "Lifetime value per joiner: contribution before acquisition over three years from joining, "
            "discounted by 10 % a year; realised within the run, plus the rest in closed form with the "
            "scenario's own parameters, at the member's last-90-day mean demand, cost and hazard of leaving. "
            "Undefined without joiners."
        ): (
            "每位新加入者的生命周期价值：自加入起三年内、扣除获客成本之前的贡献毛利，按年10%折现；"
            "模拟期内为已实现部分，其余用场景自身的参数以闭式计算，取会员最近90天的平均需求、成本和退出风险。"
            "没有新加入者时无定义。"
        ),
        "Lifetime value as for joiners, per founding member, over three years from the first day.": (
            "每位初始会员的生命周期价值，算法同新加入者，自第一天起三年。"
        ),
        "Lifetime value over all who were ever members, founders and joiners together, per member.": (
            "全部曾为会员者（初始会员与新加入者合计）的生命周期价值，按人平均。"
        ),
        (
            "Lifetime value per founding member of the same people with no operations: what they would be "
            "worth in public."
        ): ("同一批初始会员在完全不运营时的人均生命周期价值，即他们在公域的价值。"),
        "Acquisition cost per joiner: advertising over all joiners. Undefined without joiners.": (
            "每位新加入者的获客成本：广告费除以全部新加入者。没有新加入者时无定义。"
        ),
        "Advertising over the joiners of channels that cost money.": "广告费除以付费渠道的新加入者。",
        (
            "Contribution after all spend, less the contribution of the same people with no operations "
            "(founders, and joiners who would have come anyway), over spend. Undefined if nothing was spent."
        ): (
            "扣除全部支出后的贡献毛利，减去同一批人（初始会员和本来就会来的新加入者）在不运营时的贡献毛利，"
            "再除以支出。没有支出时无定义。"
        ),
        (
            "The gain of operations over the same joiners left alone, over the spend on operations "
            "(acquisition left out of both)."
        ): ("运营相对于同一批新加入者无人运营时多得的部分，除以运营支出（两边都不计获客成本）。"),
        "All costs after the product margin: discounts, messages, tools and acquisition.": (
            "商品毛利之后的全部成本：折扣、消息、工具和获客。"
        ),
        "Order value times margin, less discounts, messages and tools, before acquisition, over the run.": (
            "模拟期内订单金额乘以毛利率，减去折扣、消息和工具费，未扣获客成本。"
        ),
        "Contribution over all who were ever members.": "贡献毛利除以全部曾为会员者。",
        "Contribution after acquisition, over the run.": "模拟期内扣除获客成本后的贡献毛利。",
        "Profit over all who were ever members.": "利润除以全部曾为会员者。",
        ("Sales (GMV) of all who were ever members, after discounts, whether they are still in the pool or not."): (
            "全部曾为会员者折后的销售额（GMV），不论是否仍在私域池中。"
        ),
        "Sales over orders.": "销售额除以订单数。",
        "The part of churn that is still in the pool and silent.": "流失中仍在池中但已沉默的部分。",
        (
            "Of members with at least 90 days' tenure, the share who will never order again; latent, no brand "
            "can see it."
        ): ("入会满90天的会员中，再也不会下单者的比例；这是潜在状态，品牌无法直接看到。"),
        "Mean days between an order and the one before it.": "一单与前一单之间的平均天数。",
        "Mean probability that a delivered message is read.": "送达消息被阅读的平均概率。",
        "All who were ever members.": "全部曾为会员者的人数。",
        "All who joined during the run.": "模拟期内加入的人数。",
        # how intervals are made
    }
)


def minus(text: str) -> str:
    """A number with a real minus sign, as wide as its plus; what is rounded to 0 has none."""
    zero = not any(digit in text for digit in "123456789")
    return text.replace("-", "" if zero else "\N{MINUS SIGN}")
