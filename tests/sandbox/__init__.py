"""Tests of the stand-ins for the services around buildhub."""
