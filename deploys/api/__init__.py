"""Machines' faces: hooks that come in (the JSON API follows)."""
