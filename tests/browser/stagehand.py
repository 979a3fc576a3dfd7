"""Prepares a database for the browser tests, as a process of its own: `python -m tests.browser.stagehand`.

Reads one order per line as JSON, `["name", {"argument": ...}]`, and answers each with one line of JSON. The tests
themselves stay away from the ORM: the pages under test live in other processes and another database.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402 - after the setup
from django.contrib.auth.hashers import PBKDF2PasswordHasher  # noqa: E402 - after the setup
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402 - after the setup
from django.db import transaction  # noqa: E402 - after the setup
from django.test import override_settings  # noqa: E402 - after the setup
from django.utils.timezone import now  # noqa: E402 - after the setup

from deploys.lifecycle import State  # noqa: E402 - after the setup
from deploys.models import Build, Environment, GitLabProject, Heartbeat, Job, JobLog, Membership, Part, Role, User  # noqa: E402 - after the setup
from deploys.releases.actions import mark_live, record  # noqa: E402 - after the setup
from deploys.transitions import advance, note  # noqa: E402 - after the setup
from sandbox import seed as demo  # noqa: E402 - after the setup
from tests import content_scenes, scenes  # noqa: E402 - after the setup
from tests.browser import api_orders, preview_orders  # noqa: E402 - after the setup
from tests.content import hostile as hostile_content  # noqa: E402 - after the setup
from tests.web import (  # noqa: E402 - after the setup
    ask_scenes,
    card_scenes,
    copy_scenes,
    entry_scenes,
    host_scenes,
    line_scenes,
    notification_scenes,
    pause_scenes,
    people_scenes,
    schedule_scenes,
    source_scenes,
)


class QuickHash(PBKDF2PasswordHasher):
    """What the dashboard can check too, but without the work that makes each person cost a quarter of a second."""

    iterations = 1


QUICK_HASH = override_settings(PASSWORD_HASHERS=[f"{__name__}.QuickHash"])
_number = count(1)
BOOKS = (ask_scenes, pause_scenes, line_scenes, host_scenes, schedule_scenes, copy_scenes, card_scenes)
WHERE = ("Harbour", "Mountain", "River", "Railway", "Desert", "Forest", "Glass", "Paper", "Tea", "Toy")


def session(username: str) -> str:
    """Sign somebody in and return the session's key for a cookie."""
    user = User.objects.get(username=username)
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def workplace(like: str, previews: bool = False) -> dict[str, Any]:
    """A site of its own that publishes as the site `like` does, to the same web host, with one person of each role.

    `previews`: it makes previews too, and its content is read.
    """
    model = Environment.objects.select_related("site", "gitlab_project").get(site__slug=like, slug="live")
    number = next(_number)
    site = scenes.make_site(name=f"Museum {number}", slug=f"place-{number}", cms_url=model.site.cms_url)
    environment = scenes.make_environment(
        site=site,
        url=model.url,
        marker_url=model.marker_url,
        gitlab_project=model.gitlab_project,
        ref=model.ref,
        target=model.target,
    )
    names = {Role.READER: "Rui", Role.EDITOR: "Mei", Role.PUBLISHER: "Ana", Role.ADMIN: "Tomás"}
    people = {
        str(role): scenes.make_person(role, site=site, username=f"{role}-{number}", first_name=name, last_name="Lind")
        for role, name in names.items()
    }
    sessions = {role: session(user.username) for role, user in people.items()}
    place = _place(environment) | {"sessions": sessions, "editor": people[Role.EDITOR].username}
    return place | (preview_orders.equip(site, like=model.site) if previews else {})


def scene(name: str) -> dict[str, Any]:
    """The state of the card that has this name in the scenes, and who looks at it."""
    made_by = next(book for book in BOOKS if hasattr(book, name))
    environment, person = getattr(made_by, name)()
    return _place(environment) | {"session": session(person.username), **_newest(environment)}


def several(names: list[str], more: int = 0) -> dict[str, Any]:
    """One publisher of many sites: one at each state with these names, and so many where nothing ever happened."""
    person = scenes.make_person(None, first_name="Ana", last_name="Ribeiro")
    places = []
    for position, name in enumerate(names):
        made_by = next(book for book in BOOKS if hasattr(book, name))
        environment, _ana = getattr(made_by, name)()
        environment.site.name = f"{WHERE[position % len(WHERE)]} Museum"
        environment.site.save(update_fields=["name"])
        places.append(environment)
    places += [scenes.make_environment(site=scenes.make_site(name=f"Village {n + 1:02}")) for n in range(more)]
    for environment in places:
        Membership.objects.create(user=person, site=environment.site, role=Role.PUBLISHER)
    return {"session": session(person.username), "places": [_place(one) | _newest(one) for one in places]}


