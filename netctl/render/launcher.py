"""The script that a session runs: it sets the environment, starts the neuron in a group of its own, and guards it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from string import Template

# The signals whose default is death: a neuron that died of one makes its guardian die of the same.
_DEADLY = "129|130|131|132|133|134|135|136|137|138|139|140|141|142|143|152|153|159"

_SCRIPT = Template(
    """\
# Written by netctl for the session $name; changes are lost. It holds secrets: keep it 0600.
# tmux runs it as leader of the pane's terminal session, in an environment of netctl's and a few variables of its own.
unset COLORTERM LANG PATH SHELL TERM TERM_PROGRAM TERM_PROGRAM_VERSION TMUX TMUX_PANE
umask 077
ulimit -c 0
$exports
cd $cwd || exit 111
_netctl_stopping=
end_group() {
    trap '' HUP INT QUIT TERM
    _netctl_stopping=yes
    [ -n "$$_netctl_neuron" ] || exit 129
    kill -s $stop_signal -- "-$$_netctl_neuron" 2>/dev/null
    kill -s CONT -- "-$$_netctl_neuron" 2>/dev/null
    _netctl_tenths=$tenths
    while [ "$$_netctl_tenths" -gt 0 ] && kill -s 0 -- "-$$_netctl_neuron" 2>/dev/null; do
        command -p sleep 0.1
        _netctl_tenths=$$((_netctl_tenths - 1))
    done
    kill -s KILL -- "-$$_netctl_neuron" 2>/dev/null
}
_netctl_neuron=
trap end_group HUP INT QUIT TERM
printf '%s\\n' $banner
# What a shell adds by itself is dropped; bash adds _ and SHLVL to each command, so that another program has to.
_netctl_env=
[ -z "$${BASH_VERSION-}" ] || _netctl_env='/usr/bin/env -u _ -u SHLVL'
# Job control gives the neuron its own process group. In one group of commands, for between two commands at the top
# dash forgets a job that has already ended, and its exit code.
{
set -m
{
unset OLDPWD SHLVL
exec $$_netctl_env $command </dev/null >>$stdout 2>>$stderr
} &
_netctl_neuron=$$!
set +m
wait "$$_netctl_neuron"
_netctl_code=$$?
}
if [ -n "$$_netctl_stopping" ]; then
    wait "$$_netctl_neuron"
    _netctl_code=$$?
elif kill -s 0 -- "-$$_netctl_neuron" 2>/dev/null; then
    end_group
fi
trap - HUP INT QUIT TERM
case $$_netctl_code in
    $deadly) kill -"$$((_netctl_code - 128))" $$$$ ;;
esac
exit "$$_netctl_code"
"""
)

FORM = sha256(_SCRIPT.template.encode()).hexdigest()[:8]
"""Which script a launcher is made from: another netctl may have another one."""


_QUOTED = r"""(?:'[^']*'|"'"|[\w@%+=:,./-])*"""
_EXPORT = re.compile(rf"^export ([A-Za-z_]\w*)=({_QUOTED})$", re.MULTILINE | re.ASCII)
_CD = re.compile(rf"^cd ({_QUOTED}) \|\| exit 111$", re.MULTILINE | re.ASCII)
_COMMAND = re.compile(rf"^exec \$_netctl_env ((?:{_QUOTED} )+)</dev/null >>", re.MULTILINE | re.ASCII)
_WORD = re.compile(rf"({_QUOTED}) ", re.ASCII)
_PART = re.compile(r"""'([^']*)'|"(')"|([^'"]+)""")


@dataclass(frozen=True, slots=True)
class Launcher:
    """What a session starts. `environ` is all that the program gets; PWD is added, it is `cwd`."""

    name: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]
    cwd: Path
    stdout: Path
    stderr: Path
    stop_signal: str = "TERM"
    grace_s: float = 10.0

    def __repr__(self) -> str:
        return f"Launcher({self.name!r}, {self.argv!r}, <{len(self.environ)} variables>, {str(self.cwd)!r})"


def script(launcher: Launcher) -> bytes:
    """The launcher as a POSIX shell script.

    The guardian that runs it ends the neuron's group when the session is told to end or tmux is gone: `stop_signal`,
    then after the grace KILL. It ends as the neuron ended, by code or by signal, for tmux to remember.
    """
    environ = {**launcher.environ, "PWD": str(launcher.cwd)}
    text = _SCRIPT.substitute(
        name=launcher.name,
        exports=_exports(environ),
        cwd=shlex.quote(str(launcher.cwd)),
        stop_signal=launcher.stop_signal,
        tenths=max(1, round(launcher.grace_s * 10)),
        banner=shlex.quote(f"{launcher.name} runs here; it writes to {launcher.stdout}. Ctrl-b d leaves."),
        command=_words(launcher.argv),
        stdout=shlex.quote(str(launcher.stdout)),
        stderr=shlex.quote(str(launcher.stderr)),
        deadly=_DEADLY,
    )
    return text.encode()


def _exports(environ: Mapping[str, str]) -> str:
    return "\n".join(f"export {key}={shlex.quote(value)}" for key, value in sorted(environ.items()))


def _words(argv: Sequence[str]) -> str:
    return " ".join(shlex.quote(word) for word in argv)


@dataclass(frozen=True, slots=True)
class Written:
    """What a launcher on disk starts: its words, its whole environment with PWD, its working directory."""

    argv: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)
    cwd: str


def read_back(text: str) -> Written | None:
    """The reverse of `script`; None for what it did not write."""
    cd, command = _CD.search(text), _COMMAND.search(text)
    if cd is None or command is None:
        return None
    exports = _EXPORT.findall(text, 0, cd.start())
    words = tuple(_unquoted(word) for word in _WORD.findall(command[1]))
    return Written(words, {name: _unquoted(value) for name, value in exports}, _unquoted(cd[1]))


def _unquoted(word: str) -> str:
    return "".join("".join(part) for part in _PART.findall(word))
