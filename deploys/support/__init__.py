"""Django's admin, for support: everything can be looked at, nothing that has a page of its own can be changed here."""
