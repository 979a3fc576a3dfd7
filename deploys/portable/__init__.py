"""A site as a file: everything that was set, no secret, and the way back."""
