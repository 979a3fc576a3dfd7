"""The API for people's scripts and for machines, version 1. docs/api.md explains it; `openapi.json` describes it."""
