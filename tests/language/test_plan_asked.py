"""A plan for another question than was asked is refused, in words that training has and in others; what fits passes."""

import pytest

from chartline.language.checked_plan import checked_plan
from chartline.language.plan_asked import check_asked
from chartline.language.plan_rules import PlanRefused
from chartline.language.plan_text import load_plan
from chartline.language.turns import Turn


@pytest.mark.parametrize(
    ("question", "plan", "said"),
    [
        # When: a time, and neither whether nor how often.
        ("When did he receive lasix?", 'exists administration "lasix"', "when did"),
        ("So when exactly were antibiotics given?", 'count administration "antibiotics"', "when exactly were"),
        ("On which date was the biopsy?", 'exists procedure "biopsy"', "which date was"),
        ("The biopsy was when?", 'get name of procedure "biopsy"', "when"),
        ("Heparin, since when?", 'exists prescription "heparin"', "when"),
        ("When will dialysis have been done?", 'distinct procedure "dialysis"', "when will"),
        ("When was the one before?", 'exists lab "sodium"', "when was"),
        # Why: a reason.
        ("Why was she admitted last time?", "get time of last visit", "why"),
        ("So why did he get lasix?", 'exists administration "lasix"', "why"),
        # The end of something, and its beginning.
        ("When was heparin stopped?", 'get time of prescription "heparin"', "stopped"),
        ("When did the nurses finally discontinue propofol?", 'get time of last administration "propofol"', "discon"),
        ("At what time did the ventilation end?", 'get time of procedure "ventilation"', "end"),
        ("Until when was he on vancomycin?", 'get time of prescription "vancomycin"', "until when"),
        ("Up to what date did he take warfarin?", 'get time of last statement "warfarin"', "up to what date"),
        ("When was the end of the transfusion?", 'get time of procedure "transfusion"', "end of"),
        ("Stop time of the insulin drip?", 'get time of administration "insulin"', "stop time"),
        ("End of the last ICU stay?", "get time of last icu", "end of"),
        ("Meropenem was discontinued when?", 'get time of last prescription "meropenem"', "discontinued"),
        ("The drip began when?", 'get end of administration "drip"', "began"),
        ("When did her asthma begin?", 'get end of diagnosis "asthma"', "begin"),
        ("When was propofol started?", 'get end of administration "propofol"', "started"),
        ("Start date of the metformin order?", 'get end of prescription "metformin"', "start date"),
        ("Was heparin discontinued?", 'exists prescription "heparin"', "discontinued"),
        ("Have they stopped the tube feeds yet?", 'exists intake "tube feeds"', "stopped"),
        # An amount.
        ("How many grams of ceftriaxone did he get?", 'count administration "ceftriaxone"', "how many grams"),
        ("How many units of insulin today?", 'count administration "insulin" in "today"', "how many units"),
        ("How many mls of urine?", 'count output "urine"', "how many mls"),
        ("How many milligrams of morphine in total?", 'distinct administration "morphine"', "how many milligrams"),
        ("How much saline went in?", 'exists intake "saline"', "how much"),
        ("How many operating rooms are there?", 'count visit with admission_location = "operating rooms"', "how many"),
        # A difference.
        ("Change in weight compared to admission?", 'get value of last vital "weight"', "compared to"),
        ("What's new compared with yesterday's drugs?", 'get name of prescription in "yesterday"', "compared with"),
        ("The difference between the first and last sodium?", 'get value of last lab "sodium"', "difference between"),
        ("By how much did creatinine rise?", 'get value of last lab "creatinine"', "by how much"),
        ("How much higher is CRP than yesterday?", 'get value of lab "CRP" in "yesterday"', "how much higher"),
        ("How has her weight changed?", 'get value of vital "weight"', "how has her _ changed"),
        ("What changed in her drugs compared to yesterday?", 'get name of prescription in "yesterday"', "compared to"),
        # What, and not when or how often.
        ("First time, what drug was prescribed?", "get time of first prescription", "drug"),
        ("Which procedure did he last have?", "count procedure", "procedure"),
        ("What organism was found last?", "get time of last micro", "organism"),
        # Two drugs at one time; a drug is no measurement.
        ("When were lasix and k at the same time given?", 'get time of prescription "lasix"', "same time"),
        ("Has he taken a vital care (full) drug?", 'exists lab "care (full)"', "drug"),
        ("What medication did he get on 1 May?", 'get name of vital in "1 May"', "medication"),
        # This one patient, and no other.
        ("What is the average of oxygen in the patient's body?", "refuse other_patients", "the patient"),
        ("The mean sodium of this patient in May?", "refuse other_patients", "the patient"),
        # A word that makes the name another measurement's.
        ("The average absolute monocyte count?", 'mean lab "monocyte count"', "absolute"),
        ("Is free T4 normal?", 'get interpretation of last lab "T4"', "free"),
        ("The last calcium, ionized?", 'get value of last lab "calcium"', "ionized"),
        ("Blood pressure (diastolic) today?", 'get value of vital "blood pressure" in "today"', "diastolic"),
        # A route.
        ("The last drug via the sc route?", "get name of last prescription", "via"),
        ("Was morphine given via a syringe driver?", 'exists administration "morphine"', "via"),
        ("What was given using the rectal route?", "get name of administration", "rectal"),
        # Both of two.
        ("Was aspirin or clopidogrel given?", 'exists administration "aspirin"', "clopidogrel"),
        ("Any stroke or TIA?", 'exists diagnosis "TIA"', "stroke"),
        ("Did he have a biopsy, or an angiogram?", 'exists procedure "biopsy"', "angiogram"),
    ],
)
def test_a_plan_for_another_question_is_refused(question: str, plan: str, said: str) -> None:
    load_plan(plan)
    with pytest.raises(PlanRefused, match=f"the question says {said}"):
        check_asked(plan, question)


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("When did he receive lasix?", 'get time of administration "lasix"'),
        ("When was the one before?", 'get value of last 2 lab "sodium"'),
        ("When was it, before the biopsy?", 'less (get time of visit) (get time of procedure "biopsy")'),
        ("Since when is he here?", "days from (visit) to now"),
        ("When was she born?", "get birth_date of patient"),
        ("When he came in, was lasix given?", 'exists administration "lasix"'),
        ("How often was it high, no matter when?", "count lab with interpretation high"),
        ("Over what time did the infusion run?", 'get duration of administration "infusion"'),
        ("When was heparin stopped?", 'get end of prescription "heparin"'),
        ("When did the fever stop?", 'get time of last vital "fever"'),
        ("When was CRP taken after heparin was stopped?", 'get time of lab "CRP" after (prescription "heparin")'),
        ("When did sodium end up above 150?", 'get time of lab "sodium" with value > 150'),
        ("When was CRP measured at the end of the stay?", 'get time of last lab "CRP" during hospital'),
        ("When did the stay that began in May end?", 'get end of visit in "May"'),
        ("The end of the stay: which labs?", "get name of lab"),
        ("When was he discharged within a day of the start of the visit?", "get end of visit"),
        ("Any bleeding once heparin was stopped?", 'exists diagnosis "bleeding" after (prescription "heparin")'),
        ("How long was heparin given before it was stopped?", 'get duration of prescription "heparin"'),
        ("How many units did he stay on?", "distinct care_unit of transfer"),
        ("How many E. coli were there?", 'count micro with organism = "E. coli"'),
        ("How many rehabilitation stays were there?", 'count visit "rehabilitation stays"'),
        ("How many emergency visits were there?", 'count visit with admission_type = "emergency"'),
        ("How many doses of insulin?", 'count administration "insulin"'),
        ("How many grams of ceftriaxone?", 'sum administration "ceftriaxone"'),
        ("Is sodium low compared to the normal range?", 'get interpretation of last lab "sodium"'),
        ("How does the patient's sodium compare with that of others?", "refuse other_patients"),
        ("Is the patient in the next bed well?", "refuse other_patients"),
        ("What drug level did he have?", 'get value of lab "drug level"'),
        ("Which drugs were given, and when?", "get time of administration"),
        ("What drug was E. coli resistant to?", 'get antibiotic of micro "E. coli"'),
        ("When were lasix and k given at the same time?", 'get time of prescription "lasix" at (prescription "k")'),
        ("Which drugs are new compared to yesterday?", 'get name of prescription new in "yesterday"'),
        ("The difference in time from lasix to now?", 'hours from (administration "lasix") to now'),
        ("When was the last change of ward?", "get time of last transfer"),
        ("Which drugs via PO or IV?", 'get name of prescription with route = "PO" with route = "IV"'),
        ("The absolute monocyte count?", 'get value of lab "absolute monocyte count"'),
        ("His systolic and diastolic blood pressure?", 'get value of vital "blood pressure"'),
        ("Free T4 or calcium, ionized?", 'get value of lab "Free T4" or "calcium, ionized"'),
        ("Via which route was morphine given?", 'get route of administration "morphine"'),
        ("No, not irrigation of bladder, via natural opening, dialysis.", 'exists procedure "dialysis"'),
        ("Was it given by the same route?", "get route of administration"),
        ("Was aspirin or clopidogrel given?", 'exists administration "aspirin" or "clopidogrel"'),
        ("Was it aspirin or not?", 'exists administration "aspirin"'),
        ("Has CKD stage i, or unspecified been diagnosed?", 'exists diagnosis "CKD stage i"'),
        ("Is he on aspirin or anything similar?", 'exists prescription "aspirin"'),
        ("Potassium or lower?", 'get value of lab "potassium"'),
        ("Oral or IV paracetamol?", 'get route of prescription "paracetamol"'),
        ("Did aspirin or of the others any help?", "refuse knowledge"),
        ("When was the biopsy discussed?", 'read "biopsy discussed"'),
    ],
)  # fmt: skip
def test_a_plan_for_the_question_passes(question: str, plan: str) -> None:
    load_plan(plan)
    check_asked(plan, question)


