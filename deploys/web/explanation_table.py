"""The words for each class of failure. Pure data; `explanations` picks the sentences whose facts are known."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Variants = tuple[str | Promise, ...]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One class: `headline` and `happened` from particular to general, `todo` in order, `main` the main button."""

    headline: Variants
    happened: Variants
    todo: Variants
    main: str


_ASK = _("Nothing you did. A developer has to look at it; your text is fine.")
_AGAIN = _("Try again in a few minutes.")
_REPEATS = _("If it repeats, ask an admin.")
_AFTER_HOLD = (
    _("Look at the pages that would vanish."),
    _("If they should stay, look into the CMS whether they are there, and try again."),
    _("If they are meant to go, publish anyway."),
)

TABLE: dict[str, Row] = {
    "content_invalid": Row(
        headline=(
            _("“{page}” has something the site cannot show"),
            _("One page has something the site cannot show"),
        ),
        happened=(
            _("The field “{field}” of “{page}” does not fit: {rule}."),
            _("The field “{field}” of “{page}” holds something that the site cannot show."),
            _("“{page}” holds something that the site cannot show: {detail}"),
            _("A page holds something that the site cannot show."),
        ),
        todo=(
            _("Open “{page}” in the CMS and correct “{field}”."),
            _("Publish again."),
        ),
        main="cms",
    ),
    "asset_missing": Row(
        headline=(_("One page uses an image that is no longer there"),),
        happened=(
            _("“{page}” shows the image {file}. {deleted_by} deleted it {deleted_at}."),
            _("“{page}” shows the image {file}, which is not there any more."),
            _("“{page}” shows an image that is not there any more."),
            _("A page shows the image {file}, which is not there any more."),
            _("A page shows an image that is not there any more."),
        ),
        todo=(_("Open the page and choose another image, or restore the deleted one."), _("Publish again.")),
        main="cms",
    ),
    "link_broken": Row(
        headline=(_("{count} links lead nowhere"), _("Some links lead nowhere")),
        happened=(_("On “{page}”: {detail}"), _("Links on “{page}” lead nowhere."), _("The site checks its links.")),
        todo=(_("Correct or remove the links."), _("Publish again.")),
        main="cms",
    ),
    "template_error": Row(
        headline=(_("The site's design stopped on “{page}”"), _("The site's design stopped on a page")),
        happened=(_("The design could not draw “{page}”."), _("The design could not draw a page.")),
        todo=(_("This needs a developer; your text is fine."), _("Send them the link to this page.")),
        main="link",
    ),
    "build_command": Row(
        headline=(_("The site could not be built"),),
        happened=(
            _("The part “{job}” of the build ended with a mistake. Often this is a change of the site's code."),
            _("A part of the build ended with a mistake. Often this is a change of the site's code."),
        ),
        todo=(_ASK, _("Send them the link to this page.")),
        main="link",
    ),
    "dependency": Row(
        headline=(_("Something the build needs could not be fetched"),),
        happened=(_("The build could not fetch {detail}."), _("A part that the build downloads was not there.")),
        todo=(_("Often this passes by itself."), _AGAIN, _REPEATS),
        main="retry",
    ),
    "out_of_resources": Row(
        headline=(_("The build ran out of memory or disk space"),),
        happened=(_("The machine that builds the site could not go on: {detail}"), _("The building machine was full.")),
        todo=(_("Nothing you did. An admin can raise the limit."),),
        main="link",
    ),
    "timeout": Row(
        headline=(_("The build took longer than {limit_minutes} minutes"), _("The build took too long")),
        happened=(_("A build that takes longer than this is given up."),),
        todo=(_("Try once more."), _REPEATS),
        main="retry",
    ),
    "check_failed": Row(
        headline=(
            _("The finished site did not pass a check: {check}"),
            _("The finished site did not pass a check"),
        ),
        happened=(
            _("On “{page}”: {finding}"),
            _("{finding}"),
            _("{detail}"),
            _("A check of the finished pages found a fault."),
        ),
        todo=(_("Correct what the check found."), _("Publish again.")),
        main="cms",
    ),
    "held_back": Row(
        headline=(
            _("Held back: {count} of {pages_there} pages would vanish"),
            _("Held back: much of the site would vanish"),
        ),
        happened=(
            _(
                "The new version lacks {count} of the {pages_there} pages that visitors see, so it was not put on the "
                "web host. This often means that the CMS was not read whole."
            ),
            _(
                "The new version lacks many of the pages that visitors see, so it was not put on the web host. "
                "This often means that the CMS was not read whole."
            ),
        ),
        todo=_AFTER_HOLD,
        main="retry",
    ),
    "copy_held_back": Row(
        headline=(
            _("Held back: {count} of {pages_there} pages would vanish"),
            _("Held back: much of the site would vanish"),
        ),
        happened=(_("The earlier version lacks many of the pages that visitors see, so it was not put in place."),),
        todo=(
            _("Look at the pages that would vanish."),
            _("If they are meant to go, bring it back once more."),
        ),
        main="link",
    ),
    "front_page_held_back": Row(
        headline=(_("Held back: the front page would vanish"),),
        happened=(
            _(
                "The new version has no front page, so it was not put on the web host. This often means that the CMS "
                "was not read whole."
            ),
        ),
        todo=_AFTER_HOLD,
        main="retry",
    ),
    "deploy_refused": Row(
        headline=(_("The web host did not accept the new version"),),
        happened=(_("The web host answered: {detail}"), _("The finished pages could not be put on the web host.")),
        todo=(_("Try again."), _("If it repeats, an admin checks the access key.")),
        main="retry",
    ),
    "deploy_unproved": Row(
        headline=(_("We could not confirm that the new version is live"),),
        happened=(_("The build finished, but the site did not show the new version in time."),),
        todo=(_("Open the site to look."), _("If it shows the old version, publish again.")),
        main="site",
    ),
    "service_down": Row(
        headline=(_("The build service is not answering"),),
        happened=(_("Buildhub could not reach the build service."),),
        todo=(_AGAIN, _REPEATS),
        main="retry",
    ),
    "token_expired": Row(
        headline=(_("Buildhub's access to the build service has run out"),),
        happened=(_("The build service does not accept Buildhub's key any more."),),
        todo=(_("Tell an admin: only they can renew it."),),
        main="link",
    ),
    "config_invalid": Row(
        headline=(_("The site's build instructions contain a mistake"),),
        happened=(_("The build service says: {detail}"), _("The build service could not read the instructions.")),
        todo=(_("This needs a developer; your text is fine."), _("Send them the link to this page.")),
        main="link",
    ),
    "lost_contact": Row(
        headline=(_("The build stopped answering"),),
        happened=(_("The build is no longer known to the build service, or nothing was heard of it for too long."),),
        todo=(_("Try again."), _REPEATS),
        main="retry",
    ),
    "nothing_ran": Row(
        headline=(_("There was nothing to build"),),
        happened=(_("The site's build rules left out every part of this build."),),
        todo=(_ASK, _("Send them the link to this page.")),
        main="link",
    ),
    "pipeline_deleted": Row(
        headline=(_("The build was deleted"),),
        happened=(_("Somebody deleted this build in the build service before it had ended."),),
        todo=(_("Try again."), _REPEATS),
        main="retry",
    ),
    "unknown": Row(
        headline=(_("The build failed and we do not know why yet"),),
        happened=(
            _("The part “{job}” ended with a mistake that we cannot name."),
            _("It ended with a mistake that we cannot name."),
        ),
        todo=(_("Try once more."), _("If it repeats, send the link to this page to a developer.")),
        main="retry",
    ),
}
TABLE |= {
    "not_kept": Row(
        headline=(_("The earlier version is no longer kept"),),
        happened=(_("The web host gave its files up before they could be put back. Nothing was changed."),),
        todo=(_("Choose another version in the history."),),
        main="link",
    ),
    "preview_differs": Row(
        headline=(_("The preview is not what the live site would be now"),),
        happened=(_("{detail}"), _("Something changed since the preview was made. Nothing was copied.")),
        todo=(_("Make a new preview and publish that, or press Publish."),),
        main="link",
    ),
    "host_refused": Row(
        headline=(_("The web host did not put the earlier version back"),),
        happened=(_("The web host answered: {detail}"), _("The kept files could not be put in place.")),
        todo=(_("Try again."), _("If it repeats, an admin checks the access key of the web host.")),
        main="retry",
    ),
    "host_unreachable": Row(
        headline=(_("The web host did not answer"),),
        happened=(_("{detail}"), _("The kept files could not be put in place in time.")),
        todo=(_AGAIN, _REPEATS),
        main="retry",
    ),
}
TABLE["service_unreachable"] = TABLE["service_down"]
TABLE["auth_expired"] = TABLE["trigger_token_rejected"] = TABLE["token_expired"]
