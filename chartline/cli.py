"""The command line. An error is one clear line; exit code 1 is for what failed, 2 for what was asked wrongly."""

import sys

import grpc
import typer

from chartline.commands import (
    ask,
    bench,
    chart,
    cluster,
    dead_letters,
    demo,
    erase,
    evaluate,
    export,
    load,
    predict,
    reconcile,
    replay,
    train,
)
from chartline.commands.console import err
from chartline.errors import ChartlineError, InvalidRequest

app = typer.Typer(
    help="Keeps every patient's chart live and lets software ask it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    cluster.up,
    cluster.down,
    cluster.status,
    load.load,
    export.export,
    reconcile.reconcile,
    replay.replay,
    ask.ask,
    predict.predict,
    chart.events,
    chart.similar,
    chart.patients,
    erase.erase,
    demo.demo,
):
    app.command()(command)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(bench.bench)
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(train.app, name="train")
app.add_typer(dead_letters.app, name="dead-letters")


def main() -> None:
    try:
        app()
    except ChartlineError as error:
        _fail(error.message, 2 if isinstance(error, InvalidRequest) else 1)
    except grpc.RpcError as error:
        _fail(f"{error.code().name}: {error.details()}", 2 if error.code() is grpc.StatusCode.INVALID_ARGUMENT else 1)
    except OSError as error:
        _fail(str(error), 1)


def _fail(message: str, code: int) -> None:
    err.print(f"error: {message}", style="red")
    sys.exit(code)


if __name__ == "__main__":
    main()
