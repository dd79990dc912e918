import pytest

from chartline.language.plan_names import check_names, check_recorded, check_tested
from chartline.language.plan_rules import PlanRefused
from chartline.language.plan_text import load_plan


@pytest.mark.parametrize(
    ("question", "plan", "name"),
    [
        ("PPI: pantoprazole ordered?", 'exists prescription "ppi"', "pantoprazole"),
        ("Was potassium low when creatinine was high?", 'exists lab "potassium"', "creatinine"),
        ("Dialysis after the transfusion?", 'exists procedure "dialysis"', "transfusion"),
    ],
)
def test_a_name_that_the_plan_leaves_out_is_refused(question: str, plan: str, name: str) -> None:
    with pytest.raises(PlanRefused, match=f"the question says {name}"):
        check_names(plan, question)


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("The last Potassium?", 'get value of last lab "potassium"'),
        ("Pantoprazole instead of 0.9% sodium chloride?", 'exists prescription "Pantoprazole"'),
        ("Not creatinine, potassium.", 'get value of last lab "potassium"'),
        ("Which antibiotics were given?", 'get name of administration "antibiotics"'),
        ("The last Chemistry test of magnesium?", 'get value of last lab "magnesium"'),
        ("Were bacteria found in the urine?", 'exists micro "urine" with organism present'),
        ("Should she get metoprolol?", "refuse knowledge"),
        ("What do the notes say of diabetes?", 'read "diabetes"'),
    ],
)
def test_a_name_that_is_quoted_taken_back_or_wider_passes(question: str, plan: str) -> None:
    check_names(plan, question)


@pytest.mark.parametrize(
    "plan",
    [
        'get antibiotic of micro "warfarin"',
        'exists micro "urine" with antibiotic = "Coumadin"',
        'count procedure "dialysis" after (micro "insulin sliding scale")',
        'exists micro "blood thinner"',
    ],
)
def test_a_drug_that_no_germ_is_tested_against_names_no_culture(plan: str) -> None:
    with pytest.raises(PlanRefused, match="no culture is tested against"):
        check_tested(load_plan(plan))


@pytest.mark.parametrize(
    "plan",
    [
        'exists micro "urine" with antibiotic = "vanco"',
        'get susceptibility of micro "e. coli" with antibiotic = "bactrim"',
        'exists micro with antibiotic = "Zosyn"',
        'exists micro with antibiotic = "antifungals"',
        'exists micro with antibiotic = "mupirocin"',
        'exists micro "mrsa screen"',
        'exists prescription "warfarin"',
    ],
)
def test_a_drug_that_germs_are_tested_against_may_name_one(plan: str) -> None:
    check_tested(load_plan(plan))


NAMES = ["well child visit", "nepro (full)", "hospital visit"]


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("When was the last well child visit?", "get time of last visit"),
        ("Any nepro (full) given?", 'exists intake "full"'),
        ("The Nepro (full), or a well child visit?", 'exists intake "Nepro (full)"'),
    ],
)
def test_a_name_of_the_record_that_the_plan_leaves_out_is_refused(question: str, plan: str) -> None:
    load_plan(plan)
    with pytest.raises(PlanRefused, match=r"the question says (?:well child visit|nepro full)"):
        check_recorded(plan, question, NAMES)


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("When was the last well child visit?", 'get time of last visit "well child visit"'),
        ("How often was nepro (full) given?", 'count intake "nepro (full)"'),
        ("Which labs in the last hospital visit?", "get name of lab during last hospital"),
        ("Not the well child visit, the last visit: when?", "get time of last visit"),
        ("Should he have nepro (full)?", "refuse knowledge"),
        ("And the one before?", "get time of last 2 visit"),
    ],
)
def test_names_that_are_quoted_or_not_asked_for_pass(question: str, plan: str) -> None:
    load_plan(plan)
    check_recorded(plan, question, NAMES)
