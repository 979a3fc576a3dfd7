"""A small OpenID Connect provider that tests sign in with, over HTTP: discovery, code flow with PKCE, signed ID tokens.

It asks nobody for a password: whoever `person` says is at the browser.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response, jsonify, redirect, request
from werkzeug.serving import make_server

CLIENT, SECRET = "buildhub", "client-secret"


def new_key() -> rsa.RSAPrivateKey:
    """A key that signs."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """The provider and who is at the browser. Tests change it on the way; `key` is told to the world, `signs` signs."""

    url: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    key: rsa.RSAPrivateKey = field(default_factory=new_key)
    signs: rsa.RSAPrivateKey | None = None
    cancels: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def id_token(self) -> str:
        """Who it is, for our client, for five minutes."""
        moment = int(time.time())
        facts = {"iss": self.url, "aud": CLIENT, "iat": moment, "exp": moment + 300}
        return jwt.encode(facts | self.person, self.signs or self.key, algorithm="RS256", headers={"kid": "one"})

    def is_right(self, given: dict[str, str]) -> bool:
        """Client, code, redirect address and verifier are those of the request (RFC 7636, 4.6)."""
        asked = self.codes.pop(given.get("code", ""), None)
        if asked is None or (given.get("client_id"), given.get("client_secret")) != (CLIENT, SECRET):
            return False
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return (asked["redirect_uri"], asked["code_challenge"]) == (given.get("redirect_uri"), challenge)


def app_of(provider: Provider) -> Flask:
    """Its pages."""
    app = Flask(__name__)

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        ends = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        found = {f"{name}_endpoint": f"{provider.url}/{path}" for name, path in ends.items()}
        methods = ["client_secret_post"]
        more = {"issuer": provider.url, "jwks_uri": f"{provider.url}/keys"}
        return jsonify(found | more | {"token_endpoint_auth_methods_supported": methods})

    @app.get("/keys")
    def keys() -> Response:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(provider.key.public_key()))
        return jsonify({"keys": [public | {"kid": "one", "alg": "RS256", "use": "sig"}]})

    @app.get("/authorize")
    def authorize() -> Any:
        provider.asked.append(dict(request.args))
        code = secrets.token_hex(8)
        provider.codes[code] = dict(request.args)
        answer = {"error": "access_denied"} if provider.cancels else {"code": code}
        return redirect(f"{request.args['redirect_uri']}?{urlencode(answer | {'state': request.args['state']})}")

    @app.post("/token")
    def token() -> Any:
        if not provider.is_right(dict(request.form)):
            return jsonify({"error": "invalid_grant"}), 400
        return jsonify({"access_token": "access", "token_type": "Bearer", "id_token": provider.id_token()})

    @app.get("/userinfo")
    def userinfo() -> Any:
        if request.headers.get("Authorization") != "Bearer access":
            return jsonify({"error": "invalid_token"}), 401
        return jsonify(provider.person if provider.userinfo is None else provider.userinfo)

    return app


@contextmanager
def running() -> Iterator[Provider]:
    """Serve it on a port of this machine."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, app_of(provider), threaded=True)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
