"""Tasks spread over threads or processes; a process that dies is replaced, and its tasks are run again."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from models.errors import BadInput

THREADS_AT_MOST = 4
_ALONE_AT_MOST = 2  # times that a task may end its process alone before it counts as its own fault
Preference: TypeAlias = Literal["threads", "processes"]
Task = TypeVar("Task")
Result = TypeVar("Result")


class ProcessesDied(BadInput):
    """Processes died again over the same tasks, at last alone; `tasks` are those."""

    def __init__(self, tasks: Sequence[Any]) -> None:
        super().__init__("{n} {n:task|tasks} ended {n:its|their} process each time", n=len(tasks))
        self.tasks = list(tasks)


def workers(jobs: int | None, tasks: int) -> int:
    """How many work at a time: as asked for, but no more than there are cores and tasks. Raises BadInput below 1."""
    from joblib import cpu_count

    if jobs is not None and jobs < 1:
        raise BadInput(
            "jobs {jobs}: how many replicates to run at a time has to be 1 or more; leave it out for all cores.",
            jobs=jobs,
        )
    cores = int(cpu_count())
    return max(1, min(jobs or cores, cores, tasks))


def in_workers(do: Callable[[Task], Result], tasks: Sequence[Task], jobs: int | None) -> Iterator[tuple[Task, Result]]:
    """Each task with what `do` makes of it, in the order in which they end.

    jobs: how many at a time (all cores if None), in threads up to 4, in processes beyond; a joblib backend that is set
    around the call (Dask, Ray) is used instead, with as many workers as it has. Where a process dies (killed for memory,
    say), another takes its place; the tasks that were under way are done again after all others, half as many at a time
    and at last alone. Raises BadInput for jobs below 1, and at the end ProcessesDied where a task's process died alone,
    too.
    """
    n = workers(jobs, len(tasks))
    prefer: Preference = "threads" if n <= THREADS_AT_MOST else "processes"
    groups = [_Group(list(tasks), n if _ours() else jobs)]
    dead: list[Task] = []
    while groups:
        group = groups.pop(0)
        under_way = _UnderWay()
        try:
            yield from _parallel(do, group.tasks, group.width, under_way, prefer)
        except BrokenProcessPool:
            prefer = "processes"
            suspects, rest = under_way.split(group.tasks)
            _put_away_the_broken_pool()
            if group.alone == _ALONE_AT_MOST:
                dead += suspects
            elif group.alone:  # the pool may have broken over another's death, noticed late
                groups.append(_Group(suspects, 2, group.alone + 1))
            elif (group.width or n) > 3:
                groups.append(_Group(suspects, (group.width or n) // 2))
            else:  # two workers for one task: joblib would run it in this very process if there were one
                groups += [_Group([suspect], 2, alone=1) for suspect in suspects]
            groups[:0] = [_Group(rest, group.width)] if rest else []
    if dead:
        raise ProcessesDied(dead)


def _put_away_the_broken_pool() -> None:
    """End what is left of joblib's pool of processes, which the next group would be handed again."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True, kill_workers=True)


@dataclass(frozen=True)
class _Group(Generic[Task]):
    """Tasks that run side by side, `width` at a time (None: as many as the backend has workers)."""

    tasks: list[Task]
    width: int | None
    alone: int = 0  # how often it has run so: one task whose process has died already


class _UnderWay:
    """Which tasks (by position) are being worked on, and which are finished."""

    def __init__(self) -> None:
        self.now: set[int] = set()
        self.done: set[int] = set()

    def split(self, tasks: list[Task]) -> tuple[list[Task], list[Task]]:
        """The tasks that were under way, and those that were still waiting."""
        suspects = [task for k, task in enumerate(tasks) if k in self.now]
        return suspects, [task for k, task in enumerate(tasks) if k not in self.now | self.done]


def _parallel(
    do: Callable[[Task], Result], tasks: Sequence[Task], n: int | None, under_way: _UnderWay, prefer: Preference
) -> Iterator[tuple[Task, Result]]:
    from joblib import Parallel, delayed

    def handed_out() -> Iterator[Any]:
        for k, task in enumerate(tasks):
            under_way.now.add(k)
            yield delayed(_numbered)(do, k, task)

    # the next task is handed out when one comes back, so that few are under way if a process dies
    parallel = Parallel(n_jobs=n, return_as="generator_unordered", prefer=prefer, pre_dispatch="n_jobs", batch_size=1)
    for k, result in parallel(handed_out()):
        under_way.now.discard(k)
        under_way.done.add(k)
        yield tasks[k], result


def _numbered(do: Callable[[Task], Result], k: int, task: Task) -> tuple[int, Result]:
    return k, do(task)


def _ours() -> bool:
    """True if no backend is set around the call: without one joblib follows the preference for threads or processes."""
    from joblib.parallel import get_active_backend

    return type(get_active_backend(prefer="threads")[0]) is not type(get_active_backend(prefer="processes")[0])
