"""What can be looked at around the builds: messages, roles, who changed what, and how the parts of buildhub are."""

from __future__ import annotations

from django.contrib import admin

from deploys.models import (
    ApiToken,
    AuditEntry,
    Channel,
    Delivery,
    Heartbeat,
    Invitation,
    Membership,
    Occurrence,
    PruneRun,
    Retention,
    Subscription,
)
from deploys.support.admin_site import support
from deploys.support.looking import Looking


@admin.register(Channel, site=support)
class Channels(Looking):
    """Places that messages go to. Their addresses are secrets."""

    list_display = ("label", "kind", "user", "environment", "is_active", "trouble")
    list_filter = ("kind", "is_active")
    list_select_related = ("user", "environment__site")
    search_fields = ("name", "user__username")


@admin.register(Occurrence, site=support)
class Occurrences(Looking):
    """What people were told of."""

    list_display = ("at", "kind", "environment", "build", "headline", "told_at")
    list_filter = ("kind", "environment")
    list_select_related = ("environment__site", "build__environment__site")
    search_fields = ("=build__number", "headline")


@admin.register(Delivery, site=support)
class Deliveries(Looking):
    """Messages on their way, and what became of them."""

    list_display = ("created_at", "occurrence", "channel", "stage", "attempts", "status", "answer")
    list_filter = ("stage", "channel__kind")
    list_select_related = ("occurrence", "channel")
    search_fields = ("answer", "=occurrence__build__number")


@admin.register(Subscription, site=support)
class Subscriptions(Looking):
    """What people want to hear of."""

    list_display = ("user", "environment", "topics")
    list_select_related = ("user", "environment__site")
    search_fields = ("user__username",)


@admin.register(Membership, site=support)
class Memberships(Looking):
    """Who has which role where."""

    list_display = ("user", "site", "role")
    list_filter = ("site", "role")
    list_select_related = ("user", "site")
    search_fields = ("user__username", "user__email")


@admin.register(Invitation, site=support)
class Invitations(Looking):
    """Who was asked to join, and what became of it."""

    list_display = ("email", "site", "role", "invited_by", "expires_at", "accepted_at", "withdrawn_at")
    list_filter = ("site", "role")
    list_select_related = ("site", "invited_by")
    search_fields = ("email",)


@admin.register(ApiToken, site=support)
class ApiTokens(Looking):
    """What programs come in with: of each what it may and when it was used, never what it says."""

    list_display = ("name", "hint", "user", "site", "scope", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("scope", "site")
    list_select_related = ("user", "site")
    search_fields = ("name", "hint", "user__username")


@admin.register(AuditEntry, site=support)
class AuditEntries(Looking):
    """Who changed which setting."""

    list_display = ("at", "actor_name", "action", "subject", "site")
    list_filter = ("action", "site")
    list_select_related = ("site",)
    search_fields = ("subject", "actor_name")


@admin.register(Retention, site=support)
class Retentions(Looking):
    """How long sites keep things."""

    list_display = ("site", "log_days", "content_days", "message_days")
    list_select_related = ("site",)


@admin.register(PruneRun, site=support)
class PruneRuns(Looking):
    """What was removed when."""

    list_display = ("began_at", "ended_at", "is_complete", "rows", "size")
    list_filter = ("is_complete",)


@admin.register(Heartbeat, site=support)
class Heartbeats(Looking):
    """When background parts were last seen."""

    list_display = ("part", "seen_at")
