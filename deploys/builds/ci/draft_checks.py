"""What a CI file must say of drafts: where previews go, with which rights, and that nothing else has drafts in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from deploys.builds.ci.finding import PUBLISHER, Finding, of_endpoint, of_release
from deploys.builds.steps.start import PREVIEW_VARIABLE
from deploys.models import Environment
from deploys.models.preview import LABEL_PLACE, MARKER

_OPTION = re.compile(r"--[\w-]+(?:[\s=]+(?:\"[^\"]*\"|'[^']*'|[^\s-]\S*))?|\$\{\w+:\+--[^}]*\}")
_FOLDER = re.compile(rf"/\$\{{?{PREVIEW_VARIABLE}\}}*[\"']?(?=\s|$)")
_DRAFTS = re.compile(r"CONTENT_SCOPE[\"'\s:=]+preview\b|scope=preview\b")
_OF_VISITORS = re.compile(r"CONTENT_SCOPE[\"'\s:=]+live\b")


def of_preview(name: str, script: str, variables: Mapping[Any, Any], place: Environment) -> Iterator[Finding]:
    """The job that publishes previews: where to, what, and as whom."""
    text = f"{script}\n{variables}"
    yield from of_release(name, script, MARKER, place.preview_url)
    commands = [_OPTION.sub("", line) for line in script.splitlines() if PUBLISHER.search(line)]
    commands = [re.sub(r"\$\{?(\w+)\}?", lambda found: _value(found, variables), line) for line in commands]
    if not any(_FOLDER.search(line) for line in commands):
        folder = f"{place.target or 's3://bucket/previews'}/${PREVIEW_VARIABLE}"
        words = (
            f'{name}: publish each preview to a folder of its own, "{folder}": now the newest would replace the others.'
        )
        yield Finding(words=words)
    yield from of_endpoint(name, text, place.endpoint)
    if not _DRAFTS.search(text):
        yield Finding(
            words=f"{name}: nothing asks for drafts (CONTENT_SCOPE=preview, docs/content-api.md).", is_needed=False
        )
    if place.target.startswith("s3://") and "AWS_PREVIEW_ROLE_ARN" not in text:
        words = f"{name}: let it take a role that can write previews alone (AWS_PREVIEW_ROLE_ARN, docs/previews.md)."
        yield Finding(words=words, is_needed=False)
    if LABEL_PLACE not in place.preview_url.partition("//")[2].partition("/")[0] and PREVIEW_VARIABLE not in _base(
        text
    ):
        words = (
            f"{name}: previews lie below a path ({place.preview_url}): give the builder its base, such as "
            f"`SITE_BASE: /previews/${PREVIEW_VARIABLE}/`, else links lead out of them."
        )
        yield Finding(words=words, is_needed=False)


def of_visitors(name: str, script: str, variables: Mapping[Any, Any]) -> Iterator[Finding]:
    """A job that publishes what everybody sees."""
    text = f"{script}\n{variables}"
    if _DRAFTS.search(text) and not _OF_VISITORS.search(script):
        yield Finding(words=f"{name}: it asks for drafts (CONTENT_SCOPE=preview), and everybody would see them.")


def _base(text: str) -> str:
    """Everything that is said of a base, in whatever way the builder wants it."""
    return "\n".join(re.findall(r"(?i)\w*base\w*[\"'\s:=]+[^\s,}]+", text))


def _value(found: re.Match[str], variables: Mapping[Any, Any]) -> str:
    """The value of a variable of the job; the label stays a name."""
    if found[1] == PREVIEW_VARIABLE or found[1] not in variables:
        return found[0]
    return str(variables[found[1]])
