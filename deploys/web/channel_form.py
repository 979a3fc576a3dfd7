"""The form of a place that messages go to. Addresses are secrets: they go in and never come out."""

from __future__ import annotations

from datetime import time
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.content.sources.addresses import Guard
from deploys.content.sources.errors import SourceError
from deploys.models import Channel, ChannelKind
from deploys.notifications.channels.posting import blocked_words
from deploys.notifications.channels.webhook import key_of
from deploys.notifications.reasons import topic_choices

DIGEST = (("", gettext_lazy("At once")), ("daily", gettext_lazy("Once a day, in one message")))
ADDRESS_WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    ChannelKind.EMAIL: (gettext_lazy("Mail address"), ""),
    ChannelKind.SLACK: (
        gettext_lazy("Webhook URL"),
        gettext_lazy("In Slack: create an app with an incoming webhook for the channel, and copy its URL."),
    ),
    ChannelKind.TEAMS: (
        gettext_lazy("Workflow URL"),
        gettext_lazy(
            "In Teams: at the channel choose Workflows, “Send webhook alerts to a channel”, and copy the URL it shows."
        ),
    ),
    ChannelKind.WEBHOOK: (
        gettext_lazy("URL"),
        gettext_lazy("Gets a signed POST for each event, after Standard Webhooks."),
    ),
}


class ChannelForm(forms.Form):
    """What somebody types. `channel` is the row that it is about, saved or not; `row` the changed one."""

    name = forms.CharField(
        max_length=80, required=False, label=gettext_lazy("Name"), help_text=gettext_lazy("As lists call it.")
    )
    address = forms.CharField(
        max_length=1000, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    secret = forms.CharField(
        max_length=200,
        required=False,
        label=gettext_lazy("Signing secret"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    renew_secret = forms.BooleanField(required=False, label=gettext_lazy("Make a new signing secret"))
    for_programs = forms.BooleanField(
        required=False,
        label=gettext_lazy("For programs: every event"),
        help_text=gettext_lazy(
            "Each state of every build, pauses, plans and schedules, so that a program need not ask. "
            "What is chosen below then does not matter."
        ),
    )
    topics = forms.MultipleChoiceField(
        required=False, label=gettext_lazy("What it hears of"), widget=forms.CheckboxSelectMultiple
    )
    digest = forms.ChoiceField(
        required=False, choices=DIGEST, label=gettext_lazy("Send"), widget=forms.Select(attrs={"class": "bh-input"})
    )
    digest_at = forms.TimeField(
        required=False,
        label=gettext_lazy("Daily message at"),
        help_text=gettext_lazy("Only where messages go out once a day."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_from = forms.TimeField(
        required=False,
        label=gettext_lazy("Quiet from"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        required=False,
        label=gettext_lazy("Quiet until"),
        help_text=gettext_lazy(
            "Messages wait until then and come as one. Answers to your own presses come at once. All by the clock that "
            "the foot of the page names."
        ),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def __init__(self, data: Any = None, *, channel: Channel) -> None:
        self.channel, self.row = channel, channel
        super().__init__(data, initial=_initial(channel))
        self._fit()
        address = self.fields.get("address")
        if address is not None:
            label, words = ADDRESS_WORDS[channel.kind]
            address.label, address.help_text = str(label), str(words)
            if channel.pk and channel.kind != ChannelKind.EMAIL:
                address.required = False
                address.help_text = _("One is stored. Empty: it stays.")
        if channel.pk and "secret" in self.fields:
            self.fields["secret"].help_text = _("One is stored. Empty: it stays.")
        elif "secret" in self.fields:
            self.fields["secret"].help_text = _("Empty: Buildhub makes one and shows it once.")

    def _fit(self) -> None:
        """Leave out the questions that this kind of place does not ask."""
        channel = self.channel
        out = [] if channel.kind == ChannelKind.WEBHOOK else ["secret", "renew_secret"]
        if channel.kind != ChannelKind.WEBHOOK or channel.environment_id is None:
            out.append("for_programs")
        if not channel.pk:
            out.append("renew_secret")
        if channel.kind == ChannelKind.WEBHOOK:
            out += ["digest", "digest_at", "quiet_from", "quiet_until"]
        if is_own_mail(channel):
            out += ["name", "address"]
        for name in set(out):
            del self.fields[name]
        topics = self.fields["topics"]
        if channel.environment_id is None:
            del self.fields["topics"]
        elif isinstance(topics, forms.MultipleChoiceField):
            topics.choices = topic_choices(for_a_team=True)

    def clean_address(self) -> str:
        """Refuse what cannot be an address, or one that messages are not sent to."""
        typed: str = self.cleaned_data["address"].strip()
        if not typed:
            return self.channel.address
        if self.channel.kind == ChannelKind.EMAIL:
            return str(forms.EmailField().clean(typed))
        return _checked_url(typed)

    def clean_secret(self) -> str:
        """Refuse what is no secret of Standard Webhooks."""
        typed: str = self.cleaned_data["secret"].strip()
        if typed:
            try:
                key_of(typed)
            except ValueError as error:
                raise forms.ValidationError(
                    _("A secret is whsec_ and 24 to 64 bytes in base64. Empty: Buildhub makes one.")
                ) from error
        return typed

    def clean(self) -> dict[str, Any]:
        """Check what belongs together, and fill in the row."""
        super().clean()
        given = self.cleaned_data
        if given.get("digest") and not given.get("digest_at") and "digest_at" not in self.errors:
            given["digest_at"] = time(8, 0)
        if bool(given.get("quiet_from")) != bool(given.get("quiet_until")) and not self.errors:
            missing = "quiet_until" if given.get("quiet_from") else "quiet_from"
            self.add_error(missing, _("Quiet hours need a beginning and an end."))
        if not self.errors:
            self._fill(given)
        return given

    def _fill(self, given: dict[str, Any]) -> None:
        row = self.row
        for name in ("name", "address", "topics", "quiet_from", "quiet_until"):
            if name in self.fields:
                setattr(row, name, given[name])
        if "digest" in self.fields:
            row.digest_at = given["digest_at"] if given["digest"] else None


def is_own_mail(channel: Channel) -> bool:
    """True for the mail of a person: its address is the account's."""
    return channel.user_id is not None and channel.kind == ChannelKind.EMAIL


def _initial(channel: Channel) -> dict[str, Any]:
    return {
        "name": channel.name,
        "address": channel.address if channel.kind == ChannelKind.EMAIL else "",
        "topics": channel.topics,
        "for_programs": channel.is_for_programs,
        "digest": "daily" if channel.digest_at else "",
        "digest_at": channel.digest_at or time(8, 0),
        "quiet_from": channel.quiet_from,
        "quiet_until": channel.quiet_until,
    }


def _checked_url(typed: str) -> str:
    """The address as typed. Raises ValidationError for one that nothing is sent to, as far as that is known now."""
    try:
        parts = urlsplit(typed)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in ("https", "http"):
        raise forms.ValidationError(_("The address must begin with https://."))
    allowed = settings.NOTIFY_PRIVATE_HOSTS
    if parts.scheme == "http" and not {host, f"{host}:{port or 80}"} & set(allowed):
        raise forms.ValidationError(_("The address must begin with https://, so that nobody on the way can read it."))
    if host == "localhost" or host.replace(".", "").isdigit() or ":" in host:
        try:
            Guard(allowed).addresses(host, port or 443)
        except SourceError as error:
            raise forms.ValidationError(blocked_words(host)) from error
    return typed
