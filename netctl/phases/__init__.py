"""The phases of `up`, in their order; each is a module that observes the world and says what must change."""
