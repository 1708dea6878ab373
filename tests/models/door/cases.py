"""All cases of the table."""

from .case import Case
from .cases_of_chinese_platforms import CHINESE
from .cases_of_files import ENCODINGS, OTHERS, SHAPES, WORKBOOKS
from .cases_of_orders import LINES, REFUNDS, STATES
from .cases_of_platforms import WESTERN
from .cases_of_values import KEYS, MONEY, TIMES

CASES: list[Case] = [
    *SHAPES,
    *ENCODINGS,
    *WORKBOOKS,
    *OTHERS,
    *MONEY,
    *TIMES,
    *KEYS,
    *LINES,
    *STATES,
    *REFUNDS,
    *WESTERN,
    *CHINESE,
]
