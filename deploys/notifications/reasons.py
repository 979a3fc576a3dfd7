"""Why somebody gets a message, in one sentence below it; and what the topics are called on the pages."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.models import Reason, Topic

TOPIC_WORDS: dict[Topic, str | Promise] = {
    Topic.FAILURES: gettext_lazy("A publish failed, or works again"),
    Topic.MINE: gettext_lazy("A publish that I asked for is live"),
    Topic.ALL: gettext_lazy("Every publish, however it ended"),
    Topic.PLANS: gettext_lazy("A plan was missed"),
    Topic.FREEZES: gettext_lazy("Publishing is paused, or goes on"),
    Topic.APPROVALS: gettext_lazy("A publish waits for a second person"),
    Topic.TOKENS: gettext_lazy("Our key for GitLab expires"),
    Topic.GUARD: gettext_lazy("A publish was held back because much of the site would vanish"),
}


def reason_words(reason: str, place: str, *, is_team: bool = False) -> str:
    """Say why this message came."""
    if reason == Reason.PRESSED:
        return _("You get this because you asked for this publish or for one that failed before it.")
    if reason == Reason.WISH:
        return _("You get this because you asked to be told when this publish is done.")
    if reason == Reason.TEST:
        return _("You get this because somebody asked for a test.")
    if reason == Reason.ADMIN:
        return _("You get this because you are an admin of {place}.").format(place=place)
    if reason == Reason.APPROVER:
        return _("You get this because you may approve what others publish on {place}.").format(place=place)
    if reason == Reason.PROGRAM:
        return _("This place gets every event of {place}, for programs.").format(place=place)
    topic = TOPIC_WORDS[Topic(reason)]
    if is_team:
        return _("This place hears of {place}: “{topic}”.").format(place=place, topic=topic)
    return _("You get this because you chose “{topic}” for {place}.").format(topic=topic, place=place)


def topic_choices(*, for_a_team: bool) -> list[tuple[str, str | Promise]]:
    """The topics to choose from. A team asks for no publishes of its own; of keys admins hear without choosing."""
    out = Topic.MINE if for_a_team else Topic.TOKENS
    return [(topic.value, words) for topic, words in TOPIC_WORDS.items() if topic != out]
