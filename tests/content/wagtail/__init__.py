"""A real Wagtail site, in a process of its own."""
