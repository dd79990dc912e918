"""chartline erase: everything that is kept of one patient, for ever."""

import shlex
from typing import Annotated

import grpc
import typer

from chartline.commands.console import (
    DEFAULT_TENANT,
    HomeOption,
    JsonOption,
    PatientArgument,
    TenantOption,
    connect,
    err,
    out,
    print_json,
)
from chartline.commands.dead_letters import erase_letters
from chartline.local.client import erase_chart
from chartline.local.home import Home


def erase(
    patient: PatientArgument,
    home: HomeOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Erase a patient's chart under all its identifiers, and the dead letters that name one of them.

    Kafka keeps its messages until their time is over; what comes later is a new record.
    """
    if not yes:
        typer.confirm(f"Erase everything that tenant {tenant} keeps of {patient}?", abort=True, err=True)
    erased = erase_chart(Home(home), tenant, patient)
    try:
        with connect(home, tenant) as client:
            letters = erase_letters(client, erased.erased_identifiers)
    except grpc.RpcError:
        rest = shlex.join(["chartline", "dead-letters", "erase", *erased.erased_identifiers, "--tenant", tenant])
        err.print(f"The chart is gone, its dead letters may not be: {rest}", soft_wrap=True, markup=False)
        raise
    if as_json:
        print_json({"events": erased.events, "identifiers": erased.identifiers, "dead_letters": letters.erased})
    else:
        gone = f"{erased.events} versions of events, {erased.identifiers} identifiers and {letters.erased} dead letters"
        out.print(f"{gone} are gone; {letters.unreadable} dead letters cannot be seen into and go with time.")
