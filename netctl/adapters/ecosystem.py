"""Evaluating a pm2 ecosystem file: JavaScript by node, as pm2 itself does, the other forms by their parsers.

The file is the user's own program, and runs as one. What it reads of the environment under a secret's name it gets as
``$NAME``, so that its secrets do not come along.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import json5
import yaml

from netctl.errors import PrerequisiteError, UsageError

PATIENCE_S = 20.0
_TOKEN = "--netctl-evaluated--"  # noqa: S105 - a mark in the output

_DRIVER = r"""
const [file, token] = process.argv.slice(1), real = { ...process.env };
const words = "KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD|MNEMONIC|SEED|CREDENTIALS?";
const secret = new RegExp(`(^|[_.-])(API)?(${words})([_.-]?[0-9]+)?$`, "i");
for (const level of ["log", "info", "debug", "warn"]) console[level] = (...words) => console.error(...words);
process.env = new Proxy(real, {
  get: (_, name) => (typeof name === "string" && name !== "PWD" && secret.test(name) ? "$" + name : real[name]),
  // A file that spreads the environment into an app means what pm2 does with it anyway.
  ownKeys: () => ["PATH", "HOME"].filter((name) => name in real),
});
const Module = require("module"), load = Module._load;
Module._load = function (request, ...rest) {
  try { return load.call(this, request, ...rest); } catch (error) {
    if (request !== "dotenv" || error.code !== "MODULE_NOT_FOUND") throw error;
    return { config: () => ({ parsed: {} }) };
  }
};
(async () => {
  let found;
  try { found = require(file); } catch (error) {
    if (error.code !== "ERR_REQUIRE_ESM") throw error;
    found = await import(require("url").pathToFileURL(file));
  }
  found = found && found.default && !found.apps ? found.default : found;
  if (typeof found === "function") found = await found();
  process.stdout.write("\n" + token + JSON.stringify(found), () => process.exit(0));
})().catch((error) => { console.error(error && error.message ? error.message : error); process.exit(1); });
"""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What the file comes to, as plain values; `notes` are of interest."""

    document: Any
    notes: tuple[str, ...] = ()


def evaluate(path: Path, environ: Mapping[str, str]) -> Evaluated:
    """Read it as pm2 would. UsageError for a file that cannot be, PrerequisiteError where only node could."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", hint="name the ecosystem file of pm2") from error
    if path.suffix in (".yaml", ".yml"):
        try:
            return Evaluated(yaml.safe_load(text))
        except yaml.YAMLError as error:
            raise UsageError(f"{path}: {' '.join(str(error).split())}", hint="mend it: pm2 could not read it") from None
    if path.suffix == ".json":
        try:
            return Evaluated(json5.loads(text))
        except ValueError as error:
            raise UsageError(f"{path}: {error}", hint="mend it: pm2 could not read it") from None
    node = shutil.which("node")
    if node is not None:
        return Evaluated(_by_node(node, path, environ))
    exported = re.search(r"(?:module\.exports\s*=|export\s+default)(.*)", text, re.DOTALL)
    literal = exported[1].strip().rstrip(";") if exported is not None else text
    literal = re.sub(r"\bprocess\.env\.([A-Za-z_]\w*)", r'"$\1"', literal)
    try:
        found = json5.loads(literal)
    except ValueError:
        hint = "install node, with which pm2 runs it too"
        raise PrerequisiteError(f"{path} is more than plain values, and node is not here", hint=hint) from None
    return Evaluated(found, (f"{path.name} was read without node: as plain values, nothing was run",))


def _by_node(node: str, path: Path, environ: Mapping[str, str]) -> Any:
    argv = [node, "-e", _DRIVER, "--", str(path.absolute()), _TOKEN]
    try:
        done = subprocess.run(
            argv,
            cwd=path.absolute().parent,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        hint = "an ecosystem file must end by itself: look at what it runs"
        raise UsageError(f"{path}: node did not end within {PATIENCE_S:g} s", hint=hint) from None
    _, found, document = done.stdout.rpartition(_TOKEN)
    if done.returncode != 0 or not found:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        what = lines[0] if lines else f"exit {done.returncode}"
        raise UsageError(f"{path}: node says: {what[:200]}", hint="does pm2 start it? set what it reads, or mend it")
    return json.loads(document)
