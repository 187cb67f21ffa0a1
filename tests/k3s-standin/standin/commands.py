"""The smaller sub-commands: snapshots, tokens, certificates, encryption, check-config."""
import base64
import json
import pathlib
import secrets
import string
import sys
import time

import yaml
from cryptography import x509

from . import client, kubectl, log, options as flags, pki, settings, tokens
from .client import RequestFailed

SNAPSHOT_FLAGS = [
    ("name", "string"), ("dir", "string", "etcd-snapshot-dir"), ("snapshot-compress", "bool", "etcd-snapshot-compress"),
    ("snapshot-retention", "int", "etcd-snapshot-retention"), ("data-dir", "string", "d"), ("etcd-server", "string", "s"),
    ("etcd-token", "string", "t"), ("output", "string", "o"), ("node-name", "string"), ("s3", "bool", "etcd-s3"),
    ("debug", "bool"), ("config", "string", "c"), ("log", "string", "l"),
    *[(f"etcd-s3-{name}", "string") for name in (
        "endpoint", "endpoint-ca", "skip-ssl-verify", "access-key", "secret-key", "session-token", "bucket", "bucket-lookup-type",
        "region", "folder", "retention", "proxy", "config-secret", "insecure", "timeout")]]


def simple_flags(rows):
    known = {}
    for name, kind, *aliases in rows:
        flag = flags.Flag([name, kind, "-", "", "-", "", ",".join(aliases) or "-", ""])
        known.update({key: flag for key in [name, *aliases]})
    return known


def server_token(given, data):
    if given:
        return given
    try:
        return (pathlib.Path(data) / "server/token").read_text().strip()
    except OSError as error:
        raise log.Failure(f"open {data}/server/token: {error.strerror.lower()}") from None


def ask_server(method, path, given, body=None, timeout=120):
    """One request to a server with the server token."""
    data = given.get("data-dir", "/var/lib/rancher/k3s")
    url = given.get("etcd-server") or given.get("server") or "https://127.0.0.1:6443"
    token, authority = tokens.validate(url, server_token(given.get("etcd-token") or given.get("token"), data))
    return json.loads(client.request(method, url.rstrip("/") + path, tls=client.context(authority), headers=token.headers("server"),
                                     body=body, timeout=timeout))


def snapshot_request(given, operation, names):
    request = {"operation": operation, "name": names}
    if given.get("dir"):
        request["dir"] = given["dir"]
    if "snapshot-retention" in given:
        request["retention"] = given["snapshot-retention"]
    try:
        return ask_server("POST", "/db/snapshot", given, request)
    except RequestFailed as error:
        if error.status == 400:
            raise log.fail("DB_DISABLED") from None
        raise log.fail("CLI_SEE_LOG", cause=error) if error.status else log.Failure(str(error)) from None


def list_snapshots(given):
    form = given.get("output", "table")
    if form not in ("json", "yaml", "table"):
        raise log.Failure(f"invalid output format: {form}")
    found = snapshot_request(given, "list", [])
    if form == "json":
        print(json.dumps(found, indent=2))
    elif form == "yaml":
        print(yaml.safe_dump(found), end="")
    else:
        print("Name Location Size Created")
        for item in found["items"]:
            print(item["spec"]["snapshotName"], item["spec"]["location"], item["status"]["size"], item["status"]["creationTime"])


def etcd_snapshot(arguments):
    verb = arguments[0] if arguments and not arguments[0].startswith("-") else "save"
    rest = arguments[1:] if arguments and not arguments[0].startswith("-") else arguments
    known = simple_flags(SNAPSHOT_FLAGS)
    merged = flags.merge(flags.config_files(flags.config_path(rest)))
    from_file = [argument for key, value in merged.items() if key in known
                 for argument in flags.to_arguments({key: value}, known, "etcd-snapshot")]
    for key in merged:
        if key not in known:
            log.say("CFG_UNKNOWN_WARN", key=key)
    given, names = flags.parse(from_file + rest, known)
    base = [given.get("name", "on-demand")]
    if verb in ("ls", "list", "l"):
        return list_snapshots(given)
    if verb == "save":
        if names:
            raise log.Failure("Flag missing, etcd-snapshot save takes no arguments")
        report(snapshot_request({**given, "snapshot-retention": 0}, "save", base).get("created"), "SNAP_SAVED")
    elif verb == "prune":
        report(snapshot_request(given, "prune", base).get("deleted"), "SNAP_DELETED")
    elif verb == "delete":
        deleted = snapshot_request(given, "delete", names).get("deleted") or []
        report(deleted, "SNAP_DELETED")
        report([name for name in names if name not in deleted], "SNAP_NOTFOUND")
    else:
        raise log.Failure(f"No help topic for '{verb}'")
    return None


def report(names, line):
    for name in names or []:
        log.say(line, name=name)


# Bootstrap tokens

def random_token():
    letters = string.ascii_lowercase + string.digits
    return "{}.{}".format(*("".join(secrets.choice(letters) for _ in range(length)) for length in (6, 16)))


