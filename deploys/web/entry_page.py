"""What the page of one entry shows: where it is at each environment, and its versions with what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.content.history import History, Moment, Step
from deploys.content.whereabouts import Carriers, Place, Whereabouts
from deploys.models import EntryProof, EntryVersion, Environment, Role
from deploys.releases.prove import can_be_proved
from deploys.web import addresses, change_words, clock, retention_words
from deploys.web.card_model import say
from deploys.web.permissions import Visit
from deploys.web.pills import Pill
from deploys.web.place_words import Standing, carried, standing

# The word, the icon and the tone of its chip.
STEPS = {
    Step.NEW: (gettext_lazy("First version"), "plus", "new"),
    Step.BACK: (gettext_lazy("Came back"), "plus", "new"),
    Step.EDITED: (gettext_lazy("Edited"), "edit", "edit"),
    Step.TECHNICAL: (gettext_lazy("Stored differently, nothing to see"), "edit", "edit"),
    Step.SHOWN: (gettext_lazy("Made visible"), "plus", "new"),
    Step.HIDDEN: (gettext_lazy("Taken offline"), "minus", "gone"),
    Step.REMOVED: (gettext_lazy("Removed from the CMS"), "minus", "gone"),
}
_ON_THE_WAY = {Place.WAITING, Place.PUBLISHING, Place.CONFIRMING, Place.SCHEDULED}


@dataclass(frozen=True, kw_only=True)
class Spot:
    """The entry at one environment. Sentences are safe HTML; `check` is the version that the button looks for."""

    environment: Environment
    standing: Standing
    visitors: SafeString | str
    proof: SafeString | str
    is_proved: bool
    url: str
    check: int | None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One version, or its removal. `url` compares it with the version before, `carried` says which builds had it."""

    anchor: str
    title: str
    word: str
    icon: str
    tone: str
    who: str
    at: SafeString | str
    pill: Pill | None
    carried: list[SafeString]
    url: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A version in a select."""

    number: int
    words: str


@dataclass(frozen=True, kw_only=True)
class EntryPage:
    """The page's content."""

    title: str
    meta: str
    edit_url: str
    spots: list[Spot]
    lines: list[Line]
    choices: list[Choice]
    older_url: str
    older_gone: str
    may_check: bool


def entry_url(version: EntryVersion, site_slug: str, **query: int | str) -> str:
    """The page of an entry."""
    address = reverse("entry", args=[site_slug, version.source_id, version.entry_key])
    return f"{address}?{urlencode(query)}" if query else address


def page_of(visit: Visit, found: History, environments: list[Environment], moment: datetime) -> EntryPage:
    """Place every version at every environment. Two queries, however many there are."""
    versions, newest = found.versions, found.newest
    carriers = Carriers.read(environments, versions)
    proofs = _proofs(environments, versions)
    lines = [_line(visit, at, one, carriers, environments, moment) for at, one in enumerate(found.moments)]
    return EntryPage(
        title=newest.title or newest.entry_key,
        meta=" · ".join(part for part in (change_words.section_words(newest.kind), newest.url) if part),
        edit_url="" if found.is_deleted else addresses.below(visit.site.cms_url, newest.edit_url),
        spots=[_spot(found, carriers, proofs, environment, moment) for environment in environments],
        lines=lines,
        choices=[_choice(one, moment) for one in found.moments if one.step != Step.REMOVED],
        older_url=entry_url(newest, visit.site.slug, before=found.older_than) if found.older_than else "",
        older_gone=retention_words.versions_gone(visit.site) if found.begins_later else "",
        may_check=visit.role.includes(Role.EDITOR),
    )


def _proofs(environments: Iterable[Environment], versions: Iterable[EntryVersion]) -> dict[tuple[int, int], EntryProof]:
    rows = EntryProof.objects.filter(environment__in=list(environments), version__in=list(versions))
    return {(proof.environment_id, proof.version_id): proof for proof in rows}


