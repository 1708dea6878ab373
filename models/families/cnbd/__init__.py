"""Regular rhythms: MBG/NBD, BG/CNBD-k and MBG/CNBD-k, and how regular a log is."""

from models.families.cnbd.model import MBGNBD, BGCNBDk, MBGCNBDk
from models.families.cnbd.regular import Regularity, regularity

__all__ = ["MBGNBD", "BGCNBDk", "MBGCNBDk", "Regularity", "regularity"]
