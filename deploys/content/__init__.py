"""Content from the CMS: what it is now, what it was for a build, and what changed between the two."""
