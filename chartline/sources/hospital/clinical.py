"""Diagnoses, procedures, vaccines, allergens, organisms and units of the demo hospital."""

from chartline.sources.hospital.terms import Condition, Term

CONDITIONS = {
    "sepsis": Condition("91302008", "A41.51", "Sepsis due to Escherichia coli"),
    "septic_shock": Condition("76571007", "R65.21", "Severe sepsis with septic shock"),
    "urinary_infection": Condition("68566005", "N39.0", "Urinary tract infection"),
    "pneumonia": Condition("233604007", "J18.9", "Pneumonia"),
    "respiratory_failure": Condition("65710008", "J96.01", "Acute respiratory failure with hypoxia"),
    "heart_failure": Condition("84114007", "I50.23", "Acute on chronic systolic heart failure"),
    "ketoacidosis": Condition("420422005", "E10.10", "Type 1 diabetes mellitus with ketoacidosis"),
    "hip_fracture": Condition("5913000", "S72.001A", "Fracture of neck of right femur"),
    "copd_exacerbation": Condition("195951007", "J44.1", "Acute exacerbation of chronic obstructive pulmonary disease"),
    "infarction": Condition("401314000", "I21.4", "Acute non-ST segment elevation myocardial infarction"),
    "gastrointestinal_bleeding": Condition("74474003", "K92.2", "Gastrointestinal hemorrhage"),
    "kidney_injury": Condition("14669001", "N17.9", "Acute kidney injury"),
    "pancreatitis": Condition("197456007", "K85.90", "Acute pancreatitis"),
    "cellulitis": Condition("128045006", "L03.115", "Cellulitis of right lower limb"),
    "stroke": Condition("432504007", "I63.9", "Cerebral infarction"),
    "hypertension": Condition("38341003", "I10", "Essential hypertension"),
    "diabetes": Condition("44054006", "E11.9", "Type 2 diabetes mellitus"),
    "diabetes_1": Condition("46635009", "E10.9", "Type 1 diabetes mellitus"),
    "kidney_disease": Condition("433144002", "N18.30", "Chronic kidney disease stage 3"),
    "hyperlipidemia": Condition("55822004", "E78.5", "Hyperlipidemia"),
    "coronary_disease": Condition("53741008", "I25.10", "Coronary artery disease"),
    "atrial_fibrillation": Condition("49436004", "I48.91", "Atrial fibrillation"),
    "copd": Condition("13645005", "J44.9", "Chronic obstructive pulmonary disease"),
    "hypothyroidism": Condition("40930008", "E03.9", "Hypothyroidism"),
    "osteoporosis": Condition("64859006", "M81.0", "Osteoporosis"),
}

PROCEDURES = {
    "chest_xray": Term("399208008", "Plain chest X-ray"),
    "ecg": Term("29303009", "Electrocardiographic procedure"),
    "echo": Term("433236007", "Transthoracic echocardiography"),
    "ct": Term("77477000", "Computerized axial tomography"),
    "central_line": Term("233527006", "Central venous cannula insertion"),
    "arterial_line": Term("392247006", "Insertion of catheter into artery"),
    "urinary_catheter": Term("225088003", "Insertion of indwelling urethral catheter"),
    "intubation": Term("112798008", "Insertion of endotracheal tube"),
    "noninvasive_ventilation": Term("428311008", "Noninvasive ventilation"),
    "stent": Term("415070008", "Percutaneous coronary intervention"),
    "hip_replacement": Term("52734007", "Total replacement of hip"),
    "endoscopy": Term("76009000", "Esophagogastroduodenoscopy"),
    "transfusion": Term("116859006", "Transfusion of blood product"),
}

VACCINES = {
    "influenza": Term("140", "Influenza, seasonal, injectable, preservative free"),
    "pneumococcal": Term("33", "Pneumococcal polysaccharide vaccine, 23 valent"),
    "tdap": Term("115", "Tetanus toxoid, reduced diphtheria toxoid, and acellular pertussis vaccine, adsorbed"),
    "zoster": Term("187", "Zoster vaccine recombinant"),
}

#: Allergen (SNOMED CT), its category, how it showed, how dangerous it is.
ALLERGIES = (
    (Term("764146007", "Penicillin"), "medication", "Hives", "high"),
    (Term("387406002", "Sulfonamide"), "medication", "Rash", "low"),
    (Term("111088007", "Latex"), "environment", "Rash", "low"),
    (Term("762952008", "Peanut"), "food", "Anaphylaxis", "high"),
)

ORGANISMS = {
    "coli": Term("112283007", "Escherichia coli"),
    "pneumococcus": Term("9861002", "Streptococcus pneumoniae"),
    "staphylococcus": Term("3092008", "Staphylococcus aureus"),
}
CULTURES = {
    "blood": Term("600-7", "Bacteria identified in Blood by Culture"),
    "urine": Term("630-4", "Bacteria identified in Urine by Culture"),
    "sputum": Term("624-7", "Bacteria identified in Sputum by Respiratory culture"),
    "wound": Term("6462-6", "Bacteria identified in Wound by Culture"),
}
ANTIBIOTICS = {
    "ampicillin": Term("18864-9", "Ampicillin [Susceptibility]"),
    "ceftriaxone": Term("18895-3", "Ceftriaxone [Susceptibility]"),
    "ciprofloxacin": Term("18906-8", "Ciprofloxacin [Susceptibility]"),
    "gentamicin": Term("18928-2", "Gentamicin [Susceptibility]"),
    "oxacillin": Term("18961-3", "Oxacillin [Susceptibility]"),
    "vancomycin": Term("19000-9", "Vancomycin [Susceptibility]"),
}

UNITS = {
    "emergency": "Emergency Department",
    "medicine": "General Medicine Ward",
    "cardiology": "Cardiology Ward",
    "surgery": "Orthopedic Surgery Ward",
    "icu": "Medical Intensive Care Unit",
}
