"""Rotating logs while real processes write to them by redirection: every byte is there once, in its place."""

from __future__ import annotations

import gzip
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netctl.logs import LogFile, LogPolicy, last_lines, last_words, logfile, rotate_due
from netctl.logs.archives import Layout, State, folder_of, listing
from netctl.ports import SessionFacts
from netctl.probes.logfiles import Reading, Sought, look_at
from tests.files.conftest import a_fleet
from tests.logs.writing import lines
from tests.sessions.conftest import wait_until


def has_line(log: Path, pattern: str, offset: int) -> bool:
    reading = Reading(offset)
    look_at(str(log), reading, (Sought(pattern, once=True),), started_at=None, now=2e9)
    return pattern in reading.seen


SMALL = LogPolicy(rotate_bytes=1_000_000, keep=1000)
ROOT = Path(__file__).parents[2]
COUNT = 30_000


@contextmanager
def a_writer(log: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that writes to a log as a neuron does: the shell opens it to append, and the process inherits it."""
    program = f'exec "{sys.executable}" -m tests.logs.writing {" ".join(words)} >>"{log}"'
    process = subprocess.Popen(["/bin/sh", "-c", program], cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def rotate_while_it_writes(log: Path, count: int) -> int:
    """Rotate again and again until the writer is done; returns how many times something was archived."""
    rotations = 0
    with a_writer(log, str(count)) as writer:
        while writer.poll() is None:
            done = rotate_due([log], SMALL)
            assert [each.problem for each in done if each.problem] == []
            rotations += len(done)
        assert writer.returncode == 0
    return rotations


def assert_whole(log: Path, count: int) -> None:
    written = b"".join(lines(count))
    assert LogFile(log).end() == len(written)
    assert LogFile(log).read(0, len(written) + 1) == written


def test_nothing_is_lost_doubled_or_torn_where_the_beginning_can_be_taken_out(disk: Path) -> None:
    log = disk / "miner_1.log"
    assert rotate_while_it_writes(log, COUNT) >= 2
    assert_whole(log, COUNT)
    assert log.stat().st_size < LogFile(log).end() - SMALL.rotate_bytes
    assert {archive.state for archive in listing(folder_of(log))} == {State.WHOLE}


def test_nothing_is_lost_doubled_or_torn_where_it_can_become_a_hole(memory: Path) -> None:
    log = memory / "miner_1.log"
    assert rotate_while_it_writes(log, COUNT) >= 2
    assert_whole(log, COUNT)
    assert log.stat().st_blocks * 512 < LogFile(log).end() - SMALL.rotate_bytes
    assert listing(folder_of(log))[-1].state is State.KEPT


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("folder", ["disk", "memory"])
def test_nothing_is_lost_of_eighty_megabytes(folder: str, request: pytest.FixtureRequest) -> None:
    log = request.getfixturevalue(folder) / "miner_1.log"
    assert rotate_while_it_writes(log, 400_000) >= 10
    assert_whole(log, 400_000)


def test_a_file_system_that_can_do_neither_is_emptied_when_nothing_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netctl.logs.cutting.punch", lambda *_: False)
    log = tmp_path / "miner_1.log"
    rotations = 0
    with a_writer(log, "40000") as writer:
        # Between the last look and the emptying a byte can come, and be lost: the writer is held still for it.
        while writer.poll() is None:
            writer.send_signal(signal.SIGSTOP)
            rotations += len(rotate_due([log], SMALL))
            writer.send_signal(signal.SIGCONT)
            time.sleep(0.01)
    assert rotations >= 2
    assert_whole(log, 40_000)
    assert log.stat().st_size < LogFile(log).end()


def test_what_nobody_writes_to_is_renamed(tmp_path: Path) -> None:
    log = tmp_path / "miner_1.log"
    for number in range(2):
        with log.open("ab") as file:
            file.writelines(lines(20_000))
        assert [each.archived for each in rotate_due([log], SMALL, idle=[log])] == [log_length()]
        assert (log.stat().st_size, log.stat().st_mode & 0o777) == (0, 0o600)
        assert len(listing(folder_of(log))) == number + 1
    assert LogFile(log).read(0, 10**9) == b"".join(lines(20_000)) * 2


def log_length() -> int:
    return sum(map(len, lines(20_000)))


def test_archives_are_plain_gzip_of_the_range_in_their_names_and_nobody_elses_to_read(tmp_path: Path) -> None:
    log = tmp_path / "miner_1.log"
    rotate_while_it_writes(log, 20_000)
    written = b"".join(lines(20_000))
    found = listing(folder_of(log))
    assert found
    for archive in found:
        assert gzip.decompress(archive.path.read_bytes()) == written[archive.begin : archive.end]
        assert archive.path.stat().st_mode & 0o777 == 0o600
        assert archive.path.name.startswith(f"{archive.begin:015}-{archive.end:015}")
    assert folder_of(log).stat().st_mode & 0o777 == 0o700


def test_the_oldest_archives_go_and_offsets_stay(tmp_path: Path) -> None:
    log = tmp_path / "miner_1.log"
    with log.open("ab") as file:
        for number in range(6):
            file.write(b"%d\n" % number * 50_000)
            file.flush()
            rotate_due([log], LogPolicy(90_000, keep=2))
    assert len(listing(folder_of(log))) == 2
    found = LogFile(log).layout()
    assert found.begin > 200_000
    assert LogFile(log).end() == 600_000
    assert LogFile(log).read(500_000, 4) == b"5\n5\n"
    assert LogFile(log).read(0, 2) == b""
    assert next(LogFile(log).chunks(0))[0] == found.begin


def test_a_log_at_rest_costs_two_looks(tmp_path: Path) -> None:
    log = tmp_path / "miner_1.log"
    log.write_text("x\n")
    assert rotate_due([log, tmp_path / "none.log"], SMALL) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["miner_1.log"]


def _session(**labels: str) -> SessionFacts:
    return SessionFacts("miner_2", "x", None, None, 1, None, 0, labels)


def test_a_run_is_found_again_after_rotation(tmp_path: Path) -> None:
    """Its label was set before, and what it says now lies in archives, in the live file, or across both."""
    fleet = a_fleet(tmp_path)
    log = tmp_path / "logs" / "miner_2.log"
    log.parent.mkdir()
    log.write_bytes(b"Miner starting: the first run\n" + b"y" * 1_500_000 + b"\n")
    label = str(LogFile(log).end())
    with log.open("ab") as file:
        file.write(b"Miner \x1b[1mstarting\x1b[0m: the second run\n" + b"z" * 1_200_000 + b"\nits end\n")
    rotate_due([log], SMALL)
    assert log.stat().st_size < 100_000
    assert has_line(log, "starting: the second run", int(label))
    assert not has_line(log, "starting: the first run", int(label))
    assert has_line(log, "starting: the first run", 0)
    assert last_words(fleet, _session(log_offset=label)) == "its end"
    after = str(LogFile(log).end())
    assert last_words(fleet, _session(log_offset=after)) == ""
    assert not has_line(log, "its end", int(after))


@pytest.mark.parametrize("folder", ["disk", "memory"])
def test_a_rotation_waits_for_who_has_looked_and_not_read_yet(
    folder: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rotation comes just between a reader's look at where things lie and its reading there."""
    log = request.getfixturevalue(folder) / "miner_1.log"
    written = b"".join(lines(19_000))
    log.write_bytes(written)
    monkeypatch.setattr("netctl.logs.rotation.LOCK_PATIENCE_S", 0.05)
    original = logfile.layout
    rotations = []

    def look(path: Path, live: int | None) -> Layout:
        found = original(path, live)
        if not rotations:
            rotations.append(rotate_due([log], SMALL))
        return found

    monkeypatch.setattr("netctl.logs.logfile.layout", look)
    assert LogFile(log).read(1_000_000, 100_000) == written[1_000_000:1_100_000]
    assert rotations == [[]]
    rotate_due([log], SMALL)
    assert LogFile(log).read(0, 10**9) == written
    assert [archive.state for archive in listing(folder_of(log))] in ([State.WHOLE], [State.KEPT])


def _limited(limit: int) -> Callable[[], None]:
    def limit_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return limit_files


PROGRAM = """
import sys; from pathlib import Path; from netctl.logs import LogPolicy, rotate_due
print([(each.archived, each.problem) for each in rotate_due([Path(sys.argv[1])], LogPolicy(1_000_000, 5))])
"""


def test_a_disk_that_takes_no_archive_leaves_the_log_as_it_is(tmp_path: Path) -> None:
    """Writing beyond the limit of a process fails as on a full disk, in the middle of an archive."""
    log = tmp_path / "miner_1.log"
    content = os.urandom(3_000_000)
    log.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(log)],
        preexec_fn=_limited(500_000),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout == "[(0, 'File too large')]\n"
    assert LogFile(log).read(0, 10**9) == content
    assert len(list(folder_of(log).iterdir())) <= 1
    assert rotate_due([log], SMALL)[0].archived > 2_900_000
    assert LogFile(log).read(0, 10**9) == content


