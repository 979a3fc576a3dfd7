"""Tests of the sample CMS."""