def token(arguments):
    verb = arguments[0] if arguments else ""
    if verb == "generate":
        return print(random_token())
    given, words = flags.parse(arguments[1:], simple_flags([
        ("ttl", "string"), ("description", "string"), ("output", "string", "o"), ("data-dir", "string", "d"), ("kubeconfig", "string")]))
    api = kubectl.connect({"--kubeconfig": given["kubeconfig"]} if given.get("kubeconfig") else {})
    folder = "/api/v1/namespaces/kube-system/secrets"
    if verb == "create":
        return create_token(api, folder, given, words)
    if verb == "list":
        return list_tokens(api, folder, given)
    if verb == "delete":
        for word in words:
            api.call("DELETE", f"{folder}/bootstrap-token-{word.split('::')[-1].split('.')[0]}")
            print(f"bootstrap token \"{word}\" deleted")
        return None
    raise log.Failure(f"No help topic for '{verb}'")


def create_token(api, folder, given, words):
    text = words[0].split("::")[-1] if words else random_token()
    if not tokens.BOOTSTRAP.fullmatch(text):
        raise log.Failure(f"the bootstrap token \"{text}\" was not of the form \"\\\\A([a-z0-9]{{6}})\\\\.([a-z0-9]{{16}})\\\\z\"")
    number, secret = text.split(".")
    seconds = kubectl.seconds_of(given.get("ttl", "24h"))
    data = {"token-id": number, "token-secret": secret, "description": given.get("description", ""),
            "usage-bootstrap-authentication": "true", "auth-extra-groups": "system:bootstrappers:k3s:default-node-token"}
    if seconds:
        data["expiration"] = settings.timestamp(time.time() + seconds)
    api.call("POST", folder, {"metadata": {"name": f"bootstrap-token-{number}"}, "type": "bootstrap.kubernetes.io/token",
                              "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}})
    authority = client.request("GET", api.url + "/cacerts", tls=client.context(verify=False))
    print(f"K10{pki.ca_hash(authority)}::{text}")


def list_tokens(api, folder, given):
    rows = []
    for item in api.call("GET", folder)["items"]:
        if item["metadata"]["name"].startswith("bootstrap-token-"):
            data = {key: base64.b64decode(value).decode() for key, value in item["data"].items()}
            rows.append({"token": f"{data['token-id']}.{data['token-secret']}", "description": data["description"],
                         "ttl": "", "expires": data.get("expiration", ""), "usages": ["authentication"],
                         "groups": [data["auth-extra-groups"]]})
    if given.get("output") == "json":
        return print(json.dumps(rows))
    for row in rows:
        print(row["token"], row["expires"] or "<never>", row["description"] or "<none>")
    return None


# Certificates, encryption, the host

def certificate(arguments):
    if arguments[:1] != ["check"]:
        raise log.Failure("the stand-in only has: certificate check")
    given, _ = flags.parse(arguments[1:], simple_flags([("output", "string", "o"), ("data-dir", "string", "d"), ("service", "string")]))
    data = pathlib.Path(given.get("data-dir", "/var/lib/rancher/k3s"))
    folders = [data / "server/tls", data / "agent"] if (data / "server").exists() else [data / "agent"]
    entries = [entry for folder in folders if folder.exists() for path in sorted(folder.rglob("*.crt")) for entry in certificates_in(path)]
    if given.get("output") == "json":
        return print(json.dumps({"Certificates": entries}))
    for entry in entries:
        log.logrus("info", f"{entry['Filename']}: certificate {entry['Subject']} is {entry['Status']}, expires at {entry['ExpiryTime']}")
    return None


def certificates_in(path):
    """One entry for each certificate of a file."""
    for found in x509.load_pem_x509_certificates(path.read_bytes()):
        left = found.not_valid_after_utc.timestamp() - settings.now()
        early = found.not_valid_before_utc.timestamp() > settings.now()
        status = "NOT YET VALID" if early else "EXPIRED" if left < 0 else "WARNING" if left < pki.RENEW_DAYS * 86400 else "OK"
        try:
            usages = [use._name for use in found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value]  # noqa: only name there is
        except x509.ExtensionNotFound:
            usages = ["CertSign"]
        yield {"Filename": path.name, "Subject": found.subject.rfc4514_string(), "Issuer": found.issuer.rfc4514_string(),
               "Usages": usages, "ExpiryTime": found.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
               "ResidualTime": int(left * 1e9), "Status": status}


def secrets_encrypt(arguments):
    if arguments[:1] != ["status"]:
        raise log.Failure("the stand-in only has: secrets-encrypt status")
    given, _ = flags.parse(arguments[1:], simple_flags([("output", "string", "o"), ("data-dir", "string", "d"), ("server", "string", "s"),
                                                        ("token", "string", "t")]))
    try:
        found = ask_server("GET", "/v1-k3s/encrypt/status", given)
    except RequestFailed as error:
        raise log.fail("CLI_SEE_LOG", cause=error) from None
    if given.get("output") == "json":
        return print(json.dumps(found))
    if found["enable"] is None:
        return print("Encryption Status: Disabled, no configuration file found")
    print("Encryption Status: Enabled")
    print(f"Current Rotation Stage: {found['stage']}")
    print(f"Server Encryption Hashes: {'All hashes match' if found['hashmatch'] else found['hasherror']}")
    return None


def check_config(arguments):
    """Only what the stand-in itself would refuse to start without; the exit status is the number of failures."""
    failures = 0
    controllers = (pathlib.Path(settings.CGROUP) / "cgroup.controllers").read_text().split()
    for controller in ("cpu", "cpuset", "memory", "pids"):
        failures += controller not in controllers
        print(f"- cgroup {controller}: {'available' if controller in controllers else 'missing (fail)'}")
    print(f"STATUS: {failures} (fail)" if failures else "STATUS: pass")
    sys.exit(failures)
