"""Holds a plan to what its question asks for: a time where it asks when, an amount where it asks how many grams.

A plan may quote every name and number of its question and yet answer another one: whether, how often, one of two. What
is listed here leaves no choice, wherever it stands around the names of the question; a paraphrase asks nothing.
"""

import re

from chartline.language.asides import asked_for
from chartline.language.plan_rules import KINDS_OF_FIELD, PlanRefused
from chartline.language.plan_words import KINDS
from chartline.record.plan import Field

_QUOTED = re.compile(r'"[^"]*"')

_NOTHING = "(?!)"
_NO_COUNT = r"^(?!(?:exists|count|distinct)\b)"
_COMPARED = r"^(?:difference|greater|less|equal)\b"
_SPAN = r"^\w+s from\b"
_TIME = rf"^get (?:time|end|birth_date|birth_year)\b|{_COMPARED}|{_SPAN}"
_DAY = "(?:time|date|day)s?"
_ASKING = "(?:did|does|do|was|were|is|are|has|have|had|will|would)"
_WHEN = rf"(?:when|(?<!over )(?:what|which) {_DAY})(?: exactly)? {_ASKING}\b"
#: "When was the one before?" may ask of the one before all that was asked last.
_ELLIPSIS = r"(?:one|next|previous|prior|second|third)\b"
#: Of a clause, what stands before its verb and begins no other clause.
_BEFORE_VERB = r"(?:(?!\b(?:after|before|since|once|that|which|who|while|when|until|till|following)\b)[^,;:])*?"
_STOP = r"stop|stopped|discontinued?|d/c'd|ended|end(?! (?:of|up)\b)|finish|finished|expired?"
_START = r"start(?! of\b)|started|beg[aiu]n|initiated|commenced?"
#: Kinds of which an event has no end: when such a thing was over, its last one tells.
_ENDLESS = "|".join(word for word, kind in KINDS.items() if kind not in KINDS_OF_FIELD[Field.END_TIME])
_AT_END = rf"\bget end of\b|^get time of last (?:\d+ )?(?:{_ENDLESS})\b"
_WINDOW = r"\b(?:after|before|since|at) \("

_AMOUNTS = "|".join(
    (
        *(
            "[kmu]?gs?",
            "gm",
            "mcg",
            "grams?",
            "(?:kilo|milli|micro)grams?",
            "kilos?",
            "lbs?",
            "pounds?",
            "ounces?",
            "oz",
        ),
        *("[md]?ls?", "ccs?", "(?:deci|milli)?lit(?:er|re)s?", "(?:international )?units?", "iu", "meqs?", "m?mol"),
    )
)
_ARTICLE = "(?:(?:the|an?|any|of|his|her|their|home) )*+"
#: Beside a measurement's name these make it another one: a count beside a share, the ionized part of the calcium.
_OTHER_MEASUREMENT = "|".join(
    (
        *("absolute", "free", "ionized", "ionised", "(?:un)?conjugated", "(?:in)?direct", "corrected"),
        *("systolic", "diastolic", "arterial", "venous"),
    )
)
#: Words beside "or" that are no names.
_NO_NAME = "|".join(
    (
        *("not", "no", "none", "nothing", "any", "anything", "another", "others?", "else", "otherwise", "something"),
        *("more", "less", "fewer", "above", "below", "over", "under", "higher", "lower", "greater", "better", "worse"),
        *(
            "similar",
            "equivalent",
            "such",
            "related",
            "like",
            "so",
            "both",
            "either",
            "neither",
            "even",
            "just",
            "only",
        ),
        *("ever", "never", "now", "still", "again", "before", "after", "earlier", "later", "since", "until", "first"),
        *("last", "when", "what", "which", "where", "who", "why", "how", "whether", "if", _ASKING, "can", "could"),
        *("should", "it", "he", "she", "they", "him", "her", "them", "this", "that", "these", "those", "ones?", "his"),
        *("their", "in", "on", "at", "by", "during", "for", "from", "to", "with", "without", "within", "as", "via"),
        *("through", "per", "up", "down", "out", "off", "yes", "normal", "abnormal", "high", "low", "positive"),
        *("negative", "unspecified", "given", "taken", "ordered", "started", "stopped"),
    )
)

