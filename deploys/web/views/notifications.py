"""What a person hears of and where; and the end of one kind of message by the link in a mail."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from deploys.models import Channel, Environment, Role, Subscription, Topic, User
from deploys.notifications import actions
from deploys.notifications.messages import place_of, read_stop_token
from deploys.notifications.reasons import TOPIC_WORDS
from deploys.web import channel_list, time_zone
from deploys.web.permissions import visit_build, who
from deploys.web.topics_form import TopicsForm
from deploys.web.views.fragments import fragment, is_htmx, nothing_new, sign_in_again


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Choose what to hear of. While a test is on its way, the places ask for news."""
    if not request.user.is_authenticated:
        return sign_in_again(request, request.path)
    person = who(request)
    time_zone.activate_for(person)
    form = TopicsForm(request.POST if request.method == "POST" else None, user=person)
    if request.method == "POST" and form.is_valid():
        actions.choose_topics(user=person, chosen=form.chosen())
        messages.success(request, _("Saved."))
        return redirect("notifications")
    Channel.mail_of(person)
    lines = channel_list.lines_of(person.channels.select_related("user"), now())
    context = {"form": form, "lines": lines, "asks": any(line.is_waiting for line in lines), "here": "account"}
    context["administered"] = _administered(person)
    if is_htmx(request):
        return fragment(request, "notifications/notifications.html#places", context)
    return render(request, "notifications/notifications.html", context)


def _administered(person: User) -> list[tuple[str, str]]:
    """Slug and name of the sites whose places the person may set up."""
    rows = person.memberships.filter(role=Role.ADMIN).select_related("site").order_by("site__name")
    return [(row.site.slug, row.site.name) for row in rows]


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the signed token is what allows it
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """End one kind of message to one person, by the link in a mail. Opening it changes nothing."""
    try:
        user_id, environment_id, topic = read_stop_token(token)
    except BadSignature as error:
        raise Http404(_("This link is not whole. Open it from the mail once more.")) from error
    environment = Environment.objects.select_related("site").filter(pk=environment_id).first()
    if environment is None or topic not in Topic:
        raise Http404(_("This site does not exist (any more)."))
    if request.method == "POST":
        actions.stop_topic(user_id=user_id, environment_id=environment_id, topic=topic)
    rows = Subscription.objects.filter(user=user_id, environment=environment_id)
    is_over = not any(topic in row.topics for row in rows)
    context = {"topic": TOPIC_WORDS[Topic(topic)], "place": place_of(environment), "is_over": is_over}
    return render(request, "notifications/stop.html", context)


@require_POST
def tell_me(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Have the person mailed when this build is done: what the card's button does where the browser says no."""
    visit, build = visit_build(who(request), site, number)
    can_be_mailed = settings.EMAIL_IS_SET_UP and bool(visit.user.email)
    is_noted = can_be_mailed and actions.wish(build=build, user=visit.user)
    if is_htmx(request):
        return nothing_new() if is_noted else HttpResponse(status=409)
    if is_noted:
        messages.success(request, _("You get a mail when this publish is done."))
    elif not can_be_mailed:
        messages.warning(request, _("Mail cannot reach you: it is not set up here, or your account has no address."))
    return redirect(build.environment)
