"""The other forms of what a record names: beside "insulin" its glargine, beside "diabetes mellitus" its type 2.

Doses of two forms are not one sum: of drugs only whether there is one, and what is taken now, is asked of all forms.
One measurement on two scales is one series: the temperature in Celsius and that in Fahrenheit.
"""

from dataclasses import replace

from chartline.record.chart import Chart
from chartline.record.folding import words_of
from chartline.record.kinds import EventKind
from chartline.record.linking import SERIES_KINDS, Linking
from chartline.record.matching import names_of, same_or_longer
from chartline.record.meaning import narrower, readings
from chartline.record.names import normalise
from chartline.record.vocabulary.tables import Domain, domain_of

#: Words of a name that say on which scale it is measured.
_SCALES = frozenset({"celsius", "fahrenheit", "kg", "lb", "cm", "inch"})


def with_forms(linking: Linking, concept: str, chart: Chart, *, drugs: bool) -> Linking:
    """Of a disease or vaccine, with `drugs` of a drug, too, also the names that mean the same or are longer.

    Of a measurement those that differ in their scale alone, if the concept says none.
    """
    kind = linking.kind
    if kind is None or linking.ambiguous or kind is EventKind.ALLERGY:
        return linking
    if kind in SERIES_KINDS:
        return linking if _SCALES.intersection(words_of(concept)) else _on_each_scale(linking, kind, chart)
    domain = domain_of(kind)
    if domain not in (Domain.CONDITION, Domain.VACCINE) and not (drugs and domain is Domain.DRUG):
        return linking
    members = [member for meant in readings(concept, domain) for member in narrower(meant, domain)]
    forms = {chart.label(kind, m.term) for one in members for m in same_or_longer(one, [kind], domain, chart)}
    return replace(linking, names=tuple(sorted(forms.union(linking.names))))


def _on_each_scale(linking: Linking, kind: EventKind, chart: Chart) -> Linking:
    named = names_of(kind, chart)
    own = {named.spelt[normalise(name)] - _SCALES for name in linking.names}
    same = {chart.label(kind, term) for term, letters in named.spelt.items() if letters - _SCALES in own}
    return replace(linking, names=tuple(sorted(same.union(linking.names))))
