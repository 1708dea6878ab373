"""What is said when somebody stops a command with Ctrl-C."""

from pathlib import Path


def stopped() -> str:
    """One sentence: what was written before the stop, or that nothing was.

    The one place where that sentence is chosen: work that can be resumed says here by which command.
    """
    from models.files import WRITTEN

    folders: dict[Path, int] = {}
    for path in WRITTEN:
        if path.exists():
            folders[path.parent] = folders.get(path.parent, 0) + 1
    if not folders:
        return "stopped, nothing written"
    said = ", ".join(f"{folder} ({n} file{'s' if n > 1 else ''})" for folder, n in folders.items())
    return f"stopped; written before: {said}"
