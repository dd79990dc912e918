"""The other forms of what a record names: beside "insulin" its glargine, beside "diabetes mellitus" its type 2.

Doses of two forms are not one sum: of drugs only whether there is one, and what is taken now, is asked of all forms.
"""

from dataclasses import replace

from chartline.record.chart import Chart
from chartline.record.kinds import EventKind
from chartline.record.linking import Linking
from chartline.record.matching import same_or_longer
from chartline.record.meaning import narrower, readings
from chartline.record.vocabulary.tables import Domain, domain_of


def with_forms(linking: Linking, concept: str, chart: Chart, *, drugs: bool) -> Linking:
    """Of a disease or vaccine, with `drugs` of a drug, too, also the names that mean the same or are longer."""
    kind = linking.kind
    if kind is None or linking.ambiguous or kind is EventKind.ALLERGY:
        return linking
    domain = domain_of(kind)
    if domain not in (Domain.CONDITION, Domain.VACCINE) and not (drugs and domain is Domain.DRUG):
        return linking
    members = [member for meant in readings(concept, domain) for member in narrower(meant, domain)]
    forms = {chart.label(kind, m.term) for one in members for m in same_or_longer(one, [kind], domain, chart)}
    return replace(linking, names=tuple(sorted(forms.union(linking.names))))
