"""One resource of every family with all that the parser reads in it, made up here."""

SUBJECT = {"reference": "Patient/p", "display": "Ida Ash"}
CODE = {"coding": [{"system": "http://loinc.org", "code": "1-8", "display": "Thing"}], "text": "thing"}
AMOUNT = {"value": 1.5, "comparator": "<", "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
PERIOD = {"start": "2024-03-01T08:00:00Z", "end": "2024-03-02"}
TIMING = {"repeat": {"boundsPeriod": PERIOD, "frequency": 2, "period": 1, "periodUnit": "d"}, "code": CODE}
DOSAGE = {
    "text": "one",
    "timing": TIMING,
    "asNeededBoolean": True,
    "route": CODE,
    "doseAndRate": [{"doseQuantity": AMOUNT, "rateRatio": {"numerator": AMOUNT, "denominator": AMOUNT}}],
}
NOTE = [{"text": "a note"}]
ATTACHMENT = {"contentType": "text/html; charset=utf-8", "data": "PHA+Rm9vPC9wPg==", "url": "Binary/b", "title": "t"}


def _sample(resource_type, **fields):
    return {
        "resourceType": resource_type,
        "id": "r",
        "meta": {"versionId": "2", "lastUpdated": "2024-03-02T08:00:00Z", "security": [{"code": "R"}]},
        "text": {"status": "generated", "div": "<div>told</div>"},
        "contained": [{"resourceType": "Condition", "id": "c", "code": CODE}],
        "extension": [{"url": "http://unknown", "valueString": "x"}],
        "status": "active",
        "subject": SUBJECT,
        "encounter": {"reference": "Encounter/e"},
        "note": NOTE,
        **fields,
    }


_DRUG = {"medicationCodeableConcept": CODE, "reasonReference": [{"reference": "#c"}], "category": CODE}

SAMPLES = [
    _sample("AllergyIntolerance", patient=SUBJECT, code=CODE, onsetAge=AMOUNT, reaction=[{"manifestation": [CODE]}]),
    _sample("Appointment", start=PERIOD["start"], created="2024-02-01", participant=[{"actor": SUBJECT}]),
    _sample("CarePlan", period=PERIOD, activity=[{"detail": {"code": CODE, "scheduledTiming": TIMING}}]),
    _sample("Composition", type=CODE, date="2024-03", section=[{"title": "A", "text": {"div": "<p>x</p>"}}]),
    _sample("Condition", code=CODE, verificationStatus=CODE, onsetPeriod=PERIOD, abatementDateTime="2024"),
    _sample("Device", patient=SUBJECT, type=CODE, deviceName=[{"name": "pump"}]),
    _sample("DeviceUseStatement", device={"reference": "Device/d"}, timingPeriod=PERIOD),
    _sample("DiagnosticReport", code=CODE, effectivePeriod=PERIOD, presentedForm=[ATTACHMENT], result=[SUBJECT]),
    _sample("DocumentReference", type=CODE, date=PERIOD["start"], content=[{"attachment": ATTACHMENT}]),
    _sample(
        "Encounter",
        **{"class": {"code": "IMP"}},
        period=PERIOD,
        location=[{"location": {"reference": "Location/w"}, "period": PERIOD}],
    ),
    _sample("FamilyMemberHistory", patient=SUBJECT, relationship=CODE, condition=[{"code": CODE, "onsetAge": AMOUNT}]),
    _sample("Goal", description=CODE, startDate="2024", target=[{"measure": CODE, "detailRange": {"low": AMOUNT}}]),
    _sample("ImagingStudy", started="2024-03-01", series=[{"modality": {"code": "CT"}, "bodySite": {"code": "1"}}]),
    _sample("Immunization", patient=SUBJECT, vaccineCode=CODE, occurrenceDateTime="2024", doseQuantity=AMOUNT),
    _sample("Location", name="Ward", type=[CODE]),
    _sample("Medication", code=CODE, ingredient=[{"itemCodeableConcept": CODE, "strength": {"numerator": AMOUNT}}]),
    _sample(
        "MedicationAdministration", **_DRUG, effectivePeriod=PERIOD, dosage={"dose": AMOUNT, "rateQuantity": AMOUNT}
    ),
    _sample("MedicationDispense", **_DRUG, whenHandedOver="2024-03-01", quantity=AMOUNT, dosageInstruction=[DOSAGE]),
    _sample("MedicationRequest", **_DRUG | {"category": [CODE]}, authoredOn="2024-03-01", dosageInstruction=[DOSAGE]),
    _sample("MedicationStatement", **_DRUG, effectivePeriod=PERIOD, dosage=[DOSAGE]),
    _sample(
        "Observation",
        code=CODE,
        category=[CODE],
        effectiveTiming={"event": ["2024-03-01"]},
        valueQuantity=AMOUNT,
        interpretation=[CODE],
        referenceRange=[{"low": AMOUNT, "high": AMOUNT, "text": "x"}],
        component=[{"code": CODE, "valueCodeableConcept": CODE}, {"code": CODE, "valueSampledData": {"data": "1 2"}}],
    ),
    _sample(
        "Patient",
        name=[{"family": "Ash", "given": ["Ida", None]}],
        identifier=[{"system": "s", "value": "v", "type": CODE}],
        birthDate="1950",
        deceasedDateTime="2024",
        link=[{"type": "refer", "other": {"reference": "Patient/q"}}],
        communication=[{"language": CODE}],
    ),
    _sample("Procedure", code=CODE, performedRange={"low": AMOUNT}, statusReason=CODE, bodySite=[CODE]),
    _sample(
        "QuestionnaireResponse", authored="2024", item=[{"linkId": "1", "answer": [{"valueCoding": {"code": "x"}}]}]
    ),
    _sample("RiskAssessment", prediction=[{"outcome": CODE, "probabilityDecimal": 0.1}]),
    _sample(
        "ServiceRequest", code=CODE, occurrenceTiming=TIMING, authoredOn="2024", intent="order", quantityQuantity=AMOUNT
    ),
    _sample("Specimen", type=CODE, collection={"collectedPeriod": PERIOD, "quantity": AMOUNT, "method": CODE}),
]
