"""What every template gets."""

from __future__ import annotations

from django.http import HttpRequest

THEME_COOKIE = "bh-theme"
THEMES = ("light", "dark")


def look(request: HttpRequest) -> dict[str, str]:
    """The chosen theme, empty for the system's, and the product's name."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {"theme": theme if theme in THEMES else "", "brand": "Buildhub"}
