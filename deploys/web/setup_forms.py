"""The forms of the guided set-up: those of the settings, with what a first build needs beside them."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy

from deploys.models import Environment, GitLabProject, SendAs, User
from deploys.setup.actions import Change
from deploys.web.environment_forms import EnvironmentForm, HostingForm
from deploys.web.settings_form import Groups
from deploys.web.site_forms import GitLabForm

MARKER = "buildhub.json"


class GitLabStepForm(GitLabForm):
    """The connection, and the branch that builds the live site."""

    ref = forms.CharField(
        max_length=255,
        label=EnvironmentForm.Meta.labels["ref"],
        help_text=gettext_lazy("The pipeline of the live site runs on it."),
    )
    send_as = forms.ChoiceField(
        choices=SendAs.choices,
        label=EnvironmentForm.Meta.labels["send_as"],
        help_text=EnvironmentForm.Meta.help_texts["send_as"],
    )
    groups: ClassVar[Groups] = (*GitLabForm.groups, (gettext_lazy("What is built"), ("ref", "send_as")))

    def __init__(self, data: Any = None, *, row: GitLabProject, user: User, place: Environment) -> None:
        super().__init__(data, row=row, user=user)
        self.place = place
        self.initial.update({"ref": place.ref, "send_as": place.send_as})

    def built(self) -> Environment:
        """The environment as it was typed, not saved."""
        self.place.ref, self.place.send_as = self.cleaned_data["ref"], self.cleaned_data["send_as"]
        return self.place

    def change_of_place(self, subject: str) -> Change:
        """What is to be saved of the environment."""
        names = ("ref", "send_as")
        return Change(subject=subject, labels={name: str(self.fields[name].label) for name in names}, shown={})


class HostingStepForm(HostingForm):
    """Where the live site is published, and the file that proves it."""

    groups: ClassVar[Groups] = (
        (gettext_lazy("Where it is published"), ("target", "endpoint", "distribution")),
        (gettext_lazy("How Buildhub sees that it is live"), ("marker_url", "checks_pages")),
    )
    secrets = {}

    class Meta(HostingForm.Meta):
        fields = ["target", "endpoint", "distribution", "checks_pages", "marker_url"]
        labels = HostingForm.Meta.labels | {"marker_url": EnvironmentForm.Meta.labels["marker_url"]}
        help_texts = HostingForm.Meta.help_texts | {"marker_url": EnvironmentForm.Meta.help_texts["marker_url"]}

    def __init__(self, data: Any = None, *, row: Environment, user: User) -> None:
        super().__init__(data, row=row, user=user)
        if not row.marker_url:
            self.initial["marker_url"] = f"{row.url.rstrip('/')}/{MARKER}"
