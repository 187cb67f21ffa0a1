"""`k3s kubectl`: the verbs a node agent calls. Anything else is refused, never guessed."""
import base64
import json
import os
import pathlib
import sys
import tempfile
import time

import yaml

from . import settings
from .client import RequestFailed
from .kubeapi import RESOURCES
from .node import ApiClient

NAMES = {"node": "nodes", "no": "nodes", "pod": "pods", "po": "pods", "namespace": "namespaces", "ns": "namespaces",
         "secret": "secrets", "configmap": "configmaps", "cm": "configmaps", "event": "events", "ev": "events",
         "etcdsnapshotfile": "etcdsnapshotfiles", "lease": "leases"}
WITH_VALUE = {"-o", "--output", "--raw", "-n", "--namespace", "-l", "--selector", "--field-selector", "--kubeconfig", "--timeout",
              "--grace-period", "--request-timeout", "--patch", "-p", "--type", "-f", "--filename", "--subresource", "-s", "--server"}
SHORT = {"-o": "--output", "-n": "--namespace", "-l": "--selector", "-A": "--all-namespaces", "-p": "--patch", "-f": "--filename"}


class Problem(Exception):
    pass


def parse(arguments):
    """Options by their long name, and words."""
    options, words, arguments = {}, [], list(arguments)
    while arguments:
        argument = arguments.pop(0)
        if argument == "-" or not argument.startswith("-"):
            words.append(argument)
            continue
        name, equals, value = argument.partition("=")
        if not equals and name.startswith("-o") and len(name) > 2 and not name.startswith("--"):
            name, equals, value = "-o", "=", name[2:]
        if not equals:
            value = arguments.pop(0) if name in WITH_VALUE and arguments else "true"
        options[SHORT.get(name, name)] = value
    return options, words


def connect(options):
    path = options.get("--kubeconfig") or os.environ.get("KUBECONFIG") or f"{settings.CONFIG_FOLDER}/k3s/k3s.yaml"
    try:
        config = yaml.safe_load(pathlib.Path(path).read_text())
    except OSError as error:
        raise Problem(f"error: error loading config file \"{path}\": open {path}: {error.strerror.lower()}") from None
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    folder = tempfile.TemporaryDirectory()
    file = lambda entry, key: entry[key] if key in entry else written(folder.name, key, entry[key + "-data"])
    authority = pathlib.Path(file(cluster, "certificate-authority")).read_text()
    server = options.get("--server") or cluster["server"]
    api = ApiClient(server, authority, (file(user, "client-certificate"), file(user, "client-key")))
    api.folder = folder  # the files go when the client goes
    return api


def written(folder, name, text):
    path = pathlib.Path(folder) / name
    path.touch(0o600)
    path.write_bytes(base64.b64decode(text))
    return str(path)


def plural(word):
    name = word.split(".")[0].lower()
    name = NAMES.get(name, name)
    if name not in RESOURCES:
        raise Problem(f'error: the server doesn\'t have a resource type "{word}"')
    return name


def path_of(resource, namespace="", name=""):
    version, _, namespaced = RESOURCES[resource]
    root = f"/api/{version}" if "/" not in version else f"/apis/{version}"
    space = f"/namespaces/{namespace}" if namespaced and namespace else ""
    return f"{root}{space}/{resource}" + (f"/{name}" if name else "")


def targets(words, resource=None):
    """(resource, name) of "node a b" and of "node/a"."""
    found = []
    for word in words:
        if "/" in word:
            kind, _, name = word.partition("/")
            found.append((plural(kind), name))
        elif resource is None:
            resource = plural(word)
        else:
            found.append((resource, word))
    return resource or found[0][0], found


def ready_text(node):
    status = next((item["status"] for item in node["status"].get("conditions", []) if item["type"] == "Ready"), "Unknown")
    text = "Ready" if status == "True" else "NotReady"
    return text + (",SchedulingDisabled" if node["spec"].get("unschedulable") else "")


