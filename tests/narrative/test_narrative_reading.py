"""Notes are read for training as the encoder reads them: the same quotations to the same questions."""

from collections.abc import Iterator

import pytest
from narrative_chart import HOSPITAL, TENANT, hospital_records, load, questions
from pydantic import SecretStr

from chartline.language.plan_text import load_plan
from chartline.learning.generation.views import View
from chartline.learning.teaching.reading import NoteReader
from chartline.models.text_encoder import TextEncoder
from chartline.record.plan import Retrieve
from chartline.record.times import parse_instant
from chartline.rpc.keys import create_keys
from services.encoder.settings import EncoderSettings
from services.encoder.shard import Shard, open_shard

PATIENT, NOW = "p001", "2024-06-01T12:00:00-05:00"


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shard]:
    folder = tmp_path_factory.mktemp("reading")
    keys = create_keys(folder)
    database = SecretStr(f"sqlite:///{folder}/record.db")
    settings = EncoderSettings(jwks_file=keys.jwks_file, secret_file=keys.secret_file, database_url=database)
    opened = open_shard(settings, TextEncoder)
    load(opened, hospital_records({PATIENT}))
    yield opened
    opened.close()


def test_training_reads_notes_as_the_encoder_does(shard: Shard) -> None:
    view = View("Patient/p001#1", shard.store.history(shard.store.find_patient(TENANT, f"Patient/{PATIENT}")))
    reader, now, quoted = NoteReader(TextEncoder().encode), parse_instant(NOW), 0
    for asked in questions(HOSPITAL):
        plan = load_plan(asked.plan_text)
        if asked.patient != PATIENT or not isinstance(plan, Retrieve) or plan.windows:
            continue
        served = shard.reader.execute(TENANT, f"Patient/{PATIENT}", plan, None, now, "")
        read = reader.read(view, plan, now)
        assert [(v.form, v.label) for v in read.values] == [(v.form, v.label) for v in served.values], asked.ask
        assert (read.outcome, read.truncated) == (served.outcome, served.truncated)
        quoted += len(read.values)
    assert quoted > 10
