"""Times, as seconds where the subnet has minutes. The period is read from the environment when this is imported."""

from __future__ import annotations

import os

MINUTE_S = 1.0
MIN_EVALUATION_PERIOD_S = int(os.getenv("MINER_EVAL_PERIOD_MINUTES", "60")) * MINUTE_S
HEALTHY_S = 35 * MINUTE_S
UPLOAD_PAUSE_S = 5 * MINUTE_S
MINER_CACHE_FRESHNESS_S = 5 * MINUTE_S
"""Shorter than there, where a miner that starts empty offers nothing for its first 21 minutes."""
BLOCK_S = 12
"""A miner looks at the metagraph again after `--neuron.epoch_length` times this: 20 minutes, here too."""
EVALUATION_ON_STARTUP = 2
REQUEST_LIMITS = {"GetMinerIndex": 2, "GetDataEntityBucket": 2}
"""How often one hotkey may ask in one evaluation period of the *miner's*."""
