import pytest

from chartline.language.sections import Section, read_sections


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("CHIEF COMPLAINT", "chief complaint"),
        ("Chief Complaint:", "chief complaint"),
        ("CC:", "chief complaint"),
        ("# History of Present Illness", "history of present illness"),
        ("**Plan:**", "plan"),
        ("ASSESSMENT & PLAN", "assessment and plan"),
        ("A/P:", "assessment and plan"),
        ("Follow-Up", "follow up"),
        ("Medications (per pharmacy):", "medications"),
        ("Brief Hospital Course:", "hospital course"),
    ],
)
def test_headers_are_known_however_they_are_written(header: str, name: str) -> None:
    assert read_sections(f"Before.\n{header}\nThe text.") == [Section("", "Before."), Section(name, "\nThe text.")]


@pytest.mark.parametrize(
    "line", ["Follow up.", "Follow up", "Results were fine", "BP: 120/80", "COPD.", "- Plan B", "So:"]
)
def test_a_line_of_text_is_no_header(line: str) -> None:
    assert read_sections(f"IMPRESSION\n{line}") == [Section("impression", f"\n{line}")]


def test_text_may_stand_beside_the_header() -> None:
    assert read_sections("ALLERGIES: latex.\nhives") == [Section("allergies", "latex.\nhives")]


def test_a_title_that_nobody_knows_ends_the_section_before_it() -> None:
    told = read_sections("FAMILY HISTORY\nStroke.\n\nWOUND CARE:\nKeep dry.")
    assert told == [Section("family history", "\nStroke.\n"), Section("", "WOUND CARE:\nKeep dry.")]


def test_names_in_capitals_are_no_titles() -> None:
    told = read_sections("ALLERGIES\n\nPENICILLIN\n\nSULFA DRUGS\n\nMEDICATIONS: ASPIRIN\n\nPLAN\nRest.")
    assert [(s.name, s.text.split()) for s in told] == [
        ("allergies", ["PENICILLIN", "SULFA", "DRUGS"]),
        ("medications", ["ASPIRIN"]),
        ("plan", ["Rest."]),
    ]


def test_headers_without_text_are_no_sections() -> None:
    assert read_sections("DISCHARGE SUMMARY\n\nPLAN\n\nRest.") == [Section("plan", "\n\nRest.")]
    assert read_sections(" \n ") == []


def test_notes_whose_line_ends_were_lost_have_sections_too() -> None:
    told = read_sections("CHIEF COMPLAINT: Fever. ALLERGIES: None. FOLLOW-UP: In a week.")
    assert [section.name for section in told] == ["chief complaint", "allergies", "follow up"]


def test_the_impression_of_one_image_is_part_of_the_results() -> None:
    assert [s.name for s in read_sections("RESULTS\nECG, 12/26.\nImpression: Fibrillation.")] == ["results"]
    assert [s.name for s in read_sections("RESULTS\nECG.\nIMPRESSION\nGout.")] == ["results", "impression"]
