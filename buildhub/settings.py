"""All settings, read from the environment through django-environ. `.env.example` explains every variable.

Sections in this order: paths, core, database, cache, broker, web, templates, sign-in, mail, static files, language and
time, security, secrets at rest, buildhub's own, watching, logging.
"""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from buildhub import sentry
from buildhub.logs import logging_config
from buildhub.mail import mailers
from buildhub.sign_in import *  # noqa: F403 - settings of its own file
from buildhub.sign_in import SIGN_IN_APPS
from buildhub.up import paths
from buildhub.variables import BASE_DIR, choice, env, number, text

# --- paths -----------------------------------------------------------------
DATA_DIR = paths.data_dir()

# --- core ------------------------------------------------------------------
DEBUG = choice("DEBUG", "false", ["true", "false", "on", "off", "yes", "no", "1", "0"]) in env.BOOLEAN_TRUE_STRINGS
SECRET_KEY = text("SECRET_KEY") or paths.secret(DATA_DIR, "django-secret-key")
PUBLIC_URL = text("PUBLIC_URL").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[]) or ([PUBLIC_URL] if PUBLIC_URL else [])
ROOT_URLCONF = "buildhub.urls"
WSGI_APPLICATION = "buildhub.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    *SIGN_IN_APPS,
    "deploys",
]

# --- database --------------------------------------------------------------
EMBEDDED_DATABASE = not text("DATABASE_URL")
_database_url = text("DATABASE_URL") or paths.database_url(DATA_DIR)
if not _database_url.startswith(("postgres://", "postgresql://")):
    raise ImproperlyConfigured(
        "DATABASE_URL must begin with postgres://, as in postgres://user:password@host:5432/name."
    )
DATABASES = {"default": env.db_url_config(_database_url)}
if not DATABASES["default"]["NAME"]:
    raise ImproperlyConfigured("DATABASE_URL names no database, as in postgres://user:password@host:5432/name.")
DATABASES["default"]["CONN_MAX_AGE"] = number("DATABASE_CONN_MAX_AGE", 60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = 5
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- cache -----------------------------------------------------------------
# `memory`: comparisons of content, under keys that name what was compared. In the memory of each process: reading a
# page writes nothing, nothing has to be cleaned up, and what is lost is computed again in milliseconds.
# `default`: how often a sign-in was tried: allauth keeps count there, in the database, for all processes together.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "deploys_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 500}},
}

# --- broker ----------------------------------------------------------------
# HTTP timeout (65 s) < soft time limit < time limit < lease (120 s) < visibility timeout: docs/adr/0001 says why.
EMBEDDED_BROKER = not text("REDIS_URL")
CELERY_BROKER_URL = text("REDIS_URL") or paths.broker_url(DATA_DIR)
if "://" not in CELERY_BROKER_URL:
    raise ImproperlyConfigured("REDIS_URL must be an address with its scheme, as in redis://host:6379/0.")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_TIME_LIMIT = 100
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "deploys.ticking:Scheduler"
CELERY_BEAT_SCHEDULE = {
    name: {"task": f"deploys.{task}", "schedule": seconds, "options": {"expires": seconds}}
    for name, task, seconds in (
        ("look at open builds", "builds.tasks.observe_active_builds", 2.0),
        ("read content that is due", "content.tasks.read_due_sources", 2.0),
        ("repair what got lost", "builds.tasks.sweep", 5.0),
        ("prove what went live", "releases.tasks.confirm_releases", 2.0),
        ("look at web hosts", "releases.tasks.check_hosts", 60.0),
        ("delete previews that expired", "releases.tasks.delete_previews", 60.0),
        ("look at quiet projects", "builds.tasks.observe_quiet_projects", 60.0),
        ("look at tokens", "builds.tasks.look_at_tokens", 300.0),
        ("ask for what is due", "schedules.tasks.keep_plans", 5.0),
        ("note what falls due", "schedules.tasks.look_ahead", 60.0),
        ("tell people", "notifications.tasks.tell_people", 5.0),
        ("look for silent builds", "notifications.tasks.look_for_silence", 10.0),
        ("remove what is no longer kept", "retention.tasks.prune_if_due", 600.0),
    )
}

# --- web -------------------------------------------------------------------
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "deploys.api.v1.problems.ApiMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "deploys.people.middleware.LastSeenMiddleware",
    "deploys.people.middleware.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "deploys.web.time_zone.TimeZoneMiddleware",
]

# --- templates -------------------------------------------------------------
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "deploys.web.context.look",
            ],
        },
    }
]

