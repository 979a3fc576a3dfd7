"""The ways that a message travels. Each takes a message and an address, and returns the answer or raises."""
