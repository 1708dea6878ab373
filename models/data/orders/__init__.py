"""Orders in: from files and dataframes to one table of customer, time and amount."""

from models.data.orders.read import Orders, cdnow, read_orders

__all__ = ["Orders", "cdnow", "read_orders"]
