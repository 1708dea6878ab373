"""What is said when somebody stops a command with Ctrl-C."""

from pathlib import Path

from models.words import Listed
from sim.words import Language, Remark, say


def stopped(lang: Language = "en") -> str:
    """One sentence: what was written before the stop, or that nothing was, and how much of the work is kept.

    The one place where that sentence is chosen.
    """
    written, kept = _written(), _to_resume()
    return say(Remark("{written}; {kept}", {"written": written, "kept": kept}) if kept else written, lang)


def _written() -> Remark:
    from models.data.files import WRITTEN
    from sim.results.replication.kept import cache

    folders: dict[Path, int] = {}
    for path in WRITTEN:
        if path.exists() and not path.is_relative_to(cache()):  # what is kept there is told as what can be resumed
            folders[path.parent] = folders.get(path.parent, 0) + 1
    if not folders:
        return Remark("stopped, nothing written")
    places = [
        Remark("{folder} ({n} files)" if n > 1 else "{folder} (1 file)", {"folder": folder, "n": n})
        for folder, n in folders.items()
    ]
    return Remark("stopped, written before: {places}", {"places": Listed(places, ",")})


def _to_resume() -> Remark | None:
    """Of a comparison or a sweep: how many replicates the same command will find."""
    import sys

    replicates = sys.modules.get("sim.results.replication.replicates")  # not loaded: nothing was compared
    kept = replicates.to_resume() if replicates else None
    if kept is None:
        return None
    done, total, _ = kept
    text = "{done} of {total} replicates are kept: the same command goes on from there"
    return Remark(text, {"done": done, "total": total})
