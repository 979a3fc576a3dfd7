"""Places and messages in every condition, for pictures and browser tests."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from django.urls import reverse
from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import (
    Channel,
    ChannelKind,
    Delivery,
    DeliveryStage,
    Kind,
    Membership,
    Occurrence,
    Role,
    Subscription,
    User,
)
from deploys.notifications.channels.webhook import new_secret
from deploys.notifications.messages import stop_token
from tests.scenes import make_build, make_environment
from tests.web import card_scenes

GONE = "The answer was 404 no_service."


def make() -> dict[str, Any]:
    """The addresses of the pages, and the admin who looks."""
    environment, admin = card_scenes.ready()
    site = environment.site
    Membership.objects.filter(user=admin, site=site).update(role=Role.ADMIN)
    User.objects.filter(pk=admin.pk).update(email="ana@museum.example")
    make_environment(site=site, slug="staging", name="Staging", kind="staging", position=1)
    Subscription.objects.create(user=admin, environment=environment, topics=["failures", "guard"])
    mail = Channel.mail_of(admin)
    Channel.objects.filter(pk=mail.pk).update(quiet_from=time(22, 0), quiet_until=time(7, 0))
    common: dict[str, Any] = {"environment": environment, "topics": ["failures", "guard"]}
    slack = Channel.objects.create(
        kind=ChannelKind.SLACK, name="Newsroom", address="https://hooks.slack.com/services/T0/B0/x", **common
    )
    teams = Channel.objects.create(
        kind=ChannelKind.TEAMS, name="Web team", address="https://flows.example/x", trouble=GONE, **common
    )
    hook = Channel.objects.create(
        kind=ChannelKind.WEBHOOK,
        name="Status display",
        address="https://display.museum.example/hook",
        secret=new_secret(),
        is_active=False,
        **common,
    )
    _messages(environment, [mail, slack, teams, hook])
    slug, token = site.slug, stop_token(admin.pk, environment.pk, "failures")
    return {
        "admin": admin,
        "site": slug,
        "mine": reverse("notifications"),
        "team": reverse("site-notifications", args=[slug]),
        "log": reverse("notification-log", args=[slug]),
        "mail": reverse("channel", args=[mail.pk]),
        "hook": reverse("channel", args=[hook.pk]),
        "choose": f"{reverse('new-channel')}?environment={environment.pk}",
        "new_hook": f"{reverse('new-channel')}?environment={environment.pk}&kind=webhook",
        "remove": reverse("remove-channel", args=[slack.pk]),
        "stop": reverse("stop-notifications", args=[token]),
    }


def _messages(environment: Any, channels: list[Channel]) -> None:
    moment = now()
    said = (
        (Kind.FAILED, "The site could not be built", timedelta(hours=30)),
        (Kind.LIVE, "Publishing works again", timedelta(hours=29)),
        (Kind.HELD_BACK, "Held back: 312 of 486 pages would vanish", timedelta(minutes=20)),
    )
    ends: tuple[dict[str, Any], ...] = (
        {"stage": DeliveryStage.SENT, "answer": "The mail server took it.", "attempts": 1, "next_try_at": None},
        {"stage": DeliveryStage.SENT, "answer": "200 ok", "status": 200, "attempts": 2, "next_try_at": None},
        {"stage": DeliveryStage.FAILED, "answer": GONE, "status": 404, "attempts": 1, "next_try_at": None},
        {"answer": "No answer within 10 seconds.", "attempts": 2, "next_try_at": moment + timedelta(minutes=9)},
    )
    for kind, headline, age in said:
        build = make_build(environment=environment, state=State.FAILED, error_class="build_command")
        facts = {"kind": kind, "headline": headline, "told_at": moment, "at": moment - age, "build": build}
        occurrence = Occurrence.objects.create(key=f"scene-{build.pk}", environment=environment, **facts)
        for channel, end in zip(channels, ends, strict=True):
            at = {"created_at": moment - age, "ended_at": moment - age if end["next_try_at"] is None else None}
            Delivery.objects.create(
                occurrence=occurrence,
                channel=channel,
                reason="guard" if kind == Kind.HELD_BACK else "failures",
                **end,
                **at,
            )
