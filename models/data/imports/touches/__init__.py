"""What a shop did to its members, kept for a later fit of the response: touches, responses, ties and daily figures.

docs/touches.md defines the tables: columns, units, keys, sources, and when a value is null.
"""

from models.data.imports.touches.keeping import TABLES, Door, keep

__all__ = ["TABLES", "Door", "keep"]
