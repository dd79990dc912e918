"""The splitter and the decoder: separators, line ends, framing, escapes, character sets; python-hl7 is the oracle."""

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.parsers.errors import UnreadableRecord
from services.ingest.parsers.hl7v2.decoding import decode
from services.ingest.parsers.hl7v2.splitting import split

MSH = "MSH|^~\\&|APP|FAC|||20260301120000||ORU^R01|1|P|2.5.1"


def segment(line, header=MSH):
    return split(f"{header}\r{line}").segments[1]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r\n"])
def test_segments_end_with_any_line_end(end):
    message = split(f"{MSH}{end}PID|1||7{end}OBX|1|NM|k||5{end}")
    assert [s.name for s in message.segments] == ["MSH", "PID", "OBX"]
    assert message.strays == 0


def test_a_line_feed_inside_a_message_of_carriage_returns_is_text():
    message = split(f"{MSH}\rOBX|1|TX|k||first\nsecond line|||\rOBX|2|TX|k||x")
    assert message.segments[1].get(5) == "first\nsecond line"
    assert len(message.segments) == 3


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("inside", ["\n", "\r\n"])
@pytest.mark.parametrize("line", ["second line", "MRI: clear", "CT|"])
def test_a_line_feed_inside_a_field_is_text(end, inside, line):
    message = split(f"{MSH}{end}OBX|1|TX|k||first{inside}{line}|||{end}{end}OBX|2|TX|k||x{end}")
    assert (message.segments[1].get(5), message.strays) == (f"first\n{line.strip('|')}", 0)
    assert [s.name for s in message.segments] == ["MSH", "OBX", "OBX"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("line", ["Page 1 of 2", "Ward 7 | Bed 3", "Page 1\nWard 7 | Bed 3"])
@pytest.mark.parametrize(
    ("sent", "number", "said"),
    [
        *((f"OBX|1|NM|k||140|mmol/L|||||{status}", 11, status) for status in "DWX"),
        ("OBX|1|NM|k||140", 5, "140"),
        ("OBX|1|TX|k||first|||||||||20260301", 14, "20260301"),
        ("PID|1||7|||||M", 8, "M"),
    ],
)
def test_a_line_behind_a_code_or_a_number_is_none_of_it(end, line, sent, number, said):
    message = split(f"{MSH}{end}{sent}{end}{line.replace(chr(10), end)}{end}OBX|2|TX|k||x{end}")
    assert (message.segments[1].get(number), message.strays) == (said, 1 + line.count("\n"))
    assert [s.name for s in message.segments][2:] == ["OBX"]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("status", "DWX")
def test_a_segment_without_fields_ends_the_one_before_it(end, status):
    message = split(f"{MSH}{end}OBX|1|NM|k||140|mmol/L|||||{status}{end}ORC{end}OBR|1{end}DSC{end}")
    assert [s.name for s in message.segments] == ["MSH", "OBX", "ORC", "OBR", "DSC"]
    assert (message.segments[1].get(11), message.strays) == (status, 0)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_field_of_any_kind_breaks_where_others_follow_its_text(end):
    message = split(f"{MSH}{end}OBX|1|CE|k^Growth{end}after two days||1^Heavy{end}growth||||||D{end}PID|1")
    assert (message.segments[1].get(3, 2), message.segments[1].get(5, 2)) == ("Growth\nafter two days", "Heavy\ngrowth")
    assert (message.segments[1].get(11), message.strays) == ("D", 0)


def test_a_line_of_carriage_returns_that_is_no_segment_is_counted():
    assert split(f"{MSH}\rOBX|1|TX|k||first\rsecond\r\rOBX|2").strays == 1


def test_many_line_ends_are_read_once():
    message = split(f"{MSH}\nNTE|1||a{chr(10) * 200_000}b\nPID|1")
    assert [len(message.segments), message.strays] == [3, 0]


def test_a_segment_goes_on_in_the_next():
    message = split(f"{MSH}\rOBX|1|FT|k||one t\rADD|wo thr\rADD|ee|mg|||||F\rADD\rPID|1")
    assert [s.name for s in message.segments] == ["MSH", "OBX", "PID"]
    assert [message.segments[1].get(number) for number in (5, 6, 11)] == ["one two three", "mg", "F"]
    assert [s.name for s in split(f"{MSH}\rADD|rest|\rPID|1").segments] == ["MSH", "ADD", "PID"]


def test_fields_are_numbered_as_the_standard_numbers_them():
    header = split(MSH).header
    assert (header.get(1), header.get(3), header.get(9), header.get(9, 2), header.get(10)) == (
        "|",
        "APP",
        "ORU",
        "R01",
        "1",
    )


def test_repetitions_components_and_subcomponents():
    found = segment("PID|1||10^^^A&1.2&ISO^MR~11^^^B^SS|")
    assert [e.get(1) for e in found.all(3)] == ["10", "11"]
    assert found.get(3, 4, 2) == "1.2"
    assert found.get(3, 4) == "A"
    assert found.get(3, 9) == ""
    assert found.get(40) == ""


def test_other_separators_are_those_of_the_message():
    found = segment("PID#1##10!!!A$1.2!MR@11#x%F%y", "MSH#!@%$#APP#FAC###2026##ADT!A01#1#P#2.5")
    assert [e.get(1) for e in found.all(3)] == ["10", "11"]
    assert found.get(3, 4, 2) == "1.2"
    assert found.get(4) == "x#y"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", "a|b^c&d~e\\f"),
        (r"one\.br\two\.sp2\three", "one\ntwo\n\nthree"),
        (r"\H\bold\N\ and \.in+4\\.ti-2\plain", "bold and plain"),
        (r"caf\XC3A9\ \X0D0A\end", "café \nend"),
        (r"C:\folder\file", r"C:\folder\file"),
        (r"a \Zabc\ site's own", "a  site's own"),
        (r"an open \ mark", "an open \\ mark"),
    ],
)
def test_escapes(sent, said):
    assert segment(f"NTE|1||{sent}").get(3) == said


