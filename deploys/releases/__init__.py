"""Releases: what a green build put on the web host, and the proof that visitors get it."""
