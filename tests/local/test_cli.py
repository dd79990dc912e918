"""The command line without a cluster: help everywhere, one clear line and the right exit code for what goes wrong."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from chartline import cli

COMMANDS = ["up", "down", "status", "load", "export", "ask", "predict", "events", "similar", "patients", "erase"]
COMMANDS += ["demo", "bench"]
COMMANDS += ["evaluate answers", "train generate", "train align", "train reason", "train heads", "reconcile", "replay"]
COMMANDS += ["dead-letters list", "dead-letters show", "dead-letters replay", "dead-letters erase"]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of `chartline <arguments>`."""
    monkeypatch.setattr("sys.argv", ["chartline", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    shown = CliRunner().invoke(cli.app, [*command.split(), "--help"])
    assert shown.exit_code == 0
    assert "Usage" in shown.output


def test_benches_are_named_and_an_unknown_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "bench") == 0
    assert "gateway_rpc" in capfd.readouterr().out
    assert run(monkeypatch, "bench", "nothing") == 2


@pytest.mark.parametrize(
    "arguments", [["status"], ["ask", "1", "how?"], ["predict", "1"], ["patients"], ["erase", "1", "--yes"]]
)
def test_without_a_cluster_it_says_how_to_start_one(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments, "--home", str(tmp_path)) == 1
    captured = capfd.readouterr()
    assert captured.err.startswith("error: No cluster is running")
    assert "chartline up" in captured.err
    assert captured.out == ""


def test_a_wrong_time_is_exit_code_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "ask", "1", "how?", "--as-of", "yesterday", "--home", str(tmp_path)) == 2
    assert "'yesterday' is no time" in capfd.readouterr().err


def test_the_home_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHARTLINE_HOME", str(tmp_path / "elsewhere"))
    assert run(monkeypatch, "status") == 1
    assert "elsewhere" in capfd.readouterr().err
