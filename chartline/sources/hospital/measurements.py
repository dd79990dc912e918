"""Laboratory tests and vital signs of the demo hospital: LOINC codes, UCUM units, adult ranges."""

from chartline.sources.hospital.terms import Measurement

LABORATORY = {
    "sodium": Measurement("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", 135, 145, 140, 0),
    "potassium": Measurement("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", 3.5, 5.1, 4.2, 1),
    "bicarbonate": Measurement("1963-8", "Bicarbonate [Moles/volume] in Serum or Plasma", "mmol/L", 22, 29, 25, 0),
    "urea": Measurement("3094-0", "Urea nitrogen [Mass/volume] in Serum or Plasma", "mg/dL", 7, 20, 14, 0),
    "creatinine": Measurement("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 0.6, 1.2, 0.9, 2),
    "glucose": Measurement("2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", 70, 110, 98, 0),
    "leukocytes": Measurement("6690-2", "Leukocytes [#/volume] in Blood", "10*3/uL", 4.0, 11.0, 7.2, 1),
    "hemoglobin": Measurement("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 12.0, 16.0, 13.4, 1),
    "platelets": Measurement("777-3", "Platelets [#/volume] in Blood", "10*3/uL", 150, 400, 240, 0),
    "lactate": Measurement("2524-7", "Lactate [Moles/volume] in Serum or Plasma", "mmol/L", 0.5, 2.0, 1.1, 1),
    "crp": Measurement("1988-5", "C reactive protein [Mass/volume] in Serum or Plasma", "mg/L", 0, 5, 3, 0),
    "procalcitonin": Measurement("33959-8", "Procalcitonin [Mass/volume] in Serum or Plasma", "ng/mL", 0, 0.1, 0.05, 2),
    "inr": Measurement("6301-6", "INR in Platelet poor plasma by Coagulation assay", "1", 0.8, 1.2, 1.0, 1),
    "nt_probnp": Measurement("33762-6", "NT-proBNP [Mass/volume] in Serum or Plasma", "pg/mL", 0, 300, 120, 0),
    "troponin": Measurement("6598-7", "Troponin T.cardiac [Mass/volume] in Serum or Plasma", "ng/mL", 0, 0.01, 0.01, 2),
    "hba1c": Measurement("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", 4.0, 5.6, 5.3, 1),
    "arterial_ph": Measurement("2744-1", "pH of Arterial blood", "[pH]", 7.35, 7.45, 7.40, 2),
    "arterial_co2": Measurement(
        "2019-8", "Carbon dioxide [Partial pressure] in Arterial blood", "mm[Hg]", 35, 45, 40, 0
    ),
    "arterial_oxygen": Measurement("2703-7", "Oxygen [Partial pressure] in Arterial blood", "mm[Hg]", 80, 100, 92, 0),
    "bilirubin": Measurement("1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", "mg/dL", 0.2, 1.2, 0.6, 1),
    "alt": Measurement("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum", "U/L", 7, 56, 24, 0),
    "lipase": Measurement("3040-3", "Lipase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 13, 60, 32, 0),
    "albumin": Measurement("1751-7", "Albumin [Mass/volume] in Serum or Plasma", "g/dL", 3.5, 5.0, 4.1, 1),
    "magnesium": Measurement("19123-9", "Magnesium [Mass/volume] in Serum or Plasma", "mg/dL", 1.6, 2.6, 2.0, 1),
}

#: Drawn every morning of every stay, whatever the story.
DAILY = ("sodium", "potassium", "bicarbonate", "urea", "creatinine", "glucose", "leukocytes", "hemoglobin", "platelets")

VITALS = {
    "heart_rate": Measurement("8867-4", "Heart rate", "/min", 60, 100, 78, 0),
    "respiratory_rate": Measurement("9279-1", "Respiratory rate", "/min", 12, 20, 16, 0),
    "temperature": Measurement("8310-5", "Body temperature", "Cel", 36.1, 37.8, 36.8, 1),
    "oxygen_saturation": Measurement("59408-5", "Oxygen saturation by Pulse oximetry", "%", 94, 100, 97, 0),
    "systolic": Measurement("8480-6", "Systolic blood pressure", "mm[Hg]", 90, 140, 124, 0),
    "diastolic": Measurement("8462-4", "Diastolic blood pressure", "mm[Hg]", 60, 90, 74, 0),
    "weight": Measurement("29463-7", "Body weight", "kg", 45, 120, 76, 1),
    "height": Measurement("8302-2", "Body height", "cm", 150, 195, 170, 0),
    "pain": Measurement("72514-3", "Pain severity 0-10 verbal numeric rating", "{score}", 0, 3, 1, 0),
    "glasgow": Measurement("9269-2", "Glasgow coma score total", "{score}", 15, 15, 15, 0),
}
BLOOD_PRESSURE = Measurement("85354-9", "Blood pressure panel", "", 0, 0, 0, 0)
URINE = Measurement("9187-6", "Urine output", "mL", 0, 0, 400, 0)
