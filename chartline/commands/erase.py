"""chartline erase: everything that is kept of one patient, for ever."""

from typing import Annotated

import typer

from chartline.commands.console import (
    DEFAULT_TENANT,
    HomeOption,
    JsonOption,
    PatientArgument,
    TenantOption,
    out,
    print_json,
)
from chartline.local.client import erase_chart
from chartline.local.home import Home


def erase(
    patient: PatientArgument,
    home: HomeOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Erase a patient's chart under all its identifiers. Kafka keeps its messages; what comes later is a new record."""
    if not yes:
        typer.confirm(f"Erase everything that tenant {tenant} keeps of {patient}?", abort=True, err=True)
    erased = erase_chart(Home(home), tenant, patient)
    if as_json:
        print_json({"events": erased.events, "identifiers": erased.identifiers})
    else:
        out.print(f"{erased.events} versions of events and {erased.identifiers} identifiers are gone.")
