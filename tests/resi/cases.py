"""For every setting of the pack: what is seen with it, and what goes wrong without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.resi import drawn, installed, launched, whole
from tests.resi.covered import covered
from tests.resi.launched import (
    BEGUN,
    NO_JOB,
    ONE_JOB,
    Seen,
    announces,
    announces_the_proxy,
    begins_or,
    owns_its_port,
    pair,
    says,
)
from tests.resi.probed import HOUR_S, NOTHING, STRANGER, UNKNOWN_SCRAPER, allowed, hangs, probed

RECORD = (("logging.record_log", None),)
NOWHERE = "looks everywhere"
UNSEEN = "^(?!.*axon port)"
TODAYS = "bittensor==9.9.0"
"""Installed without a date: what it leaves open comes in today's releases."""


@dataclass(frozen=True)
class Case:
    """`seen` with the whole pack holds `good`, and without the setting `bad`: regular expressions both."""

    seen: Seen
    good: str
    bad: str


def begins(role: str, bad: str, **changes: object) -> Case:
    """It comes to its work, or says why not."""
    return Case(begins_or(role, bad, **changes), BEGUN[role], bad)


def _either(role: str) -> dict[str, Case]:
    """What both roles are given."""
    at = f"roles.{role}"
    return {
        f"{at}.program": Case(drawn.loads, "taken", rf"refused: .*roles\.{role}\.program"),
        f"{at}.options.--netuid": begins(role, "is not registered on netuid 13"),
        f"{at}.options.--subtensor.network": begins(role, "ConnectionRefusedError"),
        f"{at}.options.--wallet.path": begins(role, "Keyfile at"),
        f"{at}.options.--wallet.name": begins(role, "wallets/default"),
        f"{at}.options.--wallet.hotkey": begins(role, "hotkeys/default"),
        f"{at}.options.--axon.port": Case(owns_its_port(role), "^listens there", "nobody listens there"),
        f"{at}.options.--axon.external_port": Case(
            announces_the_proxy(role), "^the proxy's port", "^the port that it listens on"
        ),
        f"{at}.options.--axon.external_ip": Case(announces(role), r"127\.0\.0\.7", "checkip"),
        f"{at}.options.--logging.logging_dir": begins(role, "FileNotFoundError", args=RECORD),
        f"{at}.directories.bittensor": begins(role, "FileNotFoundError", args=RECORD),
        f"{at}.env.PYTHONPATH": begins(role, "No module named"),
        f"{at}.ready_within": Case(allowed(role), "180 s", "60 s"),
        f"{at}.probes.axon": Case(probed(role, "axon", ahead_s=HOUR_S, taken=True), "is held by pid", NOTHING),
        f"{at}.owns.axon port": Case(drawn.by_hand(role, "--axon.port", "9"), "axon port 9", UNSEEN),
        f"{at}.owns.axon port.kind": Case(drawn.by_hand(role), "axon port 8091", "axon port /"),
        f"{at}.owns.axon port.default": Case(drawn.by_hand(role), "axon port 8091", UNSEEN),
    }