def test_only_whole_words_of_a_question_are_quoted() -> None:
    """The "ns" of "intensive" is no saline: the words around it are still asked for."""
    with pytest.raises(PlanRefused, match="the question says intensive care"):
        checked_plan('sum intake "ns"', "How much ns during the intensive care?")


@pytest.mark.parametrize(
    "name", ["organism", "the culture", "germs", "Which organisms", "any bacteria", "microbiology test"]
)
def test_a_word_for_whatever_grows_is_no_name_of_it(name: str) -> None:
    for plan in (f'get organism of micro "{name}"', f'exists micro "urine" with organism = "{name}"'):
        with pytest.raises(PlanRefused, match="an organism is no name of one"):
            checked_plan(plan, f"Urine: {name}?")


@pytest.mark.parametrize("name", ["urine culture", "throat", "e. coli", "culture of the wound"])
def test_a_specimen_and_a_germ_are_names(name: str) -> None:
    checked_plan(f'get organism of micro "{name}"', f"Which organism grew in the {name}?")


def test_an_organism_is_no_part_of_the_name_of_its_specimen() -> None:
    plan = 'exists micro "MRSA screen" with organism = "MRSA"'
    with pytest.raises(PlanRefused, match="an organism of the name alone"):
        checked_plan(plan, "Was a test done on the MRSA screen specimen?")
    checked_plan(plan, "Did the MRSA screen grow MRSA?")
    checked_plan(plan, "Was it MRSA?", [Turn("Was an MRSA screen done?", "Yes, on 1 May.")])


