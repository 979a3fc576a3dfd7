"""The HTTP face: GitLab's REST API v4, and the sandbox's own control endpoints."""
