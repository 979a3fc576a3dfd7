"""`cache` and `id_tokens` of a job. Images and services are read over: the jobs here are processes of this machine.

Source: GitLab docs, CI/CD YAML syntax reference, "cache" and "id_tokens".
"""

from typing import Any

from sandbox.gitlab.config import values
from sandbox.gitlab.config.errors import ConfigError
from sandbox.gitlab.config.model import Cache

KEYWORDS = {"key", "paths", "when", "policy", "fallback_keys", "unprotect", "untracked"}
UNSUPPORTED = {"fallback_keys", "untracked"}
WHEN = ("on_success", "on_failure", "always")
POLICIES = ("pull-push", "pull", "push")


def caches(place: str, written: Any) -> tuple[Cache, ...]:
    """The caches of a job: one hash or a list of them. Raises ConfigError."""
    if written is None:
        return ()
    return tuple(_cache(f"{place}:cache", one) for one in (written if isinstance(written, list) else [written]))


def _cache(place: str, written: Any) -> Cache:
    one = values.mapping(place, written)
    values.check_keys(place, one, KEYWORDS)
    for keyword in sorted(UNSUPPORTED & one.keys()):
        raise ConfigError(f"{place} {keyword} is not supported by this sandbox")
    if isinstance(one.get("key"), dict):
        raise ConfigError(f"{place}:key of files is not supported by this sandbox")
    return Cache(
        key=values.text(f"{place} key", one.get("key", "default")),
        paths=values.strings(f"{place}:paths", one.get("paths")),
        when=values.one_of(f"{place} when", one.get("when", "on_success"), WHEN),
        policy=values.one_of(f"{place} policy", one.get("policy", "pull-push"), POLICIES),
    )


def check_id_tokens(place: str, written: Any) -> None:
    """Each token names whom it is for. None is handed out: nobody here could check it. Raises ConfigError."""
    for name, one in values.mapping(f"{place}:id_tokens", written).items():
        token = values.mapping(f"{place}:id_tokens:{name}", one)
        values.check_keys(f"{place}:id_tokens:{name}", token, {"aud"})
        if not values.strings(f"{place}:id_tokens:{name} aud", token.get("aud")):
            raise ConfigError(f"{place}:id_tokens:{name} config missing required keys: aud")
