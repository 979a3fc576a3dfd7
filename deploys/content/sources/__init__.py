"""Reading entries from any CMS into one normal form."""
