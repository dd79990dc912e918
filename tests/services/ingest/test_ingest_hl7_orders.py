"""ORC, OBR of orders, RXO to RXA, TXA, SCH: what is ordered, given, written and planned."""

import pytest
from hl7_messages import PID, PV1, at, of_kind, only, read, segment

from chartline.record.event import EventStatus, Quantity
from chartline.record.identity import with_event_key
from chartline.record.kinds import EventKind
from chartline.record.versions import states

ORDERED, GIVEN = EventKind.MEDICATION_REQUEST, EventKind.MEDICATION_ADMINISTRATION
VACCINE, NOTE, PLANNED = EventKind.IMMUNIZATION, EventKind.NOTE, EventKind.APPOINTMENT


def orc(control="NW", **fields):
    return segment("ORC", f1=control, **({"f2": "P1", "f9": "20260301100000"} | fields))


# --- orders ----------------------------------------------------------------------------------------------------------


def test_an_order_with_its_reason_and_what_is_asked_at_entry():
    obr = segment("OBR", f2="P1", f4="24331-1^Lipids^LN", f24="LAB", f31="E78.5^Hyperlipidemia^I10", f5="S")
    record = read("OML^O21", PID, PV1, orc(), obr, "NTE|1||fasting", "OBX|1|CWE|49541-6^Fasting^LN||Y^Yes")
    order = only(record, EventKind.SERVICE_REQUEST)
    assert (order.name, order.natural_key, at(order)) == ("Lipids", "order/P1/24331-1", "2026-03-01T10:00:00")
    assert {a.name: a.value for a in order.attributes} == {
        "category": "Laboratory",
        "priority": "stat",
        "reason": "Hyperlipidemia",
        "order_status": "active",
    }
    assert order.text_value == "fasting"
    assert only(record, EventKind.VITAL).text_value == "Yes"


@pytest.mark.parametrize(
    ("control", "standing", "word", "status"),
    [
        ("NW", "", "active", "FINAL"),
        ("CA", "", "revoked", "CANCELLED"),
        ("SC", "CM", "completed", "FINAL"),
        ("DC", "IP", "stopped", "FINAL"),
        ("HD", "", "on-hold", "FINAL"),
        ("RE", "ER", "entered-in-error", "ENTERED_IN_ERROR"),
    ],
)
def test_what_became_of_an_order(control, standing, word, status):
    order = only(read("ORM^O01", PID, orc(control, f5=standing), "OBR|1|P1||x^X"), EventKind.SERVICE_REQUEST)
    assert (order.attribute("order_status"), order.status) == (word, EventStatus[status])


def test_an_order_control_alone_is_left_over():
    assert "ORC without what is ordered" in read("ORM^O01", PID, orc("CA")).leftovers


# --- drugs -----------------------------------------------------------------------------------------------------------

RXE = segment(
    "RXE", f2="314076^Lisinopril 10 MG Oral Tablet^RXNORM", f3="1", f5="tablet", f6="TAB^Tablet", f7="^with food"
)


def test_a_drug_order_with_its_timing_and_route():
    record = read("RDE^O11", PID, PV1, orc(), RXE, segment("TQ1", f3="BID", f7="20260301", f8="20260310"), "RXR|PO")
    order = only(record, ORDERED)
    assert (order.name, order.quantity, order.text_value) == (
        "Lisinopril 10 MG Oral Tablet",
        Quantity("1", "tablet"),
        "with food",
    )
    assert (at(order), at(order, "end_time"), at(order, "available_time")) == (
        "2026-03-01",
        "2026-03-10",
        "2026-03-01T10:00:00",
    )
    said = {a.name: a.value for a in order.attributes}
    assert said == {"route": "oral", "form": "Tablet", "frequency": "BID", "order_status": "active"}


def test_timing_of_older_versions():
    order = only(read("RDE^O01", PID, orc(f7="1^Q6H^^20260301^20260302^S"), RXE), ORDERED)
    assert (order.attribute("frequency"), at(order), at(order, "end_time")) == ("Q6H", "2026-03-01", "2026-03-02")


def test_what_is_not_read_of_a_drugs_timing_and_route_is_named():
    first, second = segment("TQ1", f3="BID", f6="10^d", f7="20260301"), segment("TQ1", f3="QD", f7="20260311")
    record = read("RDE^O11", PID, orc(), RXE, first, second, "RXR|PO", "RXR|IV")
    assert only(record, ORDERED).attribute("frequency") == "BID"
    assert set(record.leftovers) == {"TQ1-6 is not read", "a further TQ1 is not read", "a further RXR is not read"}
    older = read("RDE^O01", PID, orc(f7="1^Q6H^D7^20260301~1^QD^^20260308"), RXE)
    assert older.leftovers == ("the duration of ORC-7 is not read", "a further ORC-7 is not read")


