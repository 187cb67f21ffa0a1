"""`k3s server`: from the configuration to "up and running", in the order the real one takes."""
import base64
import hashlib
import ipaddress
import os
import pathlib
import shutil
import signal
import threading
import time

import yaml

from . import bootstrap, components, etcd, host, join, log, options as flags, pki, secretsenc, settings, store as storage, supervisor, tokens
from .client import RequestFailed
from .controllers import Controllers
from .node import Node
from .routes import Routes


def go_network(text):
    """net.IPNet as Go's JSON has it."""
    network = ipaddress.ip_network(text, False)
    return {"IP": str(network.network_address), "Mask": base64.b64encode(network.netmask.packed).decode()}


def control_of(options):
    """The part of Go's Control struct that others read."""
    services = options.list("service-cidr", True) or ["10.43.0.0/16"]
    dns = options.list("cluster-dns", True) or [str(ipaddress.ip_network(network)[10]) for network in services]
    yes = lambda name: bool(options.get(name))
    return {
        "ClusterDNSs": dns, "ClusterIPRanges": [go_network(text) for text in options.list("cluster-cidr", True) or ["10.42.0.0/16"]],
        "ClusterDomain": options["cluster-domain"], "DisableCCM": yes("disable-cloud-controller"),
        "DisableHelmController": yes("disable-helm-controller"), "DisableNPC": yes("disable-network-policy"),
        "DisableServiceLB": "servicelb" in options.list("disable", True), "EncryptSecrets": yes("secrets-encryption"),
        "EncryptProvider": options["secrets-encryption-provider"], "EmbeddedRegistry": yes("embedded-registry"),
        "FlannelBackend": options["flannel-backend"], "FlannelIPv6Masq": yes("flannel-ipv6-masq"),
        "FlannelExternalIP": yes("flannel-external-ip"), "EgressSelectorMode": options["egress-selector-mode"],
        "ServiceIPRanges": [go_network(text) for text in services], "SupervisorMetrics": yes("supervisor-metrics"),
        "HTTPSPort": options["https-listen-port"], "ClusterIPRange": go_network("10.42.0.0/16"), "StandinVersion": settings.VERSION}


