"""The words and icons that GitLab shows for a status (`detailed_status`)."""

from typing import Any

from sandbox.gitlab.composite import has_warnings
from sandbox.gitlab.records import Pipeline

# status -> (text, label); all others read as they are written.
_WORDS = {
    "success": ("Passed", "passed"),
    "failed": ("Failed", "failed"),
    "canceled": ("Canceled", "canceled"),
    "canceling": ("Canceling", "canceling"),
    "created": ("Created", "created"),
    "manual": ("Blocked", "waiting for manual action"),
    "pending": ("Pending", "pending"),
    "preparing": ("Preparing", "preparing"),
    "running": ("Running", "running"),
    "scheduled": ("Scheduled", "waiting for delayed job"),
    "skipped": ("Skipped", "skipped"),
    "waiting_for_callback": ("Waiting", "waiting for callback"),
    "waiting_for_resource": ("Waiting", "waiting for resource"),
}


def label_of(pipeline: Pipeline) -> str:
    """One phrase, as in webhook bodies."""
    if pipeline.status == "success" and has_warnings(pipeline.latest_jobs):
        return "passed with warnings"
    return _WORDS.get(pipeline.status, ("", pipeline.status))[1]


def detailed_status(pipeline: Pipeline, path: str) -> dict[str, Any]:
    """The object of API answers; `path` is the project's path on the server."""
    warns = pipeline.status == "success" and has_warnings(pipeline.latest_jobs)
    text = "Warning" if warns else _WORDS.get(pipeline.status, (pipeline.status, ""))[0]
    icon = "status_warning" if warns else f"status_{pipeline.status}"
    return {
        "icon": icon,
        "text": text,
        "label": label_of(pipeline),
        "group": "success-with-warnings" if warns else pipeline.status.replace("_", "-"),
        "tooltip": label_of(pipeline) if warns else text,
        "has_details": True,
        "details_path": f"/{path}/-/pipelines/{pipeline.id}",
        "illustration": None,
        "favicon": f"/assets/ci_favicons/favicon_{icon}.png",
    }
