"""OBR, OBX, NTE, SPM: what was measured, what it means, and which fact a correction replaces."""

import base64

import pytest
from hl7_messages import PID, PV1, at, of_kind, only, read, segment

from chartline.record.event import EventStatus, Quantity
from chartline.record.identity import with_event_key
from chartline.record.kinds import EventKind
from chartline.record.versions import states
from services.ingest.parsers import parse

LAB, VITAL, MICRO = EventKind.LABORATORY, EventKind.VITAL, EventKind.MICROBIOLOGY
ORU = "ORU^R01^ORU_R01"
OBR = segment(
    "OBR",
    f2="P1",
    f3="F1^LIS",
    f4="24323-8^Panel^LN",
    f7="20260301100000",
    f15="BLD&Blood",
    f22="20260301110000",
    f24="LAB",
)


def result(obx, obr=OBR, **sending):
    return read(ORU, PID, PV1, obr, obx, **sending)


def value_of(kind, value, unit=""):
    event = only(result(f"OBX|1|{kind}|k^Test^L||{value}|{unit}|||||F"), LAB)
    return event.quantity or event.text_value


def test_a_number_with_unit_range_flag_times_and_comment():
    record = read(
        ORU,
        PID,
        PV1,
        OBR,
        "OBX|1|NM|2823-3^Potassium^LN|1|5.10|mmol/L^^UCUM|3.5-5.3|H~A|||F|||20260301100500",
        "NTE|1||hemolyzed",
    )
    event = only(record, LAB)
    assert event.natural_key == "result/F1^LIS%2F24323-8/2823-3/1"
    assert event.source.system == "LAB|GHH"
    assert event.patient == "GHH|7"
    assert event.encounter == "V1"
    assert (event.name, event.codings[0].system) == ("Potassium", "http://loinc.org")
    assert event.quantity == Quantity("5.10", "mmol/L")
    assert (event.interpretation, event.status) == ("H", EventStatus.FINAL)
    assert (at(event), at(event, "available_time")) == ("2026-03-01T10:05:00", "2026-03-01T11:00:00")
    assert event.attribute("reference_low") == Quantity("3.5", "mmol/L")
    assert event.attribute("reference_high") == Quantity("5.3", "mmol/L")
    assert event.attribute("comment") == "hemolyzed"
    assert event.attribute("specimen") == "Blood"
    report = only(record, EventKind.REPORT)
    assert (report.name, report.attribute("category")) == ("Panel", "Laboratory")


@pytest.mark.parametrize(
    ("kind", "value", "unit", "expected"),
    [
        ("NM", "<15", "mL", Quantity("15", "mL", "<")),
        ("NM", "-0.50", "", Quantity("-0.50")),
        ("NM", "+5", "", Quantity("5")),
        ("NM", "see note", "", "see note"),
        ("SN", ">^200", "mg/dL", Quantity("200", "mg/dL", ">")),
        ("SN", "^<0.01", "ng/mL", Quantity("0.01", "ng/mL", "<")),
        ("SN", "=^7", "", Quantity("7")),
        ("SN", "<^>5", "mg", "<>5 mg"),
        ("SN", "^1^:^128", "", "1:128"),
        ("SN", "^10^-^20", "/hpf", "10-20 /hpf"),
        ("SN", "^3^+", "", "3+"),
        ("ST", "68", "/min", Quantity("68", "/min")),
        ("ST", "68", "", "68"),
        ("NM", "4.1", "10^3/uL", Quantity("4.1", "10^3/uL")),
        ("NM", "4.1", "x10^9/L^^UCUM", Quantity("4.1", "x10^9/L")),
        ("NM", "4.1", "10*3/uL^thousand^UCUM", Quantity("4.1", "10*3/uL")),
        ("NM", "10", "10^tens^L", Quantity("10", "10")),
        ("ST", "Positive", "", "Positive"),
        ("CWE", "260373001^Detected^SCT", "", "Detected"),
        ("CE", "POS", "", "POS"),
        ("CWE", "^^^X1^alternate^L", "", "alternate"),
        ("DT", "202603", "", "2026-03"),
        ("TS", "202603011530", "", "2026-03-01T15:30"),
        ("TM", "1530", "", "15:30"),
        ("CQ", "2.5^L", "", Quantity("2.5", "L")),
        ("NR", "1^5", "mg", "1 to 5 mg"),
        ("RP", "//store/1^^IM^DICOM", "", "[im/dicom not included]"),
        ("TX", "one~two", "", "one\ntwo"),
        ("FT", r"one\.br\two", "", "one\ntwo"),
        ("XCN", "1^Roe^Rita", "", "Rita Roe"),
        ("ZZ", "a^b&c", "", "a b c"),
    ],
)
def test_values_by_their_type(kind, value, unit, expected):
    assert value_of(kind, value, unit) == expected


