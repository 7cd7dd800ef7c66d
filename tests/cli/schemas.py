"""The JSON shapes of the contract as JSON Schemas; fields may be added, none may go."""

from __future__ import annotations

from typing import Any

TAO = {"type": ["string", "null"], "pattern": r"^-?\d+\.\d{9}$"}
TEXT = {"type": "string"}
TEXT_OR_NULL = {"type": ["string", "null"]}
NUMBER_OR_NULL = {"type": ["number", "null"]}
COUNT_OR_NULL = {"type": ["integer", "null"]}
STATES = ["missing", "starting", "running", "exited", "killed", "stopped", "backoff", "unknown"]
SUPERVISOR_STATES = ["running", "starting", "dead", "missing", "idle", "off", "unknown"]
PHASES = ["wallets", "funding", "subnet", "registration", "stake", "files", "sessions"]


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


STATUS = _object(
    fleet=TEXT,
    rehearsal={"type": "boolean"},
    network=TEXT,
    netuid={"type": "integer"},
    block=COUNT_OR_NULL,
    observed_at={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
    sampled_at={"type": ["string", "null"], "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
    sample_age_s=NUMBER_OR_NULL,
    ok={"type": "boolean"},
    supervisor=_object(
        state={"enum": SUPERVISOR_STATES}, pid=COUNT_OR_NULL, uptime_s=NUMBER_OR_NULL, problem=TEXT_OR_NULL
    ),
    neurons=_list(
        _object(
            name=TEXT,
            role={"enum": ["miner", "validator"]},
            wallet=TEXT,
            hotkey=TEXT,
            coldkey_ss58=TEXT_OR_NULL,
            hotkey_ss58=TEXT_OR_NULL,
            uid=COUNT_OR_NULL,
            registered={"type": ["boolean", "null"]},
            deregistered={"type": ["boolean", "null"]},
            balance_tao=TAO,
            stake_tao=TAO,
            validator_permit={"type": ["boolean", "null"]},
            unheard=TEXT_OR_NULL,
            state={"enum": STATES},
            ready={"type": ["boolean", "null"]},
            pid=COUNT_OR_NULL,
            uptime_s=NUMBER_OR_NULL,
            restarts={"type": "integer"},
            exit_code=COUNT_OR_NULL,
            exit_signal=COUNT_OR_NULL,
            axon=TEXT_OR_NULL,
            log=TEXT,
            problem=TEXT_OR_NULL,
            clashes=_list(
                _object(
                    what=TEXT,
                    value=TEXT,
                    pid={"type": "integer"},
                    argv=_list(TEXT),
                    fleet=TEXT_OR_NULL,
                    session=TEXT_OR_NULL,
                )
            ),
            drift=_list(
                _object(
                    what={"enum": ["stale", "missing", "extra", "shadowed", "cwd", "interpreter", "argv", "files"]},
                    name=TEXT_OR_NULL,
                    running=TEXT_OR_NULL,
                    rendered=TEXT_OR_NULL,
                )
            ),
            chaos=_list(_object(what=TEXT, until=TEXT)),
        )
    ),
)
PLAN = _object(
    fleet=TEXT,
    steps=_list(
        _object(
            phase={"enum": PHASES},
            neuron=TEXT_OR_NULL,
            action=TEXT,
            summary=TEXT,
            cost_tao=TAO,
            why=_list(TEXT),
        )
    ),
    cost_tao=TAO,
    blocked=_list(_object(neuron=TEXT_OR_NULL, why=TEXT)),
)
CHAIN_STATUS = _object(
    endpoint=TEXT,
    block={"type": "integer"},
    block_time_s={"type": "number"},
    spec_version={"type": "integer"},
    pid=COUNT_OR_NULL,
)
SIGNALS_TRIED = _object(
    counts={"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}},
    outcomes={"type": "object"},
    lines={"type": "integer"},
    unmatched={"type": "integer"},
    examples={"type": "object", "additionalProperties": TEXT},
    shapes=_list(_object(shape=TEXT, count={"type": "integer"}, example=TEXT)),
    never=_list(TEXT),
    slow=_list(TEXT),
    hidden={"type": "object", "additionalProperties": TEXT},
)
SIGNALS_LISTED = _object(
    signals=_list(
        _object(
            pack=TEXT,
            role={"enum": ["miner", "validator"]},
            name=TEXT,
            fields=_list(_object(name=TEXT, kind=TEXT, unit=TEXT)),
            sorted_into=TEXT_OR_NULL,
            outcomes=_list(TEXT),
            means=TEXT,
            caution=TEXT,
            match=TEXT,
            streams=_list(TEXT),
            level=TEXT_OR_NULL,
            words=_list(TEXT),
        )
    )
)

MOMENT_OR_NULL = {"type": ["string", "null"], "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
OK = {"type": ["boolean", "null"]}

CHECK = _object(
    fleet=TEXT,
    rehearsal={"type": "boolean"},
    run=TEXT_OR_NULL,
    ingested={"type": "boolean"},
    since=MOMENT_OR_NULL,
    until=MOMENT_OR_NULL,
    time_scale={"type": "number"},
    ok={"type": "boolean"},
    decided={"type": "boolean"},
    ended={"type": "boolean"},
    checks=_list(
        _object(
            name=TEXT,
            group={"enum": ["minimum", "optimal", "stretch"]},
            ok=OK,
            final={"type": "boolean"},
            measured=TEXT_OR_NULL,
            target=TEXT,
            why=TEXT_OR_NULL,
            says=TEXT_OR_NULL,
            metric=TEXT,
            unit=TEXT,
            window=TEXT,
            since=MOMENT_OR_NULL,
            until=MOMENT_OR_NULL,
            value=NUMBER_OR_NULL,
            most=NUMBER_OR_NULL,
            of=NUMBER_OR_NULL,
            naive=NUMBER_OR_NULL,
            figures={"type": "object", "additionalProperties": {"type": ["number", "string", "null"]}},
            evidence=_list(
                _object(
                    what=TEXT,
                    neuron=TEXT_OR_NULL,
                    time=MOMENT_OR_NULL,
                    log=TEXT_OR_NULL,
                    offset=COUNT_OR_NULL,
                    line=TEXT_OR_NULL,
                    block=COUNT_OR_NULL,
                )
            ),
            **{"with": {"type": "object"}},
        )
    ),
)
