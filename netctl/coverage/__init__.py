"""Which zipcodes each miner holds, what of them validators have asked for, and what nobody holds."""