@pytest.mark.parametrize(
    ("stated", "low", "high", "comment"),
    [
        ("3.5 - 5.3", Quantity("3.5", "mg"), Quantity("5.3", "mg"), None),
        ("<10", None, Quantity("10", "mg"), None),
        (">=60 mg", Quantity("60", "mg"), None, None),
        ("negative", None, None, "reference range: negative"),
        ("[ ]", None, None, None),
    ],
)
def test_reference_ranges(stated, low, high, comment):
    event = only(result(f"OBX|1|NM|k||5|mg|{stated}||||F"), LAB)
    assert (event.attribute("reference_low"), event.attribute("reference_high")) == (low, high)
    assert event.attribute("comment") == comment


def test_each_number_of_a_repeated_value_is_an_event():
    record = result("OBX|1|NM|k||60~120|mm[Hg]|||||F")
    assert [(e.natural_key[-2:], e.quantity.value) for e in of_kind(record, LAB)] == [("k/", "60"), ("/1", "120")]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("F", "FINAL"),
        ("P", "PRELIMINARY"),
        ("C", "CORRECTED"),
        ("A", "CORRECTED"),
        ("X", "CANCELLED"),
        ("D", "ENTERED_IN_ERROR"),
        ("W", "WRONG_PATIENT"),
        ("R", "UNSPECIFIED"),
    ],
)
def test_statuses(code, status):
    assert only(result(f"OBX|1|NM|k||5||||||{code}"), LAB).status == EventStatus[status]


@pytest.mark.parametrize("code", ["X", "D", "W"])
def test_a_value_is_taken_back_without_being_repeated(code):
    assert only(result(f"OBX|1|NM|k||||||||{code}"), LAB).quantity is None


def test_a_result_that_is_not_there_yet_is_left_over_by_its_status():
    assert result("OBX|1|NM|k||||||||I").leftovers == ("OBX without value in status I",)


FIRST = ("OBX|1|NM|k|1|5.1||||||F|||20260301100000", "20260301110000")
CORRECTION = ("OBX|1|NM|k|1|6.1||||||C|||20260301100000", "20260301130000")
RETRACTION = ("OBX|1|NM|k|1|||||||W|||20260301100000", "20260301140000")


def history(*told):
    sent = [result(obx, sent=at, control=f"c{at}") for obx, at in told]
    events = [with_event_key("t", e) for record in sent for e in of_kind(record, LAB)]
    return states(events)


@pytest.mark.parametrize("order", [(FIRST, CORRECTION), (CORRECTION, FIRST), (CORRECTION, FIRST, CORRECTION)])
def test_a_correction_under_another_control_id_replaces_what_it_corrects(order):
    (shown,) = history(*order)
    assert (shown.quantity.value, shown.status, shown.conflicting) == ("6.1", EventStatus.CORRECTED, False)


@pytest.mark.parametrize("order", [(FIRST, RETRACTION, CORRECTION), (RETRACTION, CORRECTION, FIRST)])
def test_what_was_the_wrong_patients_stays_gone_whatever_comes_late(order):
    assert history(*order) == []


def test_a_correction_is_not_known_before_it_was_sent():
    event = only(result(CORRECTION[0], sent=CORRECTION[1]), LAB)
    assert at(event, "available_time") == "2026-03-01T13:00:00"


def test_placer_or_sample_and_time_name_a_result_without_a_fillers_number():
    by_placer = only(result("OBX|1|NM|k||5||||||F", OBR.replace("F1^LIS", "")), LAB)
    assert by_placer.natural_key.startswith("result/P1%2F")
    by_time = only(result("OBX|1|NM|k||5||||||F", "OBR|1|||24323-8^Panel^LN|||20260301100000"), LAB)
    assert "20260301100000" in by_time.natural_key