MINER: Mapping[str, Case] = {
    **_either("miner"),
    "roles.miner.options.--vpermit_rao_limit": Case(
        pair("MINER: Got new compressed", "MINER: Miner failed to respond", miner=True), "Got new", "failed to respond"
    ),
    "roles.miner.options.--s3_auth_url": Case(
        pair("passed S3 validation", "Could not access miner S3 data", miner=True), "passed", "Could not access"
    ),
    "roles.miner.options.--neuron.database_name": Case(launched.stands_elsewhere, "calculated", "no such table"),
    "roles.miner.options.--miner_upload_state_file": Case(launched.second_upload, "Uploaded 4", r"offset: 4"),
    "roles.miner.options.--neuron.scraping_config_file": Case(
        says("miner", "Scraping 59001", "Scraping 11208", strategy=NO_JOB), "59001", "11208"
    ),
    "roles.miner.files.scraping_config.json": begins("miner", "No such file or directory", strategy=NO_JOB),
    "roles.miner.files.scraping_config.json.when": Case(drawn.no_orders, "^everywhere", "^refused"),
    "roles.miner.directories.upload": Case(
        says("miner", "(offset: 4)", "Failed to save processed state", strategy=ONE_JOB), "offset: 4", "Failed to save"
    ),
    "roles.miner.seeds.dynamic_desirability/total.json": Case(
        says("miner", "Uploaded 4 records", "No jobs found from Gravity", strategy=ONE_JOB), "Uploaded", "No jobs found"
    ),
    "roles.miner.env.MINER_EVAL_PERIOD_MINUTES": Case(drawn.told(validator="5"), "miner_1 60", "not told"),
    "roles.miner.after_permits": Case(whole.refused_for_long, "Got to a", "not a validator"),
    "roles.miner.owns.database": Case(
        drawn.by_hand("miner", "--neuron.database_name=a.db"), "database /.*/neurons/a.db", "^(?!.*database)"
    ),
    "roles.miner.owns.database.default": Case(
        drawn.by_hand("miner"), "database /.*/neurons/SqliteMinerStorage.sqlite", "^(?!.*database)"
    ),
    "roles.miner.owns.upload state": Case(
        drawn.by_hand("miner", "--miner_upload_state_file", "/a.json"), "state /a_s3_partitioned.json", "^(?!.*state)"
    ),
    "roles.miner.owns.upload state.default": Case(drawn.by_hand("miner"), "upload state /", "^(?!.*state)"),
    "roles.miner.owns.upload state.root": Case(
        drawn.by_hand("miner"), "upload state /((?!neurons).)*/upload_utils/", "/neurons/upload_utils/"
    ),
    "roles.miner.owns.upload state.until": Case(drawn.by_hand("miner"), "state_file_s3", r"state_file\.json_s3"),
    "roles.miner.owns.upload state.add": Case(drawn.by_hand("miner"), "state_file_s3", "upload_utils/state_file;"),
    "roles.miner.vpermit_tao_limit.option": Case(drawn.limit, "here 300.0, on the testnet 300.0", "here 10000.0"),
    "roles.miner.vpermit_tao_limit.default": Case(drawn.limit, "on the testnet 300.0", "refused"),
    "roles.miner.probes.thread": Case(
        probed("miner", "thread", ahead_s=0, after="Exception in thread", args=UNKNOWN_SCRAPER),
        "Exception in thread",
        NOTHING,
    ),
    "roles.miner.probes.step": Case(
        probed("miner", "step", ahead_s=HOUR_S, after="Step:", trouble=hangs, args=(("neuron.epoch_length", "1"),)),
        r"in its log for \d+ min",
        NOTHING,
    ),
    "roles.miner.probes.silent": Case(
        probed("miner", "silent", ahead_s=HOUR_S, trouble=hangs), "nothing in its logs for", NOTHING
    ),
    "roles.miner.probes.announced": Case(
        probed("miner", "announced", ahead_s=HOUR_S, env={"BT_AXON_EXTERNAL_PORT": "9999"}), ":9999", NOTHING
    ),
    "roles.miner.ready.port": Case(whole.port_of_another("miner"), r"its port|port \d+ is taken", "ready"),
    "roles.miner.ready.axon_served": Case(whole.served_elsewhere, "its axon on the chain", "ready"),
}

VALIDATOR: Mapping[str, Case] = {
    **_either("validator"),
    "roles.validator.options.--vpermit_rao_limit": Case(launched.batch, "evaluates miners", "evaluates itself"),
    "roles.validator.options.--s3_auth_url": Case(
        pair("passed S3 validation", "Could not access miner S3 data", validator=True), "passed", "Could not access"
    ),
    "roles.validator.options.--wandb.off": begins("validator", "wandb: api_key not configured"),
    "roles.validator.options.--config": Case(launched.memo, "its own", "every other validator's"),
    "roles.validator.options.--logging.debug": Case(launched.traced, "does not", "^traces"),
    "roles.validator.files.bittensor.yaml": begins("validator", "Error loading config"),
    "roles.validator.files.shim/sitecustomize.py": Case(
        says("validator", "Evaluated Miner 0", "checkip.amazonaws.com"), "Evaluated", "checkip"
    ),
    "roles.validator.files.shim/sitecustomize.py.when": Case(
        begins_or("validator", "checkip.amazonaws.com", kind="custom", axon_ip="0.0.0.0"), "checkip", "running on step"
    ),
    "roles.validator.seeds.dynamic_desirability/total.json": Case(
        pair("passed S3 validation", "No jobs found from Gravity", validator=True), "passed", "No jobs found"
    ),
    "roles.validator.env.MINER_EVAL_PERIOD_MINUTES": Case(drawn.told(miner="5"), "validator_1 60", "not told"),
    "roles.validator.env.GIT_CEILING_DIRECTORIES": Case(launched.fetches, "leaves it", "fetches into"),
    "roles.validator.probes.thread": Case(
        probed("validator", "thread", ahead_s=0, after="Traceback", args=(("s3_results_path", None),)),
        "Exception in thread",
        NOTHING,
    ),
    "roles.validator.probes.step": Case(
        probed("validator", "step", ahead_s=HOUR_S, trouble=hangs), r"in its log for \d+ min", NOTHING
    ),
    "roles.validator.probes.registered": Case(
        probed("validator", "registered", ahead_s=HOUR_S, hotkey=STRANGER), "not registered on the chain", NOTHING
    ),
    "roles.validator.probes.weights": Case(
        probed("validator", "weights", ahead_s=2 * HOUR_S, trouble=hangs), "its last update on the chain is", NOTHING
    ),
    "roles.validator.ready.port": Case(whole.port_of_another("validator"), r"its port|port \d+ is taken", "ready"),
    "roles.validator.ready.log": Case(whole.dead_thread, "the line", "ready"),
}


