"""The storage items of SubtensorModule that this chain keeps, under the runtime's own names."""

from __future__ import annotations

from netctl.devchain.storage import Item

PALLET = "SubtensorModule"


def _item(name: str) -> Item:
    return Item(PALLET, name)


# Who owns what
OWNER = _item("Owner")
OWNED_HOTKEYS = _item("OwnedHotkeys")
STAKING_HOTKEYS = _item("StakingHotkeys")
IDENTITIES = _item("IdentitiesV2")
DELEGATES = _item("Delegates")

# Subnets
NETWORKS_ADDED = _item("NetworksAdded")
TOTAL_NETWORKS = _item("TotalNetworks")
NETWORK_REGISTERED_AT = _item("NetworkRegisteredAt")
REGISTERED_SUBNET_COUNTER = _item("RegisteredSubnetCounter")
SUBNET_OWNER = _item("SubnetOwner")
SUBNET_OWNER_HOTKEY = _item("SubnetOwnerHotkey")
SUBNET_MECHANISM = _item("SubnetMechanism")
SUBNET_LIMIT = _item("SubnetLimit")
SUBNET_LOCKED = _item("SubnetLocked")
SUBNET_IDENTITIES = _item("SubnetIdentitiesV3")
SUBNET_EMISSION_ENABLED = _item("SubnetEmissionEnabled")
SUBTOKEN_ENABLED = _item("SubtokenEnabled")
FIRST_EMISSION_BLOCK = _item("FirstEmissionBlockNumber")
START_CALL_DELAY = _item("StartCallDelay")
TOKEN_SYMBOL = _item("TokenSymbol")
NETWORK_MIN_LOCK_COST = _item("NetworkMinLockCost")
NETWORK_LAST_LOCK_COST = _item("NetworkLastLockCost")
NETWORK_LOCK_REDUCTION_INTERVAL = _item("NetworkLockReductionInterval")
NETWORK_RATE_LIMIT = _item("NetworkRateLimit")
LAST_RATE_LIMITED_BLOCK = _item("LastRateLimitedBlock")
TRANSACTION_KEY_LAST_BLOCK = _item("TransactionKeyLastBlock")
MECHANISM_COUNT = _item("MechanismCountCurrent")

# Pools
SUBNET_TAO = _item("SubnetTAO")
SUBNET_ALPHA_IN = _item("SubnetAlphaIn")
SUBNET_ALPHA_OUT = _item("SubnetAlphaOut")
SUBNET_VOLUME = _item("SubnetVolume")
SUBNET_MOVING_PRICE = _item("SubnetMovingPrice")
TOTAL_STAKE = _item("TotalStake")
TOTAL_ISSUANCE = _item("TotalIssuance")
TAO_WEIGHT = _item("TaoWeight")

# Stake
ALPHA = _item("AlphaV2")
TOTAL_HOTKEY_ALPHA = _item("TotalHotkeyAlpha")
TOTAL_HOTKEY_SHARES = _item("TotalHotkeySharesV2")
LAST_STAKE_BLOCK = _item("LastColdkeyHotkeyStakeBlock")
TRANSFER_TOGGLE = _item("TransferToggle")
STAKE_THRESHOLD = _item("StakeThreshold")

# Neurons
UIDS = _item("Uids")
KEYS = _item("Keys")
IS_NETWORK_MEMBER = _item("IsNetworkMember")
SUBNETWORK_N = _item("SubnetworkN")
MAX_ALLOWED_UIDS = _item("MaxAllowedUids")
MIN_NON_IMMUNE_UIDS = _item("MinNonImmuneUids")
IMMUNE_OWNER_UIDS_LIMIT = _item("ImmuneOwnerUidsLimit")
IMMUNITY_PERIOD = _item("ImmunityPeriod")
BLOCK_AT_REGISTRATION = _item("BlockAtRegistration")
AXONS = _item("Axons")
PROMETHEUS = _item("Prometheus")
NEURON_CERTIFICATES = _item("NeuronCertificates")
SERVING_RATE_LIMIT = _item("ServingRateLimit")

