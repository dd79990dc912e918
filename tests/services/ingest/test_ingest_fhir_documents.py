"""Texts of notes, reports, documents and questionnaires, in every packing that FHIR allows."""

import base64

import pytest

from chartline.record.event import EventStatus, Quantity
from chartline.record.kinds import EventKind
from chartline.record.times import parse_instant

SUBJECT = {"reference": "Patient/p1"}
RTF = rb"{\rtf1\ansi Chest \b pain\b0\par since noon}"


def packed(content: bytes) -> str:
    return base64.b64encode(content).decode()


def note(*attachments, **fields):
    content = [{"attachment": attachment} for attachment in attachments]
    return {
        "resourceType": "DocumentReference",
        "id": "n1",
        "status": "current",
        "subject": SUBJECT,
        "content": content,
        **fields,
    }


@pytest.mark.parametrize(
    ("content_type", "content", "words"),
    [
        ("text/plain", b"Fever", "Fever"),
        ("", "\ufeffFever".encode("utf-8"), "Fever"),
        ("text/plain; charset=iso-8859-1", "Dürr".encode("latin-1"), "Dürr"),
        ('text/plain;charset="utf-16"', "Dürr".encode("utf-16"), "Dürr"),
        ("text/plain; charset=nonsense", "Dürr".encode(), "Dürr"),
        ("text/plain; charset=base64", b"Fever", "Fever"),
        ("text/plain", "Dürr".encode("cp1252"), "Dürr"),
        ("text/html", b"<p>a &lt; b</p><script>x()</script><ul><li>c</li></ul>", "a < b\n\n  * c"),
        ("application/xhtml+xml", b'<?xml version="1.0" encoding="UTF-8"?><div>a<br/>b</div>', "a\nb"),
        ("text/rtf", RTF, "Chest pain\nsince noon"),
        ("text/plain", RTF, "Chest pain\nsince noon"),
        ("text/rtf", rb"{\rtf1 well \u-10179?\u-8704? now \u-10179?}", "well \U0001f600 now \ufffd"),
        ("text/plain; charset=undefined", b"Fever", "Fever"),
        ("text/plain; charset=utf-7", b"Fever +2D0-", "Fever \ufffd"),
    ],
)
def test_every_kind_of_text_is_read(only, content_type, content, words):
    assert only(note({"contentType": content_type, "data": packed(content)})).text_value == words


@pytest.mark.parametrize(
    ("attachment", "leftover"),
    [
        ({"contentType": "application/pdf", "data": packed(b"%PDF")}, "attachment application/pdf without text"),
        ({"contentType": "image/jpeg", "url": "Binary/1"}, "attachment image/jpeg not included"),
        *(
            ({"contentType": "text/rtf", "data": packed(content)}, "attachment text/rtf that cannot be read")
            for content in (rb"{\rtf1 \u99999999999 }", rb"{\rtf1 \u-70000 }")
        ),
        (
            {"contentType": "text/html", "data": packed(b"<ul>" * 100 + b"x<br>" * 60_000)},
            "attachment text/html that cannot be read",
        ),
        ({"contentType": "Mr Secret", "data": packed(b"x")}, "attachment unknown type without text"),
    ],
)
def test_what_is_no_text_is_left_over_by_name(read, attachment, leftover):
    record = read(note(attachment, {"contentType": "text/plain", "data": packed(b"rest")}))
    assert record.leftovers == (leftover,)
    assert record.events[0].text_value == f"[{leftover.removeprefix('attachment ')}]\n\nrest"


def test_the_narrative_speaks_for_a_document_without_text(only):
    narrative = {"status": "generated", "div": "<div>Seen by <b>Ash</b></div>"}
    assert only(note(text=narrative)).text_value == "Seen by Ash"
    spoken = only(note({"data": packed(b"Own words")}, text=narrative))
    assert spoken.text_value == "Own words"
    report = {"resourceType": "DiagnosticReport", "id": "d", "subject": SUBJECT, "code": {"text": "CT"}}
    assert only({**report, "text": narrative}).text_value == "Seen by Ash"
    assert only({**report, "text": narrative, "conclusion": "normal"}).text_value == ""
    assert only({**report, "text": narrative, "result": [{"reference": "Observation/1"}]}).text_value == ""


