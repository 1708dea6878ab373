"""The Chinese of what is said about money: the market in the head of tables and plots, amounts out of scale."""

from models.words import CHINESE

CHINESE.update(
    {
        # the head of tables, plots and reports
        "Market {name}, money in {currency}": "市场：{name}，金额单位 {currency}",
        "Market {name} (orders of {years}), money in {currency}": "市场：{name}（{years} 年的订单），金额单位 {currency}",
        "Markets {names}, money in {currency}": "市场：{names}，金额单位 {currency}",
        "Money in {currency}": "金额单位 {currency}",
        "{scenario}: {market}": "{scenario}：{market}",
        # siyu new
        "wrote {path}": "已写入 {path}",
        "Change a number in it, then: siyu check {path}": "改动其中的数字，然后运行：siyu check {path}",
        # siyu check
        "# {path}: fine, as understood ({digest})": "# {path}：可用，理解如下（{digest}）",
        "# members respond by default where nothing is said; --all shows how, and the market's covariances": (
            "# 未写明的会员响应取默认值；加 --all 可查看全部响应参数和市场参数的协方差"
        ),
        "default": "默认",
        "note: {where}: {note}": "提示：{where}：{note}",
        "{where}: cap_per_day {cap} lets {most} of the {per_week} messages a week through; raise it to send more": (
            "{where}：cap_per_day 为 {cap}，每周 {per_week} 条消息只能发出 {most} 条；想多发请调高"
        ),
        "market.margin: is 0: no order leaves anything, so nothing can pay": (
            "market.margin：毛利率为 0，订单不留毛利，任何投入都无法收回"
        ),
        (
            "costs.tools_per_month: {value} {currency} is {times} times what a month's orders leave ({left} {currency}, if "
            "all of {members} members are active); is it in {currency}, and for a pool of this size?"
        ): (
            "costs.tools_per_month：{value} {currency} 是一个月订单毛利的 {times} 倍（{members} 名会员全部活跃时月毛利 "
            "{left} {currency}）；请确认单位是 {currency}，并且与会员池规模相称"
        ),
        (
            "{where}: {value} {currency} is {times} times what a usual order leaves ({left} {currency}: a basket of "
            "{basket} at a margin of {margin}); is it in {currency}?"
        ): (
            "{where}：{value} {currency} 是一笔普通订单毛利的 {times} 倍（客单价 {basket}，毛利率 {margin}，毛利 {left} "
            "{currency}）；请确认单位是 {currency}"
        ),
        (
            "{where}: {value} {currency} is only 1/{part} of what a usual order leaves ({left} {currency}: a basket of "
            "{basket} at a margin of {margin}); is it in {currency}?"
        ): (
            "{where}：{value} {currency} 仅为一笔普通订单毛利的 1/{part}（客单价 {basket}，毛利率 {margin}，毛利 {left} "
            "{currency}）；请确认单位是 {currency}"
        ),
        "{where}.off: {off} {currency} off is more than a usual order ({basket} {currency}); is it in {currency}?": (
            "{where}.off：减免 {off} {currency}，超过一笔普通订单（{basket} {currency}）；请确认单位是 {currency}"
        ),
        (
            "{where}.off: {off} {currency} off loses money on an order of {min_spend} {currency}, which leaves {left} "
            "{currency} at a margin of {margin}; lower it, or raise min_spend"
        ): (
            "{where}.off：满 {min_spend} {currency} 减 {off} {currency} 会亏钱：毛利率 {margin}，这样一单只有毛利 {left} "
            "{currency}；请降低减免额，或提高 min_spend"
        ),
        "{where}.off: {off} off is more than the margin of {margin}: every order with this coupon loses money": (
            "{where}.off：让利 {off} 超过毛利率 {margin}，每一笔用券订单都亏钱"
        ),
        (
            "{where}: min_spend {min_spend} {currency} is above three usual baskets of this market ({basket} {currency} "
            "each), so hardly anybody uses the coupon; set it to {most} at most"
        ): (
            "{where}：min_spend {min_spend} {currency} 超过普通订单（{basket} {currency}）的三倍，几乎没人会用这张券；"
            "最多设为 {most}"
        ),
        (
            "{where}.min_spend: nearly every order reaches {min_spend} {currency}, as a usual one is {basket} {currency}; "
            "is it in {currency}?"
        ): (
            "{where}.min_spend：门槛 {min_spend} {currency} 几乎每单都能达到（普通订单为 {basket} {currency}）；"
            "请确认单位是 {currency}"
        ),
        # the clock of long work
        "compiling the simulator, once for this version": "正在编译模拟器（每个版本只需一次）",
        "simulating": "模拟中",
        "comparing": "比较中",
        "sweeping": "扫描中",
        "{what}: {elapsed} of about {about}": "{what}：已用 {elapsed}，共约 {about}",
        "{what}: {elapsed}, longer than the usual {about}": "{what}：已用 {elapsed}，比通常的 {about} 要久",
        "{what}: {elapsed}": "{what}：已用 {elapsed}",
        "{what}: {done} of {total}, {elapsed}": "{what}：{done}/{total}，已用 {elapsed}",
        "{what}: {done} of {total}, {elapsed}, about {left} to go": "{what}：{done}/{total}，已用 {elapsed}，约剩 {left}",
        "{seconds} s": "{seconds} 秒",
        "{minutes} min {seconds} s": "{minutes} 分 {seconds} 秒",
        "{hours} h {minutes} min": "{hours} 小时 {minutes} 分",
    }
)