@pytest.mark.parametrize(
    ("control", "word", "status"), [("CA", "revoked", "CANCELLED"), ("NW", "active", "FINAL"), ("", "active", "FINAL")]
)
def test_what_is_to_be_given_is_an_order_until_it_is_taken_back(control, word, status):
    rxg = segment("RXG", f1="1", f3="1^Q6H^^20260301", f4="x^Heparin", f5="5000", f7="U")
    event = only(read("RGV^O15", PID, orc(control), rxg), ORDERED)
    assert (event.attribute("order_status"), event.status) == (word, EventStatus[status])


def test_what_the_pharmacy_encodes_replaces_what_was_ordered():
    asked = read("OMP^O09", PID, orc(), "RXO|x^Lisinopril|10||mg", sent="20260301110000")
    encoded = read("RDE^O11", PID, orc(), "RXO|x^Lisinopril|10||mg", RXE, sent="20260301120000")
    for records in ([asked, encoded], [encoded, asked]):
        events = [with_event_key("t", e) for record in records for e in of_kind(record, ORDERED)]
        (shown,) = states(events)
        assert shown.name == "Lisinopril 10 MG Oral Tablet"


def test_from_the_least_to_the_most_is_no_amount():
    assert only(read("OMP^O09", PID, orc(), "RXO|x^Morphine|2|4|mg"), ORDERED).quantity is None


def test_a_mixture_and_its_rate():
    rxe = segment("RXE", f2="iv^Infusion", f3="1000", f5="mL", f23="125", f24="mL/hr")
    record = read(
        "RDE^O11", PID, orc(), rxe, "RXR|IV", "RXC|B|D5W^Dextrose 5%|1000|mL", "RXC|A|KCL^Potassium chloride|20|meq"
    )
    order = only(record, ORDERED)
    assert order.text_value == "of: Dextrose 5% 1000 mL; Potassium chloride 20 meq"
    assert order.attribute("rate") == "125 mL/hr"


def test_a_dispense_an_administration_and_one_that_was_refused():
    dispensed = read("RDS^O13", PID, orc("RE"), "RXD|1|x^Lisinopril|20260301|30|tablet|||RX9")
    event = only(dispensed, EventKind.MEDICATION_DISPENSE)
    assert (event.quantity, at(event)) == (Quantity("30", "tablet"), "2026-03-01")
    rxa = segment("RXA", f2="1", f3="202603011000", f4="202603011030", f5="x^Heparin", f6="5000", f7="U", f20="CP")
    record = read(
        "RAS^O17", PID, PV1, orc("RE"), rxa, "RXR|SC", rxa.replace("202603011000", "202603011800").replace("CP", "RE")
    )
    first, second = of_kind(record, GIVEN)
    assert (at(first), at(first, "end_time"), first.attribute("route")) == (
        "2026-03-01T10:00",
        "2026-03-01T10:30",
        "subcutaneous",
    )
    assert (second.status, second.attribute("administration")) == (EventStatus.CANCELLED, "refused")
    assert first.natural_key != second.natural_key


@pytest.mark.parametrize(
    ("amount", "per", "rate"), [("125", "hour", "125 mL per hour"), ("125", "", None), ("", "hour", None)]
)
def test_the_rate_of_what_was_given_is_its_amount_in_a_unit_of_time(amount, per, rate):
    rxa = segment("RXA", f3="202603011000", f5="x^Heparin", f6=amount, f7="mL", f12=per, f13="50", f14="U/mL")
    given = only(read("RAS^O17", PID, PV1, orc("RE"), rxa), GIVEN)
    assert (given.attribute("rate"), given.attribute("strength")) == (rate, "50 U/mL")


def test_vaccines():
    rxa = segment("RXA", f2="1", f3="20260301", f5="140^Influenza^CVX", f6="0.5", f7="mL", f15="L7", f20="CP", f21="A")
    record = read(
        "VXU^V04", PID, orc("RE", f3="F1"), rxa, "RXR|IM|LA^Left arm", "OBX|1|CE|64994-7^Eligibility^LN|1|V02^Medicaid"
    )
    event = only(record, VACCINE)
    assert (event.name, event.quantity) == ("Influenza", Quantity("0.5", "mL"))
    assert (event.attribute("lot_number"), event.attribute("body_site")) == ("L7", "Left arm")
    refused = segment("RXA", f3="20260301", f5="140^Influenza^CVX", f6="999", f18="00^Parental decision", f20="RE")
    event = only(read("VXU^V04", PID, orc("RE"), refused), VACCINE)
    assert (event.status, event.quantity, event.text_value) == (
        EventStatus.CANCELLED,
        None,
        "not given: Parental decision",
    )
    none = read("VXU^V04", PID, orc("RE"), segment("RXA", f3="20260301", f5="998^No vaccine^CVX"))
    assert none.leftovers == ("RXA without a vaccine: none was given",)


