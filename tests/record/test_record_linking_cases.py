"""What a clinician expects of linking, case by case; the styles of names are those of real sources."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from record_charts import event

from chartline.record.chart import Chart
from chartline.record.kinds import EventKind
from chartline.record.linking import LexicalLinker

T = "2100-01-01 08:00:00"
RECORDS: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("linking_cases.toml").read_text("utf-8"))[
    "record"
]
VERDICTS = {(False, False): "-", (True, False): "=", (True, True): "?"}


def chart_of(names: dict[str, list[str]]) -> Chart:
    """Each name once."""
    listed = [(EventKind[kind.upper()], name) for kind, of_kind in names.items() for name in of_kind]
    return Chart.build([event(kind, name, T, key=f"{kind}/{name}") for kind, name in listed])


@pytest.mark.parametrize("record", RECORDS, ids=[record["style"] for record in RECORDS])
def test_every_concept_means_what_a_clinician_expects(record: dict[str, Any]) -> None:
    chart = chart_of(record["names"])
    wrong = []
    for concept, kind, verdict, *names in (case for group in record["cases"].values() for case in group):
        linking = LexicalLinker().link(concept, EventKind[kind.upper()] if kind else None, chart)
        got = VERDICTS[bool(linking.names), linking.ambiguous]
        if (got, set(linking.names)) != (verdict, set(names)):
            wrong.append(f"{concept} ({kind}): {got} {linking.names}")
    assert not wrong


@pytest.mark.parametrize("record", RECORDS, ids=[record["style"] for record in RECORDS])
def test_every_name_links_to_itself(record: dict[str, Any]) -> None:
    chart = chart_of(record["names"])
    for kind, names in record["names"].items():
        for name in names:
            linking = LexicalLinker().link(name, EventKind[kind.upper()], chart)
            assert (linking.names, linking.kind, linking.ambiguous) == ((name,), EventKind[kind.upper()], False)
