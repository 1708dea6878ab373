"""The health of an import: of its orders under hashed ids, and of the rows without a customer that it left out."""

from dataclasses import replace

from models.data.door.problems import NO_CUSTOMER
from models.data.health import Finding, health
from models.data.imports import Imported
from models.data.orders import read_orders


def health_of(imported: Imported) -> tuple[Finding, ...]:
    """What in the orders of an import would change a forecast (`health`); nothing where there are no orders.

    Customers are called by their hashes, which is what `exclude` takes of the file that the import writes.
    """
    if imported.orders is None or imported.report.orders is None:
        return ()
    # a day that has begun in China may be tomorrow here
    orders = read_orders(imported.orders, customer="customer", date="time", amount="amount", bad_rows="drop")
    account = imported.report.orders
    nobody = account.dropped.get(NO_CUSTOMER, 0)
    dropped = {NO_CUSTOMER: nobody} if nobody else {}
    return health(replace(orders, dropped=dropped, rows_read=account.rows_in, report=imported.report))
