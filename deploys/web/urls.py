"""The pages. Everything of a site lies below /sites/, so that no name of a site can hide another page."""

from django.urls import include, path

from deploys.web.views import (
    builds,
    changes,
    compare,
    copies,
    entries,
    held_back,
    history,
    home,
    host,
    logs,
    people,
    promotions,
    publish,
    service,
    sources,
)

_publish = [
    path("", publish.page, name="publish"),
    path("card/", publish.card, name="publish-card"),
    path("recent/", publish.recent, name="publish-recent"),
    path("request/", publish.request_build, name="request-build"),
    path("lift-hold/", copies.lift_hold, name="lift-hold"),
    path("service/", service.page, name="service"),
    path("service/live/", service.live, name="service-live"),
    path("service/host/", host.live, name="host-live"),
    path("service/host/look/", host.look_now, name="look-at-host"),
    path("service/host/put-back/", host.put_back, name="put-back"),
    path("service/ask-again/", service.ask_again, name="ask-again"),
    path("changes/", changes.page, name="changes"),
    path("changes.json", changes.as_json, name="changes-json"),
    path("changes.csv", changes.as_csv, name="changes-csv"),
    path("changes/<int:old>-<int:new>/", changes.change, name="change"),
    path("changes/linking/<int:version>/", changes.linking, name="change-links"),
]

_build = [
    path("", builds.page, name="build"),
    path("live/", builds.live, name="build-live"),
    path("log/", logs.more, name="build-log"),
    path("log.txt", logs.whole, name="build-log-text"),
    path("cancel/", builds.cancel, name="cancel-build"),
    path("retry/", builds.retry, name="retry-build"),
    path("stop-and-retry/", builds.stop_and_retry, name="stop-and-retry"),
    path("keep-waiting/", builds.keep_waiting, name="keep-waiting"),
    path("look-again/", builds.look_again, name="look-again"),
    path("anyway/", held_back.ask, name="ask-anyway"),
    path("publish-anyway/", held_back.publish_anyway, name="publish-anyway"),
    path("bring-back/", copies.page, name="bring-back"),
    path("bring-back/ask/", copies.bring_back, name="ask-bring-back"),
    path("promote/", promotions.page, name="promote"),
    path("promote/ask/", promotions.promote, name="ask-promote"),
    path("undo/", copies.undo, name="undo-bring-back"),
    path("hide/", builds.hide_failure, name="hide-failure"),
]

_sources = [
    path("", sources.page, name="sources"),
    path("new/", sources.new, name="new-source"),
    path("new/try/", sources.try_new, name="try-new-source"),
    path("<int:source>/", sources.edit, name="source"),
    path("<int:source>/try/", sources.try_saved, name="try-source"),
    path("<int:source>/read/", sources.read_now, name="read-source"),
    path("<int:source>/accept/", sources.accept, name="accept-shrinking"),
    path("<int:source>/pause/", sources.pause, name="pause-source"),
    path("<int:source>/resume/", sources.resume, name="resume-source"),
]

urlpatterns = [
    path("", home.page, name="home"),
    path("sign-in/", people.SignIn.as_view(), name="sign-in"),
    path("sign-out/", people.SignOut.as_view(), name="sign-out"),
    path("account/", people.account, name="account"),
    path("account/password/", people.password, name="password"),
    path("theme/", people.theme, name="theme"),
    path("sites/<slug:site>/publish/<slug:environment>/", include(_publish)),
    path("sites/<slug:site>/builds/<int:number>/", include(_build)),
    path("sites/<slug:site>/compare/", compare.page, name="compare"),
    path("sites/<slug:site>/compare.json", compare.as_json, name="compare-json"),
    path("sites/<slug:site>/compare.csv", compare.as_csv, name="compare-csv"),
    path("sites/<slug:site>/history/", history.page, name="history"),
    path("sites/<slug:site>/sources/", include(_sources)),
    path("sites/<slug:site>/entries/<int:source>/<path:key>/", entries.page, name="entry"),
    path("sites/<slug:site>/check-entry/<int:version>/", entries.check, name="check-entry"),
]
