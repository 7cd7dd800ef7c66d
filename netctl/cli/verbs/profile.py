"""`netctl profile`"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netctl.cli.names import complete_packs
from netctl.cli.options import AsJson, NetworkName, Rehearse, verb_group

if TYPE_CHECKING:
    from netctl.errors import Fault

app = verb_group(
    "Write, check and describe profiles.",
    examples=("netctl profile new my-fleet.yaml", "netctl profile validate my-fleet.yaml"),
)


@app.command(
    "new",
    examples=(
        "netctl profile new my-fleet.yaml",
        "netctl profile new my-fleet.yaml --network local --netuid 2 --pack ./my-pack",
    ),
)
def new(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Where to write it: my-fleet.yaml.")],
    network: Annotated[str, typer.Option("--network", metavar="NAME", help="finney, test, local or ws://...")] = "test",
    netuid: Annotated[int, typer.Option("--netuid", help="The subnet.")] = 428,
    pack: Annotated[
        str, typer.Option("--pack", autocompletion=complete_packs, help="How to run the subnet's programs.")
    ] = "resi",
) -> None:
    """Write a commented profile to start from; an existing file is left alone.

    With a schema.json beside it (netctl profile schema > schema.json), editors complete it.
    """
    from netctl.cli.output import say
    from netctl.errors import UsageError
    from netctl.profile.starter import starter

    path = path if path.suffix else path.with_suffix(".yaml")
    schema = "schema.json" if (path.parent / "schema.json").is_file() else None
    text = starter(path.stem, network=network, netuid=netuid, pack=pack, schema=schema)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} is there already", hint="name another file, or remove that one first") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="name a file that can be written") from error
    say(f"wrote {path}; try it: netctl fleet up {path} --rehearse")


@app.command(
    "validate",
    examples=("netctl profile validate my-fleet.yaml", "netctl profile validate profiles/day2.yaml --rehearse --json"),
)
def validate(
    paths: Annotated[list[Path], typer.Argument(metavar="PROFILE...", help="The profiles to check.")],
    rehearse: Rehearse = False,
    network: NetworkName = None,
    as_json: AsJson = False,
) -> int:
    """Check profiles, and name every fault at once with its line and field; nothing is connected or changed."""
    from netctl.cli.output import show, show_json
    from netctl.cli.selection import Words, load_fleet
    from netctl.errors import PrerequisiteError, ProfileError
    from netctl.probes.whole import allowances

    faults: list[Fault] = []
    for path in paths:
        try:
            fleet = load_fleet(path, Words(path, rehearse, network))
            with suppress(PrerequisiteError):
                allowances(fleet)
        except ProfileError as error:
            faults += error.faults
        else:
            if not as_json:
                show(f"{path}: good; {fleet.name}, miners: {len(fleet.miners)}, validators: {len(fleet.validators)}")
    if as_json:
        show_json({"ok": not faults, "faults": [_document(fault) for fault in faults]})
        return 2 if faults else 0
    if faults:
        raise ProfileError(faults)
    return 0


@app.command(
    "import",
    examples=(
        "netctl profile import ecosystem.config.js",
        "netctl profile import ecosystem.config.js -o my-fleet.yaml --env-file secrets.env",
    ),
)
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Ecosystem files of pm2: js, json or yaml.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="PATH", help="Where to write it; else it is shown.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the fleet.")] = None,
    pack: Annotated[
        str | None,
        typer.Option("--pack", autocompletion=complete_packs, help="How to run the programs; else a pack is written."),
    ] = None,
    netuid: Annotated[int | None, typer.Option("--netuid", help="The subnet, where the apps name several.")] = None,
    block: Annotated[str | None, typer.Option("--env", metavar="NAME", help="Take env_NAME over env.")] = None,
    env_file: Annotated[
        Path | None, typer.Option("--env-file", metavar="PATH", help="Write the secrets that the files held, 0600.")
    ] = None,
) -> None:
    """Turn ecosystem files of pm2 into a profile; what it cannot say is told, and kept as comments.

    A .js file is run by node, as pm2 runs it. Secrets are not copied: the profile names them, $NAME.
    """
    from netctl.cli.importing import Wish, import_files

    import_files(files, Wish(output, name, pack, netuid, block, env_file))


@app.command("schema", examples=("netctl profile schema > schema.json",))
def schema() -> None:
    """Print the JSON Schema of a profile, for editors."""
    from netctl.cli.output import show
    from netctl.profile.schema import schema_text

    show(schema_text().rstrip("\n"))


def _document(fault: Fault) -> dict[str, Any]:
    return {
        "file": str(fault.file),
        "line": fault.line,
        "field": fault.field,
        "message": fault.message,
        "hint": fault.hint or None,
    }
