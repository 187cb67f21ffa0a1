"""HTTPS requests whose failures read as Go's do."""
import base64
import http.client
import json
import socket
import ssl
import time
import urllib.parse

from cryptography import x509

from . import settings


class RequestFailed(Exception):
    """The text of Go's error; status is 0 when there was no answer."""

    def __init__(self, text, status=0, body=b""):
        super().__init__(text)
        self.status, self.body = status, body


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def context(ca=None, certificate=None, verify=True):
    """ca: PEM text, or None for the host's own bundle; certificate: (file, key file)."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not verify:
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    elif ca is None:
        made.load_default_certs()
    else:
        made.load_verify_locations(cadata=ca)
    if certificate:
        made.load_cert_chain(*certificate)
    return made


def served_certificate(host, port):
    with socket.create_connection((host, port), 5) as raw:
        with context(verify=False).wrap_socket(raw, server_hostname=host) as secured:
            return x509.load_der_x509_certificate(secured.getpeercert(True))


def verification_text(error, host, port):
    """What Go says of a certificate that does not verify."""
    prefix = "tls: failed to verify certificate: x509: "
    if error.verify_code in (9, 10):
        try:
            served = served_certificate(host, port)
        except OSError:
            return prefix + "certificate has expired or is not yet valid"
        bound, word = ((served.not_valid_before_utc, "before") if error.verify_code == 9
                       else (served.not_valid_after_utc, "after"))
        return (f"{prefix}certificate has expired or is not yet valid: current time {settings.timestamp()} "
                f"is {word} {bound.strftime('%Y-%m-%dT%H:%M:%SZ')}")
    if error.verify_code in (62, 64):
        try:
            names = served_certificate(host, port).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (OSError, x509.ExtensionNotFound):
            names = []
        return f"{prefix}certificate is valid for {', '.join(str(name.value) for name in names)}, not {host}"
    return prefix + "certificate signed by unknown authority"


def dial_text(error, host, port):
    if isinstance(error, socket.gaierror):
        reason = "server misbehaving" if error.errno == socket.EAI_AGAIN else "no such host"
        return f"dial tcp: lookup {host}: {reason}"
    if isinstance(error, TimeoutError):
        return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    if isinstance(error, ConnectionRefusedError):
        return f"dial tcp {host}:{port}: connect: connection refused"
    if isinstance(error, (ConnectionResetError, BrokenPipeError)):
        return f"read tcp {host}:{port}: read: connection reset by peer"
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return "EOF"
    if isinstance(error, ssl.SSLError):
        return "http: server gave HTTP response to HTTPS client" if error.reason == "WRONG_VERSION_NUMBER" else "remote error: tls: bad certificate"
    if isinstance(error, OSError) and error.errno:
        return f"dial tcp {host}:{port}: connect: {error.strerror.lower()}"
    return "EOF"


def request(method, url, *, tls, headers=None, body=None, timeout=10):
    """The body of the answer; any other status than 2xx is a failure. Without tls it is plain HTTP."""
    parts = urllib.parse.urlsplit(url)
    host, port = parts.hostname, parts.port or 443
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **(headers or {})}
    verb = method.capitalize()
    deadline = time.monotonic() + timeout
    try:
        connection = (http.client.HTTPSConnection(host, port, timeout=timeout, context=tls) if tls
                      else http.client.HTTPConnection(host, port, timeout=timeout))
        connection.request(method, urllib.parse.urlunsplit(("", "", parts.path, parts.query, "")), body, headers or {})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
    except ssl.SSLCertVerificationError as error:
        raise RequestFailed(f'{verb} "{url}": {verification_text(error, host, port)}') from None
    except (OSError, http.client.HTTPException) as error:
        # A proxy that has nobody to pass us on to closes at once; a time-out of TLS is one of reading.
        text = dial_text(error, host, port)
        if time.monotonic() >= deadline and "deadline" not in text:
            text = "context deadline exceeded"
        raise RequestFailed(f'{verb} "{url}": {text}') from None
    if answer.status // 100 != 2:
        raise RequestFailed(f"{url}: {answer.status} {answer.reason}", answer.status, data)
    return data
