"""TLS over checked addresses: the certificate is that of the name, whatever address it leads to."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploys.content.sources.addresses import Guard
from deploys.content.sources.errors import SourceUnavailable
from deploys.content.sources.guarded_transport import GuardedTransport
from deploys.content.sources.http_json import HttpJsonSource
from tests.content.sources.answering import Cms, pages_of
from tests.content.sources.reading import config

ITEMS = [{"id": number} for number in range(5)]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for cms.example, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cms.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("cms.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "cms.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def secure_cms(certificate: Path) -> Iterator[Cms]:
    """A CMS behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    cms = Cms(pages_of(ITEMS), tls=context)
    yield cms
    cms.close()


def read(cms: Cms, host: str, verify: ssl.SSLContext | None) -> list[str]:
    guard = Guard([host], resolve=lambda host, port: ["127.0.0.1"])
    transport: httpx.BaseTransport = GuardedTransport(guard, verify=verify)
    given = config(cms, url=f"https://{host}:{cms.port}/entries", deadline=3.0)
    source = HttpJsonSource(given, transport=transport, sleep=lambda seconds: None)
    return [entry.key for entry in source.read()]


def test_a_trusted_certificate_of_the_name_is_fine(secure_cms: Cms, certificate: Path) -> None:
    """Several pages over one connection to the checked address."""
    verify = ssl.create_default_context(cafile=str(certificate))
    assert len(read(secure_cms, "cms.example", verify)) == 5


def test_a_certificate_of_another_name_is_refused(secure_cms: Cms, certificate: Path) -> None:
    """In words that name the certificate."""
    verify = ssl.create_default_context(cafile=str(certificate))
    with pytest.raises(SourceUnavailable, match="certificate is not trusted"):
        read(secure_cms, "other.example", verify)


def test_a_certificate_that_nobody_signed_is_refused(secure_cms: Cms) -> None:
    """By default, with the usual authorities."""
    with pytest.raises(SourceUnavailable, match="certificate is not trusted"):
        read(secure_cms, "cms.example", None)
    assert secure_cms.requests == []
