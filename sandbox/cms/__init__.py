"""The sample CMS of the fictional Harbour Museum: entries, media, and the JSON feed that builds read."""

from .app import CMSOptions, create_cms

__all__ = ["CMSOptions", "create_cms"]
