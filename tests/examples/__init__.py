"""Tests of what we hand out as examples."""
