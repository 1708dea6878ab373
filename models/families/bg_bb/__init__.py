"""BG/BB: purchases in periods."""

from models.families.bg_bb.model import BGBB

__all__ = ["BGBB"]
