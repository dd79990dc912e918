"""The folder of a Bulk Data export: what is sent of it, what is only told, and how a killed load goes on."""

import gzip
import json
import lzma
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartline.commands import load
from chartline.errors import InvalidRequest
from chartline.sources.bulk_data import find_bulk_files
from chartline.sources.files import SourceFormat, left_out, read_messages
from chartline.sources.resuming import Journal, Place

PACK = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}


def patient(number):
    return {"resourceType": "Patient", "id": f"p{number}"}


def write(folder, name, *resources):
    content = "".join(f"{json.dumps(resource)}\n" for resource in resources).encode()
    (folder / name).write_bytes(PACK["".join(s for s in Path(name).suffixes if s in PACK)](content))


def manifest(folder, **files):
    content = {
        "transactionTime": "2024-01-01T00:00:00Z",
        **{
            key: [{"type": "Patient", "url": f"https://server/export/{name}?t=1"} for name in names]
            for key, names in files.items()
        },
    }
    (folder / "manifest.json").write_text(json.dumps(content))


def sent(*paths, start=None):
    messages = read_messages(paths, SourceFormat.FHIR_NDJSON, start)
    return [json.loads(message.payload).get("id", "deletion") for message in messages]


def deleted(*references):
    entries = [{"request": {"method": "DELETE", "url": reference}} for reference in references]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def test_the_manifest_says_what_is_sent_and_in_which_order(tmp_path):
    write(tmp_path, "Patient.000.ndjson.gz", patient(0), patient(1))
    write(tmp_path, "Aaa.ndjson", patient(2))
    write(tmp_path, "gone.ndjson.xz", deleted("Patient/p8", "Patient/p9"))
    write(tmp_path, "failed.ndjson", {"resourceType": "OperationOutcome"}, {"resourceType": "OperationOutcome"})
    write(tmp_path, "stray.ndjson", patient(3))
    manifest(
        tmp_path,
        output=["Patient.000.ndjson", "Aaa.ndjson"],
        deleted=["gone.ndjson.xz"],
        outcome=["failed.ndjson"],
    )
    assert sent(tmp_path) == ["p0", "p1", "p2", "deletion", "deletion"]
    assert left_out([tmp_path], SourceFormat.FHIR_NDJSON) == [
        "failed.ndjson: 2 outcomes of the export",
        "stray.ndjson: the manifest does not name it",
    ]
    assert left_out([tmp_path], SourceFormat.FHIR) == []


def test_the_older_name_of_outcomes_is_read_too(tmp_path):
    write(tmp_path, "a.ndjson", patient(0))
    write(tmp_path, "e.ndjson", {"resourceType": "OperationOutcome"})
    manifest(tmp_path, output=["a.ndjson"], error=["e.ndjson"])
    assert [file.name for file in find_bulk_files(tmp_path).records] == ["a.ndjson"]


def test_without_a_manifest_logs_and_outcomes_are_known_by_their_names(tmp_path):
    write(tmp_path, "Patient.ndjson", patient(0))
    for name in ("log.ndjson.gz", "OperationOutcome.000.ndjson", "errors.ndjson"):
        write(tmp_path, name, {})
    assert sent(tmp_path) == ["p0"]
    assert len(left_out([tmp_path], SourceFormat.FHIR_NDJSON)) == 3


@pytest.mark.parametrize("content", ["{", '{"output": [{"type": "Patient"}]}', '{"output": [{"url": "http://s/"}]}'])
def test_a_manifest_that_does_not_fit_is_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(InvalidRequest, match="manifest"):
        sent(tmp_path)


def test_a_file_cut_short_says_so_after_what_it_holds(tmp_path):
    write(tmp_path, "Patient.ndjson.gz", *map(patient, range(2_000)))
    whole = (tmp_path / "Patient.ndjson.gz").read_bytes()
    (tmp_path / "Patient.ndjson.gz").write_bytes(whole[: len(whole) // 2])
    found = []
    with pytest.raises(InvalidRequest, match="cut short"):
        found.extend(read_messages([tmp_path], SourceFormat.FHIR_NDJSON))
    assert len(found) > 100


def test_one_bad_line_stops_nothing(tmp_path):
    (tmp_path / "Patient.ndjson").write_text(f'{{"resourceType": "Pat\n{json.dumps(patient(1))}\n')
    first, second = read_messages([tmp_path], SourceFormat.FHIR_NDJSON)
    assert first.payload == b'{"resourceType": "Pat\n'
    assert json.loads(second.payload) == patient(1)


def test_an_empty_bundle_and_a_record_too_long_are_sent_for_ingest_to_judge(tmp_path):
    write(tmp_path, "a.ndjson", {"resourceType": "Bundle"}, patient(0) | {"language": "x" * (16 << 20)})
    empty, long = read_messages([tmp_path], SourceFormat.FHIR_NDJSON)
    assert json.loads(empty.payload) == {"resourceType": "Bundle"}
    assert (long.format, len(long.payload) < 100) == ("events", True)


# --- going on --------------------------------------------------------------------------------------------------------


class Killed(Exception):
    pass


class DyingProducer:
    """Keeps what was acknowledged; dies at the `lives`th message, and what was not settled may be lost."""

    def __init__(self, lives):
        self.acknowledged, self._sent, self._lives = [], [], lives

    def send(self, message):
        self._lives -= 1
        if not self._lives:
            raise Killed
        self._sent.append(json.loads(message.payload).get("id", "deletion"))

    def settle(self):
        self.acknowledged += self._sent
        self._sent = []


def run(producer, folder, state):
    journal = Journal(state)
    messages = read_messages([folder], SourceFormat.FHIR_NDJSON, journal.start)
    for _ in load.send(producer, messages, journal):
        pass


@settings(deadline=None, max_examples=40)
@given(lives=st.lists(st.integers(1, 30), max_size=6), between=st.integers(1, 7), packing=st.sampled_from(sorted(PACK)))
def test_a_load_killed_anywhere_loses_nothing_when_it_goes_on(tmp_path_factory, lives, between, packing):
    folder = tmp_path_factory.mktemp("bulk")
    state, acknowledged = folder / "state", []
    write(folder, f"a.ndjson{packing}", *map(patient, range(9)), deleted("Patient/x", "Patient/y"), patient(9))
    write(folder, f"b.ndjson{packing}", *map(patient, range(10, 19)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "_BETWEEN_PLACES", between)
        for life in lives:
            producer = DyingProducer(life)
            try:
                run(producer, folder, state)
            except Killed:
                acknowledged += producer.acknowledged
            else:
                acknowledged += producer.acknowledged
                break
        else:
            producer = DyingProducer(1_000)
            run(producer, folder, state)
            acknowledged += producer.acknowledged
    assert {f"p{n}" for n in range(19)} | {"deletion"} == set(acknowledged)
    assert acknowledged.count("deletion") >= 2
    assert not state.exists()


def test_a_load_goes_on_behind_the_line_it_had_reached(tmp_path):
    write(tmp_path, "a.ndjson.gz", *map(patient, range(4)))
    places = [m.place for m in read_messages([tmp_path], SourceFormat.FHIR_NDJSON)]
    assert sent(tmp_path, start=places[1]) == ["p2", "p3"]


def test_only_the_same_files_can_be_gone_on_with(tmp_path):
    write(tmp_path, "a.ndjson", patient(0))
    with pytest.raises(InvalidRequest, match="not among the files"):
        sent(tmp_path, start=Place("elsewhere.ndjson", 3))
    (tmp_path / "state").write_text("something else")
    with pytest.raises(InvalidRequest, match="does not say where a load stands"):
        Journal(tmp_path / "state")
