"""Snapshots on a server: made by the real etcdctl, kept in a folder, told as objects of the API."""
import hashlib
import json
import pathlib
import threading
import time

from . import etcd, log, pki, settings
from .kubeapi import ApiError

busy = threading.Lock()


class SnapshotError(Exception):
    pass


def folder_of(state, request):
    custom = request.get("dir") or state.options.text("etcd-snapshot-dir")
    path = pathlib.Path(custom or state.folder / "db/snapshots")
    if not custom:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    elif not path.is_dir():
        raise SnapshotError(f"failed to get the snapshot directory: stat {path}: no such file or directory")
    return path


def object_of(state, path):
    found = path.stat()
    metadata = path.parent.parent / ".metadata" / path.name
    return {
        "apiVersion": "k3s.cattle.io/v1", "kind": "ETCDSnapshotFile",
        "metadata": {"name": f"local-{path.name.lower()}-{hashlib.sha256(path.name.encode()).hexdigest()[:6]}",
                     "labels": {"etcd.k3s.cattle.io/snapshot-storage-node": state.node_name},
                     "annotations": {"etcd.k3s.cattle.io/snapshot-file-name": path.name}},
        "spec": {"snapshotName": path.name, "nodeName": state.node_name, "location": f"file://{path}",
                 **({"metadata": {"content": metadata.read_text()}} if metadata.exists() else {})},
        "status": {"size": str(found.st_size), "creationTime": settings.timestamp(found.st_mtime), "readyToUse": True}}


def list_local(state, request):
    files = [path for path in folder_of(state, request).iterdir() if path.is_file() and not path.name.startswith(".")]
    return sorted(files, key=lambda path: path.stat().st_mtime)


def record(state, path):
    item = object_of(state, path)
    try:
        state.objects.create("etcdsnapshotfiles", item)
    except ApiError:
        pass  # it is known already
    return item


def save(state, request):
    if not busy.acquire(blocking=False):
        log.say("SNAP_BUSY")
        raise SnapshotError(log.text("SNAP_BUSY"))
    try:
        if state.etcd.status().get("isLearner"):
            log.say("SNAP_LEARNER")
            return None
        base = (request.get("name") or ["on-demand"])[0]
        path = folder_of(state, request) / f"{base}-{state.node_name}-{int(time.time())}"
        certificate, key = state.etcd.certificate()
        etcd.run_tool(["etcdctl", "--endpoints=https://127.0.0.1:2379", f"--cacert={state.tls}/etcd/server-ca.crt",
                       f"--cert={certificate}", f"--key={key}", "--command-timeout=60s", "snapshot", "save", str(path)])
        pki.write(path.parent.parent / ".metadata" / path.name, json.dumps({"k3s": settings.VERSION}))
        if state.options.get("etcd-s3") or (request.get("s3") or {}).get("bucket"):
            log.say("SNAP_S3_CLIENT", cause="the stand-in has no S3 client")
        return record(state, path)
    except etcd.EtcdError as error:
        log.say("SNAP_FAIL", cause=error)
        raise
    finally:
        busy.release()


def remove(state, path):
    name = object_of(state, path)["metadata"]["name"]
    path.unlink()
    (path.parent.parent / ".metadata" / path.name).unlink(missing_ok=True)
    try:
        state.objects.delete("etcdsnapshotfiles", name)
    except ApiError:
        pass  # it had never been told


def prune(state, request):
    """The oldest of one base name on this node beyond the number to keep; fewer than one keeps all."""
    keep = request.get("retention", state.options["etcd-snapshot-retention"])
    prefix = f"{(request.get('name') or ['on-demand'])[0]}-{state.node_name}-"
    found = [path for path in list_local(state, request) if path.name.startswith(prefix)]
    surplus = found[:-keep] if keep >= 1 else []
    for path in surplus:
        remove(state, path)
    return [path.name for path in surplus]


def delete(state, request):
    local = {path.name: path for path in list_local(state, request)}
    wanted = [name for name in request.get("name") or [] if name in local]
    for name in wanted:
        remove(state, local[name])
    return wanted


def serve(state, request):
    """POST /db/snapshot."""
    operation = request.get("operation")
    if operation == "save":
        made = save(state, request)
        return {"created": [made["spec"]["snapshotName"]] if made else []}
    if operation == "list":
        return {"kind": "ETCDSnapshotFileList", "apiVersion": "k3s.cattle.io/v1", "metadata": {},
                "items": [object_of(state, path) for path in list_local(state, request)]}
    if operation == "prune":
        return {"deleted": prune(state, request)}
    if operation == "delete":
        return {"deleted": delete(state, request)}
    raise SnapshotError(f"unknown operation {operation!r}")


# The schedule

def matches(field, value):
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            good = True
        elif last:
            good = int(first) <= value <= int(last)
        else:
            good = int(first) == value or (bool(step) and value >= int(first))
        start = 0 if span == "*" else int(first)
        if good and (not step or (value - start) % int(step) == 0):
            return True
    return False


def due(cron, moment):
    """Whether a schedule of five fields names this minute."""
    now = time.localtime(moment)
    values = (now.tm_min, now.tm_hour, now.tm_mday, now.tm_mon, (now.tm_wday + 1) % 7)
    return all(matches(field, value) for field, value in zip(cron.split(), values))


def scheduled(state):
    """One scheduled snapshot, and the old ones away."""
    request = {"name": [state.options["etcd-snapshot-name"]]}
    save(state, request)
    prune(state, request)