def let_think(site: str, seconds: int) -> None:
    """A press of this site waits so long before it starts."""
    Environment.objects.filter(site__slug=site, slug="live").update(grace=seconds)


def four_eyes(site: str) -> None:
    """A second person has to approve what goes live on this site."""
    Environment.objects.filter(site__slug=site, slug="live").update(four_eyes=True)


def someone(site: str, role: str) -> str:
    """A further person with this role; returns their session."""
    environment = Environment.objects.get(site__slug=site, slug="live")
    return session(scenes.make_person(role, site=environment.site).username)


def begins(site: str) -> None:
    """A colleague's build runs, begun 100 seconds ago."""
    environment = Environment.objects.get(site__slug=site, slug="live")
    mei = scenes.make_person(Role.EDITOR, site=environment.site, first_name="Mei", last_name="Okafor")
    card_scenes.started(environment, mei, State.RUNNING)


def stranger() -> str:
    """Somebody without any site; returns their session."""
    return session(scenes.make_person(None).username)


def history(builds: int) -> dict[str, Any]:
    """A site with so many builds in many states, the newest of them live."""
    environment, person = card_scenes.ready()
    ends = [State.SUCCEEDED, State.FAILED, State.CANCELED, State.LOST, State.SUPERSEDED]
    for position in range(builds - 2):
        begun = now() - timedelta(hours=builds - position)
        facts = {"requested_by": person, "requested_at": begun, "claimed_at": begun + timedelta(seconds=3)}
        facts["finished_at"] = begun + timedelta(minutes=4, seconds=position % 7 * 9)
        scenes.make_build(environment=environment, state=ends[position % len(ends)], **facts)
    card_scenes.live_since(environment, person)
    return _place(environment) | {"session": session(person.username), **_newest(environment)}


def hostile() -> dict[str, Any]:
    """Content that tries to be more than text waits to go live."""
    environment, person = card_scenes.ready()
    source = scenes.make_source(site=environment.site)
    scenes.store_entries(source, hostile_content.before())
    build = environment.builds.get()
    scenes.carry(build, source)
    scenes.store_entries(source, hostile_content.after())
    later = scenes.make_build(environment=environment, state=State.FAILED)
    scenes.carry(later, source)
    return _place(environment) | {"session": session(person.username)}


def compared() -> dict[str, Any]:
    """Two builds that carry content, seven changes apart."""
    environment, person = card_scenes.changes_waiting()
    content_scenes.carry_now(scenes.make_build(environment=environment, state=State.SUCCEEDED, requested_by=person))
    return _place(environment) | {"session": session(person.username)}


def entries() -> dict[str, Any]:
    """Three builds with content, a fourth under way, and entries with a past: edited, removed, and hostile ones."""
    made = entry_scenes.make()
    return made | {"session": session(made.pop("person").username)}


def previews() -> dict[str, Any]:
    """A site with previews in every condition, for an editor; the newest could go live as it is."""
    made = preview_orders.make()
    return made | {"session": session(made.pop("person").username)}


def sources() -> dict[str, Any]:
    """Sources in every condition, for an admin and for somebody who runs Buildhub."""
    made = source_scenes.make()
    root = scenes.make_person(None, is_superuser=True)
    return made | {"session": session(made.pop("admin").username), "root": session(root.username)}


def settings() -> dict[str, Any]:
    """A site with an environment and a connection, for its admin."""
    environment, _person = card_scenes.ready()
    admin = scenes.make_person(Role.ADMIN, site=environment.site)
    pages = [f"environments/{environment.slug}/{name}" for name in ("", "hosting/", "rules/")]
    address = f"/sites/{environment.site.slug}/settings/"
    return {"settings": address, "pages": pages, "session": session(admin.username)}


def notifications() -> dict[str, Any]:
    """Places and messages in every condition, for an admin."""
    made = notification_scenes.make()
    return made | {"session": session(made.pop("admin").username)}


def tokens() -> dict[str, Any]:
    """Tokens and badges in every condition, for an admin."""
    made = api_orders.tokens_of()
    return made | {"session": session(made.pop("admin").username)}


def people() -> dict[str, Any]:
    """A site with people of every role and invitations in every condition, for an admin."""
    made = people_scenes.make()
    return made | {"session": session(made.pop("admin").username)}


def somebody(name: str) -> None:
    """A person with this user name, a mail address and the password `correct horse`."""
    scenes.make_person(None, username=name, email=f"{name}@museum.example", first_name="Mei", last_name="Okafor")


def mailed(site: str) -> None:
    """Everybody of the site has a mail address."""
    for person in User.objects.filter(memberships__site__slug=site):
        User.objects.filter(pk=person.pk).update(email=f"{person.username}@museum.example")


def wishes(build: int) -> int:
    """How many people want a mail when this build is done."""
    return _build(build).wishes.count()


