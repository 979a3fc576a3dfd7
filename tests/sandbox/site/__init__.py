"""Tests of the server of the published sites."""