# --- sign-in ---------------------------------------------------------------
# All of it stands in buildhub/sign_in.py.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# --- mail ------------------------------------------------------------------
# Without EMAIL_URL no mail leaves, and the pages say so.
MAILERS = mailers(text("EMAIL_URL"))
EMAIL_IS_SET_UP = bool(text("EMAIL_URL"))
DEFAULT_FROM_EMAIL = text("MAIL_FROM", "Buildhub <buildhub@localhost>")

# --- static files ----------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = text("STATIC_ROOT") or str(paths.make_private_dir(DATA_DIR / "static"))
WHITENOISE_USE_FINDERS = not Path(STATIC_ROOT, "staticfiles.json").exists()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- language and time -----------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
SITE_TIME_ZONE = text("TIME_ZONE", "UTC")

# --- security --------------------------------------------------------------
_https = PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

# --- secrets at rest -------------------------------------------------------
# The first key encrypts, all of them decrypt: put a new one in front to rotate.
ENCRYPTION_KEYS = env.list("BUILDHUB_ENCRYPTION_KEYS", default=[]) or [paths.secret(DATA_DIR, "encryption-key")]

# --- buildhub's own --------------------------------------------------------
# Seconds unless the name says otherwise.
START_LEASE = number("BUILDHUB_START_LEASE", 120)
LOOK_UP_PATIENCE = number("BUILDHUB_LOOK_UP_PATIENCE", 90)
START_DEADLINE = number("BUILDHUB_START_DEADLINE", 1800)
SILENCE_IS_STUCK = number("BUILDHUB_SILENCE_IS_STUCK", 300)
# What an admin lets content sources use on this server itself: classes by dotted path, and folders with repositories.
CONTENT_CLASSES = env.list("BUILDHUB_CONTENT_CLASSES", default=[])
CONTENT_FOLDERS = env.list("BUILDHUB_CONTENT_FOLDERS", default=[])
# Whether admins of a site may add further ones; else only those who run Buildhub (superusers) do.
ADMINS_ADD_SITES = choice("BUILDHUB_ADMINS_ADD_SITES", "false", ["true", "false"]) == "true"
# Hosts in private networks that messages may be sent to, as host or host:port.
NOTIFY_PRIVATE_HOSTS = env.list("BUILDHUB_NOTIFY_PRIVATE_HOSTS", default=[])
API_REQUESTS_PER_MINUTE = int(number("BUILDHUB_API_REQUESTS_PER_MINUTE", 120))  # of each token
SITE_FROM_ENVIRONMENT = {
    "name": text("SITE_NAME"),
    "url": text("SITE_URL"),
    "bucket": text("SITE_BUCKET"),
    "distribution_id": text("SITE_DISTRIBUTION_ID"),
    "endpoint": text("SITE_ENDPOINT"),
    "report_token": text("SITE_REPORT_TOKEN"),
    "marker_url": text("SITE_MARKER_URL"),
    "ask_first": text("SITE_ASK_FIRST").lower(),
    "four_eyes": text("SITE_FOUR_EYES").lower(),
    "cms_url": text("CMS_URL"),
    "content_api_token": text("CONTENT_API_TOKEN"),
    "drafts_api_token": text("DRAFTS_API_TOKEN"),
    "preview_url": text("PREVIEW_URL"),
    "preview_bucket": text("PREVIEW_BUCKET"),
    "content_preset": text("CONTENT_PRESET", "jsonfeed"),
    "content_url": text("CONTENT_URL"),
    "content_token": text("CONTENT_TOKEN"),
    "content_settings": text("CONTENT_SETTINGS"),
    "content_private_hosts": text("CONTENT_PRIVATE_HOSTS"),
    "gitlab_url": text("GITLAB_URL", "https://gitlab.com"),
    "gitlab_project_id": text("GITLAB_PROJECT_ID"),
    "gitlab_trigger_token": text("GITLAB_TRIGGER_TOKEN"),
    "gitlab_trigger_ref": text("GITLAB_TRIGGER_REF"),
    "gitlab_preview_ref": text("GITLAB_PREVIEW_REF", "previews"),
    "gitlab_api_token": text("GITLAB_API_TOKEN"),
    "gitlab_send_as": text("GITLAB_SEND_AS", "variables"),
    "gitlab_hook_token": text("GITLAB_HOOK_TOKEN"),
    "gitlab_hook_signing_token": text("GITLAB_HOOK_SIGNING_TOKEN"),
}

# --- watching --------------------------------------------------------------
METRICS_TOKEN = text("METRICS_TOKEN")
if text("SENTRY_DSN"):
    sentry.start(text("SENTRY_DSN"), environment=text("SENTRY_ENVIRONMENT", "production"))

# --- logging ---------------------------------------------------------------
LOGGING = logging_config(
    as_json=choice("LOG_FORMAT", "text", ["text", "json"]) == "json",
    level=choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"]),
)
