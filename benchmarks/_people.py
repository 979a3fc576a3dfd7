"""People who are signed in, each with a browser."""

from __future__ import annotations

import _ready  # noqa: F401 - Django before its models
from _browser import Browser
from django.test import Client, override_settings

from deploys.models import Environment, Role, Site, User
from tests import scenes

# People are made with a quick hash: signing in is not what is measured.
QUICK_HASH = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class Person(Browser):
    """Somebody with a session in a browser of their own. Not for several threads at once."""

    def __init__(self, user: User, *, host: str, port: int) -> None:
        super().__init__(session_of(user), host=host, port=port)


def make_users(count: int, *, site: Site) -> list[User]:
    """So many editors of the site."""
    with override_settings(PASSWORD_HASHERS=QUICK_HASH):
        return [scenes.make_person(Role.EDITOR, site=site) for _ in range(count)]


def session_of(user: User) -> str:
    """Sign somebody in; the value of the session's cookie."""
    browser = Client()
    browser.force_login(user)
    return browser.cookies["sessionid"].value


def page_of(environment: Environment) -> str:
    """The address of the environment's Publish page."""
    return environment.get_absolute_url()
