"""Exports of western platforms by their own headers, with the quirks that once gave wrong totals."""

from . import headers
from .case import Totals, case, refused, sheet


def _shopify(number: int, who: str, total: str, state: str = "paid", **more: str) -> dict[str, str]:
    created = f"2026-01-{number:02} 23:30:00 +0800"
    row = {
        "Name": f"#10{number:02}",
        "Email": who,
        "Financial Status": state,
        "Paid at": created,
        "Currency": "EUR",
        "Subtotal": total,
        "Total": total,
        "Created at": created,
        "Lineitem quantity": "1",
        "Lineitem name": "soap",
        "Lineitem price": "9.00",
        "Refunded Amount": "0.00",
        "Id": f"53000000000{number:02}",
    }
    return row | {name.replace("_", " "): value for name, value in more.items()}


def _item(number: int, who: str) -> dict[str, str]:
    """A further item of an order: its name and the item alone."""
    row = {"Name": f"#10{number:02}", "Email": who, "Created at": f"2026-01-{number:02} 23:30:00 +0800"}
    return row | {"Lineitem quantity": "2", "Lineitem name": "towel", "Lineitem price": "4.50"}


def _woo(number: int, who: str, total: str, item: str, status: str = "completed") -> dict[str, str]:
    day = f"2026-01-{number:02} 10:00:00"
    return {
        "order_number": str(5000 + number),
        "order_date": day,
        "paid_date": day,
        "status": status,
        "order_total": total,
        "order_currency": "USD",
        "billing_email": who,
        "item_name": "tea",
        "item_quantity": "1",
        "item_total": item,
    }


def _etsy(day: int, who: str, total: str, adjusted: str = "") -> dict[str, str]:
    return {
        "Sale Date": f"01/{day:02}/26",
        "Order ID": str(3_000_000_000 + day),
        "Buyer User ID": who,
        "Currency": "USD",
        "Order Value": total,
        "Discount Amount": "0",
        "Shipping": "0",
        "Sales Tax": "0",
        "Order Total": total,
        "Order Net": "1",
        "Adjusted Order Total": adjusted,
        "Number of Items": "1",
        "Status": "Shipped",
    }


def _stripe(
    day: int, who: str, amount: str, back: str = "0.00", currency: str = "eur", status: str = "Paid"
) -> dict[str, str]:
    return {
        "id": f"ch_{day:04}",
        "Created date (UTC)": f"2026-01-{day:02} 10:00:00",
        "Amount": amount,
        "Amount Refunded": back,
        "Currency": currency,
        "Status": status,
        "Customer ID": who,
    }


