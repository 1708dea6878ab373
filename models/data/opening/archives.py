"""Zip files: the one table in them, or a sentence on why there is none to read; other archives and pictures by name."""

from pathlib import PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from models.data.opening.source import Source
from models.errors import BadInput
from models.words import Remark

ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # with and without members
_TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".xlsb", ".xls", ".parquet", ".pq", ".html", ".htm")
_SHOWN = 5
# What is unpacked, at the most, and how tightly a table may be packed beyond the first bytes: text packs some ten to fifty
# times, and what is packed hundreds of times was built to fill the memory.
_MOST, _FREE, _TIMES = 4 << 30, 128 << 20, 250
# How other files begin that people give by mistake.
_OTHERS = (
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it and give the table in it"),
    (b"Rar!", "a RAR archive; unpack it and give the table in it"),
    (b"\x1f\x8b", "a gzip archive; unpack it and give the table in it"),
    (b"%PDF", "a PDF file; export the orders as CSV or xlsx"),
    (b"\x89PNG", "a picture; export the orders as CSV or xlsx"),
    (b"\xff\xd8\xff", "a picture; export the orders as CSV or xlsx"),
)


def refuse_others(source: Source, head: bytes) -> None:
    """Raises BadInput where a file is of a kind that holds no table, as its first bytes say."""
    for start, what in _OTHERS:
        if head.startswith(start):
            raise BadInput("{path}: this is {what}.", path=source.path, what=Remark(what))


def is_workbook(source: Source) -> bool:
    """True if a zip file is a workbook (xlsx, xlsb, ods). Raises BadInput where it is damaged, or too much to unpack."""
    members = _members(source)
    names = {info.filename.casefold() for info in members}
    if "[content_types].xml" in names or "content.xml" in names:
        _bounded(source, members)
        return True
    return False


def table_in(source: Source) -> Source:
    """The one table in a zip file. Raises BadInput where there is none, several, it is locked, or too much to unpack."""
    members = [info for info in _members(source) if not info.is_dir() and not _is_aside(info.filename)]
    tables = [info for info in members if info.filename.casefold().endswith(_TABLES)]
    if not tables and len(members) <= 1:
        tables = members
    if not tables:
        tables = [info for info in members if info.filename.casefold().endswith(".txt")]
    if len(tables) != 1:
        shown = ", ".join(_name(info) for info in (tables or members)[:_SHOWN])
        more = len(tables or members) - _SHOWN
        names = shown if more <= 0 else Remark("{names} and {more} other files", {"names": shown, "more": more})
        if tables:
            raise BadInput(
                "{path}: this zip file holds {n} tables ({names}); unpack it and give the ones that are meant.",
                path=source.path,
                n=len(tables),
                names=names,
            )
        raise BadInput(
            "{path}: this zip file holds no table{names}; give one that holds a CSV file or a workbook.",
            path=source.path,
            names=Remark(" ({names})", {"names": names}) if members else "",
        )
    if tables[0].flag_bits & 1:
        raise BadInput(
            "{path}: the zip file is locked with a password; unpack it with the password and give the table in it.",
            path=source.path,
        )
    _bounded(source, tables)
    return Source(source.path, tables[0].filename)


def _members(source: Source) -> list[ZipInfo]:
    try:
        with source.open() as file, ZipFile(file) as archive:
            return archive.infolist()
    except (BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise BadInput(
            "{path}: the workbook is damaged or none ({kind}); export it again.",
            path=source.path,
            kind=type(error).__name__,
        ) from None


def _bounded(source: Source, members: list[ZipInfo]) -> None:
    size, packed = sum(info.file_size for info in members), sum(info.compress_size for info in members)
    if size > min(_MOST, _FREE + _TIMES * packed):
        raise BadInput(
            "{path}: unpacked it would be {size:,} MB, more than can be read; export shorter times, or as CSV.",
            path=source.path,
            size=size // 1_000_000,
        )


def _is_aside(name: str) -> bool:
    """True for what a system puts into an archive besides the files."""
    parts = PurePosixPath(name).parts
    return not parts or "__MACOSX" in parts or parts[-1].startswith(".") or parts[-1].casefold() == "thumbs.db"


def _name(info: ZipInfo) -> str:
    """The name of a member; without the mark of UTF-8 Chinese systems write it in GBK."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return info.filename
