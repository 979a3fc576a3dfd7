"""Who may come in, by which door, and with which role."""