@pytest.mark.parametrize(
    ("section", "test", "obx", "kind"),
    [
        ("ICU", "X", "OBX|1|NM|x||5", VITAL),
        ("", "X", "OBX|1|NM|8867-4^Heart rate^LN||60", VITAL),
        ("", "", "OBX|1|ST|SpO2||97|%", VITAL),
        ("", "X", "OBX|1|NM|2823-3^K^LN||5", LAB),
        ("MB", "X", "OBX|1|ST|x||growth", MICRO),
        ("", "600-7^Blood culture^LN", "OBX|1|ST|x||growth", MICRO),
        ("RAD", "X", "OBX|1|NM|x^Ejection fraction||55|%", VITAL),
    ],
)
def test_what_a_result_is(section, test, obx, kind):
    record = read(ORU, PID, segment("OBR", f3="F", f4=test, f24=section), obx)
    assert of_kind(record, VITAL, LAB, MICRO)[0].kind is kind


def test_a_culture_its_organism_and_an_antibiotic():
    obr = segment("OBR", f3="M1", f4="600-7^Blood culture^LN", f24="MB")
    parent = "600-7&Blood culture^1^Escherichia coli"
    tested = segment("OBR", f3="M2", f4="50545-3^Susceptibility^LN", f24="MB", f26=parent)
    record = read(
        ORU,
        PID,
        obr,
        "OBX|1|CWE|600-7^Bacteria^LN|1|112283007^Escherichia coli^SCT||||||F",
        tested,
        "OBX|1|NM|18906-8^Ciprofloxacin [Susceptibility]^LN|1|0.25|ug/mL||S|||F",
    )
    culture, antibiotic = of_kind(record, MICRO)
    assert culture.attribute("organism") == "Escherichia coli"
    assert antibiotic.attribute("antibiotic") == "Ciprofloxacin"
    assert antibiotic.attribute("susceptibility") == "S"
    assert antibiotic.attribute("dilution") == Quantity("0.25", "ug/mL")
    assert antibiotic.attribute("organism") == "Escherichia coli"


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("CWE", "264868006^No growth^SCT", "No growth"),
        ("CWE", "260385009^^SCT", "260385009"),
        ("CE", "NEG^Negative^L", "Negative"),
        ("ST", "No growth after 5 days", "No growth after 5 days"),
    ],
)
def test_that_nothing_grew_is_a_result_and_no_organism(kind, value, words):
    obr = segment("OBR", f3="M1", f4="600-7^Blood culture^LN", f24="MB")
    culture = only(read(ORU, PID, obr, f"OBX|1|{kind}|600-7^Bacteria^LN|1|{value}||||||F"), MICRO)
    assert (culture.text_value, culture.attribute("organism")) == (words, None)


def test_a_germ_that_is_neither_found_nor_excluded_is_no_antibiotic():
    obr = segment("OBR", f3="M1", f4="x^C. difficile", f24="MB")
    event = only(read(ORU, PID, obr, "OBX|1|NM|t^C. difficile toxin||0.4|||IND|||F"), MICRO)
    assert (event.attribute("antibiotic"), event.interpretation) == (None, "IND")


def test_lines_of_a_report_are_its_text():
    obr = segment("OBR", f3="R1", f4="71045^Chest X-ray^C4", f24="RAD")
    lines = ["OBX|1|TX|F^FINDINGS||Clear lungs.", "OBX|2|TX|F^FINDINGS||No effusion.", "OBX|3|TX|I^IMPRESSION||Normal."]
    record = read(ORU, PID, obr, *(f"{line}||||||F" for line in lines))
    report = only(record, EventKind.REPORT)
    assert report.text_value == "FINDINGS:\nClear lungs.\nNo effusion.\n\nIMPRESSION:\nNormal."
    assert not of_kind(record, LAB, VITAL)


def report(*lines, section="RAD", **sending):
    return read(ORU, PID, segment("OBR", f3="R1", f4="71045^Chest X-ray^C4", f24=section, f25="F"), *lines, **sending)


@pytest.mark.parametrize(
    ("code", "status"), [("D", "ENTERED_IN_ERROR"), ("W", "WRONG_PATIENT"), ("X", "CANCELLED"), ("w", "WRONG_PATIENT")]
)
def test_a_report_goes_with_its_last_line(code, status):
    taken = report(f"OBX|1|TX|F^FINDINGS||Mass.||||||{code}", f"OBX|2|TX|F^FINDINGS||Large.||||||{code}")
    event = only(taken, EventKind.REPORT)
    assert (event.status, event.text_value) == (EventStatus[status], "")
    assert taken.leftovers == (f"OBX of a text in status {code.upper()}",) * 2
    bare = only(report(f"OBX|1||F^FINDINGS||||||||{code}"), EventKind.REPORT)
    assert bare.status is EventStatus[status]


