"""What a refusal is, and the rows for everything that GitLab says to a request to start a pipeline.

Sources: GitLab docs "Pipeline trigger tokens API", "Trigger pipelines with the API" (troubleshooting), "CI/CD
variables", and the messages of GitLab's own chain of pipeline creation.
"""

import re
from dataclasses import dataclass
from typing import Literal

from deploys.gitlab.errors import ErrorClass

type Asked = Literal["trigger", "api"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """One row: when (asked, statuses, pattern) and what it means.

    asked "any" fits both credentials. pattern is searched in "{status} {message}", whatever the case. No
    statuses: never matched, only looked up by its class. sentence is for an editor, without jargon; setting
    tells an admin what to change, in GitLab's menu words.
    """

    error_class: ErrorClass
    sentence: str
    setting: str
    statuses: tuple[int, ...] = ()
    pattern: str = ""
    asked: Literal["trigger", "api", "any"] = "any"

    def fits(self, *, asked: Asked, status: int, message: str) -> bool:
        """Say whether this row is about this answer."""
        if status not in self.statuses or self.asked not in ("any", asked):
            return False
        return re.search(self.pattern, f"{status} {message}", re.IGNORECASE) is not None


OUR_KEY = "The connection to the build service needs attention from an admin: our key for it does not work."
OUR_RIGHT = "The build service does not allow us to do this. An admin has to change a setting there."
_OUR_REQUEST = "The build service did not understand our request. An admin has to look at the connection."
_ITS_RULES = "The site's build rules say that there is nothing to build now. This needs a developer."

START_REFUSALS: tuple[Refusal, ...] = (
    Refusal(
        error_class=ErrorClass.TRIGGER_TOKEN_REJECTED,
        asked="trigger",
        statuses=(404,),
        pattern=r"^404 404 .*not found",
        sentence=OUR_KEY,
        setting=(
            "Check the project id, then make a new token in the GitLab project under Settings > CI/CD "
            "> Pipeline trigger tokens and store it here. It must belong to this very project; an "
            "access token does not do."
        ),
    ),
    Refusal(
        error_class=ErrorClass.ADDRESS_WRONG,
        asked="trigger",
        statuses=(404, 405),
        sentence="The address of the build service is wrong. An admin has to correct it.",
        setting=(
            "What answers at the GitLab address is not GitLab's API. Enter the address of GitLab's "
            "first page, starting with https:// and without /api/v4 or the project's path."
        ),
    ),
    Refusal(
        error_class=ErrorClass.TOKEN_MISSING,
        asked="trigger",
        statuses=(400,),
        pattern=r"\btoken is (missing|empty)",
        sentence="The connection to the build service is not finished: an admin has to enter our key for it.",
        setting=(
            "Make a token in the GitLab project under Settings > CI/CD > Pipeline trigger tokens and store it here."
        ),
    ),
    Refusal(
        error_class=ErrorClass.REF_MISSING,
        asked="trigger",
        statuses=(400,),
        pattern=r"\bref is (missing|empty)",
        sentence=("The connection to the build service is not finished: an admin has to say which version to build."),
        setting="Enter the branch or tag to build for this environment.",
    ),
    Refusal(
        error_class=ErrorClass.VARIABLES_INVALID,
        asked="trigger",
        statuses=(400,),
        pattern=r"\bvariables is invalid",
        sentence=_OUR_REQUEST,
        setting=(
            "GitLab wants the CI/CD variables as a map of names and values. Check that nothing "
            "between this server and GitLab rewrites requests, and report it as a fault of this "
            "program."
        ),
    ),
    Refusal(
        error_class=ErrorClass.VARIABLES_NOT_STRINGS,
        asked="trigger",
        statuses=(400,),
        pattern=r"map of key-valued strings",
        sentence=_OUR_REQUEST,
        setting=("Every value of a CI/CD variable must be text. Write numbers and true or false in quotation marks."),
    ),
    Refusal(
        error_class=ErrorClass.REF_NOT_FOUND,
        asked="trigger",
        statuses=(400,),
        pattern=r"reference not found",
        sentence=(
            "The version of the site's design that should be built no longer exists. An admin has to choose another."
        ),
        setting=(
            "The branch or tag of this environment is not in the GitLab project. See Code > Branches "
            "there and enter an existing name here; a commit's SHA does not do."
        ),
    ),
    Refusal(
        error_class=ErrorClass.NO_JOBS_FOR_RULES,
        asked="trigger",
        statuses=(400,),
        pattern=r"rules configuration prevented any jobs|no stages ?/ ?jobs",
        sentence=_ITS_RULES,
        setting="In .gitlab-ci.yml let at least one job run for triggers: add "
        '`- if: $CI_PIPELINE_SOURCE == "trigger"` to the job\'s `rules:`.',
    ),
    Refusal(
        error_class=ErrorClass.FILTERED_BY_WORKFLOW,
        asked="trigger",
        statuses=(400,),
        pattern=r"filtered out by workflow rules",
        sentence=_ITS_RULES,
        setting=(
            'In .gitlab-ci.yml add `- if: $CI_PIPELINE_SOURCE == "trigger"` as the first of '
            "`workflow: rules:`. A rule with $CI_OPEN_MERGE_REQUESTS and `when: never` needs `&& "
            '$CI_PIPELINE_SOURCE == "push"`.'
        ),
    ),
    Refusal(
        error_class=ErrorClass.VARIABLES_FORBIDDEN,
        asked="trigger",
        statuses=(400,),
        pattern=r"insufficient permissions to set pipeline variables",
        sentence=OUR_RIGHT,
        setting=(
            "In the GitLab project, Settings > CI/CD > Variables > Minimum role to use pipeline "
            "variables: choose a role that the owner of the trigger token has. Or send inputs (or "
            "nothing) in place of variables."
        ),
    ),
    Refusal(
        error_class=ErrorClass.OWNER_MAY_NOT_CREATE,
        asked="trigger",
        statuses=(400,),
        pattern=r"insufficient permissions to create a new pipeline",
        sentence=OUR_RIGHT,
        setting=(
            "The owner of the trigger token needs at least the Developer role (Manage > Members) and "
            "a confirmed email address. Or let a member make a new token under Settings > CI/CD > "
            "Pipeline trigger tokens."
        ),
    ),
    Refusal(
        error_class=ErrorClass.OWNER_MAY_NOT_USE_REF,
        asked="trigger",
        statuses=(400,),
        pattern=r"sufficient permission to run a pipeline on",
        sentence=OUR_RIGHT,
        setting=(
            "The branch or tag is protected. Under Settings > Repository > Protected branches (or "
            "tags) add the owner of the trigger token to Allowed to merge or Allowed to push and "
            "merge."
        ),
    ),
    Refusal(
        error_class=ErrorClass.PIPELINES_DISABLED,
        asked="trigger",
        statuses=(400,),
        pattern=r"pipelines are disabled",
        sentence="Building is switched off for this site. An admin has to switch it on.",
        setting=(
            "In the GitLab project switch on Settings > General > Visibility, project features, permissions > CI/CD."
        ),
    ),
    Refusal(
        error_class=ErrorClass.TOO_MANY_PIPELINES,
        asked="trigger",
        statuses=(400,),
        pattern=r"too many pipelines",
        sentence=(
            "The build service is busy: many builds were asked for in the last minute. We try again by ourselves."
        ),
        setting="If it repeats on your own GitLab, raise Admin > Settings > Network > Pipelines Rate Limits.",
    ),
    Refusal(
        error_class=ErrorClass.CONFIG_MISSING,
        asked="trigger",
        statuses=(400,),
        pattern=r"missing ci config file",
        sentence="There are no build instructions for this version of the site. This needs a developer.",
        setting=(
            "The branch or tag has no .gitlab-ci.yml. Add one, or name its place under Settings > CI/CD > "
            "General pipelines > CI/CD configuration file."
        ),
    ),
    Refusal(
        error_class=ErrorClass.CONFIG_INVALID,
        asked="trigger",
        statuses=(422,),
        sentence=("The site's build instructions contain a mistake. This needs a developer; your text is fine."),
        setting=(
            "Correct .gitlab-ci.yml; Build > Pipeline editor > Validate shows the error. If it names "
            "a duplicate variable or a limit, change the variables of this environment or the limit "
            "that it names."
        ),
    ),
    Refusal(
        error_class=ErrorClass.JOB_TOKEN_FINISHED,
        asked="trigger",
        statuses=(401,),
        pattern=r"job is not running",
        sentence=OUR_KEY,
        setting=(
            "The token stored here is the CI_JOB_TOKEN of a job that has ended. Use a token from "
            "Settings > CI/CD > Pipeline trigger tokens."
        ),
    ),
    Refusal(
        error_class=ErrorClass.LOOP_GUARD,
        asked="trigger",
        statuses=(403,),
        pattern=r"^403 (403 )?forbidden",
        sentence=OUR_RIGHT,
        setting=(
            "GitLab took the request for one of its own webhooks. See that no proxy adds the header "
            "X-Gitlab-Event, and that no webhook in Settings > Webhooks points at the trigger "
            "address. GitLab.com also answers so for a while to an address that it has blocked."
        ),
    ),
)
