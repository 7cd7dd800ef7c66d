"""Every netctl line that a document tells people to type is one that the real command line takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spelled import REPOSITORY, Spelled, fault_of, spelled, spelled_in_comments

pytestmark = pytest.mark.fast

PAGES = ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "runbooks/**/*.md", "profiles/*.yaml")
DOCUMENTS = sorted(page for pattern in PAGES for page in REPOSITORY.glob(pattern))


def _commands(document: Path) -> list[Spelled]:
    text = document.read_text(encoding="utf-8")
    return list(spelled(text) if document.suffix == ".md" else spelled_in_comments(text))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_netctl_line_is_one_that_netctl_takes(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    faults = [
        f"{document.relative_to(REPOSITORY)}:{command.line}: {command}: {fault}"
        for command in _commands(document)
        if (fault := fault_of(command)) is not None
    ]
    assert not faults, "\n".join(faults)


def test_lines_are_found() -> None:
    found = {str(document.relative_to(REPOSITORY)): len(_commands(document)) for document in DOCUMENTS}
    assert sum(found.values()) > 300
    for document in ("README.md", "docs/embedded-chain.md", "docs/chaos.md", "profiles/day2.yaml"):
        assert found[document] > 1, document


WRONG = """# A page

```sh
netctl status --wath
netctl statsu
netctl why
netctl attach miner_1 miner_2
netctl check --group minumum
netctl check --wait soon
netctl register --stagger 30s --withn 4h
netctl status | head; netctl run lst
netctl fleet up profiles/day3.yaml \\
  --rehearse
cat log | netctl signals test - --pack resi
```

- [ ] **A step**

  ```sh
  netctl chain mine many
  ```

A sentence that says `netctl fleet pu`, and one with `netctl logs --sinc 10m`.
"""

RIGHT = """---
needs: a minute
---

```sh
netctl register --stagger
netctl register --stagger miner_3
netctl register miner_3 --stagger 30s --within 4h --dry-run
netctl --version
UV_TORCH_BACKEND=cpu netctl neurons install > done.txt
netctl logs --debug miner_1 2>&1 | grep netctl
# netctl nothing
```

What `netctl attach` is for; `netctl check --wait TIME`, `netctl logs -n N`, `netctl chaos`, `netctl logs ... | head`.
"""


def test_a_wrong_line_is_named_by_its_line() -> None:
    found = [(command.line, fault_of(command)) for command in spelled(WRONG)]
    told = {line: fault for line, fault in found if fault is not None}
    assert sorted(told) == [4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 20, 23]
    assert told[4].startswith("No such option: --wath")
    assert told[5] == "no command 'statsu'"
    assert "Missing argument 'NEURON'" in told[6]
    assert "unexpected extra argument" in told[7]
    assert "'minumum' is not one of" in told[8]
    assert told[9] == "'soon' is not a duration"
    assert told[12] == "no file profiles/day3.yaml"
    assert "Missing option '--role'" in told[14]
    assert len([fault for line, fault in found if line == 23 and fault]) == 2


def test_a_right_line_is_left_alone() -> None:
    commands = list(spelled(RIGHT))
    assert [(str(command), fault_of(command)) for command in commands] == [(str(each), None) for each in commands]
    assert Spelled(6, ("register", "--stagger")) in commands
    assert Spelled(10, ("neurons", "install")) in commands
    assert len([command for command in commands if command.inline]) == 5
