"""Where new TAO and alpha come from and whom they go to: emission of a block, and its payout at the epochs."""
