"""Secrets in headers: put in when a request is made, taken out of every text that comes back."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from deploys.content.sources.errors import ErrorClass, SourceRefused

_REFERENCE = re.compile(r"\{(secret|basic):([A-Za-z0-9_.-]+)\}")
_HIDDEN = "[hidden]"
_SHORTEST = 4


class SecretHeaders:
    """Fills the headers' references. public: those without any secret, fit for another host."""

    def __init__(self, headers: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)
        self.every: dict[str, str] = {}
        self.public: dict[str, str] = {}
        for name, template in headers.items():
            value = _REFERENCE.sub(self._filled, template)
            if not all(" " <= letter <= "~" for letter in name + value):
                raise SourceRefused(
                    f"The value for the header “{name[:60]}” has letters that no header can carry: enter it again.",
                    error_class=ErrorClass.SECRET_UNREADABLE,
                )
            self.every[name] = value
            if value == template and name.lower() not in ("authorization", "cookie", "proxy-authorization"):
                self.public[name] = value

    def hide(self, text: str) -> str:
        """Give the text without any secret, plain or encoded."""
        for secret in sorted(self._shapes(), key=len, reverse=True):
            text = text.replace(secret, _HIDDEN)
        return text

    def _filled(self, found: re.Match[str]) -> str:
        name = found[2]
        value = self._secrets.get(name, "").strip()
        if not value:
            raise SourceRefused(
                f"The secret “{name}” is not set: enter it in the source's settings.",
                error_class=ErrorClass.SECRET_MISSING,
            )
        return _basic(value) if found[1] == "basic" else value

    def _shapes(self) -> Iterator[str]:
        for secret in filter(None, (value.strip() for value in self._secrets.values())):
            parts = [secret, *(part for part in secret.split(":", 1) if len(part) >= 2 * _SHORTEST)]
            for part in parts:
                if len(part) >= _SHORTEST:
                    yield from (part, quote(part, safe=""), _basic(part))


def _basic(text: str) -> str:
    return b64encode(text.encode()).decode()
