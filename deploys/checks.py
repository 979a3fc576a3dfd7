"""System checks: a wrong or missing setting is one clear sentence at start."""

import json
import re
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from deploys.content.sources.presets.table import PRESETS
from deploys.from_environment import preview_target_of
from deploys.group_map import Unreadable, read_map
from deploys.models import AskFirst

OURS = "buildhub"  # the tag by which commands ask for these alone
PREVIEW_URL = re.compile(r"https?://(\{label\}\.[^/{}]+|[^/{}]+(/[^/{}]+)*/\{label\})/?")


@register(OURS)
def encryption_keys(**_: Any) -> list[CheckMessage]:
    """Every key must be a Fernet key."""
    for position, key in enumerate(settings.ENCRYPTION_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            message = f"BUILDHUB_ENCRYPTION_KEYS: key {position} is not a Fernet key (32 bytes in URL-safe base64)."
            hint = "Make one with `openssl rand -base64 32 | tr +/ -_`."
            return [Error(message, hint=hint, id="buildhub.E001")]
    return []


@register(OURS)
def time_zone(**_: Any) -> list[CheckMessage]:
    """The zone of a site made from the environment must exist."""
    try:
        ZoneInfo(settings.SITE_TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        message = f"TIME_ZONE is {settings.SITE_TIME_ZONE!r}, which is no IANA zone such as Europe/Lisbon."
        return [Error(message, id="buildhub.E002")]
    return []


@register(OURS)
def gitlab_names(**_: Any) -> list[CheckMessage]:
    """The GitLab settings come together or not at all."""
    given = settings.SITE_FROM_ENVIRONMENT
    names = ("gitlab_project_id", "gitlab_trigger_token", "gitlab_trigger_ref", "gitlab_api_token")
    missing = [name.upper() for name in names if not given[name]]
    problems: list[CheckMessage] = []
    if missing and len(missing) < len(names):
        message = f"Publishing is not set up: {', '.join(missing)} missing beside the other GITLAB_ settings."
        problems.append(Warning(message, hint="`.env.example` says where each comes from.", id="buildhub.W001"))
    if given["gitlab_send_as"] not in {"variables", "inputs", "none"}:
        problems.append(Error("GITLAB_SEND_AS must be variables, inputs or none.", id="buildhub.E003"))
    if not given["gitlab_url"].startswith(("https://", "http://")):
        problems.append(Error("GITLAB_URL must begin with https:// or http://.", id="buildhub.E004"))
    return problems


@register(OURS)
def preview_names(**_: Any) -> list[CheckMessage]:
    """Where previews are looked at, where they are put, and how their pipeline learns its label."""
    given = settings.SITE_FROM_ENVIRONMENT
    if not given["preview_url"]:
        return []
    problems: list[CheckMessage] = []
    if not PREVIEW_URL.fullmatch(given["preview_url"]):
        message = "PREVIEW_URL must have {label} as its first host name or as the last part of its path."
        hint = "Write it as https://{label}.preview.example.com/ or https://www.example.com/previews/{label}/."
        problems.append(Error(message, hint=hint, id="buildhub.E011"))
    if given["gitlab_send_as"] == "none":
        message = "PREVIEW_URL needs GITLAB_SEND_AS=variables or inputs: a preview's pipeline must be told its label."
        problems.append(Error(message, id="buildhub.E012"))
    if not preview_target_of(given):
        message = "PREVIEW_BUCKET is missing: where previews are published to. Until it is set, none can be made."
        problems.append(Warning(message, hint="With a bucket in SITE_BUCKET it may be left out.", id="buildhub.W002"))
    return problems


@register(OURS)
def content_names(**_: Any) -> list[CheckMessage]:
    """What the CONTENT_ settings name must exist, and be JSON where they should."""
    given = settings.SITE_FROM_ENVIRONMENT
    problems: list[CheckMessage] = []
    if given["content_preset"] not in PRESETS:
        problems.append(Error(f"CONTENT_PRESET must be one of {', '.join(PRESETS)}.", id="buildhub.E007"))
    try:
        is_object = isinstance(json.loads(given["content_settings"] or "{}"), dict)
    except ValueError:
        is_object = False
    if not is_object:
        problems.append(
            Error('CONTENT_SETTINGS must be a JSON object, such as {"sections": ["news"]}.', id="buildhub.E008")
        )
    if given["content_url"] and not given["content_url"].startswith(("https://", "http://")):
        problems.append(Error("CONTENT_URL must begin with https:// or http://.", id="buildhub.E009"))
    return problems


@register(OURS)
def rules_of_the_site(**_: Any) -> list[CheckMessage]:
    """The rules of a site made from the environment must be ones that exist."""
    given = settings.SITE_FROM_ENVIRONMENT
    problems: list[CheckMessage] = []
    if given["ask_first"] not in {"", *AskFirst.values}:
        problems.append(Error(f"SITE_ASK_FIRST must be one of {', '.join(AskFirst.values)}.", id="buildhub.E021"))
    if given["four_eyes"] not in {"", "true", "false"}:
        problems.append(Error("SITE_FOUR_EYES must be true or false.", id="buildhub.E022"))
    return problems


@register(OURS)
def web_addresses(**_: Any) -> list[CheckMessage]:
    """Addresses must be whole ones."""
    problems: list[CheckMessage] = []
    if settings.PUBLIC_URL and not settings.PUBLIC_URL.startswith(("https://", "http://")):
        problems.append(Error("PUBLIC_URL must begin with https:// or http://.", id="buildhub.E005"))
    if settings.EMAIL_IS_SET_UP and not settings.PUBLIC_URL:
        message = "PUBLIC_URL is not set: the mails that EMAIL_URL sends will hold no links."
        problems.append(Warning(message, hint="Set it to the address that people type.", id="buildhub.W002"))
    for name in ("url", "marker_url", "cms_url"):
        address = settings.SITE_FROM_ENVIRONMENT[name]
        if address and not address.startswith(("https://", "http://")):
            shown = name.upper() if name == "cms_url" else f"SITE_{name.upper()}"
            problems.append(Error(f"{shown} must begin with https:// or http://.", id="buildhub.E010"))
    if settings.DEBUG and settings.PUBLIC_URL.startswith("https://"):
        problems.append(Error("DEBUG must be off on a public address.", id="buildhub.E006"))
    return problems


@register(OURS)
def openid_connect(**_: Any) -> list[CheckMessage]:
    """The provider is named whole, and the roles of its groups can be read."""
    problems: list[CheckMessage] = []
    if bool(settings.OIDC_URL) != bool(settings.OIDC_CLIENT_ID):
        problems.append(Error("OIDC_URL and OIDC_CLIENT_ID come together or not at all.", id="buildhub.E031"))
    if settings.OIDC_URL and not settings.OIDC_URL.startswith(("https://", "http://")):
        problems.append(Error("OIDC_URL must begin with https:// or http://.", id="buildhub.E032"))
    try:
        read_map(settings.OIDC_ROLES)
    except Unreadable as error:
        problems.append(Error(f"OIDC_ROLES: {error}", id="buildhub.E033"))
    return problems
