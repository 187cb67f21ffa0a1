"""`k3s agent`: behind a local load balancer, patient for ever, ready only when it has joined."""
import json
import pathlib
import signal
import socket
import threading
import urllib.parse

from . import client, host, log, options as flags, pki, settings, tokens
from .client import RequestFailed
from .node import Node


class LoadBalancer:
    """127.0.0.1:6444, passed on to the first server that takes the connection."""

    def __init__(self, url, port, folder):
        self.file = pathlib.Path(folder) / "etc/k3s-agent-load-balancer.json"
        self.url = url
        parts = urllib.parse.urlsplit(url)
        self.default = f"{parts.hostname}:{parts.port or 443}"
        self.servers = [self.default, *[server for server in self.known() if server != self.default]]
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self.listener.bind(("127.0.0.1", port))
        except OSError:
            raise log.Failure(f"listen tcp 127.0.0.1:{port}: bind: address already in use") from None
        self.listener.listen(64)
        log.say("OK_LB", listen=f"127.0.0.1:{port}", servers=" ".join(self.servers), default=self.default)
        threading.Thread(target=self.accept, daemon=True).start()

    def known(self):
        try:
            state = json.loads(self.file.read_text())
            return state["ServerAddresses"] if state["ServerURL"] == self.url else []
        except (OSError, ValueError, KeyError):
            return []

    def learn(self, servers):
        self.servers = servers + ([self.default] if self.default not in servers else [])
        pki.write(self.file, json.dumps({"ServerURL": self.url, "ServerAddresses": servers}))

    def accept(self):
        while True:
            near, _ = self.listener.accept()
            threading.Thread(target=self.pass_on, args=(near,), daemon=True).start()

    def pass_on(self, near):
        for server in list(self.servers):
            name, _, port = server.rpartition(":")
            try:
                far = socket.create_connection((name.strip("[]"), int(port)), 5)
            except OSError:
                continue
            far.settimeout(None)
            threading.Thread(target=self.copy, args=(far, near), daemon=True).start()
            return self.copy(near, far)
        near.close()

    @staticmethod
    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def check_options(options, data):
    token = tokens.from_options(options)
    certificate = pathlib.Path(data) / "agent/client-kubelet.crt"
    if not token and not certificate.exists():
        raise log.fail("TOK_REQUIRED_AGENT")
    if not options.text("server"):
        raise log.fail("SRV_REQUIRED_AGENT")
    return token


def wait_for_valid(url, token, stop):
    """Every two seconds, for ever: an agent does not end because of a wrong token."""
    while not stop.is_set():
        try:
            return tokens.validate(url, token)
        except (log.Failure, RequestFailed, OSError) as error:
            log.say("AGENT_VALIDATE", url=url, cause=error)
        settings.pause(2)


def follow_servers(node, balancer, stop):
    while True:
        try:
            certificate = node.folder / "client-kubelet.crt"
            with_certificate = client.context(node.authority, (certificate, certificate.with_suffix(".key")))
            found = json.loads(node.get("/v1-k3s/apiservers", {}, with_certificate))
            if found:
                balancer.learn(found)
        except (RequestFailed, ValueError) as error:
            log.say("APISERVERS_FAIL", cause=error)
        if stop.wait(settings.pace(10)):
            return


def run(arguments):
    log.introduce()
    options = flags.load("agent", arguments)
    host.check_clock_and_user("agent")
    data = options["data-dir"]
    token = check_options(options, data)
    log.say("OK_START_AGENT", version=f"{settings.VERSION} ({settings.COMMIT})")
    pids = host.check_cgroups()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end(stop))
    signal.signal(signal.SIGINT, lambda *_: end(stop))
    balancer = LoadBalancer(options["server"], options["lb-server-port"], f"{data}/agent")
    scheme = urllib.parse.urlsplit(options["server"]).scheme or "https"
    url = f"{scheme}://127.0.0.1:{options['lb-server-port']}"
    node = Node(options, url, token, data)
    if token:
        wait_for_valid(url, token, stop)
    node.join(stop)
    if not pids:
        raise log.shutdown("HOST_CG_PIDS")
    threading.Thread(target=follow_servers, args=(node, balancer, stop), daemon=True).start()
    node.wait_for_core(stop)
    node.start_kubelet()
    retry_registration(node, stop)
    node.start_network()
    log.say("OK_AGENT_UP")
    host.notify("READY=1")
    node.beat(stop)


def retry_registration(node, stop):
    while not stop.is_set():
        try:
            return node.register()
        except RequestFailed as error:
            log.say("CMP_API_WAIT", cause=error)
        settings.pause(2)


def end(stop):
    """The first signal asks, the second one does not."""
    if stop.is_set():
        log.say("SECOND_SIGNAL")
        raise SystemExit(1)
    stop.set()
    raise SystemExit(0)
