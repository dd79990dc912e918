import pytest

from services.ingest.parsers.absences import NONE_FOUND, NONE_KNOWN


@pytest.mark.parametrize(
    "name",
    [
        *(
            "No growth",
            "NO GROWTH <10,000 CFU/mL",
            "Negative",
            "neg.",
            "Not detected",
            "None seen",
            "Sterile",
            "Absent",
        ),
        *("No Salmonella isolated", "Salmonella, Shigella: not isolated", "Culture negative", "Non-reactive"),
        *("Normal flora", "1+ usual flora", "Moderate growth of normal oral flora", "mixed skin flora only"),
    ],
)
def test_names_of_what_did_not_grow(name):
    assert NONE_FOUND.named(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Escherichia coli",
            "Staphylococcus, coagulase negative",
            "Nocardia asteroides",
            "Neisseria",
            "Gram-negative rods",
        ),
        *("Non-fermenting gram negative rod", "E. coli and mixed flora", "Positive", ""),
    ],
)
def test_names_of_organisms_are_none_of_them(name):
    assert not NONE_FOUND.named(name)


@pytest.mark.parametrize(
    "name",
    [
        *("NKA", "N.K.D.A.", "NKDA (No Known Drug Allergies)", "No known allergies", "no known drug allergy"),
        *("No Known Drug or Food Allergies", "No allergies", "No known allergy to latex", "None known"),
    ],
)
def test_names_of_no_known_allergy(name):
    assert NONE_KNOWN.named(name)


@pytest.mark.parametrize("name", ["Penicillin", "Nuts", "Naproxen", "Nickel", "Allergy to nuts", "Nonsteroidals", ""])
def test_names_of_substances_are_none_of_them(name):
    assert not NONE_KNOWN.named(name)
