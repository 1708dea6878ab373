"""Real exports in, safely: what Youzan, Taobao, Douyin and WeCom tools write, to one table of orders without persons."""

from models.data.imports.read import import_exports
from models.data.imports.report import Report
from models.data.imports.result import Imported

__all__ = ["Imported", "Report", "import_exports"]