class Server:
    def __init__(self, options):
        self.options, self.data = options, pathlib.Path(options["data-dir"])
        self.folder, self.tls = self.data / "server", self.data / "server/tls"
        self.etcd_folder = self.folder / "db/etcd"
        self.node_name, self.addresses = host.node_name(options), host.node_addresses(options)
        self.control, self.stop = control_of(options), threading.Event()
        self.token = tokens.from_options(options)
        self.process = self.node_failure = None
        self.joined_by = None  # token and authority of the server we join

    # Which datastore, which cluster

    def is_initialized(self):
        return (self.etcd_folder / "member/wal").is_dir()

    def uses_etcd(self):
        # Without a token a server URL counts for nothing: such a server begins a cluster of its own in SQLite.
        return bool(self.is_initialized() or self.options.get("cluster-init") or (self.options.text("server") and self.token))

    def take_tombstone(self):
        if (self.etcd_folder / "tombstone").exists():
            log.say("ETCD_TOMBSTONE_START")
            shutil.move(self.etcd_folder, f"{self.etcd_folder}-old-{int(time.time())}")

    def member_name(self):
        path = self.etcd_folder / "name"
        if not path.exists():
            pki.write(path, f"{self.node_name}-{os.urandom(4).hex()}")
            self.etcd_folder.chmod(0o700)
        return path.read_text().strip()

    def given_token(self):
        """Of the configuration; of the first start when that names none."""
        path = self.folder / "token"
        return self.token or (path.read_text().strip() if path.exists() else "")

    def bootstrap_etcd(self):
        if self.is_initialized():
            log.say("BOOT_DONE")
            self.password = tokens.normalize(self.given_token())
            if not bootstrap.reconcile_with_remote(self.options, self.token, self.folder):
                bootstrap.reconcile_with_copy(self.etcd_folder, self.member_name(), self.folder, self.password)
        elif self.options.text("server"):
            self.bootstrap_from_other()
        else:
            log.say("BOOT_INIT")
            self.password = tokens.normalize(self.given_token()) if self.given_token() else tokens.new_password()

    def bootstrap_from_other(self):
        try:
            if not self.token:
                raise log.fail("TOK_REQUIRED_JOIN")
            log.say("BOOT_JOIN")
            try:
                self.joined_by = tokens.validate(self.options["server"], self.token)
            except log.Failure as error:
                raise log.fail("validate_token", cause=error) from None
        except log.Failure as error:
            raise log.fail("join_check_failed", cause=error) from None
        self.password = self.joined_by[0].password
        try:
            bootstrap.write_files(self.folder, bootstrap.fetch(self.options["server"], *self.joined_by, self.control))
        except RequestFailed as error:
            raise log.Failure(str(error)) from None

    def bootstrap_sqlite(self):
        log.say("sqlite")
        self.store = storage.SqliteStore(self.folder / "db/state.db")
        self.password = tokens.normalize(self.given_token()) if self.given_token() else tokens.new_password()
        data = bootstrap.load(self.store, self.password)
        if data:
            bootstrap.reconcile(self.folder, data)

    def prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.take_tombstone()
        try:
            if self.uses_etcd():
                self.bootstrap_etcd()
                self.store = storage.EtcdStore(etcd.Client(self.tls))
            else:
                self.bootstrap_sqlite()
        except log.Failure as error:
            raise log.fail("bootstrap_failed", cause=error) from None
        self.write_secrets()

    # Files

    def names(self):
        services = self.options.list("service-cidr", True) or ["10.43.0.0/16"]
        domain = self.options["cluster-domain"]
        return ["kubernetes", "kubernetes.default", "kubernetes.default.svc", f"kubernetes.default.svc.{domain}", "localhost",
                self.node_name, "127.0.0.1", "::1", str(ipaddress.ip_network(services[0])[1]), *self.addresses,
                *self.options.list("node-external-ip", True), *self.options.list("tls-san", True)]

    def write_secrets(self):
        pki.make_authorities(self.tls)
        secretsenc.prepare(self.options, self.folder)
        local = ["localhost", "127.0.0.1", *self.addresses]
        pki.make_leaf(self.tls, "serving-kube-apiserver", "server-ca", "k3s", ("k3s",), self.names())
        pki.make_leaf(self.tls, "client-admin", "client-ca", "system:admin", ("system:masters",))
        pki.make_leaf(self.tls, "client-controller", "client-ca", "system:kube-controller-manager")
        pki.make_leaf(self.tls, "client-scheduler", "client-ca", "system:kube-scheduler")
        pki.make_leaf(self.tls, "client-kube-apiserver", "client-ca", "system:apiserver", ("system:masters",))
        pki.make_leaf(self.tls, "etcd/server-client", "etcd/server-ca", "etcd-server", (), local)
        pki.make_leaf(self.tls, "etcd/client", "etcd/server-ca", "etcd-client")
        pki.make_leaf(self.tls, "etcd/peer-server-client", "etcd/peer-ca", "etcd-peer", (), local)
        self.write_tokens()
        self.write_kubeconfig()
        components.write_server_kubeconfigs(self)
        bundle = hashlib.sha256(settings.VERSION.encode()).hexdigest()
        (self.data / "data" / bundle / "bin").mkdir(parents=True, exist_ok=True)
        replace_link(self.data / "data/current", bundle)

    def write_tokens(self):
        full = f"K10{pki.ca_hash((self.tls / 'server-ca.crt').read_bytes())}::"
        agent = tokens.from_options(self.options, "agent-token")
        agent_password = tokens.normalize(agent) if agent else self.password
        pki.write(self.folder / "token", f"{full}server:{self.password}\n")
        replace_link(self.folder / "node-token", "token")
        if agent:
            pki.write(self.folder / "agent-token", f"{full}node:{agent_password}\n")
        else:
            replace_link(self.folder / "agent-token", "token")
        pki.write(self.folder / "cred/passwd", f"{agent_password},node,node,k3s:agent\n{self.password},server,server,k3s:server\n")
        self.full_agent_token = f"{full}node:{agent_password}"

    def write_kubeconfig(self):
        text = lambda file: base64.b64encode((self.tls / file).read_bytes()).decode()
        path = self.options["write-kubeconfig"]
        pki.write(path, yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "default", "preferences": {},
            "clusters": [{"name": "default", "cluster": {"server": f"https://127.0.0.1:{self.options['https-listen-port']}",
                                                         "certificate-authority-data": text("server-ca.crt")}}],
            "contexts": [{"name": "default", "context": {"cluster": "default", "user": "default"}}],
            "users": [{"name": "default", "user": {"client-certificate-data": text("client-admin.crt"),
                                                   "client-key-data": text("client-admin.key")}}]}))
        os.chmod(path, int(self.options["write-kubeconfig-mode"], 8))

    # Bring-up

    def start(self):
        self.routes = Routes(self.options, self.data, self.store, self.control, self.node_name, self.addresses)
        bind = self.options.text("bind-address") or ("::" if ":" in self.addresses[0] else "0.0.0.0")
        supervisor.listen(self.routes, bind, self.options["https-listen-port"])
        if self.store.kind == "etcd":
            join.start_member(self)
            join.wait_until_voter(self)
            if (self.folder / "db/state.db").exists():
                self.migrate()
        self.routes.handlers = True
        components.say_apiserver(self)
        host.check_apiserver(self.options)
        log.say("OK_ETCD")
        if bootstrap.load(self.store, self.password) is None:
            bootstrap.save(self.store, self.folder, self.password)
        for name in ("default", "kube-system", "kube-public", "kube-node-lease"):
            if not self.routes.objects.find("namespaces", name):
                self.routes.objects.create("namespaces", {"metadata": {"name": name}})
        self.routes.api_ready = True
        log.say("OK_API")
        components.say_controllers(self)
        self.routes.core_ready = True
        (self.folder / "db/reset-flag").unlink(missing_ok=True)
        log.say("OK_SERVER_UP")
        host.notify("READY=1")

    def migrate(self):
        log.say("SQLITE_MIGRATE")
        path = self.folder / "db/state.db"
        for key, value, _ in storage.SqliteStore(path).list("/"):
            self.store.put(key, value)
        path.rename(path.with_name("state.db.migrated"))

    def run_node(self):
        """The kubelet's side; what ends it ends the server."""
        try:
            node = Node(self.options, f"https://127.0.0.1:{self.options['https-listen-port']}", self.full_agent_token, self.data)
            node.join(self.stop)
            node.wait_for_core(self.stop)
            node.start_kubelet()
            node.register()
            log.say("OK_LABELS", node=self.node_name)
            node.start_network()
            node.beat(self.stop)
        except (log.Shutdown, log.Failure, RequestFailed, OSError) as error:
            self.node_failure = str(error)

    def work(self):
        controllers = Controllers(self)
        if not self.options.get("disable-agent"):
            threading.Thread(target=self.run_node, daemon=True).start()
        while not self.stop.wait(settings.pace(1)):
            if self.node_failure:
                raise log.Shutdown(self.node_failure)
            join.check_process(self)
            controllers.tick()


