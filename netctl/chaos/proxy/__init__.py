"""The fleet's proxy: a small program between each neuron and the chain, and before its axon, that obeys orders."""
