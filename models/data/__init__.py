"""Data in: order logs, exports of platforms, and what is counted of them, down to one row a customer."""
