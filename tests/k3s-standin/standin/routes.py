"""What a running server answers on its own paths: who may ask, and what they get."""
import base64
import csv
import hashlib
import ipaddress
import json
import pathlib
import secrets
import time

from cryptography import x509

from . import bootstrap, etcd, log, pki, secretsenc, settings, snapshots, store as storage
from .kubeapi import ApiError, Objects
from .supervisor import Identity, Refused

CERTIFICATES = {"serving-kubelet.crt": "server-ca", "client-kubelet.crt": "client-ca", "client-kube-proxy.crt": "client-ca",
                "client-k3s-controller.crt": "client-ca"}
AGENT = {"config": "GET", "readyz": "GET", "apiservers": "GET", "client-ca.crt": "GET", "server-ca.crt": "GET",
         **{name: "POST" for name in CERTIFICATES}}


def scrypt(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt, n=4096, r=8, p=1, dklen=64).hex()


class Routes:
    """handlers and api_ready open the door; the bring-up sets them."""

    def __init__(self, options, data, store, control, node_name, addresses):
        self.options, self.data, self.control = options, pathlib.Path(data), control
        self.folder, self.tls = self.data / "server", self.data / "server/tls"
        self.objects, self.node_name, self.addresses = Objects(store), node_name, addresses
        self.handlers = self.api_ready = self.core_ready = False
        self.etcd = getattr(store, "client", None)

    def file(self, name):
        return (self.tls / name).read_bytes()

    # Who asks

    def authenticate(self, header, peer):
        kind, _, value = header.partition(" ")
        if kind == "Basic":
            try:
                user, _, password = base64.b64decode(value).decode().partition(":")
            except ValueError:
                user = password = ""
            for row in csv.reader((self.folder / "cred/passwd").read_text().splitlines()):
                if secrets.compare_digest(row[0], password) and row[1] == user:
                    return Identity(user, [row[3]])
            log.say("AUTH_SERVER_SIDE", peer=peer, cause="invalid username/password combination")
        elif kind == "Bearer" and self.bootstrap_token(value):
            return Identity("system:bootstrap", ["system:bootstrappers:k3s:default-node-token"])
        return Identity()

    def bootstrap_token(self, text):
        number, _, secret = text.partition(".")
        found = self.objects.find("secrets", f"bootstrap-token-{number}", "kube-system")
        if not found:
            return False
        data = {key: base64.b64decode(value).decode() for key, value in found["data"].items()}
        expires = data.get("expiration", "")
        return secrets.compare_digest(data["token-secret"], secret) and (not expires or expires > settings.timestamp())

    def require(self, identity, allowed):
        if not identity.user:
            raise Refused(401, "not authorized")
        if not allowed:
            raise Refused(403, "forbidden")

    def may(self, user, method, path, query):
        """Administrators everything; nodes see and change only themselves and the pods on them."""
        if user.groups & {"system:masters"}:
            return True
        if "system:nodes" not in user.groups:
            return method == "GET"
        node = user.user.removeprefix("system:node:")
        own = f"/api/v1/nodes/{node}"
        if path in (own, own + "/status"):
            return method in ("PUT", "PATCH") or (method == "GET" and path == own)
        if path.startswith("/api/v1/namespaces/") and path.split("/")[5:6] == ["events"]:
            return method in ("POST", "PUT", "PATCH")  # and may not see one: role system:node
        if path == "/api/v1/pods":
            return method == "GET" and query.get("fieldSelector", "").replace("==", "=") == f"spec.nodeName={node}"
        if path.endswith("/eviction"):
            space, name = path.split("/")[4], path.split("/")[6]
            found = self.objects.find("pods", name, space)
            return method == "POST" and (not found or found["spec"].get("nodeName") == node)
        return (path == "/api/v1/nodes" and method == "POST") or path.startswith("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/")

    # What they get

    def serve(self, handler, path, body):
        identity = handler.identity()
        if path.startswith("/db/"):
            return self.serve_db(handler, identity, path, body)
        name, method = path.removeprefix("/v1-k3s/"), handler.command
        if name == "server-bootstrap" and method == "GET":
            if not self.etcd:
                raise Refused(401, "not authorized")
            self.require(identity, "k3s:server" in identity.groups)
            return 200, bootstrap.collect(self.folder), "application/json"
        if name == "encrypt/status" and method == "GET":
            self.require(identity, "k3s:server" in identity.groups)
            return 200, secretsenc.status(self), "application/json"
        if AGENT.get(name) != method:
            raise Refused(404, "404 page not found")
        self.require(identity, identity.is_agent())
        if "system:nodes" in identity.groups and not self.objects.find("nodes", identity.user.removeprefix("system:node:")):
            raise Refused(401, f"unable to verify node identity: {identity.user} has no Node object")
        if name in CERTIFICATES:
            return 200, self.issue(name, identity, handler.headers, body), "text/plain"
        return self.serve_agent(name)

    def serve_agent(self, name):
        if name == "config":
            return 200, self.control, "application/json"
        if name == "apiservers":
            nodes = [node for node in self.objects.list("nodes")
                     if (node["metadata"].get("labels") or {}).get("node-role.kubernetes.io/control-plane")]
            found = [address["address"] for node in nodes for address in node["status"].get("addresses", [])
                     if address["type"] == "InternalIP"]
            return 200, [f"{address}:{self.options['https-listen-port']}" for address in found or self.addresses[:1]], "application/json"
        if name == "readyz":
            if not self.core_ready:
                raise Refused(503, "runtime core not ready")
            return 200, "ok", "text/plain"
        return 200, self.file(name), "text/plain"

    def serve_db(self, handler, identity, path, body):
        if path == "/db/info" and handler.command == "GET":
            loopback = ipaddress.ip_address(handler.client_address[0]).is_loopback
            if not loopback:
                self.require(identity, "k3s:server" in identity.groups)
            self.need_etcd()
            return 200, {"members": [go_member(member) for member in self.etcd.members()]}, "application/json"
        self.require(identity, "k3s:server" in identity.groups)
        self.need_etcd()
        if path != "/db/snapshot" or handler.command != "POST":
            raise Refused(404, "404 page not found")
        try:
            return 200, snapshots.serve(self, json.loads(body)), "application/json"
        except (snapshots.SnapshotError, etcd.EtcdError, OSError) as error:
            number = f"{secrets.randbelow(100000):05d}"
            log.say("ERROR_ID", component="etcd-snapshot", number=number, cause=error)
            raise Refused(500, f"etcd-snapshot error ID {number}") from None

    def need_etcd(self):
        if not self.etcd:
            raise Refused(400, log.text("DB_DISABLED"))

    # Certificates for nodes

    def issue(self, name, identity, headers, body):
        node, password = headers.get("k3s-Node-Name", ""), headers.get("k3s-Node-Password", "")
        if "kubelet" in name:
            self.check_node(identity, node, password)
        request = x509.load_der_x509_csr(body)
        subject = {"serving-kubelet.crt": pki.subject_of(node),
                   "client-kubelet.crt": pki.subject_of(f"system:node:{node}", ("system:nodes",)),
                   "client-kube-proxy.crt": pki.subject_of("system:kube-proxy"),
                   "client-k3s-controller.crt": pki.subject_of("system:k3s-controller")}[name]
        names = [node, "localhost", "127.0.0.1", *filter(None, headers.get("k3s-Node-IP", "").split(","))]
        return pki.pem(pki.sign(self.tls, CERTIFICATES[name], subject, request.public_key(),
                                names if name == "serving-kubelet.crt" else ()))

    def check_node(self, identity, node, password):
        if not node or not password:
            raise Refused(400, "unable to get node name or password")
        if "system:nodes" in identity.groups:
            if identity.user != f"system:node:{node}":
                raise Refused(403, "header node name does not match auth node name")
            if not self.objects.find("nodes", node):
                raise Refused(401, f'unable to verify node identity: nodes "{node}" not found')
        if node == self.node_name and not self.api_ready:
            return log.say("NODE_PW_OK", node=node)
        self.check_password(node, password)
        if node == self.node_name:
            log.say("NODE_PW_OK", node=node)

    def check_password(self, node, password):
        secret = f"{node}.node-password.k3s"
        found = self.objects.find("secrets", secret, "kube-system")
        if found:
            salt, _, expected = base64.b64decode(found["data"]["hash"]).decode().partition(":")
            if scrypt(password, bytes.fromhex(salt)) != expected:
                raise Refused(403, log.text("NODE_PW_SERVER", node=node))
            return
        salt = secrets.token_bytes(8)
        stored = base64.b64encode(f"{salt.hex()}:{scrypt(password, salt)}".encode()).decode()
        try:
            self.objects.create("secrets", {"metadata": {"name": secret}, "immutable": True, "type": "k3s.cattle.io/node-password",
                                            "data": {"hash": stored}}, "kube-system")
        except ApiError:
            self.check_password(node, password)

    # Health

    def store_answers(self):
        try:
            self.objects.store.get("/registry/health")
            return True
        except (etcd.EtcdError, *storage.Unavailable):
            return False

    def health(self, path):
        checks = {"ping": True, "log": True, "etcd": self.store_answers(), "poststarthook/start-apiserver-admission-initializer": True}
        if path == "/readyz":
            checks.update({"informer-sync": True, "shutdown": True})
        return checks

    def version_info(self):
        major, minor = settings.VERSION.lstrip("v").split(".")[:2]
        return {"major": major, "minor": minor, "gitVersion": settings.VERSION, "gitCommit": settings.COMMIT,
                "platform": "linux/amd64", "buildDate": settings.timestamp(time.time())}


def go_member(member):
    """etcd's JSON gateway writes numbers as text; Go's encoder does not."""
    found = {"ID": int(member["ID"]), "name": member.get("name", ""), "peerURLs": member.get("peerURLs", []),
             "clientURLs": member.get("clientURLs", [])}
    if member.get("isLearner"):
        found["isLearner"] = True
    return found
