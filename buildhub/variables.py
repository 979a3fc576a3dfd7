"""Reading variables of the environment and of `.env`: texts, numbers, words to choose from."""

from collections.abc import Sequence
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")


def number(name: str, default: float) -> float:
    """Read a number; an empty variable counts as not set."""
    given = env.str(name, default="").strip()
    try:
        value = float(given) if given else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {given!r}, which is no number.") from error
    if not 0 <= value < float("inf"):
        raise ImproperlyConfigured(f"{name} is {given!r}; it must be a number from 0 on.")
    return value


def text(name: str, default: str = "") -> str:
    """Read a text; an empty variable counts as not set."""
    return env.str(name, default="").strip() or default


def choice(name: str, default: str, choices: Sequence[str]) -> str:
    """Read one of a few words; capitals do not matter, an empty variable counts as not set."""
    given = text(name, default)
    for word in choices:
        if given.lower() == word.lower():
            return word
    raise ImproperlyConfigured(f"{name} is {given!r}; it must be one of {', '.join(choices)}.")
