"""Regular rhythms: MBG/NBD, BG/CNBD-k and MBG/CNBD-k, and how regular a log is."""

from models.cnbd.model import MBGNBD, BGCNBDk, MBGCNBDk
from models.cnbd.regularity import Regularity, regularity

__all__ = ["MBGNBD", "BGCNBDk", "MBGCNBDk", "Regularity", "regularity"]