def test_a_report_of_the_wrong_patient_stays_gone():
    told = report("OBX|1|TX|F^FINDINGS||Mass.||||||F", sent="20260301")
    taken = report("OBX|1|TX|F^FINDINGS||Mass.||||||W", "OBX|2|TX|F^FINDINGS||||||||D", sent="20260302")
    for order in ([told, taken], [taken, told]):
        assert not states(with_event_key("t", e) for record in order for e in of_kind(record, EventKind.REPORT))


def test_a_line_that_is_taken_back_leaves_the_others():
    record = report("OBX|1|TX|F^FINDINGS||Mass.||||||D", "OBX|2|TX|F^FINDINGS||Clear lungs.||||||C")
    event = only(record, EventKind.REPORT)
    assert (event.status, event.text_value) == (EventStatus.FINAL, "Clear lungs.")


def test_lines_of_a_laboratory_text_are_one_result():
    record = read(ORU, PID, OBR, "OBX|1|TX|c^Comment||first||||||F", "OBX|2|TX|c^Comment||second||||||F")
    assert only(record, LAB).text_value == "first\nsecond"


def told(*lines):
    record = read(ORU, PID, OBR, *lines)
    shown = [(e.quantity.value if e.quantity else e.text_value, e.status.name) for e in of_kind(record, LAB)]
    return shown, [at(e) for e in of_kind(record, LAB)]


def test_text_that_is_an_amount_is_no_line_of_another():
    shown, _ = told("OBX|1|TX|k^HbA1c||6.9|%|||||F", "OBX|2|TX|k^HbA1c||hemolyzed||||||F")
    assert shown == [("6.9", "FINAL"), ("hemolyzed", "FINAL")]


def test_text_of_another_time_is_a_result_of_its_own():
    lines = ("OBX|1|TX|k^Glucose||110|mg/dL|||||F|||2026030107", "OBX|2|TX|k^Glucose||38|mg/dL|||||F|||2026030109")
    assert told(*lines) == ([("110", "FINAL"), ("38", "FINAL")], ["2026-03-01T07:00", "2026-03-01T09:00"])
    shown, times = told(*(line.replace("|mg/dL", "|") for line in lines))
    assert (shown, times) == ([("110", "FINAL"), ("38", "FINAL")], ["2026-03-01T07:00", "2026-03-01T09:00"])


def test_text_of_another_status_is_a_result_of_its_own():
    shown, _ = told("OBX|1|TX|k^HIV||Reactive||||||D", "OBX|2|TX|k^HIV||Non-reactive||||||C")
    assert shown == [("Reactive", "ENTERED_IN_ERROR"), ("Non-reactive", "CORRECTED")]


RTF = rb"{\rtf1\ansi{\fonttbl\f0 Arial;}\f0 Stable \b today\b0.}"


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("TEXT^plain", b"Stable today.", "Stable today."),
        ("AP^rtf", RTF, "Stable today."),
        ("AP^rtf", rb"{\rtf1 well \u-10179?\u-8704? now \u-10179?}", "well \U0001f600 now \ufffd"),
        ("TEXT^html", b"<html><body><p>Stable <b>today</b>.</p></body></html>", "Stable today."),
        ("TEXT^xml", b"<?xml version='1.0'?><a>Stable <b>today.</b></a>", "Stable  today."),
        ("TEXT^xml", b"<" * 200_000, "<" * 200_000),
    ],
)
def test_enclosed_documents_are_read(kind, content, expected):
    data = base64.b64encode(content).decode()
    record = result(f"OBX|1|ED|d^Letter||^{kind}^Base64^{data}||||||F", segment("OBR", f3="R", f4="x", f24="RAD"))
    assert only(record, EventKind.REPORT).text_value == expected


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        (
            f"^TEXT^html^Base64^{base64.b64encode(b'<ul>' * 120 + b'<li>a</li>' * 20_000).decode()}",
            "OBX-5 encloses html that cannot be read",
        ),
        (f"^AP^PDF^Base64^{base64.b64encode(b'%PDF-1.4 x').decode()}", "OBX-5 encloses a PDF without text"),
        ("^IM^JPEG^Base64^/9j/4AAQ", "OBX-5 encloses im/jpeg without text"),
        ("^AP^PDF^Base64^%%%", "OBX-5 is not base64"),
        ("^AP^PDF^Base64^", "OBX-5 encloses nothing"),
    ],
)
def test_what_holds_no_text_is_left_over_by_its_name(sent, left):
    assert left in result(f"OBX|1|ED|d||{sent}||||||F").leftovers


