"""Pages and both APIs."""

from django.urls import include, path
from wagtail import urls as pages
from wagtail.admin import urls as admin
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.api.v3.urls import api as version_3

router = WagtailAPIRouter("wagtailapi")
router.register_endpoint("pages", PagesAPIViewSet)

urlpatterns = [
    path("api/v2/", router.urls),
    path("api/v3/", version_3.urls),
    path("admin/", include(admin)),
    path("", include(pages)),
]