def test_a_department_is_no_specimen() -> None:
    with pytest.raises(PlanRefused, match="a department is no specimen"):
        checked_plan('get value of lab "wbc" with specimen = "Hematology"', "The Hematology wbc?")
    checked_plan('get value of lab "wbc" with category = "Hematology"', "The Hematology wbc?")


def test_a_culture_is_no_procedure_unless_one_is_asked_for() -> None:
    plan = 'exists procedure "positive blood culture"'
    with pytest.raises(PlanRefused, match="a culture is a microbiology test"):
        checked_plan(plan, "Did she ever have a positive blood culture?")
    checked_plan('count procedure "blood culture"', "How many blood culture procedures did he undergo?")
    checked_plan('exists procedure "blood cultured"', "Was blood cultured?")


@pytest.mark.parametrize("name", ["urine output", "chest tube output", "ileostomy outputs"])
def test_what_came_out_is_no_measurement(name: str) -> None:
    with pytest.raises(PlanRefused, match="what came out is no measurement"):
        checked_plan(f'get value of vital "{name}"', f"What was the {name}?")
    checked_plan(f'sum output "{name}"', f"What was the {name} in total?")
    checked_plan('get value of last vital "cardiac output"', "What was the last cardiac output?")


def test_nothing_comes_after_the_last() -> None:
    with pytest.raises(PlanRefused, match="nothing comes after its last"):
        checked_plan('get value of first lab "k" after (last lab "k")', "Compare her first and last k.")
    checked_plan('get value of last lab "k" after (last lab "na")', "The last k after the last na?")
    checked_plan('get value of last lab "k" after (first lab "k")', "The last k after the first k?")


def test_a_route_is_no_drug() -> None:
    with pytest.raises(PlanRefused, match="a route is no drug"):
        checked_plan('get time of last prescription "iv route"', "When was the last prescription via the iv route?")


@pytest.mark.parametrize(
    ("question", "which", "whether"),
    [
        ("Is he male or female?", "get gender of patient", 'exists patient with gender = "male"'),
        ("Single or married?", "get marital_status of last visit", 'exists visit with marital_status = "Single"'),
    ],
)
def test_which_of_two_is_not_whether_one(question: str, which: str, whether: str) -> None:
    checked_plan(which, question)
    with pytest.raises(PlanRefused, match="which of two"):
        check_asked(whether, question)
    checked_plan(whether, question.replace(" or ", ", not "))


def test_what_was_asked_before_demands_nothing() -> None:
    checked_plan('exists lab "sodium"', "And sodium?", [Turn("When was CRP taken, or potassium?", "On 1 May.")])
