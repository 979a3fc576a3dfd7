"""What GitLab's refusals mean: one row for each, with words for an editor and the setting for an admin.

Sources: GitLab docs "REST API troubleshooting", "Jobs API", "User and IP rate limits".
"""

from deploys.gitlab.errors import ErrorClass
from deploys.gitlab.start_refusals import OUR_KEY, OUR_RIGHT, START_REFUSALS, Asked, Refusal

__all__ = ["REFUSALS", "Asked", "ErrorClass", "Refusal", "classify", "explain"]

# The first row that fits is taken: particular messages stand above general ones.
REFUSALS: tuple[Refusal, ...] = (
    *START_REFUSALS,
    Refusal(
        error_class=ErrorClass.INSUFFICIENT_SCOPE,
        statuses=(403,),
        pattern=r"insufficient_(granular_)?scope|higher privileges",
        sentence=OUR_KEY,
        setting=(
            "The access token lacks a scope. Make a new one under Settings > Access tokens: read_api "
            "to follow builds, api to stop or repeat them. A fine-grained token needs the permissions "
            "for pipelines and jobs."
        ),
    ),
    Refusal(
        error_class=ErrorClass.NOT_POSSIBLE_NOW,
        asked="api",
        statuses=(400, 403, 409),
        pattern=r"^409|unplayable job|not retryable",
        sentence="This cannot be done now: the build has moved on in the meantime. Look at it again.",
        setting="Nothing to change. Look at the job in GitLab under Build > Pipelines.",
    ),
    Refusal(
        error_class=ErrorClass.TOKEN_EXPIRED,
        statuses=(401,),
        sentence=OUR_KEY,
        setting=(
            "The access token is wrong, revoked or has expired. Make a new one in the GitLab project "
            "under Settings > Access tokens (role Reporter with read_api, or Developer with api) and "
            "store it here."
        ),
    ),
    Refusal(
        error_class=ErrorClass.API_FORBIDDEN,
        statuses=(403,),
        sentence=OUR_RIGHT,
        setting=(
            "The access token's role is too low. It needs Reporter to follow builds, Developer to "
            "stop or repeat them (and push or merge rights on a protected branch), Maintainer to read "
            "pipeline variables."
        ),
    ),
    Refusal(
        error_class=ErrorClass.PROJECT_MOVED,
        statuses=(300, 301, 302, 303, 304, 305, 306, 307, 308),
        sentence="The site's project has moved in the build service. An admin has to correct its address.",
        setting=(
            "Enter the numeric project id (the project's page, menu with three dots > Copy project "
            "ID) in place of its path, and GitLab's own address with https://. We do not follow "
            "redirects, to keep the tokens safe."
        ),
    ),
    Refusal(
        error_class=ErrorClass.TOKEN_UNREADABLE,
        sentence=OUR_KEY,
        setting=("The stored access token holds spaces, line breaks or foreign letters. Copy it again from GitLab."),
    ),
    Refusal(
        error_class=ErrorClass.ANSWER_TOO_LARGE,
        sentence="The build service sent more than we can show here.",
        setting="Look at it in GitLab itself. If it is the log of a job, let the job write less.",
    ),
    Refusal(
        error_class=ErrorClass.RATE_LIMITED,
        sentence="The build service asks us to wait a little. We try again by ourselves.",
        setting=("If it repeats on your own GitLab, raise Admin > Settings > Network > User and IP rate limits."),
    ),
    Refusal(
        error_class=ErrorClass.SERVICE_DOWN,
        sentence="The build service is not answering. We try again by ourselves.",
        setting=("Check that GitLab is up and that this server can reach it (address, firewall, proxy, certificate)."),
    ),
    Refusal(
        error_class=ErrorClass.MALFORMED_ANSWER,
        sentence="The build service gave an answer that we do not understand. We try again by ourselves.",
        setting=("Check that the GitLab address leads to GitLab itself and not to a sign-in or error page before it."),
    ),
    Refusal(
        error_class=ErrorClass.UNKNOWN_REFUSAL,
        statuses=tuple(range(400, 500)),
        sentence="The build service refused for a reason that we do not know. An admin has to look at it.",
        setting="Read GitLab's own words beside this message and check the project's Settings > CI/CD.",
    ),
)

_BY_CLASS: dict[str, Refusal] = {row.error_class: row for row in REFUSALS}


def explain(error_class: str) -> Refusal:
    """Give the words for a class; those of unknown_refusal for a name that is not in the table."""
    return _BY_CLASS.get(error_class, _BY_CLASS[ErrorClass.UNKNOWN_REFUSAL])


def classify(*, asked: Asked, status: int, message: str) -> Refusal:
    """Find the row for an answer: which credential asked, HTTP status, GitLab's message as one text."""
    fitting = (row for row in REFUSALS if row.fits(asked=asked, status=status, message=message))
    return next(fitting, _BY_CLASS[ErrorClass.UNKNOWN_REFUSAL])
