"""People, places and builds to tell of."""

from __future__ import annotations

from typing import Any

from deploys.lifecycle import State
from deploys.models import Build, BuildRequest, Channel, ChannelKind, Environment, Role, Subscription, Topic, User
from deploys.notifications.channels.webhook import new_secret
from deploys.transitions import advance
from tests.scenes import make_build, make_environment, make_person


def museum(**facts: Any) -> Environment:
    """The live site of a museum in Lisbon."""
    environment = make_environment(**facts)
    environment.site.name, environment.site.time_zone = "Harbour Museum", "Europe/Lisbon"
    environment.site.save()
    return environment


def mei(environment: Environment, **facts: Any) -> User:
    """An editor with a mail address."""
    given = {"first_name": "Mei", "last_name": "Okafor", "email": "mei@example.com"}
    return make_person(Role.EDITOR, site=environment.site, **given | facts)


def running(environment: Environment, asker: User | None = None, **facts: Any) -> Build:
    """A build under way that the person asked for."""
    build = make_build(environment=environment, state=State.RUNNING, requested_by=asker, **facts)
    if asker:
        BuildRequest.objects.create(build=build, user=asker, key=f"key-{build.pk}")
    return build


def fail(build: Build, error_class: str = "build_command", **facts: Any) -> None:
    """The build fails."""
    advance(build, State.FAILED, note="Failed", error_class=error_class, error_facts=facts)


def subscribe(user: User, environment: Environment, *topics: Topic) -> None:
    """The person chooses these topics."""
    Subscription.objects.create(user=user, environment=environment, topics=[topic.value for topic in topics])


def webhook(environment: Environment, url: str, *topics: Topic, **facts: Any) -> Channel:
    """A team's webhook."""
    given: dict[str, Any] = {"kind": ChannelKind.WEBHOOK, "address": url, "secret": new_secret()}
    names = [topic.value for topic in topics or (Topic.ALL,)]
    return Channel.objects.create(environment=environment, topics=names, **given | facts)
