"""The closed vocabulary of answers: words that claim nothing, and words that claim something and must be supported.

A word that is neither here nor in the question nor in the result has no business in an answer; an invented name fails
because it is not here. So no word of this file may also be a clinical name (blood, urine, bag, heart, weight).
"""

from chartline.record.kinds import EventKind
from chartline.record.plan import Comparator, Extremum, Function, StayType, TimeUnit, Which


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if "|" in text else tuple(text.split())


#: Words that carry no claim of their own.
PLAIN_WORDS = frozenset(
    _words("""
    a an the this that these those it its they their them there here of for in on at to from with by as and or into
    is are was were be been being has have having had do does did which who whose what when where while during within
    per regarding concerning according based than compared versus vs respectively
    patient patients patient's person individual record records recorded chart charts charted chart's documented
    documents noted note shows show showed shown indicates indicate indicated states stated lists listed list
    reads read contains contain contained holds hold held includes include included says
    value values result results reading readings level levels measurement measurements measured measure finding
    number count counted amount quantity figure entry entries event events item items name named called any
    time times date dates moment period mark occasion occasions instance instances occurrence occurrences
    occurred occur happened came come back stands stood seen found appears appear appearing exist
    exists observed observation observations reported report reports available
    registered logged timestamp dated timed question answer asked
    information mentioned mentions mention
    """)
)

#: Verbs and nouns that say what kind of event it was; a prescription is not an administration.
KIND_CLAIMS: dict[EventKind, frozenset[str]] = {
    EventKind.PATIENT: frozenset({"born", "birth", "old", "aged", "identified"}),
    EventKind.ENCOUNTER: frozenset({"admitted", "came", "began", "started", "hospitalized", "visited", "visit"}),
    EventKind.TRANSFER: frozenset(
        _words("transferred transfer transfers moved stayed began started unit units care stay stays")
    ),
    EventKind.ICU_STAY: frozenset({"admitted", "began", "started", "stayed", "transferred"}),
    EventKind.CONDITION: frozenset({"diagnosed", "diagnosis", "diagnoses", "made", "condition", "conditions", "with"}),
    EventKind.LABORATORY: frozenset(
        _words("laboratory lab labs test tests tested performed received gave made obtained taken")
    ),
    EventKind.VITAL: frozenset(_words("vital sign signs gave made obtained taken")),
    EventKind.MICROBIOLOGY: frozenset(
        _words("microbiology microbiological test tests tested performed gave made obtained taken")
    ),
    EventKind.MEDICATION_REQUEST: frozenset(
        _words("prescribed prescription prescriptions ordered order orders made drug drugs")
        + _words("medication medications medicine medicines")
    ),
    EventKind.MEDICATION_ADMINISTRATION: frozenset(
        _words("administered administration administrations gave given received drug drugs medication medications")
    ),
    EventKind.MEDICATION_STATEMENT: frozenset(
        _words("taking takes took taken uses used using drug drugs medication medications")
    ),
    EventKind.MEDICATION_DISPENSE: frozenset({"dispensed", "dispense", "dispenses", "drug", "drugs", "medication"}),
    EventKind.INTAKE: frozenset({"intake", "intakes", "input", "inputs", "given", "received"}),
    EventKind.OUTPUT: frozenset({"output", "outputs"}),
    EventKind.PROCEDURE: frozenset(_words("procedure procedures performed received underwent undergone done had")),
    EventKind.ALLERGY: frozenset({"allergy", "allergies", "allergic"}),
    EventKind.IMMUNIZATION: frozenset(_words("vaccination vaccinations vaccine vaccines vaccinated given received")),
    EventKind.SPECIMEN: frozenset({"specimen", "specimens", "collected", "obtained", "taken"}),
    EventKind.REPORT: frozenset(),
    EventKind.NOTE: frozenset({"notes"}),
    EventKind.DEATH: frozenset({"died", "death", "deaths", "deceased"}),
}

#: What went into the patient, also where the question supposes it: an order proves none of them.
INTAKE_WORDS = frozenset(
    _words("take takes took taken taking give gives gave given giving receive receives received receiving")
    + _words("administer administered administering use uses used using")
)

#: Words of a stay; they need a plan about one.
STAY_CLAIMS: dict[StayType, frozenset[str]] = {
    StayType.HOSPITAL: frozenset(
        _words("hospital visit visits stay stays admission admissions encounter encounters hospitalization")
    ),
    StayType.ICU: frozenset(_words("icu intensive care unit visit visits stay stays admission admissions")),
}
STAY_NOUNS = frozenset(_words("visit stay admission encounter hospitalization"))
#: Before a stay's noun: the stay is where something was, not what is spoken of.
INSIDE = frozenset(_words("during in within at on for before after since"))
#: Words of arithmetic between two values, and of the time between two events; they need a plan that does it.
CHANGE_WORDS = frozenset(_words("difference change changed"))
DIFFERENCE_WORDS = CHANGE_WORDS | {"minus", "between"}
DURATION_WORDS = frozenset(_words("interval duration length lasted lasting passed elapsed long since between until"))
START_WORDS = frozenset(_words("began started admitted came moved transferred"))
#: Words of an event's end; they need a plan that reads it.
END_WORDS = frozenset({"ended", "end", "discharged", "discharge", "finished", "stopped", "left"})