# Registration
BURN = _item("Burn")
MIN_BURN = _item("MinBurn")
MAX_BURN = _item("MaxBurn")
BURN_HALF_LIFE = _item("BurnHalfLife")
BURN_INCREASE_MULT = _item("BurnIncreaseMult")
REGISTRATION_ALLOWED = _item("NetworkRegistrationAllowed")
POW_REGISTRATION_ALLOWED = _item("NetworkPowRegistrationAllowed")
REGISTRATIONS_THIS_BLOCK = _item("RegistrationsThisBlock")
REGISTRATIONS_THIS_INTERVAL = _item("RegistrationsThisInterval")
MAX_REGISTRATIONS_PER_BLOCK = _item("MaxRegistrationsPerBlock")
TARGET_REGISTRATIONS_PER_INTERVAL = _item("TargetRegistrationsPerInterval")
BURN_REGISTRATIONS = _item("BurnRegistrationsThisInterval")
POW_REGISTRATIONS = _item("POWRegistrationsThisInterval")
ADJUSTMENT_INTERVAL = _item("AdjustmentInterval")
LAST_ADJUSTMENT_BLOCK = _item("LastAdjustmentBlock")
ADJUSTMENT_ALPHA = _item("AdjustmentAlpha")
RAO_RECYCLED = _item("RAORecycledForRegistration")
DIFFICULTY = _item("Difficulty")
MIN_DIFFICULTY = _item("MinDifficulty")
MAX_DIFFICULTY = _item("MaxDifficulty")
LAST_POW_REGISTRATION_BLOCK = _item("LastPowRegistrationBlock")

# Weights and epochs
WEIGHTS = _item("Weights")
BONDS = _item("Bonds")
WEIGHTS_VERSION_KEY = _item("WeightsVersionKey")
WEIGHTS_SET_RATE_LIMIT = _item("WeightsSetRateLimit")
MIN_ALLOWED_WEIGHTS = _item("MinAllowedWeights")
COMMIT_REVEAL_ENABLED = _item("CommitRevealWeightsEnabled")
COMMIT_REVEAL_VERSION = _item("CommitRevealWeightsVersion")
REVEAL_PERIOD_EPOCHS = _item("RevealPeriodEpochs")
WEIGHT_COMMITS = _item("WeightCommits")
TIMELOCKED_WEIGHT_COMMITS = _item("TimelockedWeightCommits")
TEMPO = _item("Tempo")
LAST_EPOCH_BLOCK = _item("LastEpochBlock")
PENDING_EPOCH_AT = _item("PendingEpochAt")
SUBNET_EPOCH_INDEX = _item("SubnetEpochIndex")
BLOCKS_SINCE_LAST_STEP = _item("BlocksSinceLastStep")
LAST_STEP_BLOCK = _item("LastMechansimStepBlock")
MAX_ALLOWED_VALIDATORS = _item("MaxAllowedValidators")
ACTIVITY_CUTOFF_FACTOR_MILLI = _item("ActivityCutoffFactorMilli")
ADMIN_FREEZE_WINDOW = _item("AdminFreezeWindow")
OWNER_HYPERPARAM_RATE_LIMIT = _item("OwnerHyperparamRateLimit")
EPOCH_CONSENSUS = _item("SubnetEpochConsensus")
STAKE_WEIGHT = _item("StakeWeight")
ALPHA_VALUES = _item("AlphaValues")

# Per-uid vectors
ACTIVE = _item("Active")
EMISSION = _item("Emission")
CONSENSUS = _item("Consensus")
INCENTIVE = _item("Incentive")
DIVIDENDS = _item("Dividends")
VALIDATOR_TRUST = _item("ValidatorTrust")
VALIDATOR_PERMIT = _item("ValidatorPermit")
LAST_UPDATE = _item("LastUpdate")
