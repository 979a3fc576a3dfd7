"""What the tests of pages share with others."""

from tests.notifications.conftest import receiver

__all__ = ["receiver"]
