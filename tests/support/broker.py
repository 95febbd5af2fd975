"""One real Kafka broker on loopback, started from its own JARs and ended by its own process id."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crosschannel.io.jars import jar_folder

PINNED = Path(__file__).parent / "kafka" / "broker.sha256"
START_SECONDS = 90
PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
log.dirs={folder}/log
num.partitions=4
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Run a broker that keeps its log in ``folder``; yields its address."""
    port, controller = _free_ports(2)
    settings = folder / "server.properties"
    settings.write_text(PROPERTIES.format(port=port, controller=controller, folder=folder), encoding="utf-8")
    java = [_java(), "-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", os.pathsep.join(map(str, broker_jars()))]
    tool = [*java, "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", str(settings)]
    subprocess.run(tool, check=True, cwd=folder, capture_output=True, timeout=START_SECONDS)
    with (folder / "broker.txt").open("wb") as said:
        process = subprocess.Popen([*java, "kafka.Kafka", str(settings)], cwd=folder, stdout=said, stderr=said, start_new_session=True)
        try:
            _wait_for(process, port, folder)
            yield f"127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START_SECONDS)


def broker_jars() -> list[Path]:
    """Return the broker's JARs, each of them the pinned one."""
    pinned = dict(reversed(line.split()) for line in PINNED.read_text(encoding="utf-8").splitlines())
    paths = [jar_folder() / "kafka" / name for name in sorted(pinned)]
    assert all(p.is_file() for p in paths), f"the broker's JARs are not in {jar_folder() / 'kafka'}: run `make kafka-jars`"
    wrong = [p.name for p in paths if hashlib.sha256(p.read_bytes()).hexdigest() != pinned[p.name]]
    assert not wrong, f"not the pinned files: {wrong}; delete them and run `make kafka-jars`"
    return paths


def _wait_for(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError("the broker does not listen: " + (folder / "broker.txt").read_text(encoding="utf-8")[-2000:])


def _free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else "java"
