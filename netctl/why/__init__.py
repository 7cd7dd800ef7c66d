"""Why a neuron ended, or is not well: evidence, the causes that packs and netctl know, and one plain sentence."""
