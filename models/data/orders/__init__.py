"""Orders in: from files and dataframes to one table of customer, time and amount."""

from models.data.orders.read import Orders, read_orders

__all__ = ["Orders", "read_orders"]