def _spot(
    found: History,
    carriers: Carriers,
    proofs: dict[tuple[int, int], EntryProof],
    environment: Environment,
    moment: datetime,
) -> Spot:
    newest = found.newest
    place = carriers.place(newest, environment, moment)
    shown = newest if place.is_out else _shown(found, carriers, environment, moment)
    ahead = proofs.get((environment.pk, newest.pk))
    if ahead is not None and ahead.is_shown:
        shown = newest  # saved while the build ran, and in it: the page itself says so
    proof = proofs.get((environment.pk, shown.pk)) if shown else None
    is_seen = proof is not None and proof.is_shown and shown is newest
    return Spot(
        environment=environment,
        standing=standing(place, moment, is_deleted=found.is_deleted, is_seen=is_seen),
        visitors="" if is_seen else _visitors(shown, place, carriers, environment, moment),
        proof=_proof_words(proof, moment),
        is_proved=proof is not None and proof.is_shown,
        url=addresses.live_page(environment, shown.url) if shown else "",
        check=shown.pk if shown and can_be_proved(environment, shown) else None,
    )


def _shown(found: History, carriers: Carriers, environment: Environment, moment: datetime) -> EntryVersion | None:
    """The version that visitors of the environment get; None when they get none that is known."""
    return next((one for one in found.versions if carriers.place(one, environment, moment).is_out), None)


def _visitors(
    shown: EntryVersion | None,
    newest: Whereabouts,
    carriers: Carriers,
    environment: Environment,
    moment: datetime,
) -> SafeString | str:
    """What visitors get while the newest version is not out."""
    if shown is None or newest.is_out:
        return ""
    place = carriers.place(shown, environment, moment)
    if place.build is None or place.at is None:
        return ""
    sentence = (
        _("Visitors see an earlier version: live in build {number} since {time}.")
        if place.is_checked
        else _("The site has an earlier version: build {number}, finished {time}.")
    )
    return say(sentence, number=place.build, time=clock.when(place.at, moment))


def _proof_words(proof: EntryProof | None, moment: datetime) -> SafeString | str:
    if proof is None:
        return ""
    time = clock.when(proof.checked_at, moment)
    if proof.is_shown:
        return say(_("Seen on the page {time}."), time=time)
    return say(_("Not seen on the page {time}: {finding}"), time=time, finding=proof.finding)


def _line(
    visit: Visit,
    at: int,
    one: Moment,
    carriers: Carriers,
    environments: list[Environment],
    moment: datetime,
) -> Line:
    version, is_removal = one.version, one.step == Step.REMOVED
    word, icon, tone = STEPS[one.step]
    places = [] if is_removal else [(each, carriers.place(version, each, moment)) for each in environments]
    marked = next((place for _each, place in places if place.is_out or place.place in _ON_THE_WAY), None)
    pairs = [(each, carried(place, moment)) for each, place in places]
    named = len(environments) > 1
    before = one.before.pk if one.before else 0
    return Line(
        anchor=f"v{version.pk}" if is_removal else f"c{version.pk}",
        title=version.title or version.entry_key,
        word=str(word),
        icon=icon,
        tone=tone,
        who="" if is_removal else version.changed_by,
        at=_when(one, moment),
        pill=standing(marked, moment, is_deleted=False).pill if marked else None,
        carried=[
            say("{place}: {words}", place=each.name, words=words) if named else say("{words}", words=words)
            for each, words in pairs
            if words
        ],
        url="" if is_removal else entry_url(version, visit.site.slug, **{"from": before, "to": version.pk}),
    )


def _when(one: Moment, moment: datetime) -> SafeString | str:
    """When it was saved as far as the CMS tells, else between which readings it came."""
    if one.step != Step.REMOVED and one.version.changed_at:
        return clock.time_element(one.version.changed_at, clock.moment_label(one.version.changed_at, moment))
    if one.after is None:
        return _("before the first reading")
    return say(_("after {time}"), time=clock.when(one.after, moment))


def _choice(one: Moment, moment: datetime) -> Choice:
    version = one.version
    when = clock.moment_label(version.changed_at, moment) if version.changed_at else _version_words(one, moment)
    return Choice(number=version.pk, words=" · ".join(part for part in (when, version.changed_by) if part))


def _version_words(one: Moment, moment: datetime) -> str:
    if one.after is None:
        return _("The first version that was read")
    return _("Read after {time}").format(time=clock.moment_label(one.after, moment))
