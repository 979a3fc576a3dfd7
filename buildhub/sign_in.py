"""Settings of signing in: Django's own, and allauth's (docs.allauth.org), which counts tries, asks for the second
factor, lists sessions and speaks OpenID Connect. Its pages for signing up and for managing addresses are not served.
"""

from typing import Any

from buildhub.variables import choice, number, text


def providers(*, url: str, client_id: str, secret: str, name: str) -> dict[str, dict[str, Any]]:
    """allauth's setting for one OpenID Connect provider at `url`, which people call `name`."""
    app = {
        "provider_id": "provider",
        "name": name,
        "client_id": client_id,
        "secret": secret,
        "settings": {"server_url": url},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}


SIGN_IN_APPS = [
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

AUTH_USER_MODEL = "deploys.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
SESSION_COOKIE_AGE = 14 * 24 * 3600
PASSWORD_RESET_TIMEOUT = 4 * 3600
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# How many proxies of yours add to X-Forwarded-For: with TLS there is one, as gunicorn speaks none.
ALLAUTH_TRUSTED_PROXY_COUNT = int(number("TRUSTED_PROXIES", 1 if text("PUBLIC_URL").startswith("https://") else 0))
ACCOUNT_ADAPTER = "deploys.people.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_SIGNUP_ENABLED = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = False
ACCOUNT_SESSION_REMEMBER = True
# Failed sign-ins per address and per account; all sign-ins, and requests for a new password, per address.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "20/5m/ip,5/5m/key",
    "login": "60/m/ip",
    "reset_password": "20/h/ip,5/h/key",
}

MFA_ADAPTER = "deploys.people.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Buildhub"
MFA_TOTP_TOLERANCE = 1  # codes of 30 seconds before and after count too: clocks differ
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Who must have a second factor: nobody has to, or everybody who is an admin of a site.
REQUIRE_SECOND_FACTOR = choice("BUILDHUB_REQUIRE_SECOND_FACTOR", "nobody", ["nobody", "admins"])

SOCIALACCOUNT_ADAPTER = "deploys.people.adapters.ProviderAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_QUERY_EMAIL = True
# The button is a link: a form would be led to the provider, which the policy `form-action 'self'` forbids.
SOCIALACCOUNT_LOGIN_ON_GET = True
OIDC_URL = text("OIDC_URL").rstrip("/")
OIDC_CLIENT_ID = text("OIDC_CLIENT_ID")
OIDC_NAME = text("OIDC_NAME", "your organisation")
OIDC_GROUPS_CLAIM = text("OIDC_GROUPS_CLAIM", "groups")
OIDC_ROLES = text("OIDC_ROLES")
OIDC_IS_SET_UP = bool(OIDC_URL and OIDC_CLIENT_ID)
SOCIALACCOUNT_PROVIDERS = (
    providers(url=OIDC_URL, client_id=OIDC_CLIENT_ID, secret=text("OIDC_CLIENT_SECRET"), name=OIDC_NAME)
    if OIDC_IS_SET_UP
    else {}
)
