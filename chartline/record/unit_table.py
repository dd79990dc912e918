"""Units that may be converted into each other: knowledge of `units`, and nothing else.

Source: The Unified Code for Units of Measure (UCUM) 2.2, tables 1 to 4 and 45 onwards, https://ucum.org/ucum, with the
spellings that MIMIC-IV, eICU, Synthea and HL7 v2 senders use beside the UCUM code. Written in lower case: what would
differ by case alone (megagram, megalitre) is in no chart.

What depends on the substance (mmol and mg, mEq and mmol, arbitrary units and mg) stays apart on purpose.
"""

#: dimension -> unit -> how many of the dimension's base unit it is, as a fraction.
ATOMS: dict[str, dict[str, str]] = {
    "mass": {"g": "1", "gm": "1", "gram": "1", "grams": "1", "kg": "1000", "kgs": "1000", "hg": "100", "mg": "1/1000",
             "ug": "1/1000000", "mcg": "1/1000000", "ng": "1/1000000000", "pg": "1/1000000000000",
             "lb": "45359237/100000", "lbs": "45359237/100000", "[lb_av]": "45359237/100000",
             "oz": "45359237/1600000", "[oz_av]": "45359237/1600000"},
    "volume": {"l": "1", "liter": "1", "liters": "1", "dl": "1/10", "cl": "1/100", "ml": "1/1000", "cc": "1/1000",
               "cm3": "1/1000", "ul": "1/1000000", "mcl": "1/1000000", "nl": "1/1000000000", "pl": "1/1000000000000",
               "fl": "1/1000000000000000"},
    "length": {"m": "1", "dm": "1/10", "cm": "1/100", "mm": "1/1000", "um": "1/1000000", "nm": "1/1000000000",
               "in": "127/5000", "[in_i]": "127/5000", "inch": "127/5000", "inches": "127/5000",
               "ft": "381/1250", "[ft_i]": "381/1250"},
    "area": {"m2": "1", "cm2": "1/10000"},
    "time": {"s": "1", "sec": "1", "secs": "1", "ms": "1/1000", "min": "60", "mins": "60", "minute": "60",
             "minutes": "60", "h": "3600", "hr": "3600", "hrs": "3600", "hour": "3600", "hours": "3600", "d": "86400",
             "day": "86400", "days": "86400", "wk": "604800", "week": "604800", "weeks": "604800"},
    "substance": {"mol": "1", "mmol": "1/1000", "umol": "1/1000000", "nmol": "1/1000000000",
                  "pmol": "1/1000000000000"},
    "equivalents": {"eq": "1", "meq": "1/1000", "ueq": "1/1000000"},
    "osmoles": {"osm": "1", "mosm": "1/1000"},
    "arbitrary": {"[iu]": "1", "iu": "1", "[u]": "1", "u": "1", "unit": "1", "units": "1", "m[iu]": "1/1000",
                  "miu": "1/1000", "mu": "1/1000", "u[iu]": "1/1000000", "uiu": "1/1000000", "k[iu]": "1000",
                  "kiu": "1000", "kunits": "1000"},
    "pressure": {"pa": "1", "hpa": "100", "kpa": "1000", "mm[hg]": "133322387/1000000", "mmhg": "133322387/1000000",
                 "cm[h2o]": "980665/10000", "cmh2o": "980665/10000"},
    "energy": {"cal": "1", "kcal": "1000", "[cal]": "1000"},
    "number": {"1": "1", "10*3": "1000", "10^3": "1000", "x10^3": "1000", "x10e3": "1000", "k": "1000",
               "thousand": "1000", "thou": "1000", "10*6": "1000000", "10^6": "1000000", "x10^6": "1000000",
               "x10e6": "1000000", "million": "1000000", "mill": "1000000", "10*9": "1000000000",
               "10^9": "1000000000", "x10^9": "1000000000", "x10e9": "1000000000", "10*12": "1000000000000",
               "10^12": "1000000000000", "x10^12": "1000000000000", "x10e12": "1000000000000"},
    "per cent": {"%": "1"},
}  # fmt: skip

#: Temperatures: (steps of one kelvin, degrees Celsius at zero), as fractions.
TEMPERATURES: dict[str, tuple[str, str]] = {
    "cel": ("1", "0"),
    "degc": ("1", "0"),
    "°c": ("1", "0"),
    "c": ("1", "0"),
    "[degf]": ("5/9", "-160/9"),
    "degf": ("5/9", "-160/9"),
    "°f": ("5/9", "-160/9"),
    "f": ("5/9", "-160/9"),
}

#: Whole units that are another unit by their meaning.
ALIASES: dict[str, str] = {
    "bpm": "1/min",
    "/min": "1/min",
    "beats/min": "1/min",
    "beats/minute": "1/min",
    "insp/min": "1/min",
    "breaths/min": "1/min",
    "br/min": "1/min",
    "#/ul": "1/ul",
    "/ul": "1/ul",
    "mm hg": "mm[hg]",
    "percent": "%",
    "deg c": "cel",
    "deg f": "[degf]",
    "deg. c": "cel",
    "deg. f": "[degf]",
    "celsius": "cel",
    "fahrenheit": "[degf]",
    "k/mcl": "10*3/ul",
    "mgs": "mg",
    "mls": "ml",
}