def test_two_quotes_take_a_value_away_and_nothing_says_nothing():
    found = segment('PID|1||7||""||')
    assert found.deleted(5)
    assert not found.deleted(7)
    assert found.get(5) == found.get(7) == ""


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("8859/1", "iso8859-1"),
        ("8859/2", "iso8859-2"),
        ("8859/5", "iso8859-5"),
        ("UNICODE UTF-8", "utf-8"),
        ("GB 18030-2000", "gb18030"),
        ("~ISO IR87", "iso2022_jp"),
        ("ISO IR149", "euc_kr"),
    ],
)
def test_character_sets_of_msh_18(name, codec):
    words = {"8859/5": "Иванов", "8859/2": "Łódź", "GB 18030-2000": "王", "~ISO IR87": "山田", "ISO IR149": "김"}
    name_of = words.get(name, "Müller")
    text = f"{MSH}||||||{name}\rPID|1||7||{name_of}"
    assert split(decode(text.encode(codec))).segments[1].get(5) == name_of


@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
def test_what_is_not_in_the_announced_character_set_is_utf_8_or_windows_1252(codec):
    text = f"{MSH}||||||ASCII\rPID|1||7||Müller’s"
    assert split(decode(text.encode(codec))).segments[1].get(5) == "Müller’s"


def test_framing_and_a_wrapping_of_one_message_come_off():
    assert decode(b"\x0b" + MSH.encode() + b"\r\x1c\r") == MSH
    wrapped = f"FHS|^~\\&|x\rBHS|^~\\&|x\r{MSH}\rPID|1||7\rBTS|1\rFTS|1\r"
    assert [s.name for s in split(decode(wrapped.encode())).segments] == ["MSH", "PID"]
    assert decode(b"\xef\xbb\xbf" + MSH.encode()) == MSH


@pytest.mark.parametrize("payload", [b"", b"PID|1", b"hello", f"{MSH}\rPID|1\r{MSH}\rPID|2".encode(), b"MSH", b"MSHx"])
def test_what_is_no_one_message_is_unreadable(payload):
    with pytest.raises(UnreadableRecord):
        split(decode(payload))


WORDS = st.text(st.sampled_from("ab1 .-ü"), max_size=4)
FIELD = st.recursive(WORDS, lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=5)
NAMES = st.sampled_from(["PID", "PV1", "OBX", "ZXX", "NTE"])


def field_text(parts, depth=0):
    if isinstance(parts, str):
        return parts
    return "~^&"[min(depth, 2)].join(field_text(part, depth + 1) for part in parts)


@given(st.lists(st.tuples(NAMES, st.lists(FIELD, max_size=6)), max_size=5))
def test_python_hl7_reads_the_same(lines):
    """Every field of every segment as it was sent, and of each first repetition the first component."""
    text = "\r".join([MSH, *("|".join([name, *map(field_text, fields), "."]) for name, fields in lines)])
    expected, found = hl7.parse(text + "\r"), split(text)
    assert [s.name for s in found.segments] == [str(s[0]) for s in expected]
    for ours, theirs in list(zip(found.segments, expected, strict=True))[1:]:
        for number in range(1, len(theirs)):
            assert ours.raw(number) == str(theirs[number])
            first = theirs[number][0]
            if isinstance(first, hl7.Repetition) and str(first):
                assert ours.first(number).component(1).raw == str(first[0])
