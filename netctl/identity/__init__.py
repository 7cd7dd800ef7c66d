"""Identity: what a neuron must have to itself, hotkey, axon port and files, and who else on this machine has it too."""
