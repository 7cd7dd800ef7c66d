"""Runbooks for tests, and a short way to write one."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

from netctl.runbook.model import Runbook
from netctl.runbook.reading import read_runbook

WHOLE = """\
---
profile: profiles/day2.yaml
needs: about 15 minutes
---

# The day: `four` miners

What it is for.

- a plain list, no step

## Before

Nothing is done here.

## Morning

Text between steps.

- [ ] **09:15 Create the `wallets`** `optional` `spends`
  goes on in the first paragraph

  Why, in a sentence.

  - a list
  - of two

  | a | table |
  |---|-------|
  | 1 | 2     |

  ```sh
  export COLOUR="light blue"
  # a comment

  netctl wallet create \\
    --json   # another
  echo $COLOUR | cat
  ```

  ```yaml
  shown: only
  ```

  Expect: a coldkey
  for every neuron.

  ```sh
  netctl fleet up $PROFILE
  ```

  Expect exit 0, 1 or 7: as it happens.

  If this fails: `netctl doctor` says.

  ```sh
  netctl doctor
  ```

  Expect: this is advice still.

- [x] **Look** `decide` `rehearsal`

  Wait: 1h30m, until it has settled.

  Decide: is it well?

## Evening

1. a numbered list

- [ ] **18:00 to 19:00 Go home** `public`
"""


def steps_of(*bodies: str) -> str:
    """A runbook of steps with these bodies; a body's first line is the step's first line."""
    items = []
    for body in bodies:
        first, _, rest = dedent(body).strip("\n").partition("\n")
        items.append(f"- [ ] {first}\n{indent(rest, '  ', lambda line: bool(line.strip()))}\n")
    return "# A title\n\n" + "\n".join(items)


def sh(title: str, *lines: str, more: str = "") -> str:
    """The body of a step that runs these lines."""
    text = "\n".join(lines)
    return f"**{title}**\n\n```sh\n{text}\n```\n\n{dedent(more)}"


def read(text: str, folder: Path, name: str = "book") -> Runbook:
    """The runbook of a text, through a file."""
    path = folder / f"{name}.md"
    path.write_text(text, encoding="utf-8")
    return read_runbook(path)