def table(resource, items):
    if resource == "nodes":
        roles = lambda node: ",".join(sorted(label.split("/")[1] for label in node["metadata"].get("labels", {})
                                             if label.startswith("node-role.kubernetes.io/"))) or "<none>"
        rows = [("NAME", "STATUS", "ROLES", "AGE", "VERSION")] + [
            (node["metadata"]["name"], ready_text(node), roles(node), "1m", node["status"]["nodeInfo"]["kubeletVersion"]) for node in items]
    else:
        rows = [("NAME", "CREATED")] + [(item["metadata"]["name"], item["metadata"]["creationTimestamp"]) for item in items]
    for row in rows:
        print("   ".join(f"{field:<12}" for field in row).rstrip())


def show(options, resource, items, single):
    form = options.get("--output", "")
    document = items[0] if single else {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items}
    if form == "json":
        print(json.dumps(document, indent=4))
    elif form == "yaml":
        print(yaml.safe_dump(document), end="")
    elif form == "name":
        for item in items:
            print(f"{item['kind'].lower()}/{item['metadata']['name']}")
    elif form in ("", "wide"):
        table(resource, items) if items else print("No resources found", file=sys.stderr)
    else:
        raise Problem(f"error: the stand-in has no output format {form!r}: json, yaml, name, wide or none")


def get(api, options, words):
    if options.get("--raw"):
        answer = api.call("GET", options["--raw"])
        print(json.dumps(answer) if isinstance(answer, dict) else answer, end="\n" if isinstance(answer, dict) else "")
        return
    resource, named = targets(words)
    namespace = "" if "--all-namespaces" in options else options.get("--namespace", "default")
    if named:
        items = [api.call("GET", path_of(kind, namespace, name)) for kind, name in named]
        return show(options, resource, items, len(items) == 1)
    query = "&".join(f"{key}={options[option]}" for option, key in (("--selector", "labelSelector"), ("--field-selector", "fieldSelector"))
                     if option in options)
    show(options, resource, api.call("GET", path_of(resource, namespace) + (f"?{query}" if query else ""))["items"], False)


def set_schedulable(api, name, wanted):
    node = api.call("GET", path_of("nodes", name=name))
    if bool(node["spec"].get("unschedulable")) == (not wanted):
        print(f"node/{name} already {'uncordoned' if wanted else 'cordoned'}")
        return
    api.patch(path_of("nodes", name=name), {"spec": {"unschedulable": None if wanted else True}})
    print(f"node/{name} {'uncordoned' if wanted else 'cordoned'}")


def schedulable(wanted):
    def change(api, options, words):
        for word in words:
            set_schedulable(api, word.removeprefix("node/"), wanted)
    return change


def seconds_of(text):
    units = {"s": 1, "m": 60, "h": 3600}
    return float(text[:-1]) * units[text[-1]] if text and text[-1] in units else float(text or 0)


def to_evict(pods, options):
    """What a drain takes away; it refuses where kubectl asks for an option."""
    chosen, problems = [], []
    for pod in pods:
        name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        owners = {owner["kind"] for owner in pod["metadata"].get("ownerReferences", [])}
        volumes = pod.get("spec", {}).get("volumes", [])
        if "DaemonSet" in owners:
            if "--ignore-daemonsets" not in options:
                problems.append(f"cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): {name}")
            continue
        if not owners and "--force" not in options:
            problems.append("cannot delete Pods that declare no controller (use --force to override): " + name)
        if any("emptyDir" in volume for volume in volumes) and "--delete-emptydir-data" not in options:
            problems.append("cannot delete Pods with local storage (use --delete-emptydir-data to override): " + name)
        chosen.append(pod)
    return chosen, problems


def drain(api, options, words):
    name = words[0].removeprefix("node/")
    set_schedulable(api, name, False)
    pods = api.call("GET", f"/api/v1/pods?fieldSelector=spec.nodeName={name}")["items"]
    chosen, problems = to_evict(pods, options)
    if problems:
        raise Problem(f'error: unable to drain node "{name}" due to error: [{", ".join(problems)}], continuing command...')
    limit = seconds_of(options.get("--timeout", "0s"))
    deadline = time.monotonic() + limit if limit else None
    for pod in chosen:
        evict(api, pod["metadata"], deadline)
    print(f"node/{name} drained")