NEGATIONS = frozenset(
    _words(
        "no not never none nothing neither nor without cannot can't didn't doesn't don't wasn't weren't isn't aren't"
        " hasn't haven't hadn't couldn't"
    )
)

CONTRACTIONS = frozenset(word for word in NEGATIONS if word.endswith("n't"))
VERBS = frozenset(_words("is are was were be been being has have had having do does did"))
#: What joins a second clause to a first.
JOINTS = frozenset(_words("and or as while which who when where"))

#: Hours, days …: they stand behind a number or in a term of the question, nowhere else.
TIME_UNIT_WORDS = {f"{unit.name.lower()}{s}": unit for unit in TimeUnit for s in ("", "s")}

NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        _words(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
            " seventeen eighteen nineteen twenty"
        )
    )
} | {"once": 1, "twice": 2}

_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
ORDINALS: dict[str, tuple[Which, int]] = {
    **{word: (Which.FIRST, nth) for nth, word in enumerate(_PLACES, 1)},
    **{f"{word} to last": (Which.LAST, nth) for nth, word in enumerate(_PLACES, 1)},
    **{f"{word} to the last": (Which.LAST, nth) for nth, word in enumerate(_PLACES, 1)},
    **{f"{word} last": (Which.LAST, nth) for nth, word in enumerate(_PLACES, 1) if nth > 1},
    **{f"{word} most recent": (Which.LAST, nth) for nth, word in enumerate(_PLACES, 1) if nth > 1},
    "initial": (Which.FIRST, 1),
    "initially": (Which.FIRST, 1),
    "earliest": (Which.FIRST, 1),
    "last": (Which.LAST, 1),
    "latest": (Which.LAST, 1),
    "most recent": (Which.LAST, 1),
    "most recently": (Which.LAST, 1),
    "newest": (Which.LAST, 1),
    "final": (Which.LAST, 1),
    "penultimate": (Which.LAST, 2),
    "next to last": (Which.LAST, 2),
    "current": (Which.CURRENT, 1),
    "currently": (Which.CURRENT, 1),
}
EXTREMES: dict[str, Extremum] = {
    **dict.fromkeys(("lowest", "minimum", "minimal", "min", "smallest", "least"), Extremum.MINIMUM),
    **dict.fromkeys(("highest", "maximum", "maximal", "max", "largest", "greatest", "peak"), Extremum.MAXIMUM),
}
AGGREGATES: dict[str, frozenset[Function]] = {
    **dict.fromkeys(("mean", "average", "averaged"), frozenset({Function.MEAN})),
    **dict.fromkeys(("total", "sum", "altogether"), frozenset({Function.SUM, Function.COUNT, Function.COUNT_DISTINCT})),
    **dict.fromkeys(("distinct", "different", "unique"), frozenset({Function.COUNT_DISTINCT})),
}
BUCKETS: dict[str, TimeUnit] = {
    "hourly": TimeUnit.HOUR,
    "daily": TimeUnit.DAY,
    "weekly": TimeUnit.WEEK,
    "monthly": TimeUnit.MONTH,
    "yearly": TimeUnit.YEAR,
    "annual": TimeUnit.YEAR,
    **{f"{word} {unit.name.lower()}": unit for unit in TimeUnit for word in ("by", "per", "each", "every")},
}
COMPARISONS: dict[Comparator, tuple[str, ...]] = {
    Comparator.GREATER: _words(
        "greater than|higher than|more than|larger than|above|over|later than|>|greater|higher|larger|later"
    ),
    Comparator.LESS: _words(
        "less than|lower than|smaller than|fewer than|below|under|earlier than|<|less|lower|smaller|earlier"
    ),
    Comparator.EQUAL: _words("equal to|the same as|identical to|=|equal|the same"),
    Comparator.GREATER_OR_EQUAL: _words("at least|no less than|>=|greater than or equal to"),
    Comparator.LESS_OR_EQUAL: _words("at most|no more than|<=|less than or equal to"),
}

#: How a time stands to its sentence: bounds of the window, or the moment itself.
START_RELATIONS = frozenset({"since", "from", "between", "after", "following"})
END_RELATIONS = frozenset({"until", "before", "to", "through"})
IN_RELATIONS = frozenset({"in", "on", "during", "at"})
#: Of these, those that claim an order even where no time follows.
ORDER_RELATIONS = frozenset({"since", "between", "after", "following", "until", "before", "prior", "through", "minus"})

MARKS = frozenset(",.;:()!?'\"“”‘’-–—")
