"""Encryption of Secrets: the files and the status. The stand-in stores Secrets in the clear; it only keeps the books."""
import base64
import hashlib
import json
import pathlib
import secrets

from . import log, pki

KINDS = {"aescbc": "AES-CBC", "secretbox": "XSalsa20-POLY1305"}


def prepare(options, folder):
    """The key file of a server that is to encrypt."""
    provider = options["secrets-encryption-provider"]
    if provider not in KINDS:
        raise log.fail("CFG_ENC_PROVIDER", provider=provider)
    path = pathlib.Path(folder) / "cred/encryption-config.json"
    if not options.get("secrets-encryption") or path.exists():
        return
    key = {"name": f"{provider}key", "secret": base64.b64encode(secrets.token_bytes(32)).decode()}
    pki.write(path, json.dumps({"kind": "EncryptionConfiguration", "apiVersion": "apiserver.config.k8s.io/v1", "resources": [
        {"resources": ["secrets"], "providers": [{provider: {"keys": [key]}}, {"identity": {}}]}]}))


def config_hash(folder):
    path = pathlib.Path(folder) / "cred/encryption-config.json"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def annotate(folder):
    """State file and the value of the annotation k3s.io/encryption-config-hash."""
    found = config_hash(folder)
    if not found:
        return None
    pki.write(pathlib.Path(folder) / "cred/encryption-state.json", json.dumps(f"start-{found}"))
    return f"start-{found}"


def status(state):
    path = state.folder / "cred/encryption-config.json"
    if not path.exists():
        return {"enable": None, "hashmatch": False, "activekey": "", "stage": "", "inactivekeys": None, "hasherror": ""}
    provider, keys = next(iter(json.loads(path.read_text())["resources"][0]["providers"][0].items()))
    hashes = {node["metadata"]["name"]: node["metadata"].get("annotations", {}).get("k3s.io/encryption-config-hash")
              for node in state.objects.list("nodes") if "node-role.kubernetes.io/control-plane" in (node["metadata"].get("labels") or {})}
    equal = len(set(hashes.values())) <= 1
    problem = "" if equal else "hash does not match between {} and {}".format(*sorted(hashes)[:2])
    return {"enable": True, "stage": "start", "activekey": f"{KINDS[provider]} {keys['keys'][0]['name']}",
            "inactivekeys": None, "hashmatch": equal, "hasherror": problem}
