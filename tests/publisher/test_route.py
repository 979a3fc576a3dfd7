"""Which certificates are believed and which proxies are gone through: the same as by boto3."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from publisher import publish, status
from publisher.errors import Refused, Unavailable
from publisher.options import Options
from publisher.route import proxy_for, trust
from publisher.s3_connection import Place, connect
from publisher.wire import Wire
from tests.publisher.hosts import BucketHost, Site

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
type Serve = Callable[[Callable[[socket.socket], None]], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that does this with each connection; its port."""
    listeners = []

    def start(work: Callable[[socket.socket], None]) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def take() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=work, args=(connection,), daemon=True).start()

        threading.Thread(target=take, daemon=True).start()
        return int(listener.getsockname()[1])

    yield start
    for one in listeners:
        one.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of this machine, by its own word: the certificate and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a host of tests")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificates") / "host.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.fixture
def secure(serve: Serve, certificate: Path) -> str:
    """The address of a host with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def answer(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                while heard(secured):
                    secured.sendall(ANSWER)
        except OSError:
            return  # the other side did not believe us

    return f"https://127.0.0.1:{serve(answer)}"


def heard(connection: socket.socket) -> bytes:
    """A request without a body."""
    text = b""
    while not text.endswith(b"\r\n\r\n"):
        more = connection.recv(65536)
        if not more:
            return b""
        text += more
    return text


def ask(endpoint: str, tries: int = 1) -> bytes:
    """What the host says to a question of the publisher."""
    wire: Wire
    wire, _ = connect(Place.parse("s3://site"), Options(endpoint=endpoint, tries=tries, timeout=5))
    try:
        return wire.send("GET", "a").body
    finally:
        wire.close()


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(secure: str) -> None:
    """And it is said what to do; a second try would not change it."""
    with pytest.raises(Refused, match=r"certificate of 127\.0\.0\.1:\d+ is not to be trusted.*AWS_CA_BUNDLE"):
        ask(secure, tries=7)


@pytest.mark.parametrize("region", ["us-east-1", ""])
@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_a_certificate_that_the_environment_names_is_believed(
    secure: str, certificate: Path, name: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the settings are read here or by botocore."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", region) if region else monkeypatch.delenv("AWS_DEFAULT_REGION", False)
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv(name, str(certificate))
    assert ask(secure) == b"ok"


def test_a_certificate_that_the_profile_names_is_believed(
    secure: str, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though keys and region are in the environment."""
    (tmp_path / "config").write_text(f"[default]\nca_bundle = {certificate}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert ask(secure) == b"ok"


def test_certificates_that_cannot_be_read_are_said(secure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the name of the file."""
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nonexistent/ca.pem")
    with pytest.raises(Refused, match=r"/nonexistent/ca\.pem cannot be used.*AWS_CA_BUNDLE"):
        ask(secure)


def test_certificates_are_read_once(certificate: Path) -> None:
    """However many connections and targets there are."""
    assert trust(str(certificate)) is trust(str(certificate))


@pytest.fixture
def through(serve: Serve) -> tuple[str, list[bytes]]:
    """The address of a proxy, and what it was asked for."""
    asked: list[bytes] = []

    def pass_on(connection: socket.socket) -> None:
        with connection:
            request = heard(connection)
            asked.append(request)
            words = request.split(b" ")
            if b"refused" in request:
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            elif words[0] == b"CONNECT":
                name, _, port = words[1].decode().rpartition(":")
                with socket.create_connection((name, int(port))) as onward:
                    connection.sendall(b"HTTP/1.1 200 Connection established\r\nVia: tests\r\n\r\n")
                    back = threading.Thread(target=pump, args=(onward, connection), daemon=True)
                    back.start()
                    pump(connection, onward)
                    back.join()
            else:
                connection.sendall(ANSWER)

    return f"127.0.0.1:{serve(pass_on)}", asked


def pump(source: socket.socket, goal: socket.socket) -> None:
    """Everything that one says to the other."""
    try:
        while block := source.recv(65536):
            goal.sendall(block)
        goal.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_a_secure_host_is_reached_through_the_proxy(
    secure: str, certificate: Path, through: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It passes on what it cannot read; it alone gets its password."""
    address, asked = through
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:p%40ss@{address}")
    assert ask(secure) == b"ok"
    host = secure.removeprefix("https://")
    lines = [f"CONNECT {host} HTTP/1.1", f"Host: {host}", "Proxy-Authorization: Basic dXNlcjpwQHNz", "", ""]
    assert asked == ["\r\n".join(lines).encode()]


def test_a_plain_host_is_reached_through_the_proxy(
    through: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is told the whole address."""
    address, asked = through
    monkeypatch.setenv("http_proxy", address)
    assert ask("http://storage.example.org:9000") == b"ok"
    (request,) = asked
    assert request.startswith(b"GET http://storage.example.org:9000/site/a HTTP/1.1\r\n")
    assert b"Host: storage.example.org:9000\r\n" in request


def test_hosts_that_need_no_proxy_are_asked_directly(
    secure: str, certificate: Path, through: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By their names in NO_PROXY; a proxy for the other kind of address is none either."""
    address, asked = through
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    monkeypatch.setenv("HTTP_PROXY", address)
    assert ask(secure) == b"ok"
    monkeypatch.setenv("HTTPS_PROXY", address)
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    assert ask(secure) == b"ok"
    assert asked == []


def test_a_proxy_that_refuses_is_said(through: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, with its answer."""
    address, asked = through
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(Refused, match=r"answered 407 to CONNECT refused\.example\.org:443.*HTTPS_PROXY"):
        ask("https://refused.example.org", tries=7)
    assert len(asked) == 1


def test_a_proxy_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only plain ones are known."""
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1080")
    with pytest.raises(ValueError, match="HTTPS_PROXY"):
        proxy_for("https://storage.example.org")
    with pytest.raises(Refused, match="HTTPS_PROXY"):
        ask("https://storage.example.org")


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"301 Moved Permanently\r\nx-amz-bucket-region: eu-west-3", "in region eu-west-3: set AWS_DEFAULT_REGION"),
        (b"307 Temporary Redirect\r\nLocation: https://elsewhere.example.org", "in region another one"),
        (b"400 Bad Request\r\nx-amz-bucket-region: eu-west-3", "in region eu-west-3"),
    ],
)
def test_a_bucket_of_another_region_is_said(serve: Serve, head: bytes, words: str) -> None:
    """Keys are not sent to wherever an answer points."""
    body = b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong region</Message></Error>"

    def answer(connection: socket.socket) -> None:
        with connection:
            heard(connection)
            connection.sendall(b"HTTP/1.1 " + head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with pytest.raises(Refused, match=words):
        ask(f"http://127.0.0.1:{serve(answer)}")


def test_a_copy_that_fails_after_it_was_begun_has_failed(serve: Serve) -> None:
    """The host said 200, and spaces for as long as it worked."""
    body = b" " * 5000 + b"<Error><Code>InternalError</Code></Error>"

    def answer(connection: socket.socket) -> None:
        with connection:
            heard(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with pytest.raises(Unavailable, match="InternalError"):
        ask(f"http://127.0.0.1:{serve(answer)}")


def test_a_site_is_published_past_a_proxy_that_is_not_for_its_host(
    bucket: BucketHost, site: Site, through: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A star in NO_PROXY means every host."""
    monkeypatch.setenv("HTTP_PROXY", through[0])
    monkeypatch.setenv("NO_PROXY", "*")
    publish(site.write(), bucket.target, release="r1", options=bucket.options)
    assert status(bucket.target, options=bucket.options).release == "r1"
    assert through[1] == []