_DRUG_KINDS = "prescription|administration|statement|dispense|intake|micro|allergy"
_ABOUT_DRUGS = "levels?|screen|tests?|tox|assay|concentration|trough|peak|monitoring|overdose|reaction|abuse|use"
_THINGS = "drug|medication|medicine|treatment|procedure|surgery|operation|organism|diagnosi|disease|vaccine|output"

#: Of a person one of them is true, and the question is which; that somebody is alive no event says.
_STATES = "(?:male|female|man|woman|boy|girl|single|married|divorced|widowed|separated|alive|dead|deceased)"
_CHOICE = re.compile(rf"\b{_STATES},? or (?:(?:an?|is (?:he|she|the patient)) )?{_STATES}\b|\balive\b")

#: What the question says around its names, and what the plan must then hold outside its quotations.
_DEMANDS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(said), re.compile(planned))
    for said, planned in (
        (rf"\b({_WHEN})", _NO_COUNT),
        (rf"\b({_WHEN}(?! the {_ELLIPSIS}))", _TIME),
        (r"(?<!regardless of )(?<!no matter )\b(when)\W*$", _TIME),
        (rf"\b(why) {_ASKING}\b", r"^get reason\b"),
        # The end of something, or its beginning.
        (rf"\b((?:until|till|up to|through) (?:when\b|(?:what|which) {_DAY}))", _AT_END),
        (r"\b((?:stop|end|finish) (?:date|time)s?)\b", _AT_END),
        (rf"\b{_WHEN} {_BEFORE_VERB}\b({_STOP})\b", _AT_END),
        (rf"\b({_STOP})\b[^,;:]* when\W*$", _AT_END),
        (rf"\b{_WHEN} (?:the )?(end of)\b", _AT_END),
        (r"^(?:and |so )?(?:the )?(end of)\b", rf"{_AT_END}|^(?!get time\b)"),
        (r"\b(stopped|discontinued)\b", rf"{_NO_COUNT}|{_WINDOW}"),
        (rf"\b{_WHEN} {_BEFORE_VERB}\b({_START})\b", r"^(?!get end\b)"),
        (rf"\b({_START})\b[^,;:]* when\W*$", r"^(?!get end\b)"),
        (r"\b((?:start|begin|onset) (?:date|time)s?)\b", r"^(?!get end\b)"),
        # An amount; the units of a hospital are counted.
        (rf"\b(how (?:much(?! is (?:that|it)\b)|many (?:{_AMOUNTS})))\b", rf"{_NO_COUNT}|\b(?:transfer|icu|visit)\b"),
        # Rooms and staff of a hospital, and no visits that began in them.
        (
            r"\b(how many) _ (?:is|are|was|were|do|does|there)\b",
            r"^(?!(?:count|distinct) (?:visit|transfer|icu) with\b)",
        ),
        # A difference, or what is new in a list.
        (r"\b((?:compared|in comparison) (?:to|with))\b(?! (?:the )?(?:normal|reference)\b)", rf"{_COMPARED}| new\b"),
        (r"\b(difference (?:between|in|of|from))\b", rf"{_COMPARED}|{_SPAN}"),
        (r"\b(by how much|how much (?:higher|lower|more|less|heavier|lighter)\b.* than)\b", "^difference"),
        (r"\b(changes? (?:in|from)|how (?:much )?(?:did|has|have|had) .*\bchanged?)\b", r"^(?!get value)| new\b"),
        # A word of the name, before it or as labels put it behind.
        (rf"(?<!\band )(?<!/)\b({_OTHER_MEASUREMENT}) _(?!\w)", _NOTHING),
        (rf"(?<!\w)_(?:, | \(?)({_OTHER_MEASUREMENT})\b(?! (?:route|dose|tablet|solution|or)\b)", _NOTHING),
        # A route, and both of two names: what the plan quotes is `_`. Behind a comma "via" is a part of a name.
        (rf"(?<!, )\b(via) {_ARTICLE}(?!_|(?:w\w+|that|this|same)\b)", _NOTHING),
        # What, and not when or how often; two drugs at one time, and not one drug with a long name.
        (
            rf"\b(?:what|which) ({_THINGS})s? {_ASKING}\b(?!.*\b(?:when|how (?:often|many)|times?)\b)",
            r"^(?!get (?:time|end)\b|count\b)",
        ),
        (
            rf"\b(drug|medication|medicine)s?\b(?! (?:{_ABOUT_DRUGS}))",
            rf"^(?!.*\b(?:lab|vital)\b)|\b(?:{_DRUG_KINDS})\b",
        ),
        (r"\bat the (same time)\b(?! as (?:before|usual|now))", r"\bat \(|\bsame\b|^(?!.*\bprescription\b)"),
        (r"\b(?:via|through|using|by) (?:the|an?) (?!_|same\b)([a-z/]+(?: [a-z/]+)?) route\b", _NOTHING),
        (rf"(?<!\w)_\W? or {_ARTICLE}(?!(?:{_NO_NAME})\b)([a-z][\w-]+)", _NOTHING),
        (rf"^[^_]*?\b(?!(?:{_NO_NAME})\b)([a-z][\w-]+),? or {_ARTICLE}_(?!\w)", _NOTHING),
    )
)


