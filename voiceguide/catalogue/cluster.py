"""Run jobs with Dask: on this computer with one process per core, or on a cluster that is already running.

Dask queues the jobs, and runs a job again if the worker that had it was lost. A cluster on this computer listens only
on the loopback interface, and only to processes that have its certificate, because a program that
can reach a scheduler can run anything on its workers.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib.util
import itertools
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voiceguide.catalogue.job import BuildJob, JobResult, Phase, build_session
from voiceguide.catalogue.store import TransferError
from voiceguide.catalogue.waiting import waiting_for
from voiceguide.errors import VoiceguideError
from voiceguide.system.shortages import raise_if_shortage
from voiceguide.system.temp_dirs import make_temp_dir

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["Activity", "available_cores", "check_installed", "run_on_cluster"]

TOPIC = "voiceguide"
LOOPBACK = "127.0.0.1"
CONNECT_TIMEOUT_S = 20
LOOK_INTERVAL_MS = 3000
MAX_KILL_S, KILL_INTERVAL_S = 2.0, 0.05
PATIENCE = {
    "distributed.deploy.lost-worker-timeout": "1000 days",  # default: 15 s
    "distributed.comm.timeouts.connect": "10 minutes",  # default: 30 s
}
"""How long a worker on this computer may take to start, or to start again after it was killed. A busy computer needs
more than the defaults now and then. After the first limit, Dask closes the nanny and starts no other worker.
"""
TRANSFER_RETRIES = 2
"""How often Dask runs a job again that raises an exception. obstore does not repeat an upload that breaks off."""


@dataclass(frozen=True)
class Activity:
    """What a worker has started to do."""

    name: str
    """The session."""
    phase: Phase
    worker: str
    """The address of the worker."""
    pid: int


def check_installed() -> None:
    """Check that the libraries for catalogues are installed.

    Raises:
        VoiceguideError: They are not. The message says how to install them.
    """
    if any(importlib.util.find_spec(name) is None for name in ("distributed", "obstore", "cryptography")):
        raise VoiceguideError(
            'A catalogue needs a few more packages. Install them with: pip install "voiceguide[catalogue]"'
        )


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def _open_cluster(scheduler: str | None, workers: int) -> Iterator[Client]:
    """Connect to a scheduler or, without one, start `workers` worker processes on this computer.

    For a `tls://` address, the certificates are those in Dask's own configuration.

    Raises:
        VoiceguideError: The scheduler does not answer, or has no workers.
    """
    _silence_logs()
    if scheduler is None:
        with _local_cluster(workers) as client:
            yield client
        return
    from distributed import Client

    try:
        with waiting_for(scheduler):
            asyncio.run(_try_to_connect(scheduler))
            client = Client(scheduler, timeout=CONNECT_TIMEOUT_S, set_as_default=False)
    except (OSError, ValueError, TypeError, TimeoutError) as error:  # TypeError: there is no certificate
        raise VoiceguideError(
            f"The scheduler {scheduler} does not answer. Check its address, and for tls:// the certificates in Dask's "
            "configuration."
        ) from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise VoiceguideError(f"The scheduler {scheduler} has no workers. Start some with: dask worker {scheduler}")
        yield client


async def _try_to_connect(scheduler: str) -> None:
    """Connect to a scheduler. A client that cannot connect prints a traceback when it is deleted."""
    from distributed.comm.core import connect
    from distributed.security import Security

    arguments = Security().get_connection_args("client")
    (await connect(scheduler, timeout=CONNECT_TIMEOUT_S, **arguments)).abort()


@contextlib.contextmanager
def _local_cluster(workers: int) -> Iterator[Client]:
    import dask
    from distributed import Client, LocalCluster
    from distributed.security import Security

    _check_loopback()
    # Dask puts its folder in sys.path. By default it is a folder in TMPDIR that any user could have created.
    with (
        make_temp_dir() as folder,
        dask.config.set({**PATIENCE, "temporary-directory": folder}),
        _loop_without_ctrl_c() as loop,
    ):
        with _start_errors_explained(), _started_workers_killed_on_error():
            cluster = LocalCluster(
                loop=loop,
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host=LOOPBACK,
                protocol="tls",
                security=Security.temporary(),
                dashboard_address=f"{LOOPBACK}:0",  # it always has an HTTP server, by default on every interface
                worker_dashboard_address=f"{LOOPBACK}:0",
                memory_limit=0,
                silence_logs=logging.CRITICAL,
            )
        try:
            with Client(cluster, set_as_default=False) as client, _lost_workers_replaced(cluster, workers):
                yield client
        except BaseException:
            _kill_workers(cluster)
            raise
        finally:
            cluster.close()


def _check_loopback() -> None:
    """Check that processes can connect to each other. Without a loopback interface, Dask waits for a very long time."""
    try:
        with socket.create_server((LOOPBACK, 0)) as server:
            socket.create_connection(server.getsockname(), CONNECT_TIMEOUT_S).close()
    except OSError as error:
        raise VoiceguideError(
            f"The worker processes cannot be reached at {LOOPBACK} ({error.strerror or error}). "
            "Turn on the loopback interface, for example with: ip link set lo up"
        ) from error


@contextlib.contextmanager
def _loop_without_ctrl_c() -> Iterator[Any]:
    """Run an event loop in a thread that does not take SIGINT. What it starts inherits that, so the workers too.

    A terminal sends SIGINT to every process. A worker would print a traceback, or die and be replaced. They are ended
    by this process, also if it dies.
    """
    from multiprocessing import resource_tracker

    from distributed.utils import LoopRunner

    runner = LoopRunner()
    if sys.platform == "win32":
        runner.start()
    else:
        resource_tracker.ensure_running()  # a thread that starts it can take SIGINT afterwards
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
        try:
            runner.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    try:
        yield runner.loop
    finally:
        runner.stop()


@contextlib.contextmanager
def _started_workers_killed_on_error() -> Iterator[None]:
    """Kill the workers that are starting if the start fails or is interrupted. There is no cluster to close yet.

    A worker whose parent is gone before it has read what to do prints a traceback. The semaphores are released because
    the command ends without Python's cleanup, and Python would print that they were left behind.
    """
    import multiprocessing
    from multiprocessing import util

    try:
        yield
    except BaseException:
        end_s = time.monotonic() + MAX_KILL_S
        quiet = 0
        while quiet < 2 and time.monotonic() < end_s:  # another thread may be starting one more
            children = multiprocessing.active_children()
            quiet = 0 if children else quiet + 1
            for child in children:
                child.kill()
            time.sleep(KILL_INTERVAL_S)
        util._run_finalizers(0)  # type: ignore[attr-defined]
        raise


@contextlib.contextmanager
def _start_errors_explained() -> Iterator[None]:
    """Raise the cause if worker processes cannot be started. Dask wraps it in one RuntimeError after another."""
    try:
        yield
    except (RuntimeError, OSError, TimeoutError) as error:
        cause: BaseException = error
        while cause.__cause__ or cause.__context__:
            cause = cause.__cause__ or cause.__context__ or cause
        raise_if_shortage(cause)
        if getattr(cause, "errno", None) == errno.ENOSPC:
            raise cause from error  # every command explains it
        raise VoiceguideError(
            f"The worker processes could not be started: {cause or type(cause).__name__}. Use fewer worker processes, "
            "or check Dask's configuration."
        ) from error


@contextlib.contextmanager
def _lost_workers_replaced(cluster: Any, workers: int) -> Iterator[None]:
    """Keep as many workers as there were at the beginning.

    A nanny of Dask restarts its worker if that was killed, and ends if the new worker cannot be started, for example
    because it could not connect in time. Without any worker, the run would wait for ever.
    """
    from distributed.core import Status

    def replace() -> None:
        for name, nanny in list(cluster.workers.items()):
            if nanny.status in (Status.closed, Status.failed):
                del cluster.workers[name]
        if len(cluster.workers) < workers:
            cluster.scale(workers)  # starts what is missing

    with _called_repeatedly(replace, cluster.loop):
        yield


@contextlib.contextmanager
def _lost_workers_reported(client: Any, on_idle: Callable[[], None]) -> Iterator[None]:
    """Call `on_idle` each time that the cluster has lost its last worker."""
    had_workers = True

    async def look() -> None:
        nonlocal had_workers
        with contextlib.suppress(OSError):  # the connection was lost, which the wait for a job reports
            has_workers = bool(await client.scheduler.ncores(workers=None))
            if had_workers and not has_workers:
                on_idle()
            had_workers = has_workers

    with _called_repeatedly(look, client.loop):
        yield


@contextlib.contextmanager
def _called_repeatedly(work: Callable[[], Any], loop: Any) -> Iterator[None]:
    """Call a function every LOOK_INTERVAL_MS in an event loop. It can be a coroutine."""
    from tornado.ioloop import PeriodicCallback

    callback = PeriodicCallback(work, LOOK_INTERVAL_MS)
    loop.add_callback(callback.start)
    try:
        yield
    finally:
        loop.add_callback(callback.stop)


def _kill_workers(cluster: Any) -> None:
    """Kill the workers at once: what they are doing is not needed any more, and leaves nothing behind."""
    for nanny in list(cluster.workers.values()):
        nanny.close_gracefully()  # it does not start the worker again
        if getattr(nanny, "pid", None):
            with contextlib.suppress(ProcessLookupError):
                os.kill(nanny.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _silence_logs() -> None:
    """Keep the messages of Dask away from the terminal. What matters is reported for each session."""
    import dask
    import distributed.client  # it sets the levels of its loggers

    dask.config.set({"logging.distributed": "critical", "logging.tornado": "critical", "logging.asyncio": "critical"})
    for name in ("distributed", distributed.client.__name__, "tornado", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def run_on_cluster(
    jobs: Sequence[BuildJob],
    *,
    scheduler: str | None = None,
    workers: int | None = None,
    on_activity: Callable[[Activity], None] = lambda activity: None,
    on_idle: Callable[[], None] = lambda: None,
) -> Generator[tuple[BuildJob, JobResult], None, None]:
    """Run jobs, and yield each with its result, in the order in which they finish.

    Args:
        scheduler: The address of a Dask scheduler. Default: worker processes on this computer.
        workers: The number of worker processes on this computer. Default: one per core.
        on_activity: Called in another thread when a worker starts with a phase of its job.
        on_idle: Called in another thread when the last worker is lost. The jobs wait until there is one again.

    Raises:
        VoiceguideError: The scheduler does not answer, or the connection to it was lost.
    """
    from distributed import as_completed

    queue = iter(enumerate(jobs))
    job_of: dict[Future[JobResult], BuildJob] = {}

    with contextlib.ExitStack() as stack:
        client = stack.enter_context(_open_cluster(scheduler, min(workers or available_cores(), len(jobs))))
        client.subscribe_topic(TOPIC, lambda event: on_activity(Activity(**event[1])))
        stack.enter_context(_lost_workers_reported(client, on_idle))
        running = as_completed(loop=client.loop)

        def submit() -> None:
            """Give each worker one job. If a worker is killed, Dask blames every job that it has been given."""
            for number, job in itertools.islice(queue, max(_count_threads(client) - len(job_of), 0)):
                key = f"{number} {job.session.name}"
                future = client.submit(_run_job, job, pure=False, key=key, retries=TRANSFER_RETRIES)
                job_of[future] = job
                running.add(future)

        submit()
        for future in running:
            job, result = job_of.pop(future), _result(future)
            future.release()  # or Dask would run it again if its worker were lost
            submit()
            yield job, result


def _count_threads(client: Client) -> int:
    """Return how many jobs the workers can run at the same time, or 1 while there are no workers."""
    with _lost_connection_explained():
        return max(sum(map(int, client.nthreads().values())), 1)


@contextlib.contextmanager
def _lost_connection_explained() -> Iterator[None]:
    from distributed.client import FutureCancelledError

    try:
        yield
    except (FutureCancelledError, OSError) as error:  # CommClosedError is an OSError
        raise VoiceguideError(
            "The connection to the scheduler was lost. Finished sessions are kept; run the catalogue again to go on."
        ) from error


def _run_job(job: BuildJob) -> JobResult:
    """Build a session on a worker, and tell the client what it is doing."""
    from distributed import get_worker

    worker = get_worker()

    def report(phase: Phase) -> None:
        name, pid = job.session.name, os.getpid()
        worker.log_event(TOPIC, {"name": name, "phase": phase, "worker": worker.address, "pid": pid})

    return build_session(job, report)


def _result(future: Future[JobResult]) -> JobResult:
    from distributed import KilledWorker

    try:
        with _lost_connection_explained():
            result: JobResult = future.result()
            return result
    except TransferError as error:
        return JobResult("failed", None, str(error))
    except KilledWorker:
        return JobResult(
            "failed",
            None,
            "Its worker process was killed four times, perhaps for lack of memory. Use fewer worker processes.",
        )
