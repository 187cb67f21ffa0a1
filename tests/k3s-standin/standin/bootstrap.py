"""The secrets all servers share: in files, in the datastore (encrypted with the token), and from another server."""
import base64
import hashlib
import json
import os
import pathlib
import secrets
import shutil
import time

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import client, etcd, log, pki, settings, store as storage, tokens
from .client import RequestFailed

FILES = [f"tls/{name}.{end}" for name in pki.AUTHORITIES for end in ("crt", "key")] + [
    "tls/service.key", "cred/passwd", "cred/encryption-config.json"]
# Configuration that must be the same on all servers: Go's field and the flag.
CRITICAL = {
    "ClusterDNSs": "cluster-dns", "ClusterIPRanges": "cluster-cidr", "ClusterDomain": "cluster-domain",
    "DisableCCM": "disable-cloud-controller", "DisableHelmController": "disable-helm-controller",
    "DisableNPC": "disable-network-policy", "DisableServiceLB": "disable-service-lb", "EncryptSecrets": "secrets-encryption",
    "EncryptProvider": "secrets-encryption-provider", "EmbeddedRegistry": "embedded-registry", "FlannelBackend": "flannel-backend",
    "FlannelIPv6Masq": "flannel-ipv6-masq", "FlannelExternalIP": "flannel-external-ip", "EgressSelectorMode": "egress-selector-mode",
    "ServiceIPRanges": "service-cidr", "SupervisorMetrics": "supervisor-metrics"}


def key_of(password, salt):
    return hashlib.pbkdf2_hmac("sha1", password.encode(), salt, 4096, 16)


def encrypt(password, text):
    salt, nonce = secrets.token_bytes(8), secrets.token_bytes(12)
    return salt.hex() + ":" + base64.b64encode(nonce + AESGCM(key_of(password, salt)).encrypt(nonce, text.encode(), None)).decode()


def decrypt(password, text):
    salt, _, data = text.partition(":")
    data = base64.b64decode(data)
    try:
        return AESGCM(key_of(password, bytes.fromhex(salt))).decrypt(data[:12], data[12:], None).decode()
    except InvalidTag:
        raise log.fail("BOOT_DIFF_TOKEN") from None


def collect(server_folder):
    """What /v1-k3s/server-bootstrap answers: content and time of each file."""
    data = {}
    for name in FILES:
        path = pathlib.Path(server_folder) / name
        if path.exists():
            data[name] = {"Timestamp": settings.timestamp(path.stat().st_mtime), "ModifiedAt": path.stat().st_mtime,
                          "Content": base64.b64encode(path.read_bytes()).decode()}
    return data


def write_files(server_folder, data, names=None):
    for name in FILES:  # never a path that somebody else chose
        if name in data and (names is None or name in names):
            path = pathlib.Path(server_folder) / name
            pki.write(path, base64.b64decode(data[name]["Content"]), 0o644 if name.endswith(".crt") else 0o600)
            os.utime(path, (data[name]["ModifiedAt"], data[name]["ModifiedAt"]))


def reconcile(server_folder, data):
    """Files older than the datastore's copy are replaced; newer ones are a reason not to start."""
    newer, older = [], []
    for name, entry in data.items():
        path = pathlib.Path(server_folder) / name
        if name not in FILES or (path.exists() and path.read_bytes() == base64.b64decode(entry["Content"])):
            continue
        if path.exists() and path.stat().st_mtime - entry["ModifiedAt"] >= 3:
            newer.append(str(path))
        else:
            older.append(name)
    if newer:
        log.say("BOOT_NEWER", files=", ".join(newer))
        raise SystemExit(1)
    for name in older:
        if (pathlib.Path(server_folder) / name).exists():
            log.say("will_update", path=f"{server_folder}/{name}")
    write_files(server_folder, data, older)


def save(store, server_folder, password):
    data = json.dumps(collect(server_folder))
    store.put(tokens.storage_key(password), encrypt(password, data))


def load(store, password):
    """The data of the datastore, or None when it has none yet."""
    found = store.get(tokens.storage_key(password))
    if found:
        return json.loads(decrypt(password, found[0]))
    if store.list("/bootstrap/"):
        raise log.fail("BOOT_DIFF_TOKEN")
    return None


def compare(ours, theirs):
    differing = [flag for field, flag in CRITICAL.items() if ours.get(field) != theirs.get(field)]
    for flag in differing:
        log.say("COMPARE_FIELD", flag=flag)
    if differing:
        raise log.fail("COMPARE_FAIL")


def fetch(url, token, authority, ours=None):
    """The shared secrets from the server at url; compares the configuration first when ours is given."""
    base = url.rstrip("/")
    tls = client.context(authority)
    if ours is not None:
        try:
            theirs = json.loads(client.request("GET", f"{base}/v1-k3s/config", tls=tls, headers=token.headers("node")))
        except RequestFailed as error:
            log.say("COMPARE_SKIPPED", cause=error)
        else:
            compare(ours, theirs)
    return json.loads(client.request("GET", f"{base}/v1-k3s/server-bootstrap", tls=tls, headers=token.headers("server"), timeout=15))


def reconcile_with_remote(options, token_text, server_folder):
    """Whether the files could be compared with those of the server in the configuration."""
    url = options.text("server")
    if not url or not token_text:
        return False
    try:
        token, authority = tokens.validate(url, token_text)
        data = fetch(url, token, authority)
    except (log.Failure, RequestFailed) as error:
        log.say("BOOT_REMOTE_WARN", cause=error)
        return False
    reconcile(server_folder, data)
    log.say("BOOT_REMOTE_OK")
    return True


class TemporaryEtcd:
    """An etcd on a copy of the member's data, alone, at port 2399: to read the datastore before the cluster is joined.

    Without TLS, so that it works when the certificates are what is to be read.
    """

    def __init__(self, folder, name):
        self.folder, self.name = pathlib.Path(folder), name
        self.copy = self.folder.with_name("etcd-tmp")

    def __enter__(self):
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.folder, self.copy)
        address, peer = "http://127.0.0.1:2399", "http://127.0.0.1:2398"
        self.process = etcd.Process([
            f"--name={self.name}", f"--data-dir={self.copy}", "--force-new-cluster", f"--listen-client-urls={address}",
            f"--advertise-client-urls={address}", f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster={self.name}={peer}", "--logger=zap", "--log-outputs=stderr"])
        reader = etcd.Client(None, [address])
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not self.process.exited():
            try:
                reader.status()
                return storage.EtcdStore(reader)
            except etcd.EtcdError:
                time.sleep(0.2)
        self.__exit__()
        raise etcd.EtcdError(self.process.last_error or "context deadline exceeded")

    def __exit__(self, *_):
        self.process.stop()
        shutil.rmtree(self.copy, ignore_errors=True)


def reconcile_with_copy(folder, name, server_folder, password):
    log.say("BOOT_TEMP_ETCD")
    try:
        with TemporaryEtcd(folder, name) as store:
            data = load(store, password)
    except (etcd.EtcdError, log.Failure, OSError, ValueError) as error:
        log.say("BOOT_TEMP_FAIL", cause=error)
        raise SystemExit(1) from None
    if data:
        reconcile(server_folder, data)
