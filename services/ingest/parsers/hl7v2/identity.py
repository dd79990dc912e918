"""What ADT's trigger events say of patients' numbers: joined, parted, moved (HL7 v2.8, chapter 3.3 and 3.6).

A18 A30 A34 A36 A39 A40 A43 A46 A47 A48    PID-3 and MRG-1 are one patient
A24                                        the two PIDs are one patient
A37                                        they are not: the link is withdrawn
A35 A41 A44 A49                            accounts alone: nobody's identity changes
A42 A45 A50 A51                            the visit is PID-3's from now on; MRG-1 stays who it is
"""

from collections.abc import Sequence

from chartline.record.event import PatientLink
from services.ingest.parsers.hl7v2 import patient, tables
from services.ingest.parsers.hl7v2.grouping import Group
from services.ingest.parsers.hl7v2.scope import Head


def read(head: Head, groups: Sequence[Group], leftovers: list[str]) -> list[PatientLink]:
    """Links of each patient's own numbers, and what the trigger event says of other patients."""
    named = [(g, patient.identifiers(g.patient, head)) for g in groups if g.patient is not None]
    known = [(g, names) for g, names in named if names]
    found = [link for _, names in known for link in patient.links(head, names)]
    meaning = tables.IDENTITY_TRIGGERS.get(head.trigger, "") if head.code == "ADT" else ""
    if meaning == "join":
        for group, names in known:
            found += _joined(head, group, names, leftovers)
    if meaning in ("pair", "part") and len(known) > 1:
        (_, names), (_, others) = known[:2]
        parted = meaning == "part"  # whichever of their numbers a message has linked, in whichever order
        for name in names if parted else names[:1]:
            found += patient.links(head, [name], others, withdrawn=parted)
    return found


def _joined(head: Head, group: Group, names: list[str], leftovers: list[str]) -> list[PatientLink]:
    others = [name for merge in group.all("MRG") for name in patient.merged(merge, head)]
    if not others:
        leftovers.append("MRG without a number of the patient that is given up")
    return patient.links(head, names[:1], others)