#: A question about this one patient that names nobody else is never one about others.
_THIS_PATIENT = re.compile(r"\b(?:the|this) patient(?:'s|s')?\b")
_SOMEBODY_ELSE = re.compile(
    r"\b(?:patients|people|persons?|humans?|every(?:one|body)|any(?:one|body)|some(?:one|body)|nobody|who(?:se|m)?|others?"
    r"|another|else|only|average patient|compared?|than|typical\w*|usual\w*|next door|next to|across|beds?|rooms?"
    r"|doctors?|dr|physicians?|nurses?|staff|surgeons?|team|wom[ae]n|m[ae]n|child(?:ren)?|sons?|daughters?|babies"
    r"|newborns|mothers?|fathers?|parents?|brothers?|sisters?|siblings?|wife|husband|spouse|partner|famil\w+"
    r"|relatives?|friends?|neighbou?rs?|roommates?|visitors?|smokers|veterans|mrs?|ms|named|called)\b"
)

#: A ward lists the taking of a culture among its procedures: what grew, and whether one was sent, stands elsewhere.
_CULTURED = re.compile(r'\bprocedure "[^"]*\bcultures?"')
_PERFORMED = re.compile(r"\bprocedures?\b|\bunder(?:went|g[oe])")


def is_choice(question: str) -> bool:
    """Male or female, alive or dead: whether one of them is the case is not asked, and "no" would say the other."""
    return bool(_CHOICE.search(question.casefold()))


def is_of_one(question: str) -> bool:
    """Whether it speaks of the patient and of nobody beside."""
    text = question.casefold()
    return bool(_THIS_PATIENT.search(text)) and not _SOMEBODY_ELSE.search(text)


def check_asked(plan_text: str, question: str) -> None:
    """Raises PlanRefused. A refusal and a reading of notes answer anything."""
    if plan_text.startswith("refuse other_patients") and is_of_one(question):
        raise PlanRefused("the question says the patient and nobody beside")
    if plan_text.startswith(("refuse", "read")):
        return
    if plan_text.startswith("exists") and is_choice(question):
        raise PlanRefused("the question asks which of two")
    text, outside = asked_for(question, plan_text), _QUOTED.sub(" ", plan_text.casefold())
    if _CULTURED.search(plan_text.casefold()) and not _PERFORMED.search(text):
        raise PlanRefused("a culture is a microbiology test")
    for said, planned in _DEMANDS:
        if (match := said.search(text)) and not planned.search(outside):
            raise PlanRefused(f"the question says {match[1]}")
