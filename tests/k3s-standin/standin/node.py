"""The node's part, the same on servers and agents: configuration from the server, certificates, kubelet."""
import http.server
import json
import pathlib
import platform
import random
import threading

from . import client, components, host, log, pki, settings, tokens
from .client import RequestFailed


class ApiClient:
    """The Kubernetes API with a certificate."""

    def __init__(self, url, authority, certificate):
        self.url, self.tls = url, client.context(authority, certificate)

    def call(self, method, path, body=None, kind="application/json", timeout=10):
        data = None if body is None else json.dumps(body).encode()
        answer = client.request(method, self.url + path, tls=self.tls, body=data, headers={"Content-Type": kind}, timeout=timeout)
        return json.loads(answer) if answer[:1] == b"{" else answer.decode()

    def patch(self, path, body):
        return self.call("PATCH", path, body, "application/strategic-merge-patch+json")


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


class Node:
    def __init__(self, options, url, token, data):
        self.options, self.url, self.token, self.data = options, url, token, pathlib.Path(data)
        self.name = host.node_name(options)
        self.addresses = host.node_addresses(options)
        self.folder = self.data / "agent"
        self.is_server = url.endswith(":%d" % options["https-listen-port"]) and "127.0.0.1" in url
        self.listeners = []

    def get(self, path, headers, tls):
        return client.request("GET", self.url + path, tls=tls, headers=headers)

    def configuration(self, tls, token):
        """Of the cluster; with the certificate of an earlier join when the token is refused."""
        certificate = self.folder / "client-kubelet.crt"
        if certificate.exists():
            try:
                with_certificate = client.context(self.authority, (certificate, certificate.with_suffix(".key")))
                return json.loads(self.get("/v1-k3s/config", {}, with_certificate))
            except RequestFailed as error:
                if error.status:
                    log.say("NODE_AUTH_RETRY")
        try:
            return json.loads(self.get("/v1-k3s/config", token.headers("node"), tls))
        except RequestFailed as error:
            raise log.fail("agent_config", cause=error) from None

    def check_version(self, config):
        minor = lambda text: int(text.split(".")[1])
        if minor(config.get("StandinVersion", settings.VERSION)) < minor(settings.VERSION):
            raise log.fail("DOWNLEVEL", version=settings.VERSION)

    def certificate(self, file, subject, token, tls):
        """One certificate request, with the node's password."""
        key, request = pki.make_request(*subject)
        headers = {**token.headers("node"), "k3s-Node-Name": self.name, "k3s-Node-Password": host.node_password(),
                   "k3s-Node-IP": ",".join(self.addresses)}
        path = self.folder / file
        try:
            issued = client.request("POST", f"{self.url}/v1-k3s/{file}", tls=tls, headers=headers, body=request)
        except RequestFailed as error:
            if error.status == 403:
                raise log.fail("NODE_PW_REJECTED", file=path) from None
            raise
        pki.write(path.with_suffix(".key"), pki.private_pem(key))
        pki.write(path, issued, 0o644)

    def credentials(self):
        """Token, authority, TLS; who has joined before can do without the token."""
        certificate = self.folder / "client-kubelet.crt"
        if not self.token and certificate.exists():
            authority = (self.folder / "server-ca.crt").read_text()
            return tokens.Token("", "", ""), authority, client.context(authority, (certificate, certificate.with_suffix(".key")))
        token, authority = tokens.validate(self.url, self.token)
        return token, authority, client.context(authority)

    def join_once(self):
        token, self.authority, tls = self.credentials()
        self.config = self.configuration(tls, token)
        self.check_version(self.config)
        self.certificate("serving-kubelet.crt", (self.name,), token, tls)
        self.certificate("client-kubelet.crt", (f"system:node:{self.name}", ("system:nodes",)), token, tls)
        self.certificate("client-kube-proxy.crt", ("system:kube-proxy",), token, tls)
        self.certificate("client-k3s-controller.crt", ("system:k3s-controller",), token, tls)
        pki.write(self.folder / "server-ca.crt", self.authority)
        pki.write(self.folder / "client-ca.crt", self.get("/v1-k3s/client-ca.crt", token.headers("node"), tls))
        self.token_headers, self.tls = token.headers("node"), tls

    def join(self, stop):
        """For ever, as the real one."""
        while not stop.is_set():
            try:
                return self.join_once()
            except (log.Failure, RequestFailed, OSError) as error:
                log.say("AGENT_WAIT", cause=error)
            settings.pause(random.uniform(5, 10))
        raise SystemExit(0)  # of the thread: the process is ending

    def wait_for_core(self, stop):
        while not stop.is_set():
            try:
                return self.get("/v1-k3s/readyz", self.token_headers, self.tls)
            except RequestFailed as error:
                log.say("KP_WAIT", cause=error)
            settings.pause(2)
        raise SystemExit(0)

    def start_kubelet(self):
        components.say_proxy(self)
        components.say_kubelet(self)
        host.check_kernel_defaults(self.options)
        self.listeners.append(host.open_port(10250))
        for port in (10248, 10256):
            served = http.server.ThreadingHTTPServer(("127.0.0.1", port), Health)
            threading.Thread(target=served.serve_forever, daemon=True).start()
            self.listeners.append(served)
        certificate = (self.folder / "client-kubelet.crt", self.folder / "client-kubelet.key")
        for name, user in (("kubelet", "client-kubelet"), ("kubeproxy", "client-kube-proxy"), ("k3scontroller", "client-k3s-controller")):
            components.write_kubeconfig(self.folder / f"{name}.kubeconfig", self.url, self.folder / "server-ca.crt",
                                        self.folder / f"{user}.crt")
        self.api = ApiClient(self.url, self.authority, certificate)

    def taints(self):
        found = []
        for text in self.options.list("node-taint"):
            pair, _, effect = text.rpartition(":")
            key, _, value = pair.partition("=")
            found.append({"key": key, "effect": effect, **({"value": value} if value else {})})
        return found

    def labels(self):
        given = dict(text.partition("=")[::2] for text in self.options.list("node-label"))
        return {"kubernetes.io/hostname": self.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                "beta.kubernetes.io/instance-type": "k3s", **given}

    def annotations(self):
        masked = {key: "********" if "token" in key or "secret" in key else value for key, value in self.options.items()}
        arguments = [str(part) for key, value in sorted(masked.items()) for part in (f"--{key}", value)]
        return {"k3s.io/hostname": self.name, "k3s.io/internal-ip": ",".join(self.addresses), "k3s.io/node-env": "{}",
                "k3s.io/node-args": json.dumps(["server" if self.is_server else "agent", *arguments]),
                "flannel.alpha.coreos.com/public-ip": self.addresses[0],
                "flannel.alpha.coreos.com/backend-type": self.config.get("FlannelBackend", "vxlan")}

    def status(self):
        moment = settings.timestamp()
        condition = lambda kind, value, reason: {"type": kind, "status": value, "reason": reason, "message": reason,
                                                 "lastHeartbeatTime": moment, "lastTransitionTime": self.since}
        return {
            "addresses": [{"type": "InternalIP", "address": address} for address in self.addresses] +
                         [{"type": "ExternalIP", "address": address} for address in self.options.list("node-external-ip", True)] +
                         [{"type": "Hostname", "address": self.name}],
            "conditions": [condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
                           condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
                           condition("PIDPressure", "False", "KubeletHasSufficientPID"),
                           condition("Ready", "True", "KubeletReady")],
            "nodeInfo": {"kubeletVersion": settings.VERSION, "kernelVersion": platform.release(), "architecture": "amd64",
                         "operatingSystem": "linux", "osImage": "Debian GNU/Linux 13 (trixie)", "bootID": boot_id(),
                         "containerRuntimeVersion": "containerd://2.1.5-k3s1", "kubeProxyVersion": settings.VERSION}}

    def register(self):
        """Creates the Node object with its taints, or takes the one that is there with the taints it has."""
        self.since = settings.timestamp()
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": self.name, "labels": self.labels(),
                                                                "annotations": self.annotations()}, "spec": {}, "status": self.status()}
        if self.taints():
            node["spec"]["taints"] = self.taints()
        try:
            self.api.call("POST", "/api/v1/nodes", node)
        except RequestFailed as error:
            if error.status != 409:
                raise
            self.api.patch(f"/api/v1/nodes/{self.name}", {"metadata": {"labels": self.labels(), "annotations": self.annotations()}})
            self.heartbeat()
        log.say("OK_PODCIDR", node=self.name)

    def heartbeat(self):
        self.api.patch(f"/api/v1/nodes/{self.name}/status", {"status": self.status()})

    def start_network(self):
        host.set_forwarding()
        host.check_flannel(self.options)

    def beat(self, stop):
        """Until the process ends; a node that was deleted stays away until it is restarted."""
        while not stop.wait(settings.pace(10)):
            try:
                self.heartbeat()
            except RequestFailed:
                pass  # the server says why; the node controller will see that nothing came


def boot_id():
    try:
        return pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
