"""Certificate authorities and certificates of a server, in the files K3s keeps them in."""
import datetime
import hashlib
import ipaddress
import os
import pathlib

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from . import log

AUTHORITIES = {"server-ca": "k3s-server-ca", "client-ca": "k3s-client-ca", "request-header-ca": "k3s-request-header-ca",
               "etcd/server-ca": "etcd-server-ca", "etcd/peer-ca": "etcd-peer-ca"}
LEAF_DAYS, CA_DAYS, RENEW_DAYS = 365, 3650, 120


def write(path, content, mode=0o600):
    """Whole or not at all; an error reads as Go's does."""
    path = pathlib.Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content if isinstance(content, bytes) else content.encode())
        part.chmod(mode)
        part.replace(path)
    except OSError as error:
        raise log.Failure(f"write {path}: {error.strerror.lower()}") from None


def private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
                             serialization.NoEncryption())


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def load_certificate(path):
    return x509.load_pem_x509_certificate(pathlib.Path(path).read_bytes())


def load_key(path):
    return serialization.load_pem_private_key(pathlib.Path(path).read_bytes(), None)


def subject_of(name, organizations=()):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, item) for item in organizations] +
                     [x509.NameAttribute(NameOID.COMMON_NAME, name)])


def start_of(subject, issuer, public_key, days):
    today = datetime.datetime.now(datetime.timezone.utc)
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public_key)
            .serial_number(x509.random_serial_number()).not_valid_before(today - datetime.timedelta(minutes=1))
            .not_valid_after(today + datetime.timedelta(days=days)))


def usage(authority):
    return x509.KeyUsage(digital_signature=True, key_encipherment=True, key_cert_sign=authority, crl_sign=authority,
                         content_commitment=False, data_encipherment=False, key_agreement=False,
                         encipher_only=False, decipher_only=False)


def make_authority(folder, file):
    base = pathlib.Path(folder) / file
    if base.with_suffix(".crt").exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    name = subject_of(f"{AUTHORITIES[file]}@{int(datetime.datetime.now().timestamp())}")
    certificate = (start_of(name, name, key.public_key(), CA_DAYS)
                   .add_extension(x509.BasicConstraints(True, None), True).add_extension(usage(True), True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
                   .sign(key, hashes.SHA256()))
    write(base.with_suffix(".key"), private_pem(key))
    write(base.with_suffix(".crt"), pem(certificate), 0o644)


def make_authorities(folder):
    for file in AUTHORITIES:
        make_authority(folder, file)
    service = pathlib.Path(folder) / "service.key"
    if not service.exists():
        write(service, private_pem(rsa.generate_private_key(65537, 2048)))


def alternative_names(names):
    found = []
    for name in dict.fromkeys(names):
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return x509.SubjectAlternativeName(found)


def sign(folder, authority, subject, public_key, names=(), days=LEAF_DAYS):
    """A leaf for server and client use: etcd's gateway presents its server certificate to itself."""
    ca = load_certificate(pathlib.Path(folder) / f"{authority}.crt")
    key = load_key(pathlib.Path(folder) / f"{authority}.key")
    builder = (start_of(subject, ca.subject, public_key, days)
               .add_extension(x509.BasicConstraints(False, None), True).add_extension(usage(False), True)
               .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.public_key()), False))
    if names:
        builder = builder.add_extension(alternative_names(names), False)
    return builder.sign(key, hashes.SHA256())


def is_current(path, authority_file, names):
    """Whether a certificate may stay: same authority, same names, far from its end."""
    if not path.exists() or not path.with_suffix(".key").exists():
        return False
    certificate, authority = load_certificate(path), load_certificate(authority_file)
    try:
        certificate.verify_directly_issued_by(authority)
        if names and certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value != alternative_names(names):
            return False
    except (x509.ExtensionNotFound, InvalidSignature, ValueError, TypeError):
        return False
    left = certificate.not_valid_after_utc - datetime.datetime.now(datetime.timezone.utc)
    return left > datetime.timedelta(days=RENEW_DAYS)


def make_leaf(folder, file, authority, name, organizations=(), names=()):
    """FILE.crt and FILE.key, made anew when they no longer fit."""
    path = pathlib.Path(folder) / f"{file}.crt"
    if is_current(path, pathlib.Path(folder) / f"{authority}.crt", names):
        return
    key = ec.generate_private_key(ec.SECP256R1())
    write(path.with_suffix(".key"), private_pem(key))
    write(path, pem(sign(folder, authority, subject_of(name, organizations), key.public_key(), names)), 0o644)


def make_request(name, organizations=()):
    """A key and the DER of its certificate request."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(subject_of(name, organizations)).sign(key, hashes.SHA256())
    return key, request.public_bytes(serialization.Encoding.DER)


def ca_hash(text):
    """The hash in a full token: of the bytes /cacerts gave."""
    return hashlib.sha256(text if isinstance(text, bytes) else text.encode()).hexdigest()
