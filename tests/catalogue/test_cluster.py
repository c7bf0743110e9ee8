"""A Dask cluster that is already running: TLS, and where the scheduler of a cluster on this computer listens."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.catalogue.catalogues import manifest, write_catalogue, write_scripts
from tests.conftest import Run
from tests.support.environment import child_environment
from tests.support.forked_processes import run_command, start_command
from tests.support.long_forms import long
from tests.support.timing import HANG_S
from voiceguide.catalogue import cluster as cluster_module
from voiceguide.catalogue.cluster import check_installed
from voiceguide.errors import VoiceguideError


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a certificate and its key."""
    from distributed.security import Security

    temporary = Security.temporary()
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_text(temporary.tls_ca_file + temporary.tls_client_key)
    return path


@pytest.fixture(scope="module")
def cluster(certificate: Path) -> Iterator[Any]:
    """A scheduler that demands the certificate, with one worker."""
    from distributed import LocalCluster
    from distributed.security import Security

    names = ("ca_file", "scheduler_cert", "scheduler_key", "worker_cert", "worker_key", "client_cert", "client_key")
    security = Security(require_encryption=True, **{f"tls_{name}": str(certificate) for name in names})
    with LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        host="127.0.0.1",
        protocol="tls",
        security=security,
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
    ) as own:
        yield own


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate in Dask's configuration, here in its environment variables."""
    for name in ("CA_FILE", "CLIENT__CERT", "CLIENT__KEY"):
        monkeypatch.setenv(f"DASK_DISTRIBUTED__COMM__TLS__{name}", str(certificate))


@long
def test_a_cluster_with_tls(cluster: Any, tmp_path: Path, run: Run, request: pytest.FixtureRequest) -> None:
    scheduler = cluster.scheduler_address
    write_scripts(tmp_path, "evening")
    write_catalogue(tmp_path)
    refused = run("catalogue", "catalogue.yaml", "--scheduler", scheduler, status=1)
    assert f"The scheduler {scheduler} does not answer" in refused.stderr
    assert "Traceback" not in refused.stderr
    request.getfixturevalue("trusted")
    result = run("catalogue", "catalogue.yaml", "--scheduler", scheduler, "--json")
    assert json.loads(result.stdout.splitlines()[-1])["built"] == 2
    assert len(manifest(tmp_path / "published")) == 2
    assert list((tmp_path / "published/.voiceguide/inputs").iterdir())


@long
@pytest.mark.usefixtures("trusted")
def test_a_run_waits_for_workers_and_says_so(cluster: Any, tmp_path: Path) -> None:
    """The only worker is taken away while it builds a session, and another one is started later."""
    write_scripts(tmp_path, "evening")
    write_catalogue(tmp_path)
    arguments = ("catalogue", "catalogue.yaml", "--scheduler", cluster.scheduler_address, "--json")
    process = start_command(*arguments, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(json.loads(line)["event"])
        if seen.count("running") == 1 and seen[-1] == "running":
            cluster.scale(0)
        elif seen[-1] == "waiting":
            cluster.scale(1)
    assert process.wait(HANG_S) == 0
    assert seen.count("waiting") == 1
    assert len(manifest(tmp_path / "published")) == 2


@long
@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("DASK_DISTRIBUTED__NANNY__PRELOAD", '["/missing.py"]', "No such file or directory: '/missing.py'."),
        ("DASK_DISTRIBUTED__WORKER__PRELOAD", '["raise SystemExit(3)"]', "Nanny failed to start worker process."),
    ],
)
def test_workers_that_cannot_be_started(variable: str, value: str, message: str, tmp_path: Path) -> None:
    """Nor does Dask use a folder that another user could have put into TMPDIR, as it would import modules from it."""
    write_scripts(tmp_path, "evening")
    write_catalogue(tmp_path)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = child_environment({variable: value, "TMPDIR": str(temporary)})
    arguments = ("catalogue", "catalogue.yaml", "--workers", "1")
    process = run_command(*arguments, cwd=tmp_path, env=environment, text=True)
    assert process.returncode == 1
    last = process.stderr.splitlines()[-1]
    assert last.startswith("The worker processes could not be started: ")
    assert last.endswith(f"{message} Use fewer worker processes, or check Dask's configuration.")
    assert list(temporary.iterdir()) == []


