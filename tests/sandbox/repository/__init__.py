"""Tests of the pipeline that builds and publishes the museum."""