def test_a_deleted_vaccine_is_gone():
    rxa = segment("RXA", f3="20260301", f5="140^Influenza^CVX", f21="D")
    assert only(read("VXU^V04", PID, orc("RE"), rxa), VACCINE).status is EventStatus.ENTERED_IN_ERROR


def test_a_drug_without_a_name_is_left_over():
    assert read("RDE^O11", PID, orc(), "RXE|1||10").leftovers == ("RXE without a drug",)


# --- documents -------------------------------------------------------------------------------------------------------


def mdm(trigger="T02", sent="20260301120000", **fields):
    txa = segment(
        "TXA", **({"f1": "1", "f2": "DS", "f4": "20260301110000", "f9": "^Roe^Rita", "f12": "D1", "f17": "AU"} | fields)
    )
    body = ["OBX|1|TX|h^HISTORY||Fell.", "OBX|2|TX|h^HISTORY||", "OBX|3|TX|p^PLAN||Rest."]
    return read(f"MDM^{trigger}", PID, PV1, txa, *body, sent=sent)


def test_a_document_is_a_note_with_all_its_lines():
    note = only(mdm(), NOTE)
    assert note.text_value == "HISTORY:\nFell.\n\n\nPLAN:\nRest."
    assert (note.name, note.attribute("author"), at(note)) == ("discharge summary", "Rita Roe", "2026-03-01T11:00:00")
    assert note.natural_key == "note/D1"


def test_a_replacement_makes_its_parent_obsolete():
    events = of_kind(mdm("T10", f12="D2", f13="D1"), NOTE)
    assert [(e.natural_key, e.status) for e in events] == [
        ("note/D2", EventStatus.FINAL),
        ("note/D1", EventStatus.ENTERED_IN_ERROR),
    ]


@pytest.mark.parametrize(("trigger", "fields"), [("T11", {}), ("T03", {"f19": "CA"}), ("T03", {"f17": "CA"})])
def test_a_cancelled_document_is_gone(trigger, fields):
    later = mdm(trigger, sent="20260302", **fields)
    for records in ([mdm(), later], [later, mdm()]):
        assert not states(with_event_key("t", e) for record in records for e in of_kind(record, NOTE))


def test_a_document_whose_lines_are_taken_back_goes_with_them():
    txa = segment("TXA", f1="1", f2="DS", f12="D1", f17="AU")
    note = only(read("MDM^T02", PID, PV1, txa, "OBX|1|TX|h^HISTORY||Fell.||||||W"), NOTE)
    assert (note.status, note.text_value) == (EventStatus.WRONG_PATIENT, "")


def test_a_document_that_is_not_authenticated_is_preliminary():
    assert only(mdm(f17="DI"), NOTE).status is EventStatus.PRELIMINARY


# --- appointments ----------------------------------------------------------------------------------------------------


def siu(trigger, sent="20260301120000", **fields):
    sch = segment(
        "SCH", **({"f1": "P", "f2": "A1", "f7": "^Check-up", "f8": "N^Normal", "f9": "30", "f10": "min"} | fields)
    )
    ais = "AIS|1||k^Knee consultation|20260310090000"
    return read(f"SIU^{trigger}", sch, PID, "RGS|1", ais, "AIL|1||OPD^2", "AIP|1||9^Roe^Rita", sent=sent)


def test_an_appointment():
    event = only(siu("S12"), PLANNED)
    assert (event.name, event.natural_key) == ("Knee consultation", "appointment/A1")
    assert (at(event), at(event, "end_time")) == ("2026-03-10T09:00:00", "2026-03-10T09:30:00")
    assert {a.name: a.value for a in event.attributes} == {
        "category": "Normal",
        "appointment_status": "booked",
        "reason": "Check-up",
        "location": "OPD 2",
        "practitioner": "Rita Roe",
    }


@pytest.mark.parametrize(
    ("trigger", "filler", "word", "status"),
    [
        ("S13", "Booked", "booked", "FINAL"),
        ("S15", "", "cancelled", "CANCELLED"),
        ("S17", "", "entered-in-error", "ENTERED_IN_ERROR"),
        ("S26", "Booked", "noshow", "FINAL"),
        ("S14", "Complete", "fulfilled", "FINAL"),
        ("S12", "Pending", "pending", "PRELIMINARY"),
    ],
)
def test_what_became_of_an_appointment(trigger, filler, word, status):
    event = only(siu(trigger, f25=filler), PLANNED)
    assert (event.attribute("appointment_status"), event.status) == (word, EventStatus[status])


def test_a_rescheduled_appointment_is_the_same_one():
    booked, moved = siu("S12"), siu("S13", sent="20260302", f11="^^^20260311100000^20260311103000")
    for records in ([booked, moved], [moved, booked]):
        (shown,) = states(with_event_key("t", e) for record in records for e in of_kind(record, PLANNED))
        assert (at(shown), at(shown, "end_time")) == ("2026-03-11T10:00:00", "2026-03-11T10:30:00")
