"""The tree of commands. Each verb is a module of `netctl.cli.verbs`, imported when it is called or completed.

`netctl --help` prints the summaries below and imports none of them; a test holds them to the modules' own help.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Annotated, Any

import typer
from typer._click.shell_completion import CompletionItem, add_completion_class
from typer.core import TyperGroup
from typer.main import get_command

from netctl.cli.epilog import epilog_of, write_epilog
from netctl.errors import UsageError

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "The fleet": {
        "fleet": "Bring a fleet up, plan it, take it down, restart it, list fleets.",
        "register": "Register the fleet's neurons on the subnet, at the pace that --stagger names.",
        "fund": "Show which coldkeys need TAO, and how much; pay it or wait for it.",
        "stake": "Stake what the profile asks for on the fleet's hotkeys.",
        "render": "Write the neurons' files, or show what would change.",
        "runbook": "Run a runbook step by step, resume it, list runbooks and what was run.",
    },
    "Look at it": {
        "status": "Say for every neuron whether it is registered, runs and is ready.",
        "dashboard": "Serve a live page about a fleet on loopback, until Ctrl-C.",
        "why": "Say why a neuron ended, or what is not well with it now.",
        "logs": "Show neurons' logs, one or several at once.",
        "attach": "Watch a neuron's log live in its tmux session.",
        "ingest": "Read events from logs made elsewhere into a fleet's metrics.db.",
        "doctor": "Look at everything a fleet stands on, and name what is wrong.",
        "check": "Judge the experiment by the profile's criteria: true, false, or not yet.",
        "coverage": "Show which zipcodes miners hold, how alike they are, and what nobody covers.",
        "validators": "Show whether validators come to the same judgement, and each by itself.",
        "strategies": "Show what each miner does over time, when that changed, and what it earned.",
        "budget": "Show how many API calls each neuron and key makes, and when the limits run out.",
        "metagraph": "Show the subnet's neurons as the chain has them.",
        "signals": "Show what log lines tell by a pack, and try it on a log.",
        "run": "List a fleet's runs, and show what each was.",
        "compare": "Show what differs between two runs: in what ran, and in what came out.",
        "metrics": "Give what was sampled of a fleet to Prometheus and Grafana, or write it as CSV or Parquet.",
        "report": "Report on a run: the verdict, scenario, problems, scaling, and what shows it.",
        "journal": "Show what netctl has paid for this fleet, and what it comes to.",
    },
    "Disturb it": {
        "chaos": "Kill, stop, cut off or slow down neurons, each for a time, and undo it.",
    },
    "What it stands on": {
        "init": "Copy out what netctl brings with it, or write a pack and a profile for a subnet's checkout.",
        "profile": "Write, check and describe profiles.",
        "wallet": "List, create, back up and restore the fleet's wallets.",
        "neurons": "Install what the subnet's own programs need.",
        "chain": "Run the embedded chain and act on it.",
        "host": "Make a fleet's machines one swarm, and show what they are.",
    },
}
FIRST = (
    "netctl fleet up profiles/day2.yaml --rehearse  # costs nothing",
    "netctl register --stagger                      # as the price allows",
    "netctl status                                  # is every neuron well?",
    "netctl logs miner_3                            # what one of them says",
)
"""The four commands to begin with."""


COMPLETION = {"--install-completion", "--show-completion"}


class VerbGroup(TyperGroup):
    """The root group: knows every verb's name and summary, and loads a verb only to run or complete it."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002
        return [verb for section in SECTIONS.values() for verb in section]

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]
        if cmd_name not in self.list_commands(ctx):
            return None
        if cmd_name not in self.commands:
            module = import_module(f"netctl.cli.verbs.{cmd_name}")
            command = get_command(module.app)
            command.name = cmd_name
            self.commands[cmd_name] = command
        return self.commands[cmd_name]

    def shell_complete(self, ctx: typer.Context, incomplete: str) -> list[CompletionItem]:  # type: ignore[override]
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        summaries = {verb: summary for verbs in SECTIONS.values() for verb, summary in verbs.items()}
        return [CompletionItem(verb, help=text) for verb, text in summaries.items() if verb.startswith(incomplete)]

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        verbs = self.list_commands(ctx)
        if args and args[0] not in verbs and not args[0].startswith("-") and not ctx.resilient_parsing:
            near = get_close_matches(args[0], verbs, n=1)
            raise UsageError(
                f"no command {args[0]!r}", hint=f"did you mean: netctl {near[0]}" if near else "netctl --help"
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]  # noqa: ARG002
        for title, verbs in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{verb:<10}", summary) for verb, summary in verbs.items()])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        write_epilog(self.epilog, formatter, "Begin with")


app = typer.Typer(
    cls=VerbGroup,
    rich_markup_mode=None,
    add_completion=True,
    invoke_without_command=True,
    epilog=epilog_of(FIRST),
    context_settings={"max_content_width": 100},
)


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version, and with it what a bug report needs.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", hidden=True)] = False,
    debug: Annotated[  # noqa: ARG001 - `main` takes it away before typer is asked
        bool, typer.Option("--debug", help="Show tracebacks; allowed anywhere on the line.")
    ] = False,
) -> None:
    """Stand up, watch and judge a whole Bittensor subnet experiment from one profile."""
    if version:
        from netctl.cli.version_report import show_version

        show_version(as_json=as_json)
        raise typer.Exit
    if as_json:
        raise UsageError("--json stands behind the command that it is for", hint="netctl status --json")
    if context.invoked_subcommand is None:
        raise UsageError("no command", hint="netctl --help")


def invoke(args: list[str]) -> Any:
    """Run one command line; returns the command's own result and lets every exception through."""
    if COMPLETION & {*args}:
        from netctl.cli.zsh import install_own_script

        install_own_script()
    root = get_command(app)
    with root.make_context("netctl", args or ["--help"]) as context:
        return root.invoke(context)


def complete() -> Any:
    """Answer the shell that asks for completions or for the script that asks."""
    from netctl.cli.zsh import PlainZsh

    root = get_command(app)
    add_completion_class(PlainZsh, "zsh")  # after typer has added its own
    return root.main(prog_name="netctl")
