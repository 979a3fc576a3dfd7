"""The pages of the Wagtail site."""
