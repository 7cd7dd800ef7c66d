"""Arguments, environment and the format of the log."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from pwd import getpwuid

import pytest
from bittensor import config

from netctl.rehearsal.arguments import parse_arguments
from netctl.rehearsal.logformat import SUCCESS, RESIFormatter
from netctl.rehearsal.pace import EnvironmentFault, read_surroundings

pytestmark = pytest.mark.fast
# The pattern with which RESI's own logs are read, colours stripped.
RESI_LINE = re.compile(
    r"^(?P<ts>[\d-]+ [\d:.]+) \|\s*(?P<level>[A-Z]+)\s*\| (?:(?P<logger>\S+?):(?P<file>\S+\.py):(?P<line>\d+) \| )?"
    r"(?P<msg>.*)$"
)


def test_usual_arguments_are_read_and_unknown_ones_ignored() -> None:
    argv = ["--netuid", "428", "--subtensor.network", "ws://127.0.0.1:1", "--axon.port", "9001"]
    argv += ["--use_uploader", "--wandb.off"]
    found = parse_arguments(argv, "test")
    assert (found.netuid, found.network, found.axon_port) == (428, "ws://127.0.0.1:1", 9001)
    assert found.axon_external_port == 9001
    assert found.bind_host == "127.0.0.1"
    assert parse_arguments(["--axon.external_ip", "10.0.0.1"], "test").bind_host == "0.0.0.0"


def test_a_seed_of_zero_is_a_seed() -> None:
    seeded, unseeded = (parse_arguments(argv, "test") for argv in (["--neuron.seed", "0"], []))
    bare, named = (read_surroundings(environ) for environ in ({}, {"REHEARSAL_NAME": "miner_1"}))
    assert seeded.own_seed("5A", bare) == seeded.own_seed("5B", named) == "0"
    assert unseeded.own_seed("5A", bare) != unseeded.own_seed("5B", bare)
    assert unseeded.own_seed("5A", named) == unseeded.own_seed("5B", named)


def test_sixty_times_the_pace_makes_five_seconds_of_five_minutes() -> None:
    found = read_surroundings({"MINER_EVAL_PERIOD_MINUTES": "5", "REHEARSAL_TIME_SCALE": "60"})
    assert found.pace.wall(found.pace.eval_period_s) == 5.0
    assert found.premium_weight == 4.0
    assert read_surroundings({}).pace.wall(1.0) == 1.0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("REHEARSAL_TIME_SCALE", "0"),
        ("REHEARSAL_TIME_SCALE", "fast"),
        ("MINER_EVAL_PERIOD_MINUTES", "-5"),
        ("REHEARSAL_PREMIUM_WEIGHT", "inf"),
        ("REHEARSAL_WORLD_SEED", "x"),
    ],
)
def test_a_variable_that_is_no_number_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(EnvironmentFault, match=f"{name}.*{text}"):
        read_surroundings({name: text})


@pytest.mark.parametrize("places", [True, False])
def test_a_log_line_is_formatted_as_the_real_ones(places: bool) -> None:
    logging.addLevelName(SUCCESS, "SUCCESS")
    record = logging.LogRecord("x", SUCCESS, "/a/scorer.py", 247, "Evaluated Miner %d.", (1,), None)
    line = RESIFormatter(places=places).format(record)
    assert "\x1b[1m\x1b[32m    SUCCESS     \x1b[39m\x1b[49m\x1b[0m | " in line
    found = RESI_LINE.match(re.sub(r"\x1b\[[0-9;]*m", "", line))
    assert found is not None
    assert (found["level"], found["msg"]) == ("SUCCESS", "Evaluated Miner 1.")
    assert (found["logger"], found["file"], found["line"]) == (
        ("bittensor", "scorer.py", "247") if places else (None, None, None)
    )


def test_the_sdk_in_tests_keeps_nothing_in_the_users_home() -> None:
    """It binds these paths when it is imported, which the conftest of this directory does."""
    home = Path(getpwuid(os.getuid()).pw_dir)
    assert not config.DEFAULT_TOKEN_SYMBOLS_PATH.is_relative_to(home)
