"""The systemd of this user: asked and told by `systemctl --user`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from netctl.adapters import disk
from netctl.errors import PrerequisiteError, SessionError

PATIENCE_S = 30.0
READABLE = 0o644


@dataclass(frozen=True, slots=True)
class UserSystemd:
    """`folder` is where the user's own units lie, `environ` what systemctl needs to find the manager."""

    folder: Path
    environ: Mapping[str, str]

    def require(self, otherwise: str) -> None:
        """PrerequisiteError where there is no manager that answers; `otherwise` is what to do without."""
        if shutil.which("systemctl") is None:
            raise PrerequisiteError("there is no systemd on this machine", hint=otherwise)
        try:
            self._said("show", "--property=Version")
        except SessionError as error:
            if "XDG_RUNTIME_DIR" not in self.environ and Path("/run/systemd/system").is_dir():
                hint = f"log in as this user itself, or export XDG_RUNTIME_DIR=/run/user/{os.getuid()}"
                raise PrerequisiteError("your systemd cannot be found from this shell", hint=hint) from error
            raise PrerequisiteError(f"no systemd of yours answers: {error.message}", hint=otherwise) from error

    def text_of(self, unit: str) -> str | None:
        """The unit file of that name, None where there is none."""
        try:
            return (self.folder / unit).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def is_enabled(self, unit: str) -> bool:
        """Whether it starts with the manager."""
        return self._run("is-enabled", unit).stdout.strip() == "enabled"

    def is_active(self, unit: str) -> bool:
        """Whether it runs, or has run and stays in effect."""
        return self._run("is-active", unit).stdout.strip() in ("active", "activating", "deactivating", "reloading")

    def enable(self, unit: str, text: str) -> None:
        """Put the unit there and have it started with the manager; SessionError."""
        disk.replace(self.folder / unit, text.encode(), READABLE)
        self._said("daemon-reload")
        self._said("enable", unit)

    def disable(self, unit: str, *, keep: bool) -> None:
        """Have it started no more, and unless `keep` take its file away; SessionError."""
        self._said("disable", unit)
        if not keep:
            (self.folder / unit).unlink(missing_ok=True)
            self._said("daemon-reload")

    def _said(self, *words: str) -> str:
        done = self._run(*words)
        if done.returncode != 0:
            said = done.stderr.strip().splitlines()
            raise SessionError(f"systemctl --user {' '.join(words)}: {said[0] if said else done.returncode}")
        return done.stdout

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        argv = ["systemctl", "--user", "--no-pager", *words]
        try:
            return subprocess.run(
                argv,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SessionError(f"systemd does not answer `{' '.join(argv)}` within {PATIENCE_S:g} s") from None
