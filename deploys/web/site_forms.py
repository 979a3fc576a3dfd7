"""The forms of a site, of its connection to GitLab, and of the first step of a new one."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.models import GitLabProject, Retention, Site, User
from deploys.setup import rights
from deploys.web.settings_form import Groups, SettingsForm, check_reach, host_of
from deploys.web.time_zone import zone_choices, zone_named

TAKEN = {"new"}  # short names that would hide a page
ZONE_WIDGET = forms.TextInput(attrs={"list": "zones", "autocomplete": "off"})
CMS_HELP = gettext_lazy("Where editors write. Links from a failed build lead there and nowhere else.")
ZONE_HELP = gettext_lazy("A name such as Europe/Lisbon: what “tomorrow at 7” means, and what clocks show.")


class ZoneForm(forms.Form):
    """The time zone with its list of names."""

    @property
    def zones(self) -> list[str]:
        """The names to choose from."""
        return zone_choices()

    def clean_time_zone(self) -> str:
        """Refuse names that are no zone."""
        name = str(self.cleaned_data["time_zone"]).strip()
        if zone_named(name) is None:
            raise forms.ValidationError(_("There is no time zone of this name. Choose one from the list."))
        return name


class SiteForm(SettingsForm, ZoneForm):
    """Name, clock and CMS of a site, and the secrets by which its builds read the content."""

    secrets = {
        "content_token": (
            gettext_lazy("Content token"),
            gettext_lazy("Builds read the published content with it: CONTENT_API_TOKEN in GitLab."),
        ),
        "drafts_token": (
            gettext_lazy("Drafts token"),
            gettext_lazy("Builds of previews read drafts with it: DRAFTS_API_TOKEN in GitLab."),
        ),
    }
    groups: ClassVar[Groups] = (
        (gettext_lazy("The site"), ("name", "time_zone", "cms_url")),
        (gettext_lazy("What builds read with"), ("content_token", "drafts_token")),
    )

    class Meta:
        model = Site
        fields = ["name", "time_zone", "cms_url"]
        labels = {
            "name": gettext_lazy("Name"),
            "time_zone": gettext_lazy("Time zone"),
            "cms_url": gettext_lazy("Address of the CMS"),
        }
        help_texts = {"name": gettext_lazy("As people here call it."), "time_zone": ZONE_HELP, "cms_url": CMS_HELP}
        widgets = {"time_zone": ZONE_WIDGET}


class RetentionForm(SettingsForm):
    """How long a site keeps what it no longer needs."""

    groups: ClassVar[Groups] = ((gettext_lazy("How many days"), ("log_days", "content_days", "message_days")),)

    class Meta:
        model = Retention
        fields = ["log_days", "content_days", "message_days"]
        labels = {
            "log_days": gettext_lazy("Logs of builds"),
            "content_days": gettext_lazy("Earlier content"),
            "message_days": gettext_lazy("Sent messages"),
        }
        help_texts = {
            "log_days": gettext_lazy(
                "From the end of the build on. Empty: for ever. Those of what visitors see are always kept."
            ),
            "content_days": gettext_lazy(
                "For comparing older builds word by word. Empty: for ever. What visitors see, what can be brought back "
                "and what the CMS holds now are always kept."
            ),
            "message_days": gettext_lazy("With the answers of the places that they went to. Empty: for ever."),
        }


class GitLabForm(SettingsForm):
    """Where GitLab is, which project builds the site, and the two tokens."""

    secrets = {
        "trigger_token": (
            gettext_lazy("Trigger token"),
            gettext_lazy("In the GitLab project: Settings → CI/CD → Pipeline trigger tokens. It starts builds."),
        ),
        "api_token": (
            gettext_lazy("API token"),
            gettext_lazy(
                "In the GitLab project: Settings → Access tokens, with the scope api. Role Maintainer lets Buildhub "
                "check everything here; Developer is enough to build. It follows and stops builds."
            ),
        ),
    }
    groups: ClassVar[Groups] = (
        (gettext_lazy("The project"), ("url", "project_id")),
        (gettext_lazy("Tokens"), ("trigger_token", "api_token")),
    )

    class Meta:
        model = GitLabProject
        fields = ["url", "project_id"]
        labels = {"url": gettext_lazy("GitLab address"), "project_id": gettext_lazy("Project ID")}
        help_texts = {
            "url": gettext_lazy("Its first page, such as https://gitlab.com."),
            "project_id": gettext_lazy("The number: on the project's page, menu with three dots → Copy project ID."),
        }

    def clean_url(self) -> str:
        """Refuse what is no web address, and networks that this person may not send the server into."""
        typed = str(self.cleaned_data["url"]).rstrip("/")
        hosts = {host_of(url) for url in GitLabProject.objects.values_list("url", flat=True)}
        check_reach(typed, self.user, known=host_of(typed) in hosts)
        return typed

    def clean_project_id(self) -> str:
        """Without blanks."""
        return str(self.cleaned_data["project_id"]).strip()

    def clean(self) -> dict[str, Any]:
        """Ask for the tokens again when they would go to another host; join a known project only as its admin."""
        found = super().clean()
        if not self.errors and self.stored.pk and host_of(found["url"]) != host_of(self.stored.url):
            for name in self.secrets:
                if getattr(self.stored, name) and not found.get(name):
                    self.add_error(name, _("The address leads to another host now: enter the token again."))
        return found

    def known(self) -> GitLabProject | None:
        """The connection that exists already for this project; only its admins may use it."""
        typed = {"url": self.instance.url, "project_id": self.instance.project_id}
        return GitLabProject.objects.filter(**typed).exclude(pk=self.stored.pk).first()

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        other = self.known()
        if other is None:
            return
        if self.stored.pk or not rights.may_change_connection(self.user, other):
            self.add_error(
                "project_id",
                _("Another site is connected to this project already. An admin of that site can connect this one."),
            )

    def validate_constraints(self) -> None:
        """That a project has one row is said by the form itself, with what to do."""


class NewSiteForm(ZoneForm, forms.Form):
    """The first step of a new site."""

    name = forms.CharField(
        max_length=120, label=gettext_lazy("Name"), help_text=gettext_lazy("As people here call it.")
    )
    slug = forms.SlugField(
        max_length=50,
        required=False,
        label=gettext_lazy("Short name"),
        help_text=gettext_lazy("In addresses and commands, such as “museum”. Empty: made from the name. It stays."),
    )
    url = forms.URLField(
        assume_scheme="https",
        label=gettext_lazy("Address of the site"),
        help_text=gettext_lazy("What visitors open, such as https://www.example.org/."),
    )
    time_zone = forms.CharField(max_length=64, label=gettext_lazy("Time zone"), help_text=ZONE_HELP, widget=ZONE_WIDGET)
    cms_url = forms.URLField(
        assume_scheme="https", required=False, label=gettext_lazy("Address of the CMS"), help_text=CMS_HELP
    )

    def __init__(
        self, data: Any = None, *, user: User, time_zone: str = "UTC", site: Site | None = None, url: str = ""
    ) -> None:
        initial: dict[str, Any] = {"time_zone": user.time_zone or time_zone}
        if site:
            initial = {name: getattr(site, name) for name in ("name", "slug", "time_zone", "cms_url")} | {"url": url}
        self.stored = site
        super().__init__(data, initial=initial)
        if site:
            del self.fields["slug"]

    def clean(self) -> dict[str, Any]:
        """Make the short name, and refuse one that is taken."""
        found = super().clean() or self.cleaned_data
        if self.stored:
            return found
        slug = found.get("slug") or slugify(found.get("name", ""))[:50]
        if not slug:
            self.add_error("slug", _("The name has no plain letters: enter a short name."))
        elif slug in TAKEN or Site.objects.filter(slug=slug).exists():
            self.add_error("slug", _("The short name “{slug}” is taken. Enter another.").format(slug=slug))
        found["slug"] = slug
        return found

    @property
    def site(self) -> Site:
        """The site as it was typed, not saved."""
        given = self.cleaned_data
        return Site(**{name: given[name] for name in ("name", "slug", "time_zone", "cms_url")})
