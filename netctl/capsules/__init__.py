"""What is kept of every run of a neuron when it ends: how, when, its last words, and what it ran on."""
