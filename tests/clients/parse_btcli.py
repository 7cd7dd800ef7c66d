"""What a btcli makes of command lines, by its own parser and without running them; for clients' own interpreters.

Reads a JSON list of lists of words on stdin, prints a JSON list: for each the command's name and its options.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from typer.main import get_command


def app() -> Any:
    """The typer application of the btcli that this interpreter has."""
    try:
        from bittensor_cli.cli import CLIManager
    except ImportError:
        from bittensor.cli.main import app as of_bittensor_11

        return of_bittensor_11
    return CLIManager().app


def parsed(command: Any, words: list[str], parent: Any = None, name: str = "btcli") -> dict[str, Any]:
    """The leaf command that the words lead to; what its parser refuses is raised."""
    context = command.make_context(name, list(words), parent=parent)
    if not hasattr(command, "resolve_command"):
        assert not context.args, f"left over: {context.args}"
        return {
            "command": context.command_path,
            "options": {k: str(v) for k, v in context.params.items() if v is not None},
        }
    rest = [*getattr(context, "_protected_args", ()), *context.args]
    word, found, left = command.resolve_command(context, rest)
    assert found is not None, f"no such command: {word}"
    return parsed(found, left, context, word)


root = get_command(app())
answers = []
for line in json.load(sys.stdin):
    try:
        answers.append(parsed(root, line[1:]))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is the answer
        answers.append({"error": f"{type(error).__name__}: {error} {getattr(error, 'message', '')}"})
print("ANSWERS", json.dumps(answers))  # noqa: T201
