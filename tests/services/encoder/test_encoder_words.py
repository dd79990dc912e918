"""A tenant's words: learnt from names, kept across restarts, one tenant's alone."""

import sqlalchemy as sa
from encoder_events import lab

from chartline.record.event import Attribute
from chartline.record.kinds import EventKind
from services.encoder.record.database import Database
from services.encoder.words import TenantWords

CULTURE = lab(2, kind=EventKind.MICROBIOLOGY, name="Culture", attributes=(Attribute("organism", "ESCHERICHIA COLI"),))


def test_the_words_of_names_are_learnt_and_kept(database: Database) -> None:
    TenantWords(database).learn("t", [lab(1, name="Anti-Zonulin antibodies"), CULTURE])
    again = TenantWords(database)
    assert not again.is_written("t", EventKind.LABORATORY, "zonulin")
    again.load()
    assert again.is_written("t", EventKind.LABORATORY, "zonulin")
    assert again.is_written("t", EventKind.MICROBIOLOGY, "coli")


def test_what_is_too_long_for_a_word_is_not_learnt(database: Database) -> None:
    """PostgreSQL would refuse it, and with it the embeddings of all tenants of the shard."""
    words = TenantWords(database)
    long = "".join(f"{number:x}" for number in range(3_000))
    words.learn("t", [lab(1, name=f"Zonulin {long}")])
    assert words.is_written("t", EventKind.LABORATORY, "zonulin")
    assert not words.is_written("t", EventKind.LABORATORY, long)


def test_a_word_is_of_its_tenant_and_kind_alone(database: Database) -> None:
    words = TenantWords(database)
    words.learn("t", [lab(1, name="Zonulin")])
    assert words.is_written("t", EventKind.LABORATORY, "zonulin")
    assert not words.is_written("u", EventKind.LABORATORY, "zonulin")
    assert not words.is_written("t", EventKind.CONDITION, "zonulin")


def test_what_is_known_is_not_written_again(database: Database) -> None:
    words = TenantWords(database)
    words.learn("t", [lab(1, name="Zonulin")])
    other = TenantWords(database)
    other.learn("t", [lab(2, name="Zonulin level")])
    with database.reading() as connection:
        rows = connection.execute(sa.text("SELECT word FROM words WHERE tenant = 't' ORDER BY word")).scalars().all()
    assert rows == ["level", "zonulin"]