@pytest.fixture(scope="module")
def local_client() -> Iterator[Any]:
    """A client of a cluster on this computer with one worker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster_module, "LOOK_INTERVAL_MS", 50)
        with cluster_module._open_cluster(None, 1) as client:
            yield client


def test_a_cluster_on_this_computer_is_for_this_run_only(local_client: Any) -> None:
    """It listens on the loopback interface, and a client without its certificate is turned away."""
    address = local_client.scheduler_info()["address"]
    assert address.startswith("tls://127.0.0.1:")
    port = int(address.rpartition(":")[2])
    own = psutil.Process()
    found = [one for process in (own, *own.children(recursive=True)) for one in process.net_connections()]
    assert {one.laddr.ip for one in found if one.status == "LISTEN"} == {"127.0.0.1"}
    without_certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    without_certificate.check_hostname = False
    without_certificate.verify_mode = ssl.CERT_NONE
    refused = pytest.raises((ssl.SSLError, ConnectionError))
    with socket.create_connection(("127.0.0.1", port), HANG_S) as connection, refused:
        without_certificate.wrap_socket(connection).recv(1)
    with socket.create_connection(("127.0.0.1", port), HANG_S) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(bytes(64))
        assert b"compression" not in connection.recv(1000)  # a scheduler's first words


@pytest.mark.needs_program("unshare")
@pytest.mark.needs_root
def test_without_a_loopback_interface_it_is_a_sentence(tmp_path: Path) -> None:
    """Dask would wait for ten minutes for each worker."""
    write_scripts(tmp_path, "evening")
    write_catalogue(tmp_path)
    command = ["unshare", "--net", sys.executable, "-m", "voiceguide", "catalogue", "catalogue.yaml"]
    result = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, env=child_environment(), timeout=HANG_S
    )
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        "The worker processes cannot be reached at 127.0.0.1 (Network is unreachable). "
        "Turn on the loopback interface, for example with: ip link set lo up"
    )


@pytest.mark.skipif(os.name != "posix", reason="there are no signals")
def test_workers_leave_ctrl_c_to_the_command(local_client: Any) -> None:
    """A terminal sends it to all of them. A worker that ends by itself prints where it was."""
    before = local_client.submit(os.getpid, pure=False).result(HANG_S)
    os.kill(before, signal.SIGINT)
    assert local_client.submit(time.sleep, 0.5, pure=False).result(HANG_S) is None
    assert local_client.submit(os.getpid, pure=False).result(HANG_S) == before


@long
def test_a_worker_is_replaced_if_dask_gives_it_up(local_client: Any) -> None:
    """Its nanny ends, as when a restarted worker cannot connect in time."""
    nanny = local_client.cluster.workers[0]
    before = local_client.submit(os.getpid, pure=False).result(HANG_S)
    local_client.sync(nanny.close)
    assert local_client.submit(os.getpid, pure=False).result(HANG_S) != before


def test_the_packages_are_named_if_they_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    check_installed()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(VoiceguideError, match=r'Install them with: pip install "voiceguide\[catalogue\]"'):
        check_installed()


def test_help_and_import_load_none_of_it(tmp_path: Path) -> None:
    (tmp_path / "probe.py").write_text(
        "import sys, voiceguide\nfrom click.testing import CliRunner\nfrom voiceguide.cli.main import cli\n"
        "CliRunner().invoke(cli, ['catalogue', '--help'])\n"
        "print(sorted({'dask', 'distributed', 'obstore', 'cryptography'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "probe.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