def _strategy(name: str, *fields: str, everywhere: bool = False) -> dict[str, Case]:
    here = f"strategies.{name}"
    whole_one = "^everywhere.*[^y]$" if everywhere else "^zip:"
    found = {here: Case(drawn.orders(name), "^everywhere every \\[\\] $" if everywhere else whole_one, NOWHERE)}
    for field in fields:
        if field == "scrape_frequency":
            found[f"{here}.{field}"] = Case(drawn.orders(name), r"every \[(360|600)\]", r"every \[300\]")
        else:
            found[f"{here}.{field}"] = Case(drawn.orders(name), "^zip:", "^everywhere every")
    return found


SHARED: Mapping[str, Case] = {
    "rewrites.dynamic_desirability/total.json": Case(drawn.rewritten, "^clean", "^dirty"),
    "needs.code": Case(drawn.no_code, "needs the subnet's code", "starts .* /neurons/miner.py"),
    "needs.variables.RAPIDAPI_KEY": Case(launched.without_key, "blocked: RAPIDAPI_KEY", "lives, RAPIDAPI_KEY"),
    "needs.same.MINER_EVAL_PERIOD_MINUTES": Case(drawn.told(validator="5"), "should be the same", "not told"),
    "needs.present.neurons/miner.py": Case(drawn.lacks("neurons/miner.py"), "is missing", "starts"),
    "needs.present.scraping/zillow/zipcodes.csv": Case(
        drawn.lacks("scraping/zillow/zipcodes.csv"), "is missing", "starts"
    ),
    "needs.absent..env": Case(launched.with_dotenv(above=False), "blocked: .*in the way", "lives, RAPIDAPI_KEY"),
    "needs.absent..env.above": Case(launched.with_dotenv(above=True), "blocked: .*in the way", "lives, RAPIDAPI_KEY"),
    "zipcodes": Case(drawn.orders("mine", "33101"), "1 zipcode not in", "^refused"),
    "zipcodes.path": Case(drawn.loads, "taken", "refused"),
    "zipcodes.zipcode": Case(drawn.loads, "taken", "refused"),
    "zipcodes.rank": Case(drawn.orders("rural"), "^zip:99950 zip:59001 every", "^refused"),
    "zipcodes.city": Case(covered, "08701 in Lakewood NJ", "08701 in - NJ"),
    "zipcodes.state": Case(covered, "08701 in Lakewood NJ", "08701 in Lakewood -"),
    "zipcodes.tiers.t1": Case(covered, "08701 in .*, t1,", "08701 in .*, t2,"),
    "zipcodes.tiers.t2": Case(covered, "60629 in .*, t2,", "60629 in .*, t3,"),
    "zipcodes.tiers.t3": Case(covered, "02118 in .*, t3,", "02118 in .*, t4,"),
    "zipcodes.tiers.t4": Case(covered, "10001 in .*, t4,", "10001 in .*, none,"),
    "zipcodes.premium.zipcodes": Case(covered, "08701 in .*, premium: 2", "^refused: .*premium"),
    "zipcodes.premium.weight": Case(covered, "premium weighs 4.0", "premium weighs None"),
    "zipcodes.premium.others": Case(covered, "the rest 0.3", "the rest None"),
    "holdings.owned": Case(covered, "08701 in .*: 2 of", "^refused: .*holdings.owned"),
    "holdings.table": Case(covered, "08701 in .*: 2 of", "^refused: .*holdings.table"),
    "holdings.label": Case(covered, "08701 in .*: 2 of", "^refused: .*holdings.label"),
    "holdings.prefix": Case(covered, "08701 in .*: 2 of", "08701 in .*: nothing"),
    "holdings.bytes": Case(covered, "2 of 20 bytes", "2 of 0 bytes"),
    "holdings.time.column": Case(covered, "last 363600", "^refused: .*holdings.time.column"),
    **_strategy("organic", everywhere=True),
    **_strategy("everything", everywhere=True),
    **_strategy("premium", "target_zipcodes"),
    **_strategy("premium_focus", "target_zipcodes"),
    **_strategy("east_coast", "where", "scrape_frequency"),
    **_strategy("west_coast", "where", "scrape_frequency"),
    **_strategy("rural", "first_rank", "scrape_frequency"),
}

INSTALL: Mapping[str, Case] = {
    "install.commands.0": Case(installed.after(), "^9.9.0", "ended with 4"),
    "install.commands.1": Case(installed.after(), "^9.9.0", "No module named 'bittensor'"),
    "install.commands.2": Case(installed.after(TODAYS), "^9.9.0 base.py$", r"^9.9.0 base\..*\.so$"),
    "install.commands.3": Case(installed.after(TODAYS), "^9.9.0 base.py$", "No module named 'scalecodec"),
}

CASES: Mapping[str, Case] = {**SHARED, **INSTALL, **MINER, **VALIDATOR}