def evict(api, metadata, deadline):
    path = path_of("pods", metadata["namespace"], metadata["name"])
    print(f"evicting pod {metadata['namespace']}/{metadata['name']}")
    while True:
        try:
            api.call("POST", path + "/eviction", {"apiVersion": "policy/v1", "kind": "Eviction"})
            print(f"pod/{metadata['name']} evicted")
            return
        except RequestFailed as error:
            if error.status == 404:
                return
            if error.status != 429:
                raise
            print(f'error when evicting pods/"{metadata["name"]}" -n "{metadata["namespace"]}" (will retry after 5s): '
                  f"{json.loads(error.body)['message']}", file=sys.stderr)
        if deadline and time.monotonic() > deadline:
            raise Problem(f'error: error when evicting pods/"{metadata["name"]}": global timeout reached')
        settings.pause(5)


def delete(api, options, words):
    _, named = targets(words)
    for resource, name in named:
        namespace = options.get("--namespace", "default")
        try:
            api.call("DELETE", path_of(resource, namespace, name))
        except RequestFailed as error:
            if error.status == 404 and options.get("--ignore-not-found"):
                continue
            raise
        print(f'{RESOURCES[resource][1].lower()} "{name}" deleted')
        if options.get("--wait") != "false":
            wait_gone(api, path_of(resource, namespace, name), seconds_of(options.get("--timeout", "60s")))


def wait_gone(api, path, limit):
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        try:
            api.call("GET", path)
        except RequestFailed as error:
            if error.status == 404:
                return
        time.sleep(0.2)
    raise Problem(f"error: timed out waiting for the condition on {path.rsplit('/', 2)[-2]}/{path.rsplit('/', 1)[-1]}")


def set_words(field):
    def change(api, options, words):
        resource, named = targets(words[:2] if "/" not in words[0] else words[:1])
        pairs = {word.rstrip("-") if word.endswith("-") else word.partition("=")[0]: None if word.endswith("-") else word.partition("=")[2]
                 for word in words[1 if "/" in words[0] else 2:]}
        for kind, name in named:
            api.patch(path_of(kind, options.get("--namespace", "default"), name), {"metadata": {field: pairs}})
            print(f"{RESOURCES[kind][1].lower()}/{name} {'labeled' if field == 'labels' else 'annotated'}")
    return change


def create(api, options, words):
    text = sys.stdin.read() if options.get("--filename") == "-" else pathlib.Path(options["--filename"]).read_text()
    for item in yaml.safe_load_all(text):
        resource = next(name for name, entry in RESOURCES.items() if entry[1] == item["kind"])
        made = api.call("POST", path_of(resource, item["metadata"].get("namespace", "default")), item)
        print(f"{item['kind'].lower()}/{made['metadata']['name']} created")


def patch(api, options, words):
    _, named = targets(words)
    kind = {"json": "json-patch", "merge": "merge-patch"}.get(options.get("--type"), "strategic-merge-patch")
    below = f"/{options['--subresource']}" if "--subresource" in options else ""
    for resource, name in named:
        api.call("PATCH", path_of(resource, options.get("--namespace", "default"), name) + below, yaml.safe_load(options["--patch"]),
                 f"application/{kind}+json")
        print(f"{RESOURCES[resource][1].lower()}/{name} patched")


VERBS = {"get": get, "cordon": schedulable(False), "uncordon": schedulable(True), "drain": drain, "delete": delete, "create": create, "patch": patch,
         "label": set_words("labels"), "annotate": set_words("annotations")}


def problem_text(error):
    try:
        body = json.loads(error.body)
        return f"Error from server ({body['reason']}): {body['message']}"
    except (ValueError, KeyError):
        return error.body.decode(errors="replace") or f"The connection to the server was refused - did you specify the right host or port?\n{error}"


def run(arguments):
    options, words = parse(arguments)
    try:
        if not words or words[0] not in VERBS:
            raise Problem(f"error: the stand-in's kubectl has no verb {' '.join(words[:1])!r}: {', '.join(VERBS)}")
        VERBS[words[0]](connect(options), options, words[1:])
    except Problem as error:
        print(error, file=sys.stderr)
        return 1
    except RequestFailed as error:
        print(problem_text(error), file=sys.stderr)
        return 1
    return 0
