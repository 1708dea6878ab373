"""Real exports in, safely: what Youzan, Taobao, Douyin and WeCom tools write, to one table of orders without persons."""

from models.imports.read import import_exports
from models.imports.report import Report
from models.imports.result import Imported

__all__ = ["Imported", "Report", "import_exports"]
