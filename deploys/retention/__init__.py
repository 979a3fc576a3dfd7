"""What is no longer kept: which rows, when, and in pieces so small that nobody waits for them."""