def test_a_time_that_is_none_is_left_over_and_the_result_stays():
    record = result("OBX|1|NM|k||5||||||F|||yesterday")
    assert "OBX-14 is not a time" in record.leftovers
    assert at(only(record, LAB)) == "2026-03-01T10:00:00"


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ("202603", "2026-03"),
        ("20260301", "2026-03-01"),
        ("2026030110", "2026-03-01T10:00"),
        ("202603011005", "2026-03-01T10:05"),
        ("20260301100506.25-0500", "2026-03-01T10:05:06.250000-05:00"),
        ("20260301100506^D", "2026-03-01"),
    ],
)
def test_times_are_as_precise_as_they_were_sent(sent, known):
    assert at(only(result(f"OBX|1|NM|k||5||||||F|||{sent}"), LAB)) == known


def test_an_offset_of_the_header_is_the_whole_messages():
    event = only(result("OBX|1|NM|k||5||||||F|||20260301100500", sent="20260301120000+0100"), LAB)
    assert at(event) == "2026-03-01T10:05:00+01:00"


def test_a_sample_is_an_event():
    spm = segment(
        "SPM",
        f2="S1&LIS",
        f4="119364003^Serum^SCT",
        f8="LA^Left arm",
        f12="2^mL",
        f17="20260301095500",
        f18="20260301101500",
    )
    record = read(ORU, PID, OBR, "OBX|1|NM|k||5", spm)
    sample = only(record, EventKind.SPECIMEN)
    assert (sample.name, sample.quantity, sample.attribute("body_site")) == ("Serum", Quantity("2", "mL"), "Left arm")
    assert (at(sample), at(sample, "available_time")) == ("2026-03-01T09:55:00", "2026-03-01T10:15:00")


def samples_of(trigger, *segments):
    record = read(f"OUL^{trigger}", PID, *segments)
    return [(e.attribute("specimen"), at(e), e.natural_key.split("/")[1]) for e in of_kind(record, LAB)]


BLOOD, URINE = (
    segment("SPM", f2=name, f4=name, f17=f"2026030{day}10") for name, day in (("Blood", "1"), ("Urine", "2"))
)
FIRST_TEST, SECOND_TEST = (["OBR|1||F1|x", "ORC|SC", "OBX|1|NM|k||5"], ["OBR|1||F2|x", "ORC|SC", "OBX|1|NM|k||6"])


def test_each_result_is_of_the_sample_that_leads_its_order():
    expected = [("Blood", "2026-03-01T10:00", "F1%2Fx"), ("Urine", "2026-03-02T10:00", "F2%2Fx")]
    assert samples_of("R22", BLOOD, "SAC", *FIRST_TEST, URINE, "SAC", *SECOND_TEST) == expected
    after = [FIRST_TEST[0], BLOOD, *FIRST_TEST[1:], SECOND_TEST[0], URINE, *SECOND_TEST[1:]]
    assert samples_of("R24", *after) == expected


@pytest.mark.parametrize("before", [("OBR|1||F1|x", "TXA|1|CN"), ("ORC|SC",), ("OBR|1||F1|x",)])
def test_a_sample_is_an_event_wherever_it_stands(before):
    assert only(read("OUL^R24", PID, *before, BLOOD), EventKind.SPECIMEN).name == "Blood"


def test_all_orders_of_a_sample_are_of_it():
    samples = samples_of("R22", BLOOD, URINE, *FIRST_TEST, *SECOND_TEST)
    assert [name for name, _, _ in samples] == ["Urine", "Urine"]


def test_z_segments_are_kept_by_name_and_break_nothing():
    record = read(ORU, PID, OBR, "OBX|1|NM|k||5", "ZPD|what|ever", "ZPD|again")
    assert record.leftovers == ("ZPD segment kept as it came",) * 2


def test_a_message_that_is_not_known_says_so_and_one_without_content_too():
    assert (
        parse("hl7v2", b"MSH|^~\\&|A|B|||2026||XYZ^X01|1|P|2.5").unreadable_reason
        == "the message type of MSH-9 is not known"
    )
    assert "acknowledgement" in parse("hl7v2", b"MSH|^~\\&|A|B|||2026||ACK^A01|1|P|2.5\rMSA|AA|1").without_events_reason
