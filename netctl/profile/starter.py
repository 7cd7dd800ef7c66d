"""The profile that `netctl profile new` writes: small, whole, and with every choice explained."""

from __future__ import annotations

import re
from string import Template

from netctl.profile.naming import LONGEST_FLEET
from netctl.profile.scalars import resolve_plain

_STARTER = Template("""\
$header# An experiment on one subnet. Try it first where it costs nothing:
#   netctl fleet up $name.yaml --rehearse
# and then on the network that it names:
#   netctl fleet plan $name.yaml      what would be done, and what it would cost
#   netctl fleet up $name.yaml

name: $name  # also the name of its directory under .netctl/
network: $network  # finney, test, local, or the ws:// address of a node
netuid: $netuid

# The subnet's own programs, run as they are. Paths are relative to this file.
neurons:
  path: ../my-subnet
  # python: ../my-subnet/venv/bin/python
  pack: $pack  # how to run them: a directory under templates/

# What all neurons share. A neuron's own env, args and files are laid over these.
defaults:
  env:
    # Secrets are named, never written: this one is taken from your environment.
    RAPIDAPI_KEY: $$RAPIDAPI_KEY
    # One key for each neuron would be: $$RAPIDAPI_KEY_{i}
    MINER_EVAL_PERIOD_MINUTES: 5
  strategy: organic  # how a miner starts
  restart: on-failure  # when it dies; or never, always, or {when: always, backoff: 2s, most: 5m, tries: 10}

miners:
  # Three neurons, miner_1 to miner_3, each with a wallet of its own.
  - name: miner_{i}
    count: 3
    wallet: my_miner_{i}
    hotkey: hotkey_{i}
  # Keys that you have already are used as they are, and never overwritten:
  # - name: miner_4
  #   wallet: my_old_wallet
  #   hotkey: my_old_hotkey
  #   existing: true
  #   expect_uid: 5  # compared on the real network, never forced
  #   port: 9000     # else counted from 8091
  #   strategy:
  #     strategy: premium_focus
  #     target_zipcodes: ["77494", "08701"]   # in quotes, for the leading zero
  #     scrape_frequency: 300

validators:
  - name: validator_1
    wallet: my_validator
    hotkey: default
    stake: 310  # its stake S[uid], as the metagraph shows it; miners of subnet 428 ask for 300
    args:
      max_targets: 10  # --max_targets 10

registration:
  max_burn: 1    # TAO that one registration may cost
  budget: 5      # TAO that one command may spend
  stagger: auto  # or all, 30s, 1block

funding:
  # from: my_funding_wallet  # a wallet that pays; without it you are asked
  reserve: 0.01  # TAO that each coldkey keeps for fees

staking:
  slippage: 5%   # how far buying stake may raise the price of alpha

logs:
  rotate: 50MB   # a log's older part is compressed then; each neuron has two logs
  keep: 5        # compressed parts of each

supervisor:
  starts: 30     # of all neurons together, however many die, within `per`
  per: 1m

# Hyperparameters by the chain's names: set in rehearsals and on local chains, only compared on public ones.
# subnet:
#   immunity_period: 4096

# Keys of an API, dealt out to the neurons in turn, and what each bears: `netctl budget` says how long that lasts.
# api_keys:
#   - variable: RAPIDAPI_KEY
#     keys: [$$RAPIDAPI_KEY_1, $$RAPIDAPI_KEY_2]
#     limit: 10000
#     per: 30d

# What the experiment has to come to: `netctl check` judges it. docs/check-metrics.md has every metric.
# criteria:
#   minimum:
#     miners_responding: ">= 3"
#   optimal:
#     api_success: ">= 60%"

# Where neurons run: in tmux on this machine, or on the nodes of a Docker Swarm, an even share on each.
# host: swarm
# hosts:
#   manager: ssh://me@nd1  # or unix:///var/run/docker.sock
#   here: 203.0.113.10     # this machine, as the nodes reach it
#   nodes:
#     - {name: nd1, address: 203.0.113.11}  # or all that have a label: {labels: {gpu: a100}}

# Start the neurons behind a proxy, so that `netctl chaos` can cut or slow what they say to the chain and to each other.
# chaos: true
""")


def starter(
    name: str = "my-fleet", *, network: str = "test", netuid: int = 428, pack: str = "resi", schema: str | None = None
) -> str:
    """A commented profile that loads as it stands; `schema` is the address of its JSON Schema for editors.

    A `name` that could not be a fleet's is made into one that can.
    """
    header = f"# yaml-language-server: $schema={schema}\n#\n" if schema is not None else ""
    return _STARTER.substitute(header=header, name=fleet_name(name), network=network, netuid=netuid, pack=pack)


def fleet_name(text: str) -> str:
    """The text as a fleet can be named: ``My fleet!`` becomes ``My-fleet``."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", text)[:LONGEST_FLEET]
    plain = re.sub(r"(?i)-(rehearsal|local)$", "", plain.strip("-")).strip("-")
    return plain if plain and isinstance(resolve_plain(plain), str) else "my-fleet"
