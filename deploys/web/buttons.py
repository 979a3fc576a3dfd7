"""Buttons as data: what they say, where they lead, and why they are off."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from deploys.models import Build, Environment


@dataclass(frozen=True, kw_only=True)
class Button:
    """A form with one button (`posts`) or a link. `off` is the visible reason why it cannot be pressed.

    `publishes` marks what needs the right to publish; `opens_dialog` a link whose page is a question. `id` stays the
    same over polls, so that focus stays.
    """

    id: str
    label: str
    url: str
    posts: bool = True
    tone: str = ""
    icon: str = ""
    busy: str = ""
    off: str = ""
    publishes: bool = False
    opens_dialog: bool = False

    @property
    def reason_id(self) -> str:
        """The id of the visible reason."""
        return f"{self.id}-why"


def publish(
    environment: Environment, label: str, *, tone: str = "primary", off: str = "", id: str = "do-publish"
) -> Button:
    """Ask for a build."""
    url = reverse("request-build", args=[environment.site.slug, environment.slug])
    icon = "publish" if tone == "primary" else ""
    return Button(id=id, label=label, url=url, tone=tone, icon=icon, busy=_("Starting"), publishes=True, off=off)


def health(environment: Environment) -> Button:
    """The page that says which part does not run and how it is started."""
    url = reverse("site-health", args=[environment.site.slug])
    return Button(id="health", label=_("Open Health"), url=url, posts=False)


def stop(build: Build, label: str = "", *, off: str = "") -> Button:
    """Stop a build, or leave the line."""
    return Button(
        id=f"stop-{build.number}",
        label=label or _("Stop this publish"),
        url=reverse("cancel-build", args=[build.site.slug, build.number]),
        icon="minus-circle",
        busy=_("Stopping"),
        off=off,
    )


def retry(build: Build, label: str = "", *, tone: str = "") -> Button:
    """Ask for a build in place of one that ended."""
    return Button(
        id="do-retry",
        label=label or _("Try again"),
        url=reverse("retry-build", args=[build.site.slug, build.number]),
        tone=tone,
        icon="again",
        busy=_("Starting"),
        publishes=True,
    )


def stop_and_retry(build: Build, label: str, *, tone: str = "primary") -> Button:
    """Give a silent build up and ask for a new one."""
    return Button(
        id="do-stop-and-retry",
        label=label,
        url=reverse("stop-and-retry", args=[build.site.slug, build.number]),
        tone=tone,
        icon="again",
        busy=_("Starting"),
        publishes=True,
    )


def keep_waiting(build: Build) -> Button:
    """Put the notice of a silent build off."""
    return Button(
        id="do-keep-waiting",
        label=_("Keep waiting"),
        url=reverse("keep-waiting", args=[build.site.slug, build.number]),
        busy=_("Waiting"),
        publishes=True,
    )


def look_again(build: Build) -> Button:
    """Have the build service asked once more."""
    return Button(
        id="do-look-again",
        label=_("Look again"),
        url=reverse("look-again", args=[build.site.slug, build.number]),
        tone="primary",
        busy=_("Looking"),
        publishes=True,
    )


def hide(build: Build) -> Button:
    """Put a failure notice away."""
    return Button(
        id="do-hide",
        label=_("Hide this"),
        url=reverse("hide-failure", args=[build.site.slug, build.number]),
        tone="quiet",
        busy=_("Hiding"),
        publishes=True,
    )


def bring_back(
    build: Build, label: str = "", *, off: str = "", tone: str = "", id: str = "ask-bring-back", back: bool = False
) -> Button:
    """Lead to the question whether the version of this build shall be live again; `back`: on the build's page."""
    url = reverse("bring-back", args=[build.site.slug, build.number])
    return Button(
        id=id,
        label=label or _("Bring back build {number}").format(number=build.number),
        url=f"{url}?back=build" if back else url,
        posts=False,
        tone=tone,
        icon="turn-back",
        off=off,
        opens_dialog=True,
    )


def approve(build: Build, label: str = "", *, tone: str = "primary") -> Button:
    """Lead to the page that shows what is in the build, where a second person lets it go live."""
    url = reverse("approval", args=[build.site.slug, build.number])
    label = label or _("Approve and publish")
    return Button(id="ask-approve", label=label, url=url, posts=False, tone=tone, icon="tick" if tone else "")


def decline(build: Build) -> Button:
    """Lead to the place on that page where a second person declines the build with a reason."""
    url = f"{reverse('approval', args=[build.site.slug, build.number])}#decline"
    return Button(id="ask-decline", label=_("Decline"), url=url, posts=False)


def undo(build: Build) -> Button:
    """Take a bring-back back."""
    url = reverse("undo-bring-back", args=[build.site.slug, build.number])
    return Button(id="do-undo", label=_("Undo"), url=url, icon="again", busy=_("Undoing"))


def lift_hold(environment: Environment) -> Button:
    """Let automatic publishing go on although an earlier version is live."""
    url = reverse("lift-hold", args=[environment.site.slug, environment.slug])
    return Button(id="lift-hold", label=_("Let automatic publishing go on"), url=url, tone="quiet", busy=_("Saving"))


def compare(base: Build, to: Build, label: str) -> Button:
    """Lead to the comparison of two builds."""
    url = f"{reverse('compare', args=[to.site.slug])}?{urlencode({'from': base.number, 'to': to.number})}"
    return Button(id="compare-versions", label=label, url=url, posts=False)


def details(build: Build, label: str = "", *, tone: str = "quiet", icon: str = "") -> Button:
    """Lead to the build's page."""
    url = reverse("build", args=[build.site.slug, build.number])
    return Button(id="show-details", label=label or _("Show details"), url=url, posts=False, tone=tone, icon=icon)


def service_status(environment: Environment) -> Button:
    """Lead to the page that says whether GitLab answers."""
    url = reverse("service", args=[environment.site.slug, environment.slug])
    return Button(id="service-status", label=_("Check the service status"), url=url, posts=False)


def view_preview(build: Build) -> Button:
    """Open the preview that this build is."""
    url = build.preview.url
    return Button(id="open-preview", label=_("Open the preview"), url=url, posts=False, tone="primary", icon="open")


def view_site(environment: Environment, *, tone: str = "") -> Button:
    """Open the public site."""
    return Button(
        id="view-site",
        label=_("View the site"),
        url=environment.url,
        posts=False,
        tone=tone,
        icon="open",
    )
