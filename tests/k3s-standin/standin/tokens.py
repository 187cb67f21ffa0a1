"""Tokens: their forms, and what a node checks of the server before it uses one."""
import hashlib
import pathlib
import re
import secrets
import time
import urllib.parse

from . import client, log, pki, settings
from .client import RequestFailed

BOOTSTRAP = re.compile(r"([a-z0-9]{6})\.([a-z0-9]{16})")


class Token:
    def __init__(self, ca_hash, user, password, bootstrap=False):
        self.ca_hash, self.user, self.password, self.bootstrap = ca_hash, user, password, bootstrap

    def headers(self, user):
        """The name inside a token is not what is sent: servers are "server", agents "node"."""
        if not self.password:
            return {}
        if self.bootstrap:
            return {"Authorization": f"Bearer {self.password}"}
        return client.basic(user, self.password)


def parse(text):
    if not text:
        raise log.fail("TOK_EMPTY")
    ca_hash = ""
    if text.startswith("K10"):
        ca_hash, separator, text = text[3:].partition("::")
        if not separator:
            raise log.fail("TOK_FORMAT")
        if len(ca_hash) not in (0, 64):
            raise log.fail("TOK_HASHLEN")
        if not BOOTSTRAP.fullmatch(text):
            user, colon, password = text.partition(":")
            if not colon or not password:
                raise log.fail("TOK_FORMAT")
            return Token(ca_hash, user, password)
    if BOOTSTRAP.fullmatch(text):
        return Token(ca_hash, "", text, True)
    return Token(ca_hash, "", text)


def normalize(text):
    """The password of a server token."""
    try:
        token = parse(text)
    except log.Failure:
        raise log.fail("TOK_NORMALIZE") from None
    if token.bootstrap and text.startswith("K10"):
        raise log.fail("TOK_NORMALIZE")
    return token.password


def validate(url, text):
    """The token and the authority of the server at url, after everything K3s checks before it trusts that server."""
    token = parse(text)
    try:
        parts = urllib.parse.urlsplit(url)
        parts.port
    except ValueError:
        raise log.fail("TOK_URL", url=url) from None
    if parts.scheme != "https":
        raise log.fail("TOK_SCHEME", url=url)
    address = url.rstrip("/") + "/cacerts"
    try:
        body = client.request("GET", address, tls=client.context()).decode()
        log.say("TOK_CA_TRUSTED")
        return token, body
    except RequestFailed:
        pass
    try:
        body = client.request("GET", address, tls=client.context(verify=False)).decode()
    except RequestFailed as error:
        raise log.fail("cacerts", cause=error) from None
    try:
        client.request("GET", address, tls=client.context(body))
    except (RequestFailed, OSError) as error:
        raise log.fail("CACERTS_INVALID", cause=error) from None
    theirs = pki.ca_hash(body)
    if not token.ca_hash:
        log.say("TOK_NO_HASH")
    elif token.ca_hash != theirs:
        raise log.fail("TOK_HASH_MISMATCH", ours=token.ca_hash, theirs=theirs)
    return token, body


def from_options(options, key="token"):
    """The token of the configuration; a file wins, and is waited for."""
    path = options.text(f"{key}-file")
    if not path:
        return options.text(key)
    deadline = time.monotonic() + settings.pace(240)
    while time.monotonic() < deadline:
        try:
            return pathlib.Path(path).read_text().strip()
        except OSError:
            log.say("CFG_FILE_WAIT", path=path)
            settings.pause(2)
    raise log.fail("CFG_FILE_TIMEOUT")


def new_password():
    return secrets.token_hex(16)


def storage_key(password):
    return "/bootstrap/" + hashlib.sha256(password.encode()).hexdigest()[:12]
