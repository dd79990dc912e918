"""What the doctors of the demo hospital write, from the story and the values of the stay."""

from datetime import datetime
from textwrap import fill

from chartline.sources.hospital.clinical import CONDITIONS
from chartline.sources.hospital.drugs import DRUGS
from chartline.sources.hospital.people import Person
from chartline.sources.hospital.terms import Story, Term

HISTORY_AND_PHYSICAL = Term("34117-2", "History and physical note")
PROGRESS = Term("11506-3", "Progress note")
NURSING = Term("34746-8", "Nurse note")
DISCHARGE_SUMMARY = Term("18842-5", "Discharge summary")
CHEST_XRAY = Term("30746-2", "Portable XR chest views")

_WIDTH = 100


def _subject(person: Person, at: datetime) -> str:
    age = at.year - person.born.year - ((at.month, at.day) < (person.born.month, person.born.day))
    return f"{age}-year-old {'woman' if person.female else 'man'}"


def _names(keys: tuple[str, ...]) -> str:
    return ", ".join(CONDITIONS[key].name.lower() for key in keys) or "nothing of note"


def _drugs(keys: tuple[str, ...]) -> str:
    return (
        "; ".join(f"{DRUGS[k].name} {DRUGS[k].dose} {DRUGS[k].unit} every {DRUGS[k].hours} h" for k in keys) or "none"
    )


def history_and_physical(person: Person, story: Story, at: datetime, allergy: str) -> str:
    return "\n\n".join(
        (
            f"CHIEF COMPLAINT: {story.complaint.capitalize()}.",
            fill(
                f"HISTORY: {_subject(person, at)} with {_names(story.history)}, presenting with {story.complaint}.",
                _WIDTH,
            ),
            f"HOME MEDICATIONS: {_drugs(story.home)}.",
            f"ALLERGIES: {allergy or 'no known drug allergies'}.",
            fill(f"EXAMINATION: {story.findings.capitalize()}.", _WIDTH),
            f"ASSESSMENT: {CONDITIONS[story.diagnosis].name}. Also: {_names(story.others)}.",
        )
    )


def progress(day: int, values: str, improving: bool) -> str:
    trend = "Feels better than yesterday and slept well." if improving else "Still unwell, needs close observation."
    return (
        f"HOSPITAL DAY {day}\n\n{trend}\n\nLatest values: {values}.\n\nPlan: continue present treatment, labs tomorrow."
    )


def nursing(values: str) -> str:
    return f"Patient settled on the ward, call bell within reach. Vital signs: {values}. No complaints of chest pain."


def discharge_summary(person: Person, story: Story, start: datetime, end: datetime, values: str) -> str:
    return "\n\n".join(
        (
            f"DISCHARGE SUMMARY\nAdmitted {start:%Y-%m-%d}, discharged {end:%Y-%m-%d} to: {story.discharge.lower()}.",
            f"PRINCIPAL DIAGNOSIS: {CONDITIONS[story.diagnosis].name}.",
            f"OTHER DIAGNOSES: {_names(story.others + story.history)}.",
            fill(f"HOSPITAL COURSE: {_subject(person, start)} admitted with {story.complaint}. {story.course}", _WIDTH),
            f"VALUES AT DISCHARGE: {values}.",
            f"DISCHARGE MEDICATIONS: {_drugs(story.home)}.",
            "FOLLOW-UP: with the primary care physician within two weeks.",
        )
    )


def chest_xray(story: Story) -> tuple[str, str]:
    """Conclusion and full text of the radiologist's report."""
    seen = {
        "pneumonia": "Consolidation of the right lower lobe, consistent with pneumonia.",
        "heart_failure": "Cardiomegaly with interstitial edema and small bilateral pleural effusions.",
        "copd_exacerbation": "Hyperinflated lungs without consolidation.",
    }.get(story.diagnosis, "No acute cardiopulmonary process.")
    return (
        seen,
        f"PORTABLE CHEST RADIOGRAPH\n\nINDICATION: {story.complaint}.\n\nFINDINGS: {seen}\n\nIMPRESSION: {seen}",
    )