def unwell() -> dict[str, Any]:
    """An admin of a site with builds under way, while worker and beat are silent; GitLab's limit is nearly used up."""
    environment, _person = card_scenes.building()
    GitLabProject.objects.filter(pk=environment.gitlab_project_id).update(heard_at=now(), hook_heard_at=now())
    if environment.gitlab_project:
        environment.gitlab_project.note_rate(limit=2000, left=120, resets_at=now() + timedelta(minutes=1))
    card_scenes.stop_parts(*Part)
    admin = scenes.make_person(Role.ADMIN, site=environment.site)
    return _place(environment) | {"session": session(admin.username)}


def supported() -> dict[str, Any]:
    """A superuser who is staff, and a build that runs."""
    environment, _person = card_scenes.building()
    root = scenes.make_person(None, is_superuser=True, is_staff=True)
    build = environment.builds.active().get()
    return _place(environment) | {"session": session(root.username), "build": build.pk, "person": root.pk}


def well() -> None:
    """Every part gives a sign of life, and will for a while."""
    Heartbeat.objects.update(seen_at=now() + timedelta(hours=1))


def saved(site: str) -> None:
    """Somebody edits: the content is read anew, and watching pages are told."""
    environment = Environment.objects.get(site__slug=site, slug="live")
    content_scenes.edit(environment.site)
    environment.touch()


def saved_again(site: str) -> None:
    """A minute later somebody saved once more."""
    content_scenes.edit_again(Environment.objects.get(site__slug=site, slug="live").site)


def lost() -> dict[str, Any]:
    """A build that was given up because nothing was heard of it."""
    environment, person = card_scenes.ready()
    card_scenes.started(environment, person, State.LOST)
    return _place(environment) | {"session": session(person.username), **_newest(environment)}


def happened(build: int, words: str) -> None:
    """Something happened to a build, so that watching pages have something new to show."""
    note(_build(build), words)


def ends(build: int, state: str) -> None:
    """The build ends; one that went well is recorded as a release that waits for its proof."""
    ended = _build(build)
    Job.objects.filter(build=ended, finished_at=None).update(status="success", finished_at=now())
    advance(ended, State(state), error_class="build_command" if state == State.FAILED else "")
    if state == State.SUCCEEDED:
        record(ended)


def reports(build: int) -> None:
    """The report of what the build put on the web host has come."""
    host_scenes.reported(_build(build))


def is_seen_live(build: int) -> None:
    """The site names this build."""
    mark_live(_build(build).release)


def log(build: int, text: str, complete: bool = False) -> None:
    """The log of the build's newest job has this text so far."""
    job = _build(build).jobs.order_by("job_id").last()
    JobLog.objects.update_or_create(job=job, defaults={"text": text, "is_complete": complete})


def forget_other_logs(build: int) -> None:
    """All jobs but the newest have complete, empty logs."""
    for job in _build(build).jobs.order_by("-job_id")[1:]:
        JobLog.objects.update_or_create(job=job, defaults={"text": "", "is_complete": True})


def states(site: str) -> list[str]:
    """The states of all builds of a site, oldest first."""
    return list(Build.objects.filter(site__slug=site).order_by("number").values_list("state", flat=True))


def seed(sandbox: dict[str, Any], people_file: str) -> None:
    """Put the demo into the database, as `manage.py up` does."""
    demo.seed(sandbox=sandbox, people_file=Path(people_file))


def _build(pk: int) -> Build:
    return Build.objects.select_related("environment__site").get(pk=pk)


def _place(environment: Environment) -> dict[str, Any]:
    site = environment.site.slug
    publish = environment.get_absolute_url()
    addresses = {
        "changes": f"{publish}changes/",
        "history": f"/sites/{site}/history/",
        "compare": f"/sites/{site}/compare/",
    }
    return {"site": site, "publish": publish, **addresses}


def _newest(environment: Environment) -> dict[str, Any]:
    build = environment.builds.order_by("-number").first()
    return {"build": build.pk, "build_page": build.get_absolute_url()} if build else {}


ORDERS: dict[str, Callable[..., Any]] = {
    order.__name__: order
    for order in (
        *(session, workplace, several, let_think, four_eyes, scene, someone, begins, stranger, history, lost),
        *(hostile, compared, entries, sources, saved, saved_again, unwell, well, notifications, mailed, wishes),
        *(people, somebody, supported),
        *(happened, ends, reports, is_seen_live, log, forget_other_logs, states, seed),
        *(preview_orders.expire, previews, api_orders.site_token, api_orders.read_content, tokens, settings),
    )
}


def main() -> None:
    """Carry out orders until nobody gives any."""
    for line in sys.stdin:
        name, arguments = json.loads(line)
        quick = nullcontext() if name == "seed" else QUICK_HASH
        with quick, transaction.atomic():
            answer = ORDERS[name](**arguments)
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
