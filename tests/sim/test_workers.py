"""Workers: as many as there is work for; a process that dies is replaced; what kills its process twice is told."""

import os
import signal
import time

import joblib
import pytest

from models.errors import BadInput
from sim.results.replication import workers as module
from sim.results.replication.workers import ProcessesDied, in_workers, workers


@pytest.mark.parametrize("jobs", [0, -1, -100])
def test_jobs_below_one_are_refused(jobs):
    with pytest.raises(BadInput) as told:
        list(in_workers(abs, [1], jobs))
    said = "how many replicates to run at a time has to be 1 or more; leave it out for all cores."
    assert str(told.value) == f"jobs {jobs}: {said}"


def test_no_more_workers_than_tasks_and_cores():
    cores = joblib.cpu_count()
    assert workers(10**6, 10**6) == cores
    assert workers(None, 10**6) == cores
    assert workers(10**6, 1) == 1
    assert workers(1, 10) == 1
    assert workers(None, 0) == 1


@pytest.fixture
def processes(monkeypatch):
    monkeypatch.setattr(module, "THREADS_AT_MOST", 0)
    monkeypatch.setattr(joblib, "cpu_count", lambda: 2)


def test_a_process_that_dies_is_replaced_and_its_task_done_again(processes, tmp_path):
    def dies_once(k: int) -> int:
        mark = tmp_path / f"died-{k}"
        if k in (0, 3) and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return 10 * k

    done = dict(in_workers(dies_once, list(range(8)), 2))
    assert done == {k: 10 * k for k in range(8)}


def test_twice_dead_is_told_and_the_rest_is_done(processes):
    def dies(k: int) -> int:
        if k == 2:
            os._exit(1)
        time.sleep(0.01)
        return 10 * k

    done = {}
    with pytest.raises(ProcessesDied) as told:
        for task, result in in_workers(dies, list(range(6)), 2):
            done[task] = result
    assert told.value.tasks == [2]
    assert done == {k: 10 * k for k in range(6) if k != 2}


def test_an_error_of_a_task_is_no_death(processes):
    def fails(k: int) -> int:
        raise ZeroDivisionError(k)

    with pytest.raises(ZeroDivisionError):
        list(in_workers(fails, [1, 2, 3], 2))


def test_a_backend_around_the_call_is_used(monkeypatch):
    seen = []
    real = joblib.Parallel

    def noted(**how):
        made = real(**how)
        seen.append((type(made._backend).__name__, made.n_jobs))
        return made

    monkeypatch.setattr(joblib, "Parallel", noted)
    with joblib.parallel_config(backend="threading", n_jobs=3):
        assert dict(in_workers(abs, [-1, -2, -3, -4], None)) == {-1: 1, -2: 2, -3: 3, -4: 4}
    assert seen == [("ThreadingBackend", 3)]
