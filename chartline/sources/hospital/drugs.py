"""Drugs of the demo hospital: RxNorm concepts with a usual order."""

from chartline.sources.hospital.terms import Drug

DRUGS = {
    "ceftriaxone": Drug("1664992", "Ceftriaxone", "injection", "2", "g", "Intravenous", 24, reason="infection"),
    "azithromycin": Drug("18631", "Azithromycin", "tablet", "500", "mg", "Oral", 24, reason="infection"),
    "piperacillin_tazobactam": Drug(
        "74169", "Piperacillin / Tazobactam", "injection", "4.5", "g", "Intravenous", 8, reason="infection"
    ),
    "vancomycin": Drug("1807507", "Vancomycin", "injection", "1000", "mg", "Intravenous", 12, reason="infection"),
    "cefazolin": Drug("2180", "Cefazolin", "injection", "2", "g", "Intravenous", 8, reason="infection"),
    "norepinephrine": Drug(
        "1745276", "Norepinephrine", "injection", "4", "mg", "Intravenous", 6, "0.08", "ug/kg/min", "septic shock"
    ),
    "propofol": Drug("1808216", "Propofol", "injection", "500", "mg", "Intravenous", 6, "25", "ug/kg/min", "sedation"),
    "insulin_drip": Drug(
        "2179743", "Insulin, regular, human", "injection", "50", "[iU]", "Intravenous", 6, "5", "[iU]/h", "ketoacidosis"
    ),
    "insulin_glargine": Drug(
        "274783", "Insulin glargine", "injection", "18", "[iU]", "Subcutaneous", 24, reason="diabetes"
    ),
    "potassium_chloride": Drug(
        "1860131", "Potassium chloride", "injection", "20", "meq", "Intravenous", 12, reason="hypokalemia"
    ),
    "furosemide_iv": Drug("4603", "Furosemide", "injection", "40", "mg", "Intravenous", 12, reason="fluid overload"),
    "furosemide": Drug("4603", "Furosemide", "tablet", "40", "mg", "Oral", 24, reason="heart failure"),
    "spironolactone": Drug("9997", "Spironolactone", "tablet", "25", "mg", "Oral", 24, reason="heart failure"),
    "metoprolol": Drug("6918", "Metoprolol", "tablet", "25", "mg", "Oral", 12, reason="rate control"),
    "lisinopril": Drug("29046", "Lisinopril", "tablet", "10", "mg", "Oral", 24, reason="hypertension"),
    "amlodipine": Drug("17767", "Amlodipine", "tablet", "5", "mg", "Oral", 24, reason="hypertension"),
    "atorvastatin": Drug("83367", "Atorvastatin", "tablet", "40", "mg", "Oral", 24, reason="hyperlipidemia"),
    "aspirin": Drug("1191", "Aspirin", "tablet", "81", "mg", "Oral", 24, reason="coronary disease"),
    "clopidogrel": Drug("32968", "Clopidogrel", "tablet", "75", "mg", "Oral", 24, reason="coronary stent"),
    "heparin": Drug(
        "1857598", "Heparin", "injection", "5000", "[iU]", "Subcutaneous", 8, reason="thrombosis prophylaxis"
    ),
    "enoxaparin": Drug(
        "67108", "Enoxaparin", "injection", "40", "mg", "Subcutaneous", 24, reason="thrombosis prophylaxis"
    ),
    "apixaban": Drug("1364430", "Apixaban", "tablet", "5", "mg", "Oral", 12, reason="atrial fibrillation"),
    "metformin": Drug("6809", "Metformin", "tablet", "500", "mg", "Oral", 12, reason="diabetes"),
    "levothyroxine": Drug("10582", "Levothyroxine", "tablet", "75", "ug", "Oral", 24, reason="hypothyroidism"),
    "pantoprazole": Drug("40790", "Pantoprazole", "injection", "40", "mg", "Intravenous", 12, reason="bleeding"),
    "prednisone": Drug("8640", "Prednisone", "tablet", "40", "mg", "Oral", 24, reason="airway inflammation"),
    "albuterol": Drug("435", "Albuterol", "inhalation solution", "2.5", "mg", "Inhalation", 6, reason="wheezing"),
    "acetaminophen": Drug("161", "Acetaminophen", "tablet", "650", "mg", "Oral", 6, reason="pain or fever"),
    "oxycodone": Drug("7804", "Oxycodone", "tablet", "5", "mg", "Oral", 6, reason="pain"),
    "morphine": Drug("7052", "Morphine", "injection", "2", "mg", "Intravenous", 6, reason="pain"),
    "ondansetron": Drug("26225", "Ondansetron", "injection", "4", "mg", "Intravenous", 8, reason="nausea"),
    "ringers": Drug("847630", "Lactated Ringer's solution", "infusion", "1000", "mL", "Intravenous", 12, "125", "mL/h"),
}
#: Fluids are charted as intake.
FLUIDS = frozenset({"ringers"})
