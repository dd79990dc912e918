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
        *("No growth after 48 hours", "No growth in 18-24 hrs. Final report", "No growth (final)", "no growth to date"),
        *("No pathogens isolated", "No anaerobes isolated at 5 days", "No acid-fast bacilli seen", "None isolated"),
        *("No Salmonella, Shigella or Campylobacter isolated", "No Salmonella spp. isolated", "No Staph aureus"),
        *("E. coli O157: not detected", "E. coli not isolated", "Negative for Salmonella, Shigella"),
        *(
            "Negative culture",
            "No growth of anaerobes",
            "No significant growth",
            "Blood culture negative at 5 days",
            "Negative, no growth",
        ),
        *("No beta hemolytic streptococci", "Not seen (qualifier value)", "Not done"),
        *(
            "Normal flora; no pathogens isolated",
            "Normal flora",
            "1+ usual flora",
            "Moderate growth of normal oral flora",
            "mixed skin flora only",
        ),
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
        *("No anaerobes isolated. Heavy growth of Staphylococcus aureus", "No growth, Escherichia coli"),
        *("No anaerobes isolated - Staphylococcus aureus", "No anaerobes; E. coli", "No anaerobes, E. coli"),
        *("Negative Staph coag", "No. 1 Escherichia coli", "No 2 Klebsiella", "No. Escherichia coli"),
        *(
            "No pathogens other than Candida albicans",
            "No growth except Candida",
            "No anaerobes but S. aureus isolated",
        ),
        *("No Salmonella isolated; Campylobacter jejuni", "No Salmonella isolated, Campylobacter jejuni"),
        *("E. coli, ESBL not detected", "Escherichia coli (ESBL not detected)", "Staphylococcus, coagulase: negative"),
        *("Negative for MRSA, positive for MSSA", "Gram negative rods seen, Salmonella not isolated"),
        *("No growth " * 60, "No anaerobic growth; heavy growth of Candida"),
    ],
)
def test_names_of_organisms_are_none_of_them(name):
    assert not NONE_FOUND.named(name)


@pytest.mark.parametrize(
    "name",
    [
        *("NKA", "N.K.D.A.", "NKDA (No Known Drug Allergies)", "No known allergies", "no known drug allergy"),
        *("No known allergy (situation)", "NKDA - No Known Drug Allergies", "NKDA, NKFA"),
        *(
            "NKDA; no known food allergies",
            "No known drug allergy to date",
            "No known penicillin allergy",
            "No allergic reactions",
        ),
        *(
            "No known allergies: confirmed",
            "No Known Drug or Food Allergies",
            "No allergies",
            "No known allergy to latex",
            "None known",
        ),
    ],
)
def test_names_of_no_known_allergy(name):
    assert NONE_KNOWN.named(name)


@pytest.mark.parametrize(
    "name",
    [
        *("Penicillin", "Nuts", "Naproxen", "Nickel", "Allergy to nuts", "Nonsteroidals", ""),
        *("No known drug allergies; allergic to latex", "NKDA, penicillin", "NKDA. Penicillin", "NKDA (latex)"),
        *(
            "NKDA latex",
            "No known drug allergies except penicillin",
            "No known allergies other than latex",
            "NKA but eggs",
        ),
        *("No allergic reaction; anaphylaxis to bee venom", "No known drug allergies - shellfish", "NKDA\npenicillin"),
        *("No known drug allergies allergic to latex", "No longer in doubt: penicillin allergy", "NKDA/penicillin"),
    ],
)
def test_names_of_substances_are_none_of_them(name):
    assert not NONE_KNOWN.named(name)