WESTERN = [
    case(
        "Shopify: figures on the first row of an order only",
        sheet(
            headers.SHOPIFY,
            _shopify(5, "ann@example.com", "18.00"),
            _item(5, "ann@example.com"),
            _shopify(6, "bob@example.com", "20.00"),
        ),
        Totals(2, 2, "38.00", "EUR", days=("2026-01-05", "2026-01-06")),
    ),
    case(
        "Shopify: what does not count",
        sheet(
            headers.SHOPIFY,
            _shopify(5, "ann@example.com", "18.00"),
            _shopify(6, "bob@example.com", "20.00", "voided"),
            _shopify(7, "bob@example.com", "11.00", "pending"),
            _shopify(
                8, "ann@example.com", "9.00", Refunded_Amount="2.50", **{"Financial Status": "partially_refunded"}
            ),
            _shopify(9, "cat@example.com", "7.00", "refunded", Refunded_Amount="7.00"),
        ),
        Totals(2, 1, "24.50", "EUR"),
    ),
    case(
        "Shopify: cancelled",
        sheet(
            headers.SHOPIFY,
            _shopify(5, "ann@example.com", "18.00"),
            _shopify(6, "bob@example.com", "20.00", Cancelled_at="2026-01-07 10:00:00 +0800"),
        ),
        Totals(1, 1, "18.00", dropped={"cancelled or closed": 1}),
    ),
    case(
        "Shopify: e-mails in both cases",
        sheet(headers.SHOPIFY, _shopify(5, "ann@example.com", "18.00"), _shopify(6, "Ann@Example.com", "2.00")),
        Totals(2, 1, "20.00", "EUR"),
    ),
    case(
        "Shopify: offsets of summer and winter",
        sheet(
            headers.SHOPIFY,
            _shopify(
                5,
                "ann@example.com",
                "18.00",
                **{"Created at": "2026-01-05 23:30:00 -0500", "Paid at": "2026-01-05 23:30:00 -0500"},
            ),
            _shopify(
                6,
                "ann@example.com",
                "2.00",
                **{"Created at": "2026-07-06 23:30:00 -0400", "Paid at": "2026-07-06 23:30:00 -0400"},
            ),
        ),
        Totals(2, 1, "20.00", "EUR", days=("2026-01-06", "2026-07-07")),
        timezone="Asia/Shanghai",
    ),
    case(
        "WooCommerce: the total on the first row",
        sheet(
            headers.WOOCOMMERCE,
            _woo(5, "ann@example.com", "30.00", "10.00"),
            _woo(5, "ann@example.com", "", "20.00"),
            _woo(6, "bob@example.com", "5.00", "5.00"),
        ),
        Totals(2, 2, "35.00", "USD"),
    ),
    case(
        "WooCommerce: the total on each row",
        sheet(
            headers.WOOCOMMERCE,
            _woo(5, "ann@example.com", "30.00", "10.00"),
            _woo(5, "ann@example.com", "30.00", "20.00"),
            _woo(6, "bob@example.com", "5.00", "5.00"),
        ),
        Totals(2, 2, "35.00", "USD"),
    ),
    case(
        "WooCommerce: states",
        sheet(
            headers.WOOCOMMERCE,
            *(
                _woo(5 + i, "ann@example.com", "10.00", "10.00", state)
                for i, state in enumerate(("completed", "processing", "cancelled", "failed", "on-hold", "pending"))
            ),
        ),
        Totals(2, 1, "20.00", "USD"),
    ),
    case(
        "Etsy: American dates",
        sheet(headers.ETSY, _etsy(5, "ann", "18.00"), _etsy(6, "bob", "20.00"), _etsy(7, "ann", "2.00")),
        Totals(3, 2, "40.00", "USD", days=("2026-01-05", "2026-01-07")),
    ),
    case(
        "Etsy: guests have no name",
        sheet(headers.ETSY, *(_etsy(day, f"buyer{day}", "1.00") for day in range(1, 31)), _etsy(31, "", "9.00")),
        Totals(30, 30, "30.00", "USD", dropped={"no customer": 1}),
    ),
    case(
        "Etsy: what was paid back",
        sheet(headers.ETSY, _etsy(5, "ann", "18.00"), _etsy(6, "bob", "20.00", "15.00")),
        Totals(2, 2, "33.00", "USD"),
    ),
    case(
        "Stripe: one currency",
        sheet(
            headers.STRIPE,
            _stripe(5, "cus_a", "18.00"),
            _stripe(6, "cus_b", "20.00", "5.00"),
            _stripe(7, "cus_b", "7.00", "7.00", status="Refunded"),
            _stripe(8, "cus_b", "9.00", status="Failed"),
        ),
        Totals(2, 2, "33.00", "EUR"),
    ),
    case(
        "Stripe: euros, pesos and dollars",
        sheet(
            headers.STRIPE,
            _stripe(5, "cus_a", "18.00"),
            _stripe(6, "cus_b", "20.00", currency="mxn"),
            _stripe(7, "cus_b", "7.00", currency="usd"),
        ),
        refused("EUR", "MXN", "USD"),
    ),
    case(
        "Amazon hides the buyer",
        sheet(
            headers.AMAZON,
            {
                "amazon-order-id": "1-2-3",
                "purchase-date": "2026-01-05T10:00:00+00:00",
                "order-status": "Shipped",
                "currency": "USD",
                "item-price": "9.99",
                "quantity": "1",
            },
            delimiter="\t",
            name="orders.txt",
        ),
        refused("buyer", "--identity|export"),
    ),
]