def replace_link(path, target):
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.symlink_to(target)
    part.replace(path)


def check_reset(options, token_file, token):
    if options.text("cluster-reset-restore-path") and not options.get("cluster-reset"):
        raise log.fail("RESET_FLAGS")
    if options.get("cluster-reset") and options.text("server"):
        raise log.fail("RESET_URL")
    if options.text("cluster-reset-restore-path") and not token and not token_file.exists():
        raise log.fail("RESET_TOKEN", file=token_file)


def run(arguments):
    log.introduce()
    options = flags.load("server", arguments)
    host.check_clock_and_user("server")
    server_folder = pathlib.Path(options["data-dir"]) / "server"
    check_reset(options, server_folder / "token", tokens.from_options(options))
    log.say("OK_START_SERVER", version=f"{settings.VERSION} ({settings.COMMIT})")
    server = Server(options)
    signal.signal(signal.SIGTERM, lambda *_: end(server))
    signal.signal(signal.SIGINT, lambda *_: end(server))
    try:
        if options.get("cluster-reset"):
            from . import reset
            reset.run(server)
        if not host.check_cgroups():
            raise log.shutdown("HOST_CG_PIDS")
        server.prepare()
        server.start()
        server.work()
    except (*storage.Unavailable, etcd.EtcdError) as error:
        raise log.shutdown("CMP_EXIT", component="apiserver", cause=error) from None
    finally:
        if server.process:
            server.process.stop()


def end(server):
    if server.stop.is_set():
        log.say("SECOND_SIGNAL")
        raise SystemExit(1)
    server.stop.set()
    raise SystemExit(0)
