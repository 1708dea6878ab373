"""What is said when somebody stops a command with Ctrl-C."""

from pathlib import Path


def stopped() -> str:
    """One sentence: what was written before the stop, or that nothing was, and how much of the work is kept.

    The one place where that sentence is chosen.
    """
    return f"stopped, {_written()}{_to_resume()}"


def _written() -> str:
    from models.data.files import WRITTEN
    from sim.results.replication.kept import cache

    folders: dict[Path, int] = {}
    for path in WRITTEN:
        if path.exists() and not path.is_relative_to(cache()):  # what is kept there is told as what can be resumed
            folders[path.parent] = folders.get(path.parent, 0) + 1
    if not folders:
        return "nothing written"
    return "written before: " + ", ".join(f"{folder} ({n} file{'s' if n > 1 else ''})" for folder, n in folders.items())


def _to_resume() -> str:
    """Of a comparison or a sweep: how many replicates the same command will find."""
    import sys

    replicates = sys.modules.get("sim.results.replication.replicates")  # not loaded: nothing was compared
    kept = replicates.to_resume() if replicates else None
    if kept is None:
        return ""
    done, total, _ = kept
    return f"; {done} of {total} replicates are kept: the same command goes on from there"
