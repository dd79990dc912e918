"""The pages for those who run Chartline: they lead somewhere and leave nothing out."""

import json
import re
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from textwrap import dedent

import pytest
import yaml
from deploy_paths import K8S, ROOT
from google.protobuf.json_format import Parse
from google.protobuf.message_factory import GetMessageClass
from metric_names import rules

from chartline.rpc.keys import create_keys
from chartline.v1.ingest_service_pb2 import DESCRIPTOR
from services.ingest.settings import IngestSettings

DOCS = ROOT / "docs"
OPERATIONS = DOCS / "operations.md"
PAGES = [
    OPERATIONS,
    DOCS / "ingest.md",
    DOCS / "outcomes.md",
    *sorted((DOCS / "runbooks").glob("*.md")),
    *sorted((DOCS / "adr").glob("*.md")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_commands_name_what_the_manifests_hold(page: Path) -> None:
    commands = re.findall(r"\bkubectl [^`\n]+", page.read_text())
    named = {found for command in commands for found in re.findall(r" ([a-z]+)/([a-z-]+)(?!\S)", command)}
    documents = [d for file in (K8S / "base").glob("*.yaml") for d in yaml.safe_load_all(file.read_text())]
    assert named <= {(d["kind"].lower(), d["metadata"]["name"]) for d in documents if "metadata" in d}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_calls_of_ingest_are_calls_of_the_contract(page: Path) -> None:
    methods = DESCRIPTOR.services_by_name["IngestService"].methods_by_name
    text = page.read_text()
    calls = re.findall(r"`(\w+)` `(\{.+?\})`", text)
    calls += [(name, body) for body, name in re.findall(r"-d '(.+?)' .+?IngestService/(\w+)", text, re.S)]
    for name, body in calls:
        Parse(body.replace("\\|", "|"), GetMessageClass(methods[name].input_type)())
    assert set(re.findall(r"IngestService[./](\w+)", text)) <= set(methods)


def test_a_restore_sets_every_consumer_group_back() -> None:
    restore = OPERATIONS.read_text().split("\nRestore: ")[1].split("\n\n")[0]
    settings = IngestSettings.model_construct()
    assert {f"`{s.group}`" for s in (settings.live, settings.backfill)} <= set(re.findall(r"`[\w-]+`", restore))


def _python(word: str) -> str:
    """The one program of the page that holds the word."""
    programs = re.findall(r'python -c "\n(.+?)"(?= >|\n)', OPERATIONS.read_text(), re.S)
    (program,) = (dedent(program) for program in programs if word in program)
    return program


def test_the_public_keys_begin_with_that_of_the_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = create_keys(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "service.pem").write_bytes(keys.service_key_file.read_bytes())
    exec(_python("jwk"), {})
    (made,) = json.loads(capsys.readouterr().out)["keys"]
    assert made in json.loads(keys.jwks_file.read_text())["keys"]


def test_a_backup_of_sqlite_is_the_record(tmp_path: Path) -> None:
    code = _python("sqlite3")
    database = re.search(r"DATABASE_URL=sqlite:///(.+)", (K8S / "base" / "encoder.env").read_text())
    assert database is not None
    assert f"'{database[1]}'" in code
    with closing(connect(tmp_path / "encoder.db")) as record:
        record.execute("create table events as select 1 as seq")
        record.commit()
        exec(code.replace("/var/lib/chartline", str(tmp_path)))
    with closing(connect(tmp_path / "backup.db")) as backup:
        assert backup.execute("select seq from events").fetchall() == [(1,)]


def test_every_alert_is_listed_with_its_severity() -> None:
    listed = set(re.findall(r"^\| (\w+) \| (critical|warning|info) \|", OPERATIONS.read_text(), re.M))
    assert listed == {(r["alert"], r["labels"]["severity"]) for r in rules() if "alert" in r}  # type: ignore[index]


def test_every_secret_that_manifests_name_is_explained() -> None:
    text = "\n".join(file.read_text() for file in K8S.rglob("*.yaml"))
    named = set(re.findall(r"(?:secret: \{name|secretName|secretKeyRef: \{name): ([\w-]+)", text))
    page = OPERATIONS.read_text().replace("chartline-tls-{gateway,ingest,encoder}", " ".join(named & TLS))
    assert not {name for name in named if name not in page}


TLS = {f"chartline-tls-{service}" for service in ("gateway", "ingest", "encoder")}
