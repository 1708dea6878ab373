"""The Chinese of measures whose definitions state a convention, and of how intervals are shown."""

from models.words import CHINESE

CHINESE.update(
    {
        (
            "Of members with at least 90 days' tenure (days from joining to the end of the run, whether she "
            "stayed or not; founders joined on day 0), the share who have left the pool or are silent at the "
            "end. Silent: 90 days or more between the last interaction and the last day; an interaction is a "
            "click or an order in the pool; before the first one silence counts from the day of joining, which "
            "is no interaction itself."
        ): (
            "入会满90天的会员中（从加入日算到模拟结束，不论是否已退出；初始会员的加入日为第0天），期末"
            "已退出或沉默者的比例。沉默指最近一次互动距最后一天已有90天或更久；互动指点击，或在池中下单"
            "；从未互动者自加入日起算，加入本身不算互动。"
        ),
        "The part of churn that has left the pool, at any time.": "流失中已退出私域池的部分，不论何时退出。",
        (
            "Of joiners with at least 8 days from joining to the end of the run, the share still in the pool "
            "after day 7 who interacted on days 1 to 7; the day of joining is day 0."
        ): ("距模拟结束至少8天的新加入者中，第7天后仍在池中且在第1至7天有过互动者的比例；加入当天为第0天。"),
        (
            "Of joiners with at least 31 days from joining to the end of the run, the share still in the pool "
            "after day 30 who interacted on days 24 to 30; the day of joining is day 0."
        ): ("距模拟结束至少31天的新加入者中，第30天后仍在池中且在第24至30天有过互动者的比例；加入当天为第0天。"),
        (
            "Of members in the pool at the end, the share who clicked or ordered on the last 7 days; joining is "
            "no interaction."
        ): "期末在池会员中，最近7天点击或下单过者的比例；加入不算互动。",
        (
            "Of members in the pool at the end, the share who clicked or ordered on the last 30 days; joining is "
            "no interaction."
        ): "期末在池会员中，最近30天点击或下单过者的比例；加入不算互动。",
        (
            "Of members in the pool at the end, whatever their tenure, the share silent for 90 days, counted "
            "from the last click or order in the pool, or from joining."
        ): (
            "期末在池会员中（不论入会多久），已沉默90天者的比例；自最近一次点击或池内下单起算，从未互动者自加入日起算。"
        ),
        (
            "Of silences that reach day 90 and are followed for 14 days more within the run, the share ended by "
            "an interaction (days 91 to 104); those who leave in between count as not woken."
        ): (
            "达到90天且其后在模拟期内还有14天观察期的沉默中，因互动而结束（第91至104天）的比例；其间退出者算作未唤醒。"
        ),
        (
            "Of members woken from 90 days of silence, with 90 days to the end of the run, the share who order "
            "within 90 days; the order that ends the silence counts."
        ): ("从90天沉默中被唤醒且距模拟结束还有90天的会员中，90天内下单者的比例；结束沉默的那一单也计入。"),
        (
            "Orders of all who were ever members, in the pool or outside; an order made before joining, or the "
            "one with which a founder was won, is not counted."
        ): "全部曾为会员者的订单数，池内池外都计；入会之前的订单以及初始会员入会时的那一单不计。",
        (
            "Orders over member-years from joining to the end of the run, those who left included (they go on "
            "buying in public); a year is 365 days."
        ): "订单数除以从加入到模拟结束的会员年数，已退出者也计入（他们仍在公域购买）；一年按365天。",
        (
            "Of customers followed for longer than the window (`repurchase_window`, 90 days by default) after "
            "the first order, the share with another order within the window. The first order is a founder's "
            "founding on day 0, the joining of a joiner who had bought, else the first order in the run; whole "
            "days are counted."
        ): (
            "首单后观察期长于窗口期（`repurchase_window`，默认90天）的客户中，在窗口"
            "期内再次下单者的比例。首单：初始会员为第0天入会，加入前已购买者为加入日，其余为模拟期内的第"
            "一单；按整天计。"
        ),
        (
            "Mean days between an order and the one before it. Founding (for customers of an export their last "
            "order there) and the joining of a joiner who had bought count as the order before. Only intervals "
            "that ended within the run count, so it is short in a short run."
        ): (
            "一单与前一单之间的平均天数。初始会员入会（来自导出数据的客户则为其中的最后一单）以及已购买者"
            "的加入，都算作前一单。只计模拟期内结束的间隔，所以模拟期短时偏短。"
        ),
        (
            "Of those who joined without having bought, at least 30 days before the end of the run, the share "
            "with a first order within 30 days (days 0 to 29)."
        ): "加入时尚未购买、且距模拟结束至少30天者中，30天内（第0至29天）下首单的比例。",
        (
            "Days from joining until what joiners have contributed, tools included, has paid their CAC and stays "
            "above it. The monthly cohorts are joined as ratios: at each age what the cohorts followed to that "
            "age earned, over what they cost. Censored where the run does not reach it (> the days followed); "
            "undefined without joiners or without cost."
        ): (
            "从加入到新加入者的贡献毛利（已扣工具费）收回其获客成本并不再跌破的天数。各月加入者按比率合并"
            "：每个龄期取观察到该龄期的各批加入者所赚，除以他们的获客成本。模拟期内未达到时为删失（大于观"
            "察天数）；没有新加入者或没有成本时无定义。"
        ),
        "Of delivered messages, the share that are clicked; each counts once.": "送达消息中被点击的比例；每条只计一次。",
        (
            "Of delivered messages, the share that were the last one before a complaint on that day or the two "
            "after; each message counts once. Complaints later than that are in the daily series only."
        ): (
            "送达消息中，当天或其后两天内引来投诉、且为投诉前最后一条的比例；每条消息只计一次。更晚的投诉"
            "只见于每日数据。"
        ),
        (
            "Of delivered messages, the share that were the last one before the member left the pool on that day "
            "or the two after. Who leaves without a message in those days is in churn and not in here."
        ): (
            "送达消息中，会员当天或其后两天内退出、且为退出前最后一条的比例。这几天内没有收到消息而退出者"
            "计入流失，不计在此。"
        ),
        (
            "Of delivered messages, the share that were the last one before an order in the pool on that day or "
            "the two after (72 hours); each message counts once, however many orders follow. By time, as "
            "dashboards count it: no effect."
        ): (
            "送达消息中，当天或其后两天内（72小时）池内有订单、且为下单前最后一条的比例；不论其后有多少"
            "单，每条消息只计一次。与看板一样按时间归因，并不代表因果效果。"
        ),
        (
            "Of coupons handed out, the share that are redeemed; one that a better or newer coupon replaces "
            "counts as handed out."
        ): "发出的优惠券中被核销的比例；被更好或更新的券替换的也算发出。",
        (
            "Of redemptions, the share whose member would have ordered within that coupon's days (from the day "
            "it was handed out to its last) without any coupons, on the same draws; each such order stands for "
            "one redemption. Orders that coupons only brought forward from later days are not in here: orders "
            "gained per redemption has them."
        ): (
            "核销中，若完全不发券、在同样随机数下该会员仍会在这张券的有效期内（从发放日到最后一天）下单的"
            "比例；每个这样的订单只抵一次核销。优惠券只是把以后的订单提前的部分不在此内，见“每次核销净增"
            "订单”。"
        ),
        (
            "Orders of the run less those on the same draws without coupons, over redemptions: what a coupon "
            "brings net of orders that would have come later, or at all; 1 less this is the part bought anyway "
            "over the whole run. Above 1 where coupons also bring orders that redeem none, below 0 where members "
            "have learned to wait for them."
        ): (
            "订单数减去同样随机数下不发券时的订单数，再除以核销数：扣除本来就会有或以后会有的订单后，每张"
            "券净增的订单；1减去它即整个模拟期内本来就会购买的部分。若优惠券还带来了不用券的订单则高于1"
            "，若会员学会了等券则低于0。"
        ),
        (
            "Every replicate runs all scenarios on the same keyed draws. Two sets of replicates are run: with "
            'the response and the market as they stand ("simulation only"), and with replicate r taking draw r '
            'of the priors and of the market\'s covariance ("all uncertainty"). The mean is that of all '
            "uncertainty, and an interval says where one pool's outcome lies with 90 %: mean +- t sd sqrt(1 + "
            "1/R), Student's t with R - 1 degrees of freedom (the prediction interval of a normal sample), of "
            "shares on the logit scale, of sums and ratios that are positive by their nature on that of logarithms; of "
            "shares with fewer than 20 events a run by the beta-binomial distribution; of times that a run may "
            'not reach by their order. "By chance alone" is how far the draws of lives alone move it, around the '
            "same mean."
        ): (
            "每次重复都让所有场景使用同样的带键随机数。共运行两组重复：一组响应与市场保持原样（“仅模拟随"
            "机性”）；另一组的第r次重复取先验分布与市场参数协方差的第r次抽样（“全部不确定性”）。均值"
            "为全部不确定性下的均值，区间表示单个私域池的结果以90%的把握落在何处：均值±t·sd·sq"
            "rt(1+1/R)，t为自由度R-1的学生t分布（正态样本的预测区间）；比例在logit尺度"
            "上计算，恒为正的总量和比率在对数尺度上计算；每次模拟事件少于20个的比例用贝塔-二项分布；模"
            "拟期内可能达不到的时间按次序统计量。“仅随机因素”表示仅由各人生的抽样使同一均值波动的幅度。"
        ),
        "by chance alone ± {spread}": "仅随机因素±{spread}",
        "by chance alone (±), around the mean": "仅随机因素（±），围绕均值",
        "mean (where one pool's outcome lies with 90 %) ± by chance alone": "均值（单个私域池结果的90%区间）±仅随机因素",
        "earlier with {chance} %": "{chance}%更早",
        " (in {chance} % of runs)": "（{chance}%的模拟达标）",
        (
            "Mean, then the 90 % interval of all uncertainty (chance, response and market); in grey how far "
            "chance alone moves the mean."
        ): "均值，其下为全部不确定性（随机、响应与市场）的90%区间；灰色为仅随机因素使均值波动的幅度。",
        (
            "The main measures: the mean, in pale where one pool's outcome lies with 90 % given all that is not "
            "known, as a thin line around the mean (±) how far chance alone moves it."
        ): (
            "主要指标：点为均值；浅色带为计入全部未知因素后单个私域池结果的90%区间，围绕均值的细线（±"
            "）为仅随机因素造成的波动。"
        ),
    }
)
