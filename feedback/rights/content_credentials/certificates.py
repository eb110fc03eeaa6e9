"""Certificates and keys in PEM: what can sign Content Credentials, and a root and leaf of one's own for trying out.

C2PA's profile of certificates: https://spec.c2pa.org/specifications/specifications/2.2/specs/C2PA_Specification.html#x509_certificates
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from feedback.errors import Invalid, Refused, one_line
from feedback.rights.content_credentials.library import EXTRA

DAYS = 3650  # of those for trying out: without a time stamp, credentials hold as long as the certificate does
ALGORITHMS = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
PURPOSES = {
    "1.3.6.1.5.5.7.3.4": "e-mail protection",
    "1.3.6.1.5.5.7.3.36": "document signing",
    "1.3.6.1.4.1.62558.2.1": "C2PA claim signing",
}
"""Extended key usages, one of which C2PA asks for."""


class Signer(NamedTuple):
    """What a studio signs with, as PEM."""

    chain: str  # the signer's certificate first, then those of whoever certified it
    key: str
    algorithm: str  # as C2PA calls it


def make_signer(organisation: str) -> tuple[Signer, str]:
    """A signer for trying out and the certificate of its root, whose key is thrown away. ECDSA on P-256 (es256)."""
    x509, hashes, ec = _x509(), _hashes(), _ec()
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name(organisation, "root for trying out")
    root = _sign(_root(x509, root_name, root_key), root_key, hashes)
    leaf = _sign(_leaf(x509, _name(organisation, "takes, for trying out"), root_name, root_key, key), root_key, hashes)
    return Signer(_pem(leaf) + _pem(root), _key_pem(key), "es256"), _pem(root)


def read_signer(chain: bytes, key: bytes) -> Signer:
    """Of a studio's own files. Refused, with what is wrong with them, where C2PA would not have them."""
    certificates = read_certificates(chain, "the certificate file")
    private = read_key(key)
    if _public(private) != _public(certificates[0]):
        raise Refused("the key is not that of the file's first certificate: put the signer's own certificate first")
    check_signing(certificates[0])
    return Signer("".join(map(_pem, certificates)), _key_pem(private), algorithm_of(private))


def read_certificates(data: bytes, what: str) -> list[Any]:
    """Those of a PEM file, in its order. Invalid: there is none."""
    try:
        return list(_x509().load_pem_x509_certificates(data))
    except ValueError:  # its words name a page on how to use a library
        raise Invalid(f"{what} has no certificate in PEM: give a text with BEGIN CERTIFICATE in it") from None


def as_pem(certificates: list[Any]) -> str:
    return "".join(map(_pem, certificates))


def read_key(data: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(data, None)
    except TypeError:
        raise Refused("the key has a pass phrase: give one without, which is kept for this account alone") from None
    except ValueError as error:
        raise Invalid(f"the key file has no private key in PEM: {one_line(error, 80)}") from None


def check_signing(certificate: Any) -> None:
    """Refused for a certificate that may not sign credentials: one of an authority, out of its time, or of other purpose."""
    x509 = _x509()
    if certificate.issuer == certificate.subject:
        raise Refused("the certificate is certified by itself: C2PA wants one that an authority has signed")
    if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
        raise Refused(f"the certificate holds until {certificate.not_valid_after_utc:%Y-%m-%d}: get a new one")
    purposes = _extension(certificate, x509.ExtendedKeyUsage)
    if not {each.dotted_string for each in purposes or ()} & PURPOSES.keys():
        raise Refused(
            f"the certificate is not for signing: its extended key usage has none of {', '.join(PURPOSES.values())}"
        )
    usage = _extension(certificate, x509.KeyUsage)
    if usage is None or not usage.digital_signature:
        raise Refused("the certificate is not for signing: its key usage has no digitalSignature")


def algorithm_of(key: Any) -> str:
    """As C2PA calls it; Refused for a kind of key that it has no algorithm for."""
    curve = getattr(getattr(key, "curve", None), "name", "")
    if curve in ALGORITHMS:
        return ALGORITHMS[curve]
    kind = type(key).__name__.lower()
    if "ed25519" in kind:
        return "ed25519"
    if "rsa" in kind and key.key_size >= 2048:
        return "ps256"
    raise Refused(
        "C2PA cannot sign with this kind of key: take ECDSA on P-256, P-384 or P-521, Ed25519, or RSA of 2048 bits"
    )


def name_of(chain: str) -> str:
    """The organisation and name of a chain's first certificate, for people."""
    certificate = read_certificates(chain.encode(), "the chain")[0]
    return " · ".join(dict.fromkeys(str(part.value) for part in certificate.subject if part.oid in _named()))


def ends(chain: str) -> str:
    """The day on which a chain's first certificate ends."""
    return f"{read_certificates(chain.encode(), 'the chain')[0].not_valid_after_utc:%Y-%m-%d}"


def _x509() -> Any:
    try:
        from cryptography import x509
    except ImportError:
        raise Refused(f"certificates need the package cryptography: {EXTRA}") from None
    return x509


def _hashes() -> Any:
    from cryptography.hazmat.primitives import hashes

    return hashes


def _ec() -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec


def _named() -> tuple[Any, ...]:
    from cryptography.x509.oid import NameOID

    return NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME


def _name(organisation: str, common: str) -> Any:
    x509 = _x509()
    organisation_name, common_name = _named()
    short = organisation[:60] or "studio"
    parts = [(organisation_name, short), (common_name, f"{short[:40]} {common}")]
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts])


def _begun(x509: Any, subject: Any, issuer: Any, key: Any) -> Any:
    # A clock that is some minutes off on another machine must not refuse what was just signed.
    start = datetime.now(UTC) - timedelta(minutes=5)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(start)
    return builder.not_valid_after(start + timedelta(days=DAYS)).add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
    )


def _root(x509: Any, name: Any, key: Any) -> Any:
    builder = _begun(x509, name, name, key).add_extension(x509.BasicConstraints(True, 0), True)
    return builder.add_extension(_usage(x509, certifies=True), True)


def _leaf(x509: Any, name: Any, issuer: Any, issuer_key: Any, key: Any) -> Any:
    from cryptography.x509.oid import ExtendedKeyUsageOID

    builder = _begun(x509, name, issuer, key).add_extension(x509.BasicConstraints(False, None), True)
    builder = builder.add_extension(_usage(x509, certifies=False), True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    return builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)


def _usage(x509: Any, *, certifies: bool) -> Any:
    others = (
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(
        digital_signature=not certifies, key_cert_sign=certifies, crl_sign=certifies, **dict.fromkeys(others, False)
    )


def _sign(builder: Any, key: Any, hashes: Any) -> Any:
    return builder.sign(key, hashes.SHA256())


def _extension(certificate: Any, kind: Any) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except _x509().ExtensionNotFound:
        return None


def _public(holder: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _pem(certificate: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()


def _key_pem(key: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
