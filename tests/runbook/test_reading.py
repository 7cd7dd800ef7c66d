"""Runbooks as values; and every fault with its line, all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.errors import ProfileError
from netctl.runbook.reading import read_runbook
from tests.runbook.texts import WHOLE, read, sh, steps_of

pytestmark = pytest.mark.fast


def test_a_whole_runbook_is_read(tmp_path: Path) -> None:
    found = read(WHOLE, tmp_path, "day2")
    assert (found.name, found.title, found.profile) == ("day2", "The day: four miners", "profiles/day2.yaml")
    assert found.needs == "about 15 minutes"
    assert found.intro == "What it is for.\n\n- a plain list, no step"
    assert [(part.number, part.title, len(part.steps)) for part in found.parts] == [
        (1, "Morning", 2),
        (2, "Evening", 1),
    ]
    named = [(step.id, step.slug, step.title) for step in found.steps]
    assert named[0] == ("1.1", "create-the-wallets", "09:15 Create the wallets")
    assert named[2] == ("2.1", "go-home", "18:00 to 19:00 Go home")
    assert [step.tags for step in found.steps] == [{"optional", "spends"}, {"decide", "rehearsal"}, {"public"}]
    assert found.steps[2].by_hand
    assert not found.steps[0].by_hand


def test_a_step_has_its_lines_and_its_paragraphs_each_in_its_place(tmp_path: Path) -> None:
    step = read(WHOLE, tmp_path).steps[0]
    assert [(command.text, command.kind, command.line) for command in step.commands] == [
        ('export COLOUR="light blue"', "export", 33),
        ("netctl wallet create --json   # another", "netctl", 36),
        ("echo $COLOUR | cat", "shell", 38),
        ("netctl fleet up $PROFILE", "netctl", 49),
    ]
    assert [command.words for command in step.commands] == [
        ("COLOUR", "light blue"),
        ("wallet", "create", "--json"),
        (),
        ("fleet", "up", "$PROFILE"),
    ]
    assert [command.spends for command in step.commands] == [False, False, False, True]
    assert step.expects == ("a coldkey\nfor every neuron.", "exit 0, 1 or 7: as it happens.")
    assert step.good_codes == {0, 1, 7}
    assert step.prose[:2] == ("goes on in the first paragraph", "Why, in a sentence.")
    assert step.prose[2:] == (
        "- a list\n- of two",
        "| a | table |\n|---|-------|\n| 1 | 2     |",
        "```yaml\nshown: only\n```",
    )
    assert step.advice == "`netctl doctor` says.\n\n```sh\nnetctl doctor\n```\n\nExpect: this is advice still."
    assert [command.text for command in step.advised] == ["netctl doctor"]


def test_a_wait_and_a_question_are_read(tmp_path: Path) -> None:
    step = read(WHOLE, tmp_path).steps[1]
    assert step.wait is not None
    assert (step.wait.seconds, step.wait.why) == (5400.0, "until it has settled.")
    assert step.question == "is it well?"


@pytest.mark.parametrize(
    ("line", "spends"),
    [
        ("netctl fleet up profiles/day2.yaml --dry-run", False),
        ("netctl fleet plan", False),
        ("netctl fund", False),
        ("netctl wallet create", False),
        ("netctl fleet up", True),
        ("netctl register --stagger", True),
        ("netctl stake validator_1", True),
        ("netctl fund --from bank", True),
        ("netctl fund --from=bank", True),
    ],
)
def test_a_line_that_may_pay_wants_its_step_to_say_so(line: str, spends: bool, tmp_path: Path) -> None:
    assert (
        read(steps_of(sh("A", line).replace("**A**", "**A** `spends`")), tmp_path).steps[0].commands[0].spends == spends
    )
    if not spends:
        read(steps_of(sh("A", line)), tmp_path)
        return
    with pytest.raises(ProfileError, match="1 fault") as refused:
        read(steps_of(sh("A", line)), tmp_path)
    assert "may pay" in refused.value.faults[0].message


STEP = "# T\n\n- [ ] **A**"
FAULTS = [
    ("", 1, "no title"),
    ("# T\n", 1, "no step"),
    ("# T\n# U\n\n- [ ] **A**\n", 2, "a second title"),
    ("---\nneeds: x\n\n# T\n\n- [ ] **A**\n", 1, "never closed"),
    ("---\nneds: x\n---\n# T\n\n- [ ] **A**\n", 2, "unknown key `neds`"),
    ("---\n\nneeds: [a]\n---\n# T\n\n- [ ] **A**\n", 3, "expected one line of text"),
    ("---\nneeds: {\n---\n# T\n\n- [ ] **A**\n", 3, ""),
    ("# T\n\n- [ ] A\n", 3, "without a title"),
    ("# T\n\n- [ ]\n- [ ] **A**\n", 3, "without a title"),
    (f"{STEP} `spend`\n", 3, "unknown tag `spend`"),
    (f"{STEP} `spends` `spends`\n", 3, "tag `spends` twice"),
    (f"{STEP} really\n", 3, "'really' behind the title is no tag"),
    (f"{STEP} `public` `rehearsal`\n", 3, "never be done"),
    (f"{STEP} `decide`\n", 3, "without a question"),
    (f"{STEP}\n\n  Decide: well?\n", 5, "nobody is asked"),
    (f"{STEP}\n- [ ] **10:00 a**\n", 4, "the same name as the step in line 3"),
    ("# T\n\n- [ ] **...**\n", 3, "no letter or digit"),
    ("# T\n\n1. [ ] **A**\n", 3, "numbered list"),
    ("# T\n\n- x\n  - [ ] **A**\n\n- [ ] **B**\n", 4, "below another item"),
    (f"{STEP}\n\n  - [ ] **B**\n", 5, "a check box inside a step"),
    (f"{STEP}\n\n  Wait: soon\n", 5, "no duration"),
    (f"{STEP}\n\n  Wait: 5m\n\n  Wait: 6m\n", 7, "a second Wait"),
    (f"{STEP}\n\n  ```sh\n  true\n  ```\n\n  Expect exit maybe: x\n", 9, "no exit codes"),
    (f"{STEP}\n\n  ```sh\n  true\n  ```\n\n  Expect exit 1: x\n\n  Expect exit 2: y\n", 11, "a second time"),
    (f"{STEP}\n\n  Expect exit 1: x\n", 3, "exit codes without a command"),
    (f"{STEP}\n\n  Expected: x\n", 5, "'Expected' has no meaning"),
    (f"{STEP}\n\n  If it fails: x\n", 5, "has no meaning"),
    (f"{STEP}\n\n  Expect: x\n  If this fails: y\n", 6, "inside another paragraph"),
    (f"{STEP}\n\nExpect: x\n", 5, "belongs to no step"),
    (f"{STEP}\n\n```sh\ntrue\n```\n", 5, "below no step"),
    (f"{STEP}\n\n  ```sh\n  true\n\n- [ ] **B**\n", 5, "never closed"),
    (f"{STEP}\n\n  ```bash\n  true\n  ```\n", 5, "`bash` is not run"),
    (f"{STEP}\n\n  - x\n\n    ```sh\n    true\n    ```\n", 7, "inside a list"),
    (f"{STEP}\n\n      ```sh\n      true\n      ```\n", 5, "indented too far"),
    (f"{STEP}\n\n  ```sh\n  true\n  netctl status | cat\n  ```\n", 7, "the shell's `|`"),
    (f"{STEP}\n\n  ```sh\n  netctl status && netctl why\n  ```\n", 6, "the shell's `&&`"),
    (f"{STEP}\n\n  ```sh\n  netctl logs $(date)\n  ```\n", 6, "the shell's `$(`"),
    (f"{STEP}\n\n  ```sh\n  netctl logs 'a\n  ```\n", 6, "cannot be told apart"),
    (f"{STEP}\n\n  ```sh\n  netctl logs ${{A:-b}}\n  ```\n", 6, "${A:-b} is not expanded"),
    (f"{STEP}\n\n  ```sh\n  netctl logs $API_KEY\n  ```\n", 6, "$API_KEY is a secret"),
    (f"{STEP}\n\n  ```sh\n  export API_TOKEN=x\n  ```\n", 6, "API_TOKEN is a secret"),
    (f"{STEP}\n\n  ```sh\n  export A\n  ```\n", 6, "not one variable"),
    (f"{STEP}\n\n  ```sh\n  export A=1 B=2\n  ```\n", 6, "not one variable"),
    (f"{STEP}\n\n  ```sh\n  cd /tmp\n  ```\n", 6, "`cd` changes nothing"),
    (f"{STEP}\n\n  ```sh\n  yes | netctl fleet up\n  ```\n", 6, "a line of the shell's that may pay"),
]


@pytest.mark.parametrize(("text", "line", "message"), FAULTS, ids=[f"{m}-{n}" for n, (_, _, m) in enumerate(FAULTS)])
def test_a_fault_has_its_line(text: str, line: int, message: str, tmp_path: Path) -> None:
    with pytest.raises(ProfileError) as refused:
        read(text, tmp_path)
    assert refused.value.exit_code == 2
    assert [fault.line for fault in refused.value.faults if message in fault.message][:1] == [line]
    assert len(refused.value.faults) <= 2


def test_all_faults_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "---\nneds: x\n---\n" + steps_of(sh("A `b`", "cd x", "netctl status | cat"), "B", "**C** `d`")
    with pytest.raises(ProfileError, match="5 faults") as refused:
        read(text, tmp_path)
    lines = [fault.line for fault in refused.value.faults]
    assert lines == sorted(lines, key=lambda line: line or 0)


@pytest.mark.parametrize(
    "line",
    [
        "netctl logs --grep 'a | b' && true",
        "netctl logs --grep 'a | b' \"c; d\" e\\;f",
        "netctl logs x#y",
        'netctl logs "${NAME}" $OTHER',
        "netctl wallet list --hotkey $MY_HOTKEY",
    ],
)
def test_what_is_quoted_is_no_operator(line: str, tmp_path: Path) -> None:
    text = steps_of(sh("A", line))
    if "&&" in line:
        with pytest.raises(ProfileError, match="1 fault"):
            read(text, tmp_path)
    else:
        read(text, tmp_path)


@pytest.mark.parametrize(("content", "message"), [(b"# T\n\xff", "not UTF-8"), (b"x" * 1_000_001, "larger than")])
def test_a_file_that_is_no_text_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "book.md"
    path.write_bytes(content)
    with pytest.raises(ProfileError) as refused:
        read_runbook(path)
    assert message in refused.value.faults[0].message


def test_a_missing_file_and_windows_line_ends(tmp_path: Path) -> None:
    with pytest.raises(ProfileError) as refused:
        read_runbook(tmp_path / "none.md")
    assert "cannot be read" in refused.value.faults[0].message
    (tmp_path / "dos.md").write_bytes(WHOLE.replace("\n", "\r\n").encode())
    assert read_runbook(tmp_path / "dos.md").steps == read(WHOLE, tmp_path).steps
