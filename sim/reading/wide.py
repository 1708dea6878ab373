"""Full-width signs, which Chinese input methods type in place of YAML's own: found, and named with line and column.

YAML knows only the half-width ones, so `days：365` is one word and `{per_week: 4，hour: 20}` no mapping. What stands in
free text (a belief, a comment) is left alone: a sign is told only where reading failed.
"""

from collections.abc import Callable

from models.words import Remark

SPACE = "\u3000"
# the block of full-width forms mirrors ASCII; the rest is what keyboards give for the same keys
_NARROW = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_NARROW |= {SPACE: " ", "、": ",", "【": "[", "】": "]", "“": '"', "”": '"', "「": '"', "」": '"', "‘": "'", "’": "'"}
_FOLLOWED = {"：", "，", "、"}  # YAML wants a space after these
_TABLE = str.maketrans({wide: sign + " " if wide in _FOLLOWED else sign for wide, sign in _NARROW.items()})
_HALF_WIDTH = (
    "a full-width {sign} stands here; write the half-width {narrow} (这里是全角的 {sign} ，请改成半角的 {narrow} )"
)
_AND_A_SPACE = (
    "a full-width {sign} stands here; write the half-width {narrow} and a space after it "
    "(这里是全角的 {sign} ，请改成半角的 {narrow} ，后面加一个空格)"
)
_MOST_READ = 30_000  # characters up to which a text is read again to see whether a sign was to blame


def narrowed(text: str) -> str:
    """`text` with half-width signs for full-width ones."""
    return text.translate(_TABLE)


def first_wide(text: str, quoted: bool = False) -> int | None:
    """The index of the first full-width sign in `text`; `quoted`: what stands in quotes or a comment is passed over."""
    inside = ""
    for index, sign in enumerate(text):
        if quoted and inside:
            inside = "" if sign == inside else inside
        elif quoted and sign in "'\"":
            inside = sign
        elif quoted and sign == "#" and (index == 0 or text[index - 1].isspace()):
            return None
        elif sign in _NARROW:
            return index
    return None


def told(sign: str) -> Remark:
    """The advice about a full-width sign: what it is and what to type; the English sentence repeats it in Chinese."""
    narrow = _NARROW[sign]
    if sign == SPACE:
        return Remark("a full-width space stands here; write a half-width one (这里是全角空格，请改成半角空格)")
    return Remark(_AND_A_SPACE if sign in _FOLLOWED else _HALF_WIDTH, {"sign": sign, "narrow": narrow})


def to_blame(text: str, first: int, last: int, fails_at: Callable[[str], int | None]) -> tuple[int, int] | None:
    """Line and column (from 0) of the full-width sign that keeps `text` from being read, or None.

    first, last: the lines in question. fails_at(text): the line at which reading fails, None where it does not. A sign
    is to blame if with half-width signs in its line reading gets further.
    """
    lines = text.split("\n")
    if len(text) > _MOST_READ:
        return None
    for number in range(max(first, 0), min(last, len(lines) - 1) + 1):
        column = first_wide(lines[number], quoted=True)
        if column is None:
            continue
        mended = [*lines[:number], narrowed(lines[number]), *lines[number + 1 :]]
        failing = fails_at("\n".join(mended))
        if failing is None or failing > last:
            return number, column
    return None
