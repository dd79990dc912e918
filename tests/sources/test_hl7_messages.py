"""Files of HL7 v2 become one record a message, in whatever way messages are strung together."""

import gzip
from pathlib import Path

import pytest

from chartline.sources.files import SourceFormat, read_messages
from chartline.sources.hl7_messages import patient_of, split_messages

ONE = b"MSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.5\rPID|1||7^^^GHH^MR~8^^^X"
TWO = b"MSH|^~\\&|A|B|||2026||ADT^A08|2|P|2.5\rPID|1|9|\rPV1|1|I"


@pytest.mark.parametrize(
    "content",
    [
        ONE + b"\r" + TWO,
        ONE + b"\r\r\n" + TWO + b"\r\n\n",
        b"\x0b" + ONE + b"\r\x1c\r\x0b" + TWO + b"\r\x1c\r",
        b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + ONE + b"\r" + TWO + b"\rBTS|2\rFTS|1\r",
        b"\xef\xbb\xbf" + ONE.replace(b"\r", b"\r") + b"\n" + TWO,
    ],
)
def test_messages_are_cut_where_they_begin(content: bytes) -> None:
    assert list(split_messages(content)) == [ONE, TWO]


def test_what_stands_before_the_first_message_is_not_dropped() -> None:
    assert list(split_messages(b"PID|1||7\r" + ONE)) == [b"PID|1||7", ONE]


def test_a_batch_without_messages_has_none() -> None:
    assert list(split_messages(b"FHS|^~\\&|A\rBHS|^~\\&\rBTS|0\rFTS|1")) == []


def test_a_segment_named_inside_a_text_begins_nothing() -> None:
    message = ONE + b"\rNTE|1||see MSH|^~ of the other"
    assert list(split_messages(message)) == [message]


def test_the_patient_is_whom_pid_3_names() -> None:
    assert patient_of(ONE) == "GHH|7"
    assert patient_of(TWO) == "|9"
    assert patient_of(b"MSH#!@%*#A#B\rPID#1##7!!!GHH") == "GHH|7"
    assert patient_of(b"MSH|^~\\&|A") == patient_of(b"") == ""


def test_files_are_read_by_their_endings(tmp_path: Path) -> None:
    (tmp_path / "a.hl7").write_bytes(ONE + b"\r" + TWO)
    (tmp_path / "b.txt").write_bytes(TWO)
    (tmp_path / "c.hl7.gz").write_bytes(gzip.compress(ONE))
    (tmp_path / "d.pdf").write_bytes(b"%PDF")
    found = [(m.format, m.patient, m.payload) for m in read_messages([tmp_path], SourceFormat.HL7V2)]
    assert found == [("hl7v2", "GHH|7", ONE), ("hl7v2", "|9", TWO), ("hl7v2", "|9", TWO), ("hl7v2", "GHH|7", ONE)]
