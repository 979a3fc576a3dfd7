"""The forms of an environment: what it is, where it is published, and by which rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.checks import PREVIEW_URL
from deploys.models import Environment, EnvironmentKind, GitLabProject, Site, User
from deploys.setup import rights
from deploys.web.settings_form import Groups, SettingsForm, check_reach, host_of

LONGEST = 24 * 60  # minutes
MOST_MINUTES = 7 * LONGEST


def connections_for(site: Site) -> Any:
    """The GitLab projects that an environment of the site may build in: those that the site uses."""
    return GitLabProject.objects.filter(environments__site=site).distinct()


class _ProjectField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: GitLabProject) -> str:
        """Host and number."""
        return _("Project {number} at {host}").format(number=obj.project_id, host=host_of(obj.url))


class EnvironmentForm(SettingsForm):
    """What an environment is, which branch builds it, and who publishes it."""

    minutes = forms.IntegerField(
        min_value=1,
        max_value=LONGEST,
        label=gettext_lazy("Time limit, in minutes"),
        help_text=gettext_lazy("A build that takes longer is given up."),
    )
    groups: ClassVar[Groups] = (
        (gettext_lazy("The place"), ("name", "kind", "url", "marker_url", "publish_role")),
        (
            gettext_lazy("How it is built"),
            ("gitlab_project", "ref", "send_as", "minutes", "resource"),
        ),
    )

    class Meta:
        model = Environment
        fields = [
            *("name", "kind", "url", "marker_url", "publish_role"),
            *("gitlab_project", "ref", "send_as", "resource", "time_limit"),
        ]
        field_classes = {"gitlab_project": _ProjectField}
        labels = {
            "name": gettext_lazy("Name"),
            "kind": gettext_lazy("Kind"),
            "url": gettext_lazy("Address"),
            "marker_url": gettext_lazy("Address of the marker"),
            "publish_role": gettext_lazy("Who may publish"),
            "gitlab_project": gettext_lazy("GitLab project"),
            "ref": gettext_lazy("Branch or tag"),
            "send_as": gettext_lazy("How builds are told apart"),
            "time_limit": gettext_lazy("Time limit"),
            "resource": gettext_lazy("Takes turns by the name"),
        }
        help_texts = {
            "url": gettext_lazy("What visitors open."),
            "marker_url": gettext_lazy("A JSON file of the site that names its build: it proves what is live."),
            "publish_role": gettext_lazy("The least role that may press Publish."),
            "ref": gettext_lazy("The pipeline runs on it."),
            "send_as": gettext_lazy(
                "GitLab's setting “Minimum role to use pipeline variables” may forbid variables: then choose inputs."
            ),
            "resource": gettext_lazy(
                "As the resource_group of the CI file, when environments share one. Empty: it waits for no other."
            ),
        }
        widgets = {"time_limit": forms.HiddenInput}

    def __init__(self, data: Any = None, *, row: Environment, user: User) -> None:
        super().__init__(data, row=row, user=user)
        project = self.fields["gitlab_project"]
        if isinstance(project, forms.ModelChoiceField):
            project.queryset = connections_for(row.site)
            project.empty_label = _("None yet")
        self.initial["minutes"] = max(1, round(_span(row.time_limit).total_seconds() / 60))
        self.fields["time_limit"].required = False
        if row.is_for_previews:
            del self.fields["marker_url"]

    def clean_time_limit(self) -> timedelta:
        """It is typed in minutes."""
        return _span(self.stored.time_limit)

    def clean_kind(self) -> str:
        """A site has one place for previews, and a place with builds stays one of its kind."""
        kind = str(self.cleaned_data["kind"])
        others = Environment.objects.filter(site=self.stored.site, kind=EnvironmentKind.PREVIEW).exclude(
            pk=self.stored.pk
        )
        if kind == EnvironmentKind.PREVIEW and others.exists():
            raise forms.ValidationError(_("This site has a place for previews already."))
        crosses = EnvironmentKind.PREVIEW in {kind, self.stored.kind} and kind != self.stored.kind
        if crosses and self.stored.pk and self.stored.builds.exists():
            raise forms.ValidationError(_("It has builds already. Add another environment instead."))
        return kind

    def clean(self) -> dict[str, Any]:
        """Take the time limit over in whole minutes, when they were changed."""
        found = super().clean()
        if "minutes" in found and "minutes" in self.changed_data:
            found["time_limit"] = timedelta(minutes=found["minutes"])
        return found


class NewEnvironmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """A further environment; everything else is set afterwards on its own page."""

    class Meta:
        model = Environment
        fields = ["name", "kind", "url", "ref"]
        labels = EnvironmentForm.Meta.labels
        help_texts = {
            "name": gettext_lazy("As people here call it, such as “Staging”."),
            "url": gettext_lazy("What people open to look at it."),
            "ref": gettext_lazy("The pipeline runs on it."),
        }
        widgets = {"kind": forms.Select(attrs={"class": "bh-input"})}

    def __init__(self, data: Any = None, *, site: Site) -> None:
        model = site.environments.select_related("site").first()
        blank = Environment(site=site, kind=EnvironmentKind.STAGING)
        if model:
            blank.gitlab_project_id, blank.send_as, blank.ref = model.gitlab_project_id, model.send_as, model.ref
        super().__init__(data, instance=blank)

    def clean(self) -> dict[str, Any]:
        """Make the short name, and refuse what the site has already."""
        found = super().clean() or self.cleaned_data
        site, slug = self.instance.site, slugify(found.get("name", ""))[:50]
        rows = Environment.objects.filter(site=site)
        if "name" in found and not slug:
            self.add_error("name", _("The name needs plain letters or numbers."))
        elif slug and rows.filter(Q(slug=slug) | Q(name__iexact=found["name"])).exists():
            self.add_error("name", _("The site has an environment of this name already."))
        if found.get("kind") == EnvironmentKind.PREVIEW and rows.filter(kind=EnvironmentKind.PREVIEW).exists():
            self.add_error("kind", _("This site has a place for previews already."))
        if slug == "new":
            self.add_error("name", _("Choose another name: this one is kept for a page."))
        self.instance.slug = slug
        return found


class HostingForm(SettingsForm):
    """Where the pipeline publishes to, and how long earlier versions are kept there."""

    secrets = {
        "report_token": (
            gettext_lazy("Report token"),
            gettext_lazy("Only where the worker cannot read the host: the pipeline hands its report over with it."),
        )
    }
    groups: ClassVar[Groups] = (
        (gettext_lazy("Where it is published"), ("target", "endpoint", "distribution", "preview_url", "checks_pages")),
        (gettext_lazy("What is kept there"), ("keep_releases", "keep_days")),
        (gettext_lazy("Reports"), ("report_token",)),
    )

    class Meta:
        model = Environment
        fields = [
            *("target", "endpoint", "distribution", "preview_url", "checks_pages", "keep_releases", "keep_days"),
        ]
        labels = {
            "target": gettext_lazy("Target"),
            "endpoint": gettext_lazy("Endpoint"),
            "distribution": gettext_lazy("CloudFront distribution"),
            "preview_url": gettext_lazy("Address of previews"),
            "checks_pages": gettext_lazy("Compare the pages that visitors get with those that were published"),
            "keep_releases": gettext_lazy("Newest versions that are always kept"),
            "keep_days": gettext_lazy("Days that every version is kept"),
        }
        help_texts = {
            "target": gettext_lazy(
                "s3://bucket or s3://bucket/folder, as in the pipeline. Empty: Buildhub neither keeps nor brings back "
                "versions."
            ),
            "endpoint": gettext_lazy("Address of an S3-compatible host. Empty: AWS."),
            "distribution": gettext_lazy("Its ID, such as E1A2B3C4D5E6F7. Empty: none."),
            "preview_url": gettext_lazy(
                "With {label} in it: https://{label}.preview.example.org/ or https://www.example.org/previews/{label}/."
            ),
            "checks_pages": gettext_lazy("Switch it off where the host rewrites pages."),
        }

    def __init__(self, data: Any = None, *, row: Environment, user: User) -> None:
        super().__init__(data, row=row, user=user)
        out = ("checks_pages", "keep_releases", "keep_days") if row.is_for_previews else ("preview_url",)
        for name in out:
            self.fields.pop(name, None)

    def clean_target(self) -> str:
        """A bucket, or a folder of this server where those who run Buildhub say so."""
        typed = str(self.cleaned_data["target"]).strip().rstrip("/")
        if typed in ("", self.stored.target):
            return typed
        if typed.startswith("s3://") and typed.removeprefix("s3://").partition("/")[0]:
            return typed
        if not typed.startswith("/") or "/../" in f"{typed}/":
            raise forms.ValidationError(_("A target is s3://bucket, s3://bucket/folder, or the full path of a folder."))
        if not self.user.is_superuser:
            raise forms.ValidationError(_("Only those who run Buildhub may name a folder of this server. Ask them."))
        return typed

    def clean_endpoint(self) -> str:
        """Refuse networks that this person may not send the server into."""
        typed = str(self.cleaned_data["endpoint"]).strip()
        if not typed or typed == self.stored.endpoint:
            return typed
        if not typed.startswith(("https://", "http://")):
            raise forms.ValidationError(_("The endpoint begins with https://."))
        known = set(Environment.objects.exclude(endpoint="").values_list("endpoint", flat=True))
        check_reach(typed, self.user, known=typed in known)
        return typed

    def clean_preview_url(self) -> str:
        """It names the place of the label."""
        typed = str(self.cleaned_data["preview_url"]).strip()
        if typed and not PREVIEW_URL.fullmatch(typed):
            raise forms.ValidationError(_("It needs {label} as its first host name or as the last part of its path."))
        return f"{typed.rstrip('/')}/" if typed else ""

    def clean_keep_releases(self) -> int:
        """At least the live one."""
        kept = int(self.cleaned_data["keep_releases"])
        if kept < 1:
            raise forms.ValidationError(_("Keep at least one version: the live one."))
        return kept

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        moved = self.instance.target != self.stored.target or self.instance.endpoint != self.stored.endpoint
        if not self.errors and moved and not rights.may_use_place(self.user, self.instance):
            self.add_error("target", _("Another site is published there. Choose a place of its own."))


class RulesForm(SettingsForm):
    """When a press asks first, who has to approve, and what goes live by itself."""

    groups: ClassVar[Groups] = (
        (gettext_lazy("When somebody presses"), ("grace", "ask_first", "four_eyes")),
        (gettext_lazy("Without a press"), ("publishes_dated", "quiet_minutes", "at_most_every")),
    )

    class Meta:
        model = Environment
        fields = ["grace", "ask_first", "four_eyes", "publishes_dated", "quiet_minutes", "at_most_every"]
        labels = {
            "grace": gettext_lazy("Seconds to undo a press"),
            "ask_first": gettext_lazy("Ask before publishing"),
            "four_eyes": gettext_lazy("A second person approves before anything goes live"),
            "publishes_dated": gettext_lazy("Entries that the CMS dates go live and leave by themselves"),
            "quiet_minutes": gettext_lazy("Publish so many minutes after the last edit"),
            "at_most_every": gettext_lazy("Minutes between two publishes, at least"),
        }
        help_texts = {
            "grace": gettext_lazy("Empty: 5 seconds for a live site, none elsewhere."),
            "ask_first": gettext_lazy("The question shows what goes live."),
            "quiet_minutes": gettext_lazy("Empty: never by itself."),
            "at_most_every": gettext_lazy("Of those that start by themselves."),
        }

    def __init__(self, data: Any = None, *, row: Environment, user: User) -> None:
        super().__init__(data, row=row, user=user)
        for name, least, most in (("grace", 0, 600), ("quiet_minutes", 1, LONGEST), ("at_most_every", 0, MOST_MINUTES)):
            self.fields[name] = forms.IntegerField(
                label=self.fields[name].label,
                help_text=self.fields[name].help_text,
                required=name == "at_most_every",
                min_value=least,
                max_value=most,
            )
        if row.is_for_previews:
            for name in ("ask_first", "four_eyes", "publishes_dated", "quiet_minutes", "at_most_every"):
                del self.fields[name]


def _span(value: Any) -> timedelta:
    """The time limit; a row that was never saved has it as text."""
    if isinstance(value, timedelta):
        return value
    return timedelta(hours=1)
