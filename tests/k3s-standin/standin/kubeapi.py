"""As much of the Kubernetes API as a node agent and kubectl's simple verbs need. Objects live in the store."""
import copy
import json
import urllib.parse
import uuid

from . import settings, store as storage

# plural: apiVersion, kind, whether it lives in a namespace
RESOURCES = {
    "nodes": ("v1", "Node", False), "namespaces": ("v1", "Namespace", False), "pods": ("v1", "Pod", True),
    "secrets": ("v1", "Secret", True), "configmaps": ("v1", "ConfigMap", True), "events": ("v1", "Event", True),
    "leases": ("coordination.k8s.io/v1", "Lease", True), "etcdsnapshotfiles": ("k3s.cattle.io/v1", "ETCDSnapshotFile", False),
}
ETCD_FINALIZER = "wrangler.cattle.io/managed-etcd-controller"


class ApiError(Exception):
    def __init__(self, code, reason, message):
        super().__init__(message)
        self.code, self.reason = code, reason


def status_body(code, message, reason=""):
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
            "reason": reason or {401: "Unauthorized", 403: "Forbidden", 429: "TooManyRequests", 503: "ServiceUnavailable",
                                 400: "BadRequest", 404: "NotFound"}.get(code, "InternalError"), "code": code}


def merge_patch(target, patch, strategic=True):
    """A JSON merge patch; a strategic one joins lists of named things by their key."""
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict) and isinstance(target.get(key), dict):
            merge_patch(target[key], value, strategic)
        elif strategic and key in ("conditions", "addresses") and isinstance(value, list):
            target[key] = merge_list(target.get(key) or [], value)
        else:
            target[key] = copy.deepcopy(value)
    return target


def merge_list(target, patch):
    """By type: what is named is merged or, with $patch, deleted; the rest stays where it is."""
    named = {item["type"]: dict(item) for item in patch}
    gone = {name for name, item in named.items() if item.pop("$patch", "") == "delete"}
    kept = [{**item, **named.pop(item["type"], {})} for item in target if item["type"] not in gone]
    return kept + [item for name, item in named.items() if name not in gone]


def editor_of(content_type, body, sub):
    """What a PATCH does. The status is changed at its own path, and only there."""
    kind = content_type.split(";")[0]
    if kind == "application/json-patch+json":
        return lambda item: json_patch(item, body)
    if kind not in ("application/merge-patch+json", "application/strategic-merge-patch+json"):
        raise ApiError(415, "UnsupportedMediaType", f"the body of the request was in an unknown format - {content_type}")
    wanted = {key: value for key, value in body.items() if (key == "status") == (sub == "status")}
    return lambda item: merge_patch(item, wanted, kind.startswith("application/strategic"))


def check_event(item, namespace):
    """As legacyValidateEvent of Kubernetes: what lives in no namespace has its events in "default"."""
    about = item.get("involvedObject", {}).get("namespace", "")
    if namespace != (about or "default"):
        raise ApiError(422, "Invalid", f"Event is invalid: involvedObject.namespace: does not match event.namespace {namespace}")


def json_patch(target, operations):
    for operation in operations:
        *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
        place = target
        for part in parents:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        if operation["op"] == "remove":
            place.pop(int(last) if isinstance(place, list) else last)
        elif isinstance(place, list) and last == "-":
            place.append(operation["value"])
        else:
            place[int(last) if isinstance(place, list) else last] = operation["value"]
    return target


def field_of(item, path):
    for part in path.split("."):
        item = item.get(part, "") if isinstance(item, dict) else ""
    return str(item)


def selected(item, query):
    """Whether fieldSelector and labelSelector let an object through."""
    for term in filter(None, query.get("fieldSelector", "").split(",")):
        field, _, value = term.replace("==", "=").partition("=")
        negated = field.endswith("!")
        if (field_of(item, field.rstrip("!")) == value) == negated:
            return False
    labels = item["metadata"].get("labels") or {}
    for term in filter(None, query.get("labelSelector", "").split(",")):
        field, equals, value = term.replace("==", "=").partition("=")
        if labels.get(field) != value if equals else field not in labels:
            return False
    return True