@pytest.mark.slow
def test_a_full_disk_is_survived_and_what_came_meanwhile_is_there() -> None:
    """A tmpfs of 4 MB of its own, which only a user namespace may mount here."""
    program = f"""
mount -t tmpfs -o size=4m none /mnt || exit 77
exec "{sys.executable}" - <<'END'
import os; from pathlib import Path; from netctl.logs import logfile
from netctl.logs import LogFile, LogPolicy, rotate_due
log, ballast = Path("/mnt/a.log"), Path("/mnt/ballast")
content = os.urandom(1_500_000)
log.write_bytes(content)
ballast.write_bytes(b"x" * 2_000_000)
done = rotate_due([log], LogPolicy(1_000_000, 5))
assert done[0].problem == "No space left on device", done
assert LogFile(log).read(0, 10**9) == content
ballast.unlink()
done = rotate_due([log], LogPolicy(1_000_000, 5))
assert done[0].archived > 1_400_000, done
assert LogFile(log).read(0, 10**9) == content
END
"""
    done = subprocess.run(
        ["unshare", "-Urm", "/bin/sh", "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no file system of one's own here: {done.stderr}")
    assert done.returncode == 0, done.stderr


def test_an_archive_that_is_no_gzip_is_passed_over(tmp_path: Path) -> None:
    log = tmp_path / "miner_1.log"
    log.write_bytes(b"".join(lines(19_000)))
    rotate_due([log], SMALL)
    found = listing(folder_of(log))[0]
    found.path.write_bytes(b"not gzip at all")
    assert LogFile(log).read(0, 10**9) == b"".join(lines(19_000))[found.end :]
    assert last_lines(log, 1) == ["".join(line.decode() for line in lines(19_000)).split("\n")[-2]]


def test_a_log_that_somebody_cut_off_begins_anew(memory: Path) -> None:
    log = memory / "miner_1.log"
    log.write_bytes(b"".join(lines(20_000)))
    rotate_due([log], SMALL)
    os.truncate(log, 0)
    archived = LogFile(log).end()
    with log.open("ab") as file:
        file.write(b"anew\n")
    assert LogFile(log).read(archived, 10**9) == b"anew\n"
    rotate_due([log], SMALL)
    with log.open("ab") as file:
        file.write(b"y" * 3_000_000)
    assert LogFile(log).read(archived, 10) == b"anew\nyyyyy"


def test_two_rotations_at_once_do_no_harm(tmp_path: Path) -> None:
    log = tmp_path / "miner_1.log"
    again = "for _ in range(60): rotate_due([Path(sys.argv[1])], LogPolicy(200_000, 1000)); time.sleep(0.01)"
    code = f"{PROGRAM}\nimport time\n{again}\n"
    with a_writer(log, "20000", "300", "0.01") as writer:
        wait_until(log.exists, "the writer begins")
        rotators = [subprocess.Popen([sys.executable, "-c", code, str(log)], cwd=ROOT) for _ in range(2)]
        assert [each.wait(timeout=60) for each in rotators] == [0, 0]
        writer.wait(timeout=60)
    assert_whole(log, 20_000)
