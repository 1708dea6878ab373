"""Orders in: from files and dataframes to one table of customer, time and amount."""

from models.data.door.options import ReadOptions
from models.data.orders.log import Orders
from models.data.orders.read import OrdersLike, cdnow, orders_of, read_orders

__all__ = ["Orders", "OrdersLike", "ReadOptions", "cdnow", "orders_of", "read_orders"]