class Objects:
    def __init__(self, store):
        self.store = store

    @staticmethod
    def key(resource, namespace, name=""):
        folder = f"/registry/{resource}/" + (f"{namespace}/" if namespace else "")
        return folder + name

    @staticmethod
    def load(text, revision):
        item = json.loads(text)
        item["metadata"]["resourceVersion"] = str(revision)
        return item

    def find(self, resource, name, namespace=""):
        found = self.store.get(self.key(resource, namespace, name))
        return self.load(*found) if found else None

    def get(self, resource, name, namespace=""):
        item = self.find(resource, name, namespace)
        if not item:
            raise ApiError(404, "NotFound", f'{resource} "{name}" not found')
        return item

    def list(self, resource, namespace=""):
        return [self.load(value, revision) for _, value, revision in self.store.list(self.key(resource, namespace))]

    def write(self, resource, item, expected):
        metadata = item["metadata"]
        metadata.pop("resourceVersion", None)
        key = self.key(resource, metadata.get("namespace", "") if RESOURCES[resource][2] else "", metadata["name"])
        revision = self.store.put(key, json.dumps(item), expected)
        metadata["resourceVersion"] = str(revision)
        return item

    def create(self, resource, item, namespace=""):
        version, kind, namespaced = RESOURCES[resource]
        item.setdefault("apiVersion", version)
        item.setdefault("kind", kind)
        metadata = item.setdefault("metadata", {})
        if metadata.get("generateName") and not metadata.get("name"):
            metadata["name"] = metadata["generateName"] + uuid.uuid4().hex[:5]
        if not metadata.get("name"):
            raise ApiError(422, "Invalid", f"{kind} is invalid: metadata.name: Required value")
        if namespaced:
            metadata["namespace"] = namespace or metadata.get("namespace") or "default"
        metadata.update(uid=str(uuid.uuid4()), creationTimestamp=settings.timestamp())
        try:
            return self.write(resource, item, 0)
        except storage.Conflict:
            raise ApiError(409, "AlreadyExists", f'{resource} "{metadata["name"]}" already exists') from None

    def change(self, resource, name, namespace, editor):
        """Read, edit, write; again when somebody else was faster."""
        while True:
            item = self.get(resource, name, namespace)
            revision = int(item["metadata"]["resourceVersion"])
            try:
                return self.write(resource, editor(item), revision)
            except storage.Conflict:
                continue

    def update(self, resource, name, namespace, item):
        old = self.get(resource, name, namespace)
        wanted = item.get("metadata", {}).get("resourceVersion")
        for field in ("uid", "creationTimestamp"):
            item["metadata"][field] = old["metadata"][field]
        try:
            return self.write(resource, item, int(wanted or old["metadata"]["resourceVersion"]))
        except storage.Conflict:
            raise ApiError(409, "Conflict", f'Operation cannot be fulfilled on {resource} "{name}": the object has been modified; '
                                            "please apply your changes to the latest version and try again") from None

    def delete(self, resource, name, namespace=""):
        """What has a finalizer is only marked; its controller does the rest."""
        item = self.get(resource, name, namespace)
        if item["metadata"].get("finalizers"):
            return self.change(resource, name, namespace, lambda now: merge_patch(
                now, {"metadata": {"deletionTimestamp": now["metadata"].get("deletionTimestamp") or settings.timestamp()}}))
        self.remove(resource, item)
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": {"name": name}}

    def remove(self, resource, item):
        metadata = item["metadata"]
        namespace = metadata.get("namespace", "") if RESOURCES[resource][2] else ""
        self.store.delete(self.key(resource, namespace, metadata["name"]))
        if resource == "nodes":  # what the garbage collector does: the secret is owned by the node
            self.store.delete(self.key("secrets", "kube-system", f"{metadata['name']}.node-password.k3s"))

    def event(self, node, reason, message, kind="Normal"):
        self.create("events", {"metadata": {"generateName": f"{node}."}, "reason": reason, "message": message, "type": kind,
                               "involvedObject": {"kind": "Node", "name": node, "uid": node}, "source": {"component": "k3s"},
                               "firstTimestamp": settings.timestamp(), "lastTimestamp": settings.timestamp(), "count": 1}, "default")

    # Requests

    def serve(self, method, path, query, body, content_type=""):
        """Answer of a request below /api or /apis: status and object."""
        parts = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]
        parts = parts[2:] if parts[0] == "api" else parts[3:]
        namespace = ""
        if len(parts) > 2 and parts[0] == "namespaces":
            namespace, parts = parts[1], parts[2:]
        resource = parts[0] if parts else ""
        if resource not in RESOURCES:
            raise ApiError(404, "NotFound", "the server could not find the requested resource")
        name, sub = (parts + ["", ""])[1:3]
        if not name:
            return self.serve_collection(method, resource, namespace, query, body)
        if method == "GET":
            return 200, self.get(resource, name, namespace)
        if method == "POST" and sub == "eviction":
            return self.evict(name, namespace)
        if method == "PUT":
            return 200, self.update(resource, name, namespace, body)
        if method == "PATCH":
            return 200, self.change(resource, name, namespace, editor_of(content_type, body, sub))
        if method == "DELETE":
            return 200, self.delete(resource, name, namespace)
        raise ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")

    def serve_collection(self, method, resource, namespace, query, body):
        version, kind, _ = RESOURCES[resource]
        if method == "POST":
            if resource == "events":
                check_event(body, namespace)
            return 201, self.create(resource, body, namespace)
        if method != "GET" or query.get("watch"):
            raise ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        items = [item for item in self.list(resource, namespace) if selected(item, query)]
        return 200, {"apiVersion": version, "kind": f"{kind}List", "metadata": {"resourceVersion": str(self.store.revision())},
                     "items": items}

    def evict(self, name, namespace):
        """A test refuses an eviction, as a disruption budget does, by an annotation."""
        pod = self.get("pods", name, namespace)
        if (pod["metadata"].get("annotations") or {}).get("k3s-standin/refuse-eviction"):
            raise ApiError(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.")
        return 201, self.delete("pods", name, namespace)
