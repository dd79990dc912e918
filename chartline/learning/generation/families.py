"""Question families: for each, the plan text it means and the wordings it comes in. Data, written for Chartline.

`[a|b]` is one of the alternatives. Slots: `{drug}` and the like come from `vocabulary.SLOTS`, `{w}` is a time phrase
(at the end where a wording does not place it), `{s}` a stay, `{h}` a point of the stay, `{o}` first or last. In plans
`{W}`, `{S}`, `{H}`, `{O}` are what they mean.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    plan: str
    wordings: tuple[str, ...]
    weight: float = 1.0


def _family(name: str, plan: str, wordings: str, weight: float = 1.0) -> Family:
    return Family(name, plan, tuple(line.strip() for line in wordings.strip().splitlines()), weight)


MEASUREMENTS = (
    _family(
        "lab_value",
        'get value of {O}lab "{lab}"{W}',
        """
        [What was|Tell me|Give me|Show me] the {o} [value|result|level|reading] of [the |]{lab} [for {P}|of {P}|]{w}?
        [Can you tell me|What is|What was] {Ps} {o} {lab} [value|result|level|]{w}?
        What was the {o} {lab} [lab test|test|lab|] [value|result] [of|for] {P}{w}?
        {o} {lab}{w}
        {w}, what was the {o} measured value of [the |]{lab} [test|lab test] for {P}?
        what did {Ps} {o} {lab} come back [at|as]{w}?
        How high was {P}'s {o} {lab}{w}?
        [What was|What's] the {o} [value|measurement] of the {lab} test for {P}{w}?
        """,
        2.0,
    ),
    _family(
        "lab_value_at",
        'get value of lab "{lab}"{H}',
        """
        What was [the|{Ps}] {lab} [measurement|level|value|result|]{h}?
        [Give|Tell] me the {lab} [measurement|level|value|]{h}.
        What did the {lab} measure{h}?
        """,
        0.7,
    ),
    _family(
        "lab_normal_at",
        'get interpretation of lab "{lab}"{H}',
        """
        Was [the|{Ps}] {lab} [measurement|level|value|][ normal| within normal range| within the normal limits| abnormal]{h}?
        Was the measurement of {lab}{h} within normal range?
        """,
        0.6,
    ),
    _family(
        "lab_time",
        'get time of {O}lab "{lab}"{W}',
        """
        [When|At what time|On what date] [was|has] {P} [been given |given |receive |get |]the {o} {lab} [test|lab test|lab]{w}?
        When was the {o} time [that |]{P} [received|had|got|underwent] [a |the |]{lab} [test|lab test|lab]{w}?
        [When|What time] was {lab} [measured|checked|drawn|tested] for the {o} time{w}?
        When did {P} [receive|get|have] [a |the |]{lab} test for the {o} time{w}?
        [What was|Can you provide] the timing of the {o} {lab} measurement{w}?
        {w}, when did {P} have the {o} {lab} [test|lab]?
        """,
        1.2,
    ),
    _family(
        "vital_value",
        'get value of {O}vital "{vital}"{W}',
        """
        [What was|Tell me|Can you report|Give me] {Ps} {o} {vital}{w}[?|.]
        What was the {o} [measured |recorded |][value|reading] of [the |]{vital} [for|of] {P}{w}?
        {w}, what was the {o} {vital} [value |reading |]of {P}?
        {o} {vital} [reading|]{w}?
        What [was|were] the {o} {vital} [reading|measurement|value]s? [that |]{P} had{w}?
        So, what was the {o} {vital} of {P}{w}?
        """,
        2.0,
    ),
    _family(
        "vital_time",
        'get time of {O}vital "{vital}"{W}',
        """
        When was the {o} time [that |]{Ps} {vital} [was|readings were] [measured|recorded|taken|charted]{w}?
        When was {Ps} {vital} {o} [measured|recorded|taken|checked]{w}?
        [What was|Tell me] the {o} time [that |]the {vital} of {P} was [measured|recorded]{w}[?|.]
        """,
        1.0,
    ),
    _family(
        "weight_value",
        'get value of {O}vital "[weight|weight]"{W}',
        """
        What was {Ps} {o} [recorded |measured |]weight{w}?
        What was {Ps} weight the {o} time it was measured{w}?
        [Can you tell me|Tell me|What's] the {o} [recorded |measured |]weight [of|for] {P}{w}?
        {w}, what was the {o} recorded weight for {P}?
        What was measured as {Ps} weight during the {o} check{w}?
        """,
        1.0,
    ),
    _family(
        "weight_weigh",
        'get value of {O}vital "weigh"{W}',
        """
        How much did {P} weigh the {o} time it was measured{w}?
        How much [does|did] {P} weigh [based on|when measured for|according to] the {o} [measurement|time]{w}?
        What did {P} weigh at the {o} measurement{w}?
        """,
        0.7,
    ),
    _family(
        "vital_threshold",
        'get time of {O}vital "{vital}" with value {SIGN} {NUM}{W}',
        """
        When was the {o} time [that |]{Ps} {vital} was [measured |found to be |][at |]{sign} {num}{w}?
        What was the {o} time [that |]{P} had a {vital} [that was |]{sign} {num}{w}?
        When, {w}, was {Ps} {vital} measured {sign} {num} for the {o} time?
        Tell me the time when {Ps} {vital} was {sign} {num} for the {o} time{w}?
        When was the {vital} of {P} {sign} {num} for the {o} time{w}?
        """,
        1.6,
    ),
    _family(
        "lab_threshold_exists",
        'exists lab "{lab}" with value {SIGN} {NUM}{W}',
        """
        Has {Ps} {lab} [ever |]been {sign} {num}{w}?
        Was [there a |a |]{lab} {sign} {num} [measured |recorded |]{w}?
        Did {Ps} {lab} [go|get|come back] {sign} {num}{w}?
        """,
        0.6,
    ),
    _family(
        "vital_extreme_time",
        'get time of {EXT} {O}vital "{vital}"{W}',
        """
        When was the {o} time [that |]{P} had the {ext} {vital}{w}?
        When did {P} {o} have [their|the] {ext} {vital}{w}?
        When {o} did {P} have the {ext} {vital}{w}?
        What was the {o} time [that |]{P} had [a|the] {ext} {vital}{w}?
        When is the {o} time {P} has had the {ext} [value of |]{vital}{w}?
        {w}, when did {P} {o} have the {ext} {vital}?
        """,
        1.2,
    ),
    _family(
        "lab_extreme_time",
        'get time of {EXT} {O}lab "{lab}"{W}',
        """
        When was the {o} time [that |]{P} had the {ext} [value of |]{lab}{w}?
        When has {P} {o} had the {ext} [value of |]{lab}{w}?
        What was the {o} time [that |]{P} had [a|the] {ext} {lab} [value|]{w}?
        When did {P} {o} have the {ext} {lab}{w}?
        When has {P} {o} had the {lab} {ext} value{w}?
        """,
        1.2,
    ),
    _family(
        "lab_aggregate",
        '{AGG} lab "{lab}"{W}',
        """
        What was the {agg} [value|level|] of {Ps} {lab}{w}?
        [What was|Tell me|Can you provide|Give me] {Ps} {agg} {lab} [value |level |]{w}?
        What [was|is] the {agg} {lab} [recorded |measured |][for {P}|]{w}?
        {agg} {lab}{w}
        """,
        1.2,
    ),
    _family(
        "vital_aggregate",
        '{AGG} vital "{vital}"{W}',
        """
        What was the {agg} [value of |reading of |]{vital} [for|of|in] {P}{w}?
        [Tell me|Can you tell me|Can you provide|Show me] {Ps} {agg} {vital}[ reading|]{w}[?|.]
        {agg} {vital}{w}
        Tell me {Ps} {agg} value of {vital}{w}?
        """,
        1.2,
    ),
    _family(
        "lab_by_period",
        '{AGG} lab "{lab}"{W} by {PERIOD}',
        """
        [What was|Show me|List|Please list out|Can you list] {Ps} {period} {agg} [value of |]{lab}{w}[?|.]
        What is the {period} {agg} {lab} [for|of] {P}{w}?
        """,
        0.7,
    ),
    _family(
        "vital_by_period",
        '{AGG} vital "{vital}"{W} by {PERIOD}',
        """
        [What was|Show me|List|Please list out|Can you list] {Ps} {period} {agg} [value of |]{vital}{w}[?|.]
        What is the {period} {agg} [value of |]{vital} [for|of] {P}{w}?
        """,
        0.7,
    ),
    _family(
        "weight_by_period",
        '{AGG} vital "weight"{W} by {PERIOD}',
        """
        [What was|What is|Show me|Tell me what was|Could you tell me] {Ps} {period} {agg} weight{w}[?|.]
        [Please list out|Can you list|What is] the {period} {agg} [value of |]weight [for|of] {P}{w}?
        """,
        0.8,
    ),
    _family(
        "vital_normal",
        'exists vital "{vital}" with interpretation normal{W}',
        """
        Was the {vital} of {P} [normal|within the normal range|in normal range]{w}?
        Was {Ps} {vital} [normal|within normal limits]{w}?
        """,
        0.5,
    ),
    _family(
        "labs_abnormal",
        "get name of lab with interpretation abnormal{W}",
        """
        Which [labs|lab tests|lab values|measurements|parameters] were abnormal{w}?
        [List|What were] the abnormal [labs|lab results|results|tests] of {P}{w}[?|.]
        Which [labs|tests] [showed|came back with] abnormalities{w}?
        """,
        0.7,
    ),
)

COMPARISONS = (
    _family(
        "vital_change",
        'difference (get value of {A}vital "{vital}"{S}) (get value of {B}vital "{vital}"{S})',
        """
        [What is|Tell me|How much is] the difference [in|of] {vital} of {P} {a} measured{s} compared to the {b} value measured{s}?
        How much [does|did] {Ps} {vital} [differ|change] from the {a} value measured{s} compared to the {b} value measured{s}?
        What is {Ps} difference in {vital} from the {a} value measured{s} compared to the {b} value measured{s}?
        What is the difference between {vital} {a} measured{s} compared to the {b} value measured{s} for {P}?
        Tell me the difference in the {vital} value for {P} {a} measured{s} compared to the {b} value measured{s}?
        """,
        1.2,
    ),
    _family(
        "lab_change",
        'difference (get value of {A}lab "{lab}"{S}) (get value of {B}lab "{lab}"{S})',
        """
        [What is|How much is] the difference [in|of] [the |]{lab} of {P} {a} measured{s} compared to the {b} value measured{s}?
        What is {Ps} difference in {lab} from the {a} value measured{s} compared to the {b} value measured{s}?
        How much does {Ps} {lab} [differ|change] from the {a} value measured{s} compared to the {b} value measured{s}?
        How much did {lab} change from the {b} to the {a} value{s}?
        """,
        1.2,
    ),
    _family(
        "weight_change",
        'difference (get value of {A}vital "weight"{S}) (get value of {B}vital "weight"{S})',
        """
        What is the difference [between weights|in weight] {a} measured{s} compared to the {b} value measured{s} for {P}?
        How much does [the weight of {P}|{Ps} weight] [change|differ] {a} measured{s} compared to the {b} value measured{s}?
        How much is the difference of {Ps} weight {a} measured{s} compared to the {b} value measured{s}?
        What's the weight difference of {Ps} body {a} measured{s} compared to the {b} value measured{s}?
        How much does {Ps} weight differ from the {a} value measured{s} compared to the {b} value measured{s}?
        """,
        1.0,
    ),
    _family(
        "vital_change_at",
        'difference (get value of vital "{vital}" in "{t1}") (get value of vital "{vital}" in "{t2}")',
        """
        How much is the difference of {Ps} {vital} measured at {t1} compared to the value measured at {t2}?
        What is the difference between {vital} on {P} measured at {t1} compared to the value measured at {t2}?
        What is {Ps} difference in {vital} measured at {t1} compared to {t2}?
        """,
        0.7,
    ),
    _family(
        "vital_compare",
        '{CMP} (get value of {A}vital "{vital}"{S}) (get value of {B}vital "{vital}"{S})',
        """
        Is [it |]{Ps} {vital} {a} measured{s} {cmp} than [the |]{b} [measured|value measured|measurement]{s}?
        Is the {vital} [level|value] of {P} {a} measured{s} {cmp} than {b} measured{s}?
        Compared to {b} measured{s}, is the {vital} [value |]of {P} {a} measured{s} {cmp}?
        Was the {vital} value of {P} {a} measured{s} {cmp} than the value {b} measured{s}?
        """,
        1.2,
    ),
    _family(
        "lab_compare",
        '{CMP} (get value of {A}lab "{lab}"{S}) (get value of {B}lab "{lab}"{S})',
        """
        Was the value of {Ps} {lab} {a} measured{s} {cmp} than the value {b} measured{s}?
        Is {Ps} {lab} {a} measured{s} {cmp} than [the |]{b} [value |]measured{s}?
        Compared to the {b} measurement taken{s}, was the {lab} value of {P} {a} measured{s} {cmp}?
        Is the {lab} [level|value] of {P} {a} measured{s} {cmp} than {b} measured{s}?
        """,
        1.2,
    ),
    _family(
        "vital_compare_at",
        '{CMP} (get value of vital "{vital}" in "{t1}") (get value of vital "{vital}" in "{t2}")',
        """
        Is the {vital} [level|value] of {P} measured at {t1} {cmp} than measured at {t2}?
        Compared to measured at {t2}, is the {vital} value of {P} {cmp} measured at {t1}?
        """,
        0.6,
    ),
)

DRUGS = (
    _family(
        "drug_exists",
        'exists prescription "{drug}"{W}',
        """
        Has {P} [been prescribed|been given|received|been provided with|been administered|got|been on] [any |]{drug}{w}?
        Was {P} [prescribed|given|ordered|on] {drug}{w}?
        Did {P} [receive|get|take] [any |]{drug}{w}?
        Any {drug}{w}?
        """,
        1.0,
    ),
    _family(
        "drug_one_of",
        'exists prescription "{drug}" or "{drug2}" or "{drug3}"{W}',
        """
        Was {P} [ordered|prescribed with the medication|prescribed] {drug}, {drug2}, or {drug3}{w}?
        Was {drug}, {drug2}, or {drug3} [ordered|prescribed|given]{w} for {P}?
        Did {P} get a prescription for {drug}, {drug2}, or {drug3}{w}?
        {drug}, {drug2}, or {drug3} has been prescribed to {P}{w}.
        Has {P} been prescribed with the medication {drug}, {drug2}, or {drug3}{w}?
        """,
        1.0,
    ),
    _family(
        "drug_any",
        "exists prescription{W}",
        """
        Has {P} [been administered|been given|been prescribed|received|gotten|acquired] any [medication|medicine|drug|drugs]{w}?
        Has any [medicine|drug|medication] been prescribed to {P}{w}?
        Was {P} [given|prescribed] any [drugs|medication]{w}?
        """,
        1.0,
    ),
    _family(
        "drug_nth_name",
        "get name of {O}prescription{W}",
        """
        What [medication|drug] was {P} {o} prescribed{w}?
        [What was|Tell me|What exactly was] the [name of the |]{o} [drug|medication] that {P} was prescribed{w}?
        What was the name of the [drug|medication] that was {o} prescribed [to|for] {P}{w}?
        [Tell me the|What] [drug|medication] that was prescribed to {P} for the {o} time{w}?
        What [medication|drug] was prescribed for the {o} time{w} to {P}?
        """,
        1.2,
    ),
    _family(
        "drug_list",
        "get name of prescription{W}",
        """
        What [medications|drugs|meds] [was|is] {P} [prescribed|on|taking|given]{w}?
        [List|Show me|Tell me] [all |]the [medications|drugs|meds|prescriptions] of {P}{w}.
        Which [medications|drugs] were [prescribed|administered|ordered|given]{w}?
        """,
        1.0,
    ),
    _family(
        "drug_time",
        'get time of {O}prescription "{drug}"{W}',
        """
        When was {P} {o} prescribed {drug}{w}?
        When was the {o} [time {P} was prescribed|prescription of|prescription for] {drug}{w}?
        [At what time|At what point] was the {o} {drug} [prescription|prescribed] [administered|given|]{w}?
        {w}, when was the {o} prescription of {drug} [issued |]for {P}?
        What time was the {o} {drug} prescription [given|started]{w}?
        """,
        1.2,
    ),
    _family(
        "drug_any_time",
        "get time of {O}prescription{W}",
        """
        When was the {o} time [that |]a [drug|medication] was prescribed to {P}{w}?
        When was {P} {o} prescribed [a drug|a medication|any medication]{w}?
        When did {P} receive the {o} prescription{w}?
        """,
        0.8,
    ),
    _family(
        "dose_nth",
        'get value of {O}prescription "{drug}"{W}',
        """
        What was the {o} [dose|dosage] of {drug} [that |]{P} was prescribed{w}?
        [What was|Tell me] the {o} {drug} dose [that |]{P} was prescribed{w}[?|.]
        How much {drug} was {o} prescribed to {P}{w}?
        For the {o} time{w}, how much {drug} was prescribed to {P}?
        What was the amount of {drug} that was prescribed to {P} for the {o} time{w}?
        What [dosage|dose] was [in |]the {o} {drug} prescription{w}?
        """,
        1.3,
    ),
    _family(
        "dose_total",
        'sum prescription "{drug}"{W}',
        """
        [Tell me|What was|Give me] the total {drug} dose that {P} [has been|was] prescribed{w}?
        What was the total [amount|dose] of {drug} [that |]{P} [had been|was] prescribed{w}?
        How [much|many of] {drug} [was|were|has been] prescribed to {P}[ in total|]{w}?
        What was the total amount of {drug} prescribed to {P}{w}?
        {w}, what was the total dose of {drug} prescribed to {P}?
        What [amount|dose] of {drug} was [prescribed to {P}|{P} prescribed]{w}?
        """,
        1.2,
    ),
    _family(
        "route_nth",
        'get route of {O}prescription "{drug}"{W}',
        """
        [How|By what route|Via which route] was the {o} [dose of |]{drug} [given|administered]{w}?
        What was the route of the {o} {drug} [prescription|dose]{w}?
        What route was used for the {o} {drug}{w}?
        """,
        0.8,
    ),
    _family(
        "drug_duration",
        'get duration of {O}prescription "{drug}"{W}',
        """
        How long was the {o} {drug} [prescription |][given|administered|prescribed]{w}?
        What was the duration of the {o} {drug} [prescription|dose]{w}?
        """,
        0.6,
    ),
    _family(
        "drug_by_route_name",
        'get name of {O}prescription with route = "{route}"{W}',
        """
        What [drug|medication] was {o} prescribed to {P} via [the |]{route} [route|]{w}?
        What was the [name of the |][drug|medication] that was {o} prescribed to {P} [through|via] the {route} route{w}?
        [Tell me|Reveal] the drug [name |]that was {o} prescribed to {P} via the {route} route{w}?
        {w}, what was the {o} drug that {P} was prescribed [through|via|using] the {route} route?
        What was the [drug|medication] {P} was prescribed for the {o} time [using|via] [a |the |]{route} [route|]{w}?
        """,
        1.2,
    ),
    _family(
        "drug_by_route_time",
        'get time of {O}prescription with route = "{route}"{W}',
        """
        When was the {o} time [that |]{P} [was|has been] prescribed [a |]medication [via|through|using] the {route} route{w}?
        When was {P} {o} prescribed [a drug|medication] [via|using] the {route} route{w}?
        {w}, when was the {o} time that {P} was prescribed medication via the {route} route?
        When was {P} prescribed [with |]a drug via the {route} route for the {o} time{w}?
        """,
        1.2,
    ),
    _family(
        "drug_count",
        'count prescription "{drug}"{W}',
        """
        How [often|many times|frequently] was {drug} [prescribed|ordered|given] [to {P}|for {P}|]{w}?
        How many [{drug} prescriptions|prescriptions of {drug}] [did {P} have|were there]{w}?
        What was the number of times {P} was prescribed {drug}{w}?
        """,
        0.8,
    ),
    _family(
        "drug_distinct",
        "distinct prescription{W}",
        """
        How many [distinct|unique|different] [drugs|medications] [were prescribed to {P}|was {P} prescribed]{w}?
        [Find out|Tell me|Calculate] the [count|number|total number] of [distinct|different|unique] [drugs|medications] [that |]{P} was prescribed{w}.
        What [was|is] the total number of [distinct|different] [drugs|medications] {P} was prescribed{w}?
        """,
        1.0,
    ),
    _family(
        "drug_pair",
        'get time of {O}prescription "{drug}" at (prescription "{drug2}"){W}',
        """
        When was {P} prescribed {drug} and {drug2} at the same time for the {o} time{w}?
        When did {P} receive the {o} prescription of {drug} and {drug2} at the same time{w}?
        When was the {o} time [that |]{P} was prescribed {drug} and {drug2} at the same time{w}?
        When for the {o} time{w} was {P} prescribed {drug} and {drug2} at the same time?
        {w}, when was the {o} time {P} was prescribed {drug} and {drug2} at the same time?
        """,
        1.2,
    ),
    _family(
        "drug_new",
        'get name of prescription in "today" new in "yesterday"',
        """
        What are the new [prescriptions|drugs|medications|meds] [for|prescribed to] {P} today compared to [those received |the ones |the earlier ones |those |]yesterday?
        [Are there any|Are any] new [drugs|medications|meds] prescribed to {P} today compared to [the ones |]yesterday?
        What changes were made in the prescription of {P} today compared to yesterday?
        Today compared to yesterday, what new medication does {Ps} prescription include?
        Which [drugs|meds] are new today compared [to|with] yesterday [for {P}|]?
        """,
        1.0,
    ),
    _family(
        "drug_after_procedure",
        'get name of prescription after (procedure "{procedure}"{W}) {WITHIN}',
        """
        What was the name of the [medication|drug] [that|which] {P} was prescribed {within} after [receiving|having had] [a |]{procedure}[ procedure|]{w}?
        Tell me the name of the drug {P} was prescribed {within} after having received a {procedure} procedure{w}?
        What was the name of the [drug|medication] that was prescribed to {P} {within} after [having had|receiving] a {procedure}[ procedure|]{w}?
        What [drugs|medication] was {P} prescribed {within} after {procedure}{w}?
        """,
        1.6,
    ),
    _family(
        "drug_after_diagnosis",
        'get name of prescription after (diagnosis "{diagnosis}"{W}) {WITHIN}',
        """
        What was the name of the [prescription drug|drug|medication] that {P} was prescribed {within} after being diagnosed with {diagnosis}{w}?
        What [drug|medication] was {P} prescribed {within} after having been diagnosed with {diagnosis}{w}?
        """,
        0.9,
    ),
)

FLUIDS = (
    _family(
        "intake_time",
        'get time of {O}intake "{intake}"{W}',
        """
        When did {P} [receive|get|have] [the |a |]{intake} [intake |input |]for the {o} time{w}?
        When was the {o} [time {P} had|intake of|input of] {intake}{w}?
        When was {P} {o} given {intake}{w}?
        """,
        1.0,
    ),
    _family(
        "intake_any_time",
        "get time of {O}intake{W}",
        """
        When was {Ps} {o} input[ time|]{w}?
        When was the {o} [time of input|time of input time|input time|intake time] [of|for] {P}{w}?
        When did {P} [get|have|receive] [their|his|her|the] {o} [input|intake]{w}?
        What was [{Ps} {o} input time|the {o} time of input for {P}|the {o} intake time of {P}]{w}?
        {w}, when [was the {o} input time of|did] {P} [have his {o} input|]?
        """,
        1.3,
    ),
    _family(
        "intake_name",
        "get name of {O}intake{W}",
        """
        What was the [name of the |]{o} [input|intake] [that |]{P} [had|received]{w}?
        What was the [name of the |][input|intake] that {P} {o} had{w}?
        Tell me the {o} [input|intake] of {P}{w}?
        What was the name of the [intake|input] that {P} had {o} had{w}?
        """,
        0.9,
    ),
    _family(
        "intake_exists",
        'exists intake "{intake}"{W}',
        """
        Has {P} [been administered|received|had|been given] any {intake} [intake|input]{w}?
        Has there been any {intake} [given to {P}|intake for {P}|input for {P}]{w}?
        {w}, did {P} have any input of {intake}?
        Did {P} have any {intake} [intake|input]{w}?
        """,
        1.0,
    ),
    _family(
        "intake_sum",
        'sum intake "{intake}"{W}',
        """
        [Tell me|What was|Calculate] {Ps} total {intake} [input|intake] [amount|volume|]{w}[?|.]
        What [was|is] the [total |][amount|volume] of {intake} [input|intake] [that |][{P} received|of {P}]{w}?
        [Tell me|Calculate] the total [amount|volume|dose] of {intake} [given to|input for] {P}{w}.
        """,
        1.0,
    ),
    _family(
        "intake_sum_all",
        "sum intake{W}",
        """
        [I want to know|What is|Calculate|Tell me] the total [volume|amount] of [input|intake] [{P} has received|of {P}|{P} received]{w}[?|.]
        What is the total [volume of |]intake [that |]{P} received{w}?
        [Give me|Can you provide] {Ps} total [input|intake]{w}.
        """,
        1.0,
    ),
    _family(
        "intake_by_period",
        '{AGG} intake "{intake}"{W} by {PERIOD}',
        """
        What was the {period} {agg} [dose of |amount of |]{intake} intake [that |]{P} was taking{w}?
        What is the {period} {agg} [dose of |]{intake} [intake|input] [of|for] {P}{w}?
        [Show me|Tell me] {Ps} {period} {agg} {intake} [intake|input]{w}.
        """,
        0.9,
    ),
    _family(
        "output_name",
        "get name of {O}output{W}",
        """
        What was the [name of the |]{o} output [that |][{P} had|of {P}]{w}?
        What was the [name of the |]output[s|] [that|which] {P} {o} had{w}?
        [Tell me|Can you name] the {o} output [of|for] {P}{w}?
        What output did {P} generate {o}{w}?
        What did {P} {o} have as output{w}?
        {w}, what was the name of an output that {P} had for the {o} time?
        What was the name of the output which {P} had for the {o} time{w}?
        """,
        1.2,
    ),
    _family(
        "output_exists",
        'exists output "{output}"{W}',
        """
        Has {P} had [any |]{output} output{w}?
        [Can you tell me if|Has] the {output} [event|output] has occurred to {P}{w}?
        Was there any {output} output{w}?
        """,
        0.8,
    ),
    _family(
        "output_sum",
        'sum output "{output}"{W}',
        """
        [What was|Tell me|Calculate|Give me] the [total |][amount|volume] of {output} [output |][{P} had|of {P}|for {P}]{w}[?|.]
        [Show me|Tell me what is|What was] {Ps} total {output} output{w}[?|.]
        Tell me what the total {output} output of {P} is{w}.
        """,
        1.2,
    ),
    _family(
        "output_sum_all",
        "sum output{W}",
        """
        [Calculate|Gather|Give me|Tell me|Show me] the total [quantity of |amount of |volume of |]output [of {P}|for {P}|]{w}[.|?]
        [Tell me|What was|Calculate] {Ps} total [volume of |amount of |]output{w}[?|.]
        Can you provide the total [number of outputs|output] {P} had{w}?
        Show me the total amount of {Ps} output{w}.
        {w}, what was the total output of {P}?
        """,
        1.2,
    ),
    _family(
        "fluid_balance",
        "difference (sum intake{W}) (sum output{W})",
        """
        [Calculate|What is|Tell me] the difference between the total input and output [volume |][for|of] {P}{w}.
        What [was|is] {Ps} [net |][fluid balance|balance of fluids]{w}?
        [Calculate|What is] the difference between total [volume of |]intake and output of {P}{w}.
        """,
        0.9,
    ),
)

VISITS = (
    _family(
        "diagnosis_name",
        "get name of {O}diagnosis{W}",
        """
        What was the [name of the |]diagnosis that {P} received {o}{w}?
        What was the [name of the |]diagnosis [for|of] {P} [for |]the {o} time{w}?
        {P} was diagnosed{w} for the {o} time with what?
        What [kind of |]diagnosis did {P} receive {o}{w}?
        What was {Ps} {o} diagnosis{w}?
        {w}, what was the diagnosis for {P} the {o} time?
        """,
        1.1,
    ),
    _family(
        "diagnosis_list",
        "get name of diagnosis{W}",
        """
        What diagnoses [were documented for|does|did] {P}[ have|]{w}?
        [List|What are|Tell me] [all |]{Ps} [diagnoses|conditions|problems]{w}[?|.]
        What [conditions|diseases] [was|has] {P} [been |]diagnosed with{w}?
        """,
        0.9,
    ),
    _family(
        "diagnosis_exists",
        'exists diagnosis "{diagnosis}"{W}',
        """
        Has {P} been diagnosed with {diagnosis}{w}?
        {w}, has {P} been diagnosed with {diagnosis}?
        Does {P} have [a history of |]{diagnosis}{w}?
        Has {diagnosis} been diagnosed for {P}{w}?
        Was {P} diagnosed with {diagnosis}{w}?
        """,
        0.9,
    ),
    _family(
        "diagnosis_any",
        "exists diagnosis{W}",
        """
        Has {P} [been given|received] [a|any] [diagnosis|diagnoses]{w}?
        {w}, did {P} receive [any|a] diagnosis?
        Has {P} been diagnosed with [anything|any diseases]{w}?
        Did {P} receive any disease diagnoses{w}?
        """,
        0.8,
    ),
    _family(
        "since_diagnosis",
        '{unit_plain}s from ({O}diagnosis "{diagnosis}"{S_CURRENT}) to now',
        """
        How many {unit_plain}s [have passed|have elapsed|has it been|has passed] since {Ps} {o} diagnosis of {diagnosis}{s_current}?
        {s_current}, how many {unit_plain}s have passed since {Ps} {o} diagnosis of {diagnosis}?
        How many {unit_plain}s have [passed|elapsed] since the {o} time{s_current} that {P} was diagnosed with {diagnosis}?
        How many {unit_plain}s have passed since {P} got [her|his|the] {o} diagnosis of {diagnosis}{s_current}?
        What number of {unit_plain}s has it been since the {o} time {P} was diagnosed with {diagnosis}{s_current}?
        So how many {unit_plain}s has passed since {Ps} {o} {diagnosis} diagnosis{s_current}?
        """,
        1.2,
    ),
    _family(
        "since_lab",
        '{unit_plain}s from ({O}lab "{lab}"{S_CURRENT}) to now',
        """
        How many {unit_plain}s [have |]elapsed since the {o} time [that |]{P} [got|received] a {lab} lab test{s_current}?
        How many {unit_plain}s [have |]elapsed since {P} received [his|her|a|the] {lab} [lab |laboratory |]test for the {o} time{s_current}?
        How many {unit_plain}s has it been since {Ps} {o} {lab} [lab |]test{s_current}?
        How many {unit_plain}s have [elapsed|passed] since {P} [has |]{o} received a {lab} lab test{s_current}?
        How long ago in {unit_plain}s was {Ps} {o} {lab}{s_current}?
        """,
        1.2,
    ),
    _family(
        "since_unit",
        '{unit_plain}s from ({O}transfer "{unit}"{S_CURRENT}) to now',
        """
        How many {unit_plain}s has it been since the {o} time {P} [visited|stayed in] [the |]careunit {unit}{s_current}?
        How many {unit_plain}s have passed since [the |]{o} time that {P} stayed in careunit {unit}{s_current}?
        How many {unit_plain}s [is it|has it been] since {P} {o} stayed in the careunit {unit}{s_current}?
        How many {unit_plain}s has it been since the {o} stay of {P} in the careunit {unit}{s_current}?
        How many {unit_plain}s have elapsed since {P} stayed in the careunit {unit} for the {o} time{s_current}?
        """,
        1.0,
    ),
    _family(
        "since_intake",
        '{unit_plain}s from ({O}intake "{intake}" during current icu) to now',
        """
        How many {unit_plain}s [has|have] [elapsed|passed] since the {o} time {P} received a {intake} [input|intake] [during|on] the current ICU [visit|stay]?
        How many {unit_plain}s has it been since {P} {o} received a {intake} [intake|input] on the current ICU [visit|stay]?
        """,
        0.6,
    ),
    _family(
        "since_icu",
        "{unit_plain}s from (last icu) to now",
        """
        [What number of|How many] {unit_plain}s [have elapsed|has it been|have passed] since {P} was admitted to the ICU?
        How many {unit_plain}s has it been since {Ps} ICU admission?
        """,
        0.5,
    ),
    _family(
        "icu_length",
        "get duration of {O}icu{W_HOSPITAL}",
        """
        [Calculate|Tell me|Provide|Give me] [the length of stay in days|the length of time in days|the length of stay] [for|of] {Ps} {o} [ICU stay|ICU visit|stay in the ICU]{w_hospital}.
        How many days was {Ps} {o} [stay|visit] in the [ICU|intensive care unit]{w_hospital}?
        How [long|many days] was {P} in the [ICU|intensive care unit] during [their|the] {o} [visit|stay]{w_hospital}?
        Tell me {Ps} length of stay in days for the {o} ICU stay{w_hospital}.
        What was the length in days of {Ps} {o} [ICU stay|stay in the ICU]{w_hospital}?
        """,
        1.0,
    ),
    _family(
        "hospital_length",
        "get duration of {O_OPT}visit",
        """
        What was the [duration|length] of {Ps} {o_opt}[hospitalization|hospital stay|stay]?
        How long [was {P} in the hospital|did {P} stay in hospital|was the {o_opt}hospital stay][ in days| in hours|]?
        What [was|is] the [total |]length of stay [in days |in hours |]?
        """,
        0.8,
    ),
    _family(
        "admission_time",
        "get time of {O}visit{W}",
        """
        When was [the {o} time |]{P} {o} admitted [to|into] the hospital{w}?
        When was the {o} time [that |]{P} was admitted [to|into] the hospital{w}?
        What was {Ps} {o} hospital admission time{w}?
        """,
        0.9,
    ),
    _family(
        "admission_times",
        "get time of visit{W}",
        """
        [Could you provide me with|List|Tell me|What were] {Ps} [hospital |]admission [time|times]{w}[?|.]
        When was {P} admitted to the hospital{w}?
        """,
        0.6,
    ),
    _family(
        "discharge_time",
        "get end of {O}visit{W}",
        """
        When was {P} {o} discharged [from the hospital|]{w}?
        [What|When] was the {o} [time|time that] {P} was discharged from the hospital{w}?
        When was {Ps} {o} hospital discharge[ time|]{w}?
        When was {P} discharged from the hospital for the {o} time{w}?
        When was the {o} [hospital discharge|discharge time] of {P} [from the hospital|]{w}?
        """,
        1.0,
    ),
    _family(
        "discharge_plain",
        "get end of visit",
        """
        [Can you provide the time when|At what time|When] was {P} [discharged|released] from the hospital?
        When did {P} leave the hospital?
        """,
        0.3,
    ),
    _family(
        "admission_type",
        "get admission_type of {O_OPT}visit{W}",
        """
        What was the {o_opt}admission type [of|for] {P}{w}?
        [Can you specify|Can you confirm|What was] {Ps} admission [type|status]?
        How was {P} {o_opt}admitted [to the hospital |]in terms of admission type{w}?
        What was the admission type [for|of] {Ps} {o_opt}[admission to the hospital|hospital admission|entry into the hospital]?
        """,
        0.9,
    ),
    _family(
        "admission_location",
        "get admission_location of {O_OPT}visit{W}",
        """
        Where was {P} [{o_opt}|]admitted from{w}?
        What was the admission location of {Ps} {o_opt}[visit|admission]{w}?
        [From where|From which place] did {P} come to the hospital{w}?
        """,
        0.6,
    ),
    _family(
        "arrival_time",
        'get time of {O}visit with admission_location = "{arrival}"{W}',
        """
        When was the {o} time [that |]{P} came to the hospital [through|via] [the |]{arrival}{w}?
        When did {P} {o} come to the hospital [via|through|from] {arrival}{w}?
        When was {P} {o} admitted to the hospital via {arrival}{w}?
        """,
        0.7,
    ),
    _family(
        "insurance",
        "get insurance of {O_OPT}visit{W}",
        """
        What was the [name of the |][insurance|insurance plan] [used for |of |]{P}{w}?
        [What is|What was|Tell me|Can you provide details on] {Ps} [insurance|insurance coverage|insurance plan|insurance name]{w}[?|.]
        Tell me the insurance plan in place for {P}{w}.
        {w}, what was {Ps} insurance plan?
        """,
        0.8,
    ),
    _family(
        "marital_status",
        "get marital_status of {O_OPT}visit{W}",
        """
        [What is|Can you confirm|What was] {Ps} marital status{w}?
        Is {P} [married|single|divorced|widowed]?
        Can you confirm if {P} is [single|married] or not?
        """,
        0.6,
    ),
    _family(
        "race",
        "get race of last visit",
        """
        [What is|Can you confirm|Tell me] {Ps} [race|ethnicity|ethnic background]?
        """,
        0.4,
    ),
    _family(
        "language",
        "get language of last visit",
        """
        [What language does {P} speak|What is {Ps} language|Which language is recorded for {P}]?
        """,
        0.3,
    ),
    _family(
        "gender",
        "get gender of patient",
        """
        [What is|What's|Could you tell me|Can you confirm] [{Ps} gender|the gender of {P}|the sex of {P}|{Ps} sex]?
        [Is {P}|Can you tell me if {P} is] [a |]male or female?
        """,
        0.7,
    ),
    _family(
        "age",
        "get age of {O_OPT}visit",
        """
        [What was|Can you tell me about] {Ps} age [during|in|on] the {o_opt}hospital [visit|encounter|stay]?
        [How old|What age] was {P} [on|during] [their|the] {o_opt}hospital [visit|encounter|stay]?
        """,
        0.6,
    ),
    _family(
        "age_now",
        "get age of patient",
        """
        How old is {P}?
        What is {Ps} [current |]age?
        How old is the individual in question?
        """,
        0.4,
    ),
    _family(
        "birth_date",
        "get birth_date of patient",
        """
        [What is|What's|Tell me] {Ps} [date of birth|birth date|birthday|dob]?
        What's the date of birth [for|of] {P}?
        When was {P} born?
        """,
        0.4,
    ),
    _family(
        "visit_count",
        "count visit{W}",
        """
        [Count|Find out|Get|Calculate|Give me] the [total |][number|count] of hospital visits [by|of|made by] {P}{w}.
        [Could you count the number of|How many] times [{P} visited|did {P} visit|was {P} admitted to] the hospital{w}?
        How many [hospital visits|admissions] [did {P} have|has {P} had]{w}?
        """,
        1.0,
    ),
    _family(
        "icu_count",
        "count icu{W}",
        """
        [Count|Find out|Give|Present|Calculate|Provide] the [number|count] of ICU [visits|stays] [of|by|for] {P}{w}.
        [Count up how many|How many|Can you tell how many] times [{P} was admitted to|{P} visited|was {P} in] the ICU{w}[?|.]
        What is the number of ICU visits [for|of] {P}{w}?
        """,
        0.9,
    ),
    _family(
        "visit_exists",
        "exists visit{W}",
        """
        Has {P} [come to|been to|visited|been admitted to|entered] the hospital{w}?
        Has there been a hospital admission for {P}{w}?
        Has {P} had a hospital admission{w}?
        """,
        0.8,
    ),
    _family(
        "emergency_exists",
        'exists visit "{er}"{W}',
        """
        Has {P} [visited|gone to|been to|come to] [an|the] {er}{w}?
        Was {P} [to|in] the {er}{w}?
        """,
        0.9,
    ),
    _family(
        "unit_at",
        "get care_unit of transfer{H}",
        """
        To which [department|unit|ward] was {P} [moved|transferred]{h}?
        [Where|In which unit] was {P}{h}?
        Which care unit was {P} in{h}?
        """,
        0.6,
    ),
    _family(
        "unit_list",
        "get care_unit of transfer{W}",
        """
        [Which|What] [units|wards|care units|departments] [did {P} stay in|was {P} in]{w}?
        """,
        0.4,
    ),
)

PROCEDURES = (
    _family(
        "procedure_exists",
        'exists procedure "{procedure}"{W}',
        """
        Has {P} [undergone|had|received] [the |a |an |][{procedure} procedure|{procedure}|{procedure} treatment]{w}?
        Did {P} [have|get|undergo] [a |]{procedure}{w}?
        Was a {procedure} [procedure |]performed on {P}{w}?
        {w}, has {P} received a {procedure} treatment?
        Has {P} received any treatment of {procedure}{w}?
        """,
        1.0,
    ),
    _family(
        "procedure_any",
        "exists procedure{W}",
        """
        Has {P} [gone through|undergone|had|been through] any procedure{w}?
        [Have any procedures|Was a procedure] [been |]performed on {P}{w}?
        Was {P} [given|involved in] any [medical |]procedure{w}?
        """,
        0.8,
    ),
    _family(
        "procedure_name",
        "get name of {O}procedure{W}",
        """
        What was the [name of the |]{o} procedure [that |][{P} received|of {P}|performed on {P}]{w}?
        Which procedure did {P} {o} [undergo|receive|have]{w}?
        """,
        0.8,
    ),
    _family(
        "procedure_list",
        "get name of procedure{W}",
        """
        Which [procedures|procedure|intervention|interventions] [was|were] [carried out|performed|done]{w}?
        [List|What are] {Ps} procedures{w}[?|.]
        What procedures [has {P} had|did {P} undergo]{w}?
        """,
        0.9,
    ),
    _family(
        "procedure_repeated",
        "get name of procedure{W} repeated 2",
        """
        What was the [name of the |]procedure [conducted on|that was given to] {P} two [or more |]times{w}?
        What [is|was|were] the name of the [treatment|procedure] [given to|received by] {P} two [or more |]times{w}?
        What treatment [was|were] provided to {P} two or more times{w}?
        Can you name the procedure[/treatment|] that {P} was given two or more times{w}?
        What was the name of the procedure that was given two times to {P}{w}?
        """,
        1.0,
    ),
    _family(
        "procedure_time",
        'get time of {O}procedure "{procedure}"{W}',
        """
        [When|At what time] was the {o} {procedure} [procedure |][performed|done|carried out]{w}?
        [When|At what time] did {P} {o} [undergo|have|receive] [a |]{procedure}[ procedure|]{w}?
        Can you [provide|tell me] the timing of the {o} {procedure} [procedure |done |]{w}?
        """,
        1.0,
    ),
    _family(
        "procedure_duration",
        'get duration of {O}procedure "{procedure}"{W}',
        """
        How long did the {o} {procedure} [procedure |]last{w}?
        What was the duration of the {o} {procedure} [procedure|]{w}?
        """,
        0.8,
    ),
    _family(
        "procedure_count",
        'count procedure "{procedure}"{W}',
        """
        How many [instances of |times was ][the |]{procedure} [procedure |][were |][performed|done]{w}?
        How many {procedure} procedures [did {P} have|were performed on {P}]{w}?
        """,
        0.7,
    ),
)

MICROBIOLOGY = (
    _family(
        "micro_time",
        'get time of {O}micro "{test}"{W}',
        """
        When did {P} [receive|get|have] [a |the |]{test} [microbiology |]test for the {o} time{w}?
        When was {Ps} {o} {test} [microbiology |]test{w}?
        When was the {o} {test} microbiology test [for|of] {P}{w}?
        When was the {o} time [that |]{P} received a {test} microbiology test{w}?
        {w}, when was the {o} {test} microbiology test for {P}?
        """,
        1.2,
    ),
    _family(
        "micro_any_time",
        "get time of {O}micro{W}",
        """
        When did{w} {P} [take|receive] the {o} microbiology test?
        When was the {o} [time {P} received a |]microbiology test [of|for|taken by] {P}{w}?
        When did {P} receive a microbiology test for the {o} time{w}?
        When was {Ps} {o} microbiology test{w}?
        """,
        0.9,
    ),
    _family(
        "micro_any",
        "exists micro{W}",
        """
        Has [a|any] [microbiology|microbiological] test been [done|performed] [for|on] {P}{w}?
        Did {P} have [a|any] [microbiology|microbiological] test[s|]{w}?
        """,
        0.7,
    ),
    _family(
        "micro_exists",
        'exists micro "{specimen}"{W}',
        """
        Was [a|any] microbiology test [conducted|done|performed] on the {specimen} [specimen|sample] [for {P}|of {P}|]{w}?
        Did {P} have a {specimen} [microbiology test|culture]{w}?
        Was the {specimen} [specimen |]cultured{w}?
        """,
        0.9,
    ),
    _family(
        "micro_name",
        "get name of {O}micro{W}",
        """
        What was the [name of the |]microbiology test given to {P} for the {o} time{w}?
        What was the {o} microbiology test [given to|of] {P}{w}?
        """,
        0.6,
    ),
    _family(
        "micro_tests_on",
        'get name of micro "{specimen}"{W}',
        """
        Which [microbiological|microbiology] [examinations|tests] were [conducted|done|performed] on the {specimen} [sample|specimen]{w}?
        What tests were [run|done] on the {specimen} [sample|specimen]{w}?
        """,
        0.7,
    ),
    _family(
        "specimen_name",
        "get specimen of {O}micro{W}",
        """
        What was the [name of the |]{o} specimen test [that |][{P} received|given to {P}]{w}?
        [Tell me the|What was the] [name of the |name of that |]{o} specimen [test |]{P} [got|received|had received]{w}[?|.]
        What [was|were] {Ps} {o} tested specimen{w}?
        What specimen tests did {P} undergo for the {o} time{w}?
        For the {o} time{w}, what specimen test did {P} get?
        Tell me the name of the specimen [test |]that {P} {o} received{w}?
        """,
        1.2,
    ),
    _family(
        "organism_name",
        'get organism of {O}micro "{specimen}"{W}',
        """
        What was the [name of the |]organism [found|detected|that was found] [in|during|at] {Ps} {o} {specimen} [microbiology |][test|tests]{w}?
        What was the [name of the |]organism [found |to be found |][in|during|at] the {o} {specimen} [microbiology |]test of {P}{w}?
        Tell me the name of the organism found in {Ps} {o} {specimen} microbiology tests{w}?
        What was the organism found in the {o} microbiology test done on {Ps} {specimen}{w}?
        """,
        1.1,
    ),
    _family(
        "organism_at",
        'get organism of micro "{specimen}"{H}',
        """
        Which [organisms|microorganisms] were [detected|found] in the {specimen} [sample|specimen]{h}?
        What grew in the {specimen} [sample|specimen|culture]{h}?
        """,
        0.6,
    ),
    _family(
        "organism_exists",
        'exists {O}micro "{specimen}" with organism present{W}',
        """
        Has [there been any|any] organism [observed|found|present|been found] in {Ps} {o} {specimen} [microbiology |]test{w}?
        Has any organism been found in the {o} [microbiology|microbiological] {specimen} test of {P}{w}?
        Was there any organism in {Ps} {o} {specimen} test{w}?
        Were any organisms detected in the {o} {specimen} specimen{w}?
        """,
        1.0,
    ),
    _family(
        "susceptibility",
        'get susceptibility of micro "{organism}" with antibiotic = "{antibiotic}"{W}',
        """
        Was the {organism} [sensitive|resistant|susceptible] to {antibiotic}{w}?
        How did {antibiotic} [do|perform|test] against [the |]{organism}{w}?
        """,
        0.5,
    ),
    _family(
        "lab_exists",
        'exists lab "{lab}"{W}',
        """
        Was {P} tested [on|for] {lab}{w}?
        [Has {P}|Did {P}] [been subjected to|had|have|undergo|undergone] a {lab} [lab test|test|lab]{w}?
        Was [a|there a|there any] {lab} [test|measurement] [done|performed|taken|conducted|] [for {P}|on {P}|]{w}?
        Was {lab} [measured|checked]{w}?
        """,
        1.1,
    ),
    _family(
        "lab_any",
        "exists lab{W}",
        """
        Has {P} had [any |]lab [testing|tests|work]{w}?
        Was a lab test performed on {P}{w}?
        Did {P} [undergo|have] any [laboratory|lab] tests{w}?
        """,
        0.9,
    ),
    _family(
        "lab_count",
        'count lab "{lab}"{W}',
        """
        How many times{w} [did|does] {P} receive a {lab} [lab |]test?
        How [many times|often|frequently] was [the |]{lab} [test |][conducted|measured|done|checked]{w}?
        How many {lab} [tests|measurements] [did {P} have|were done]{w}?
        """,
        0.9,
    ),
    _family(
        "lab_any_time",
        "get time of {O}lab{W}",
        """
        When did {P} [receive|have|get] the {o} lab test{w}?
        When was {Ps} {o} lab test{w}?
        What was the {o} time {P} had a lab test{w}?
        """,
        0.8,
    ),
    _family(
        "lab_name",
        "get name of {O}lab{W}",
        """
        What lab tests did {P} get for the {o} time{w}?
        What was the [name of the |]{o} lab test [given to|of] {P}{w}?
        """,
        0.6,
    ),
    _family(
        "lab_list",
        "get name of lab{W}",
        """
        Which [labs|lab tests|tests] were [conducted|performed|done|measured] [on the blood sample |]{w}?
        What labs does {P} have{w}?
        """,
        0.5,
    ),
    _family(
        "allergy_list",
        "get name of allergy",
        """
        What [is {P} allergic to|are {Ps} allergies|allergies does {P} have]?
        [Any|List the] allergies?
        """,
        0.5,
    ),
    _family(
        "allergy_exists",
        'exists allergy "{allergen}"',
        """
        Is {P} allergic to {allergen}?
        Does {P} have [a|an] {allergen} allergy?
        """,
        0.5,
    ),
    _family(
        "vaccine_time",
        'get time of {O}vaccine "{vaccine}"{W}',
        """
        When did {P} [have|get|receive] [the|their] {o} {vaccine} [vaccine|vaccination|shot]{w}?
        When was {P} {o} vaccinated against {vaccine}{w}?
        """,
        0.5,
    ),
    _family(
        "vaccine_exists",
        'exists vaccine "{vaccine}"{W}',
        """
        Has {P} [had|received|got] [a|the] {vaccine} [vaccine|vaccination|shot]{w}?
        """,
        0.4,
    ),
    _family(
        "death",
        "get time of death",
        """
        When did {P} die?
        [What was|What is] {Ps} [date|time] of death?
        """,
        0.2,
    ),
    _family(
        "narrative",
        'read "{topic}"{W}',
        """
        {topic}{w}?
        [Tell me|Summarize|Explain] {topic}{w}.
        """,
        1.2,
    ),
)

#: Topics of narrative questions: what the retrieval looks for, in the question's words.
TOPICS = [
    "why was the patient admitted",
    "the hospital course",
    "what the plan at discharge was",
    "what changed overnight",
    "the history of present illness",
    "what the chest x-ray showed",
    "what the discharge summary says",
    "the reason for admission",
    "what the surgeon found",
    "why was the patient intubated",
    "how the patient was feeling",
    "what the notes say about smoking",
    "what brought the patient to the hospital",
    "what the family was told",
    "the brief hospital course",
    "what the echo showed",
    "why the antibiotics were changed",
    "what follow-up was arranged",
    "the social history",
    "the chief complaint",
    "the primary reason for seeking medical attention",
    "why was the patient transferred to the ICU",
]

FAMILIES = (*MEASUREMENTS, *COMPARISONS, *DRUGS, *FLUIDS, *VISITS, *PROCEDURES, *MICROBIOLOGY)
