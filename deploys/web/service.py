"""How GitLab stands, in words: when it last answered, what it said, and where to look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.gitlab.refusals import explain
from deploys.models import GitLabProject
from deploys.web.pills import Pill

ANSWERS = Pill(word=gettext_lazy("Answering"), icon="tick-circle", tone="ok")
TROUBLE = Pill(word=gettext_lazy("Not answering as it should"), icon="cross", tone="bad")
NOT_ASKED = Pill(word=gettext_lazy("Not asked yet"), icon="dashes", tone="idle")
STATUS_PAGES = {"gitlab.com": "https://status.gitlab.com/"}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known of a GitLab. `setting` and `detail` are for admins; `key` changes when anything else does."""

    pill: Pill
    headline: str
    sentence: str
    setting: str
    detail: str
    heard_at: datetime | None
    trouble_since: datetime | None
    paused_until: datetime | None
    address: str
    status_page: str

    @property
    def key(self) -> str:
        """What a page that watches compares."""
        moments = (self.heard_at, self.trouble_since, self.paused_until)
        return "-".join(str(int(moment.timestamp())) if moment else "" for moment in moments)

    @property
    def host(self) -> str:
        """GitLab's name on the network."""
        return urlsplit(self.address).hostname or self.address


def standing_of(project: GitLabProject, now: datetime) -> Standing:
    """Put together what the project's row knows; asks nobody."""
    refusal = explain(project.trouble) if project.trouble else None
    waits = project.paused_until if project.paused_until and project.paused_until > now else None
    if refusal:
        pill, headline = TROUBLE, _("The build service is not answering as it should")
    elif project.heard_at:
        pill, headline = ANSWERS, _("The build service answers")
    else:
        pill, headline = NOT_ASKED, _("The build service has not been asked yet")
    host = urlsplit(project.url).hostname or ""
    return Standing(
        pill=pill,
        headline=headline,
        sentence=refusal.sentence if refusal else "",
        setting=refusal.setting if refusal else "",
        detail=project.trouble_note,
        heard_at=project.heard_at,
        trouble_since=project.trouble_since,
        paused_until=waits,
        address=project.url,
        status_page=STATUS_PAGES.get(host, ""),
    )
