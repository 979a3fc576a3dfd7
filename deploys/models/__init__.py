"""The database tables, one file per model."""

from deploys.models.api_token import ApiToken, KeptAnswer, TokenScope
from deploys.models.audit import AuditAction, AuditEntry
from deploys.models.build import Build
from deploys.models.build_request import BuildRequest
from deploys.models.build_rules import Cause
from deploys.models.content import (
    BuildContent,
    ContentBlob,
    ContentSource,
    ContentState,
    EntryProof,
    EntryVersion,
    SourceKind,
)
from deploys.models.environment import AskFirst, Environment, EnvironmentKind, SendAs
from deploys.models.event import Event
from deploys.models.freeze import Freeze
from deploys.models.gitlab_project import GitLabProject, HookDelivery
from deploys.models.heartbeat import Heartbeat, Part, Signs
from deploys.models.host import HostState, HostTrouble, Page, ReleasePages
from deploys.models.invitation import Invitation
from deploys.models.job import Job, JobLog, Step
from deploys.models.membership import Membership, Role
from deploys.models.notification import (
    BuildWish,
    Channel,
    ChannelKind,
    Delivery,
    DeliveryStage,
    Kind,
    Occurrence,
    Reason,
    Subscription,
    Topic,
)
from deploys.models.plan import Plan, PlanKind, PlanState
from deploys.models.preview import Preview
from deploys.models.release import PROVED, HandedReport, Proof, Release
from deploys.models.retention import PruneRun, Retention
from deploys.models.schedule import Schedule
from deploys.models.site import Site
from deploys.models.user import User

__all__ = [
    "PROVED",
    "ApiToken",
    "AskFirst",
    "AuditAction",
    "AuditEntry",
    "Build",
    "BuildContent",
    "BuildRequest",
    "BuildWish",
    "Cause",
    "Channel",
    "ChannelKind",
    "ContentBlob",
    "ContentSource",
    "ContentState",
    "Delivery",
    "DeliveryStage",
    "EntryProof",
    "EntryVersion",
    "Environment",
    "EnvironmentKind",
    "Event",
    "Freeze",
    "GitLabProject",
    "HandedReport",
    "Heartbeat",
    "HookDelivery",
    "HostState",
    "HostTrouble",
    "Invitation",
    "Job",
    "JobLog",
    "KeptAnswer",
    "Kind",
    "Membership",
    "Occurrence",
    "Page",
    "Part",
    "Plan",
    "PlanKind",
    "PlanState",
    "Preview",
    "Proof",
    "PruneRun",
    "Reason",
    "Release",
    "ReleasePages",
    "Retention",
    "Role",
    "Schedule",
    "SendAs",
    "Signs",
    "Site",
    "SourceKind",
    "Step",
    "Subscription",
    "TokenScope",
    "Topic",
    "User",
]