def test_results_inside_a_report_are_observations(read):
    record = read(
        {
            "resourceType": "DiagnosticReport",
            "id": "d",
            "status": "final",
            "meta": {"versionId": "2"},
            "subject": SUBJECT,
            "effectiveDateTime": "2024-03-01T08:00:00Z",
            "code": {"text": "Panel"},
            "result": [{"reference": "#k"}, {"reference": "#gone"}, {"reference": "Observation/else"}],
            "contained": [
                {
                    "resourceType": "Observation",
                    "id": "k",
                    "status": "preliminary",
                    "category": [{"coding": [{"code": "laboratory"}]}],
                    "code": {"text": "Potassium"},
                    "valueQuantity": {"value": 4.1, "unit": "mmol/L"},
                }
            ],
        }
    )
    report, potassium = record.events
    assert (potassium.kind, potassium.patient, potassium.name) == (EventKind.LABORATORY, "Patient/p1", "Potassium")
    assert (potassium.quantity, potassium.status) == (Quantity("4.1", "mmol/L"), EventStatus.PRELIMINARY)
    assert potassium.time == report.time == parse_instant("2024-03-01T08:00:00Z")
    assert potassium.natural_key == "DiagnosticReport/d#contained/k"
    assert potassium.source == report.source
    assert [v.record_id for v in record.versions] == ["DiagnosticReport/d"]
    assert record.leftovers == ("a result that is said to be contained and is not there",)


def test_members_inside_a_panel_are_observations(read):
    member = {"resourceType": "Observation", "id": "m", "code": {"text": "Sodium"}, "valueInteger": 140}
    panel = {
        "resourceType": "Observation",
        "id": "o",
        "status": "entered-in-error",
        "subject": SUBJECT,
        "code": {"text": "Panel"},
        "hasMember": [{"reference": "#m"}, {"reference": "Observation/else"}],
        "contained": [member | {"hasMember": [{"reference": "#m"}]}],
    }
    found = {e.natural_key: e for e in read(panel).events}
    assert found.keys() == {"Observation/o", "Observation/o#contained/m"}
    assert found["Observation/o#contained/m"].status == EventStatus.ENTERED_IN_ERROR


def test_a_composition_is_one_note_of_its_sections(only):
    event = only(
        {
            "resourceType": "Composition",
            "id": "c",
            "status": "final",
            "subject": SUBJECT,
            "date": "2024-03-09",
            "type": {"text": "Discharge summary"},
            "author": [{"display": "Dr. Ash"}],
            "section": [
                {"title": "Course", "text": {"div": "<div>Fever <i>settled</i></div>"}},
                {"title": "Plan", "section": [{"code": {"text": "Drugs"}, "text": {"div": "<div>Aspirin</div>"}}]},
                {"title": "Allergies", "emptyReason": {"text": "nil known"}},
            ],
        }
    )
    assert (event.kind, event.name, event.attribute("author")) == (EventKind.NOTE, "Discharge summary", "Dr. Ash")
    assert event.text_value == "COURSE:\nFever settled\n\nDRUGS:\nAspirin\n\nALLERGIES:\nempty: nil known"


# --- questionnaires ---------------------------------------------------------------------------------------------------


def response(*items, **fields):
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "q",
        "status": "completed",
        "subject": SUBJECT,
        "authored": "2024-03-01T08:00:00Z",
        "item": list(items),
        **fields,
    }


@pytest.mark.parametrize(
    ("value", "amount", "words"),
    [
        ({"valueBoolean": False}, None, "no"),
        ({"valueInteger": 3}, Quantity("3"), ""),
        ({"valueDecimal": 1.5}, Quantity("1.5"), ""),
        ({"valueQuantity": {"value": 70, "unit": "kg"}}, Quantity("70", "kg"), ""),
        ({"valueCoding": {"code": "x", "display": "Often"}}, None, "Often"),
        ({"valueString": "at night"}, None, "at night"),
        ({"valueDate": "2024-02-01"}, None, "2024-02-01"),
        ({"valueTime": "08:30:00"}, None, "08:30:00"),
        ({"valueReference": {"display": "Dr. Ash"}}, None, "Dr. Ash"),
    ],
)
def test_every_kind_of_answer_is_an_observation(only, value, amount, words):
    event = only(response({"linkId": "1", "text": "Smoking", "answer": [value]}))
    assert (event.kind, event.name, event.natural_key) == (
        EventKind.VITAL,
        "Smoking",
        "QuestionnaireResponse/q#item/1/0",
    )
    assert (event.quantity, event.text_value) == (amount, words)
    assert event.available_time == parse_instant("2024-03-01T08:00:00Z")


def test_questions_in_groups_and_below_answers_are_found(read):
    below = {"linkId": "1.1", "text": "How many?", "answer": [{"valueInteger": 20}, {"valueInteger": 5}]}
    group = {"linkId": "g", "item": [{"linkId": "1", "answer": [{"valueBoolean": True, "item": [below]}]}]}
    record = read(response(group, meta={"versionId": "1"}))
    assert [(e.name, e.natural_key.partition("#")[2]) for e in record.events] == [
        ("1", "item/g/1/0"),
        ("How many?", "item/g/1/0/1.1/0"),
        ("How many?", "item/g/1/0/1.1/1"),
    ]
    assert record.versions[0].version == 1


def test_a_response_without_answers_is_still_a_fact(only):
    assert only(response({"linkId": "1", "text": "Smoking"})).name == "questionnaire"
