#!/usr/bin/env python3
"""Tests the stand-in as a program: selftest.py, as root in a network namespace of its own (tests/rig/isolate.sh)."""
import json
import pathlib
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # nothing is left in the checkout

import make
from world import Machine, eventually, make_network, report, results

PROGRAM = "/usr/local/bin/k3s"
make.pack(PROGRAM, "v1.34.3+k3s1")
sys.path.insert(0, PROGRAM)
import units  # noqa: it imports the packed program
from standin import client, pki

folder = pathlib.Path(tempfile.mkdtemp(prefix="k3s-standin-"))
make_network(folder)
s1, s2, s3, a1, a2, x1 = (Machine(folder, name, 11 + place) for place, name in enumerate(("s1", "s2", "s3", "a1", "a2", "x1")))
URL = "https://10.0.0.11:6443"


def server_config(machine, *lines):
    return "\n".join([f"node-ip: {machine.address}", "flannel-iface: eth1", *lines, ""])


def answer(path, headers=None, method="GET", body=None):
    """Status and body of a request without a client certificate."""
    try:
        return 200, client.request(method, URL + path, tls=client.context(verify=False), headers=headers, body=body)
    except client.RequestFailed as error:
        return error.status, error.body


def first_server():
    s1.configure(server_config(s1, "cluster-init: true", "token: 'secret-of-the-test'", "write-kubeconfig-mode: '0640'", "tls-sann: x",
                               "secrets-encryption: true", "node-taint: ['node-role.kubernetes.io/control-plane=true:NoSchedule']"))
    s1.start("server")
    report(s1.will_say("k3s is up and running") and eventually(s1.is_ready, 5), "the first server comes up and says so to systemd")
    report(s1.log.read_text().splitlines()[0].endswith('this is a stand-in for k3s, for tests: it runs no containers"'), "its first line says what it is")
    report(s1.says("Unknown flag --tls-sann found in config.yaml, skipping"), "a server skips a key it does not know")
    report(eventually(lambda: s1.condition("s1", "EtcdIsVoter") == "True"), "its node is a voter")
    node = s1.node("s1")
    report(node["spec"]["taints"][0]["effect"] == "NoSchedule" and node["metadata"]["labels"]["node-role.kubernetes.io/etcd"] == "true",
           "its node has taint and labels")
    report((s1.etc / "k3s/k3s.yaml").stat().st_mode & 0o777 == 0o640, "the mode of the kubeconfig is that of the configuration")


def endpoints():
    certificates = answer("/cacerts")[1]
    report(s1.token() == f"K10{pki.ca_hash(certificates)}::server:secret-of-the-test", "the token file has the hash of what /cacerts gives")
    report(answer("/ping") == (200, b"pong"), "/ping needs nobody's name")
    agent, server = client.basic("node", "secret-of-the-test"), client.basic("server", "secret-of-the-test")
    table = [("/v1-k3s/config", agent, 200), ("/v1-k3s/config", server, 403), ("/v1-k3s/config", client.basic("node", "no"), 401),
             ("/v1-k3s/config", None, 401), ("/v1-k3s/readyz", agent, 200), ("/v1-k3s/apiservers", agent, 200),
             ("/v1-k3s/server-bootstrap", server, 200), ("/v1-k3s/server-bootstrap", agent, 403), ("/db/info", server, 200),
             ("/db/info", None, 401), ("/readyz", None, 401), ("/api/v1/nodes", agent, 401)]
    wrong = [(path, expected, answer(path, headers)[0]) for path, headers, expected in table if answer(path, headers)[0] != expected]
    report(not wrong, f"supervisor and API answer with the right status {wrong or ''}")
    verbose = s1.k3s("kubectl", "get", "--raw", "/readyz?verbose").stdout
    report("[+]etcd ok" in verbose and verbose.endswith("readyz check passed\n"), "readyz tells its checks")
    report(s1.json("secrets-encrypt", "status", "-o", "json")["hashmatch"] is True, "secrets-encrypt status")
    statuses = {entry["Status"] for entry in s1.json("certificate", "check", "-o", "json")["Certificates"]}
    report(statuses == {"OK"}, "certificate check")


def join_two():
    began = time.monotonic()
    for machine in (s2, s3):
        machine.configure(server_config(machine, f"server: {URL}", f"token: '{s1.token()}'", "secrets-encryption: true"))
        machine.start("server")
    up = [machine.will_say("k3s is up and running", 60) for machine in (s2, s3)]
    print(f"figure seconds until two servers joined at the same time: {time.monotonic() - began:.1f} (intervals divided by 10)")
    report(all(up), "two servers join")
    report(any(machine.says("Waiting for other members to finish joining etcd cluster: etcdserver: too many learner members")
               for machine in (s2, s3)), "one of them waits for the other to be promoted")
    report(s1.will_say("Promoted learner s2-[0-9a-f]{8}") and s1.says("Promoted learner s3-"), "the leader promotes both")
    report(all(eventually(lambda: s1.condition(name, "EtcdIsVoter") == "True") for name in ("s2", "s3")), "all are voters")


def agents():
    a1.configure(f"server: {URL}\ntoken: '{s1.token()}'\nnode-label: ['role=worker']\n")
    a1.start("agent")
    report(a1.will_say("k3s agent is up and running") and a1.says("Running load balancer k3s-agent-load-balancer 127.0.0.1:6444"), "an agent joins")
    report(s1.condition("a1", "Ready") == "True" and s1.node("a1")["metadata"]["labels"]["role"] == "worker", "its node is Ready, with its label")
    report(eventually(lambda: (a1.data / "agent/etc/k3s-agent-load-balancer.json").exists(), 5), "it remembers the servers")
    a2.configure(f"server: {URL}\ntoken: '{s1.token()}'\nnode-name: a1\n")
    a2.start("agent")
    report(a2.will_say("Node password rejected, duplicate hostname") and s1.will_say("unable to verify password for node a1"),
           "a second machine under a name that is taken is refused")
    a2.stop()
    for text, token, pattern in (
            ("a wrong password", f"{s1.token()}x", "/v1-k3s/config: 401 Unauthorized"),
            ("a wrong hash", "K10" + "0" * 64 + "::node:x", "Failed to validate connection to cluster.*token CA hash does not match")):
        a2.configure(f"server: {URL}\ntoken: '{token}'\n")
        a2.start("agent")
        report(a2.will_say(pattern) and a2.process.poll() is None and not a2.is_ready(), f"an agent with {text} waits for ever and is never ready")
        a2.stop()
    made = s1.k3s("token", "create").stdout.strip()
    a2.configure(f"server: {URL}\ntoken: '{made}'\n")
    a2.start("agent")
    report(a2.will_say("k3s agent is up and running"), "an agent joins with a bootstrap token")
    a2.stop()
    a2.start("agent", K3S_STANDIN_VERSION="v1.35.0+k3s1")
    report(a2.will_say("incompatible down-level server detected") and not a2.is_ready(), "an agent newer than the server waits")
    a2.stop()
    a2.configure(f"server: {URL}\ntoken: 'x'\ntls-san: y\n")
    report(a2.fails("agent", 1, r'level=fatal msg="Error: flag provided but not defined: -tls-san"'), "an agent ends at a key of servers")


def wrong_servers():
    x1.configure(server_config(x1, f"server: {URL}", "token: 'K10" + "0" * 64 + "::server:x'"))
    report(x1.fails("server", 1, "failed to validate token: token CA hash does not match"), "a server with a wrong hash ends with 1")
    x1.configure(server_config(x1, f"server: {URL}", f"token: '{s1.token()}x'", "secrets-encryption: true"))
    report(x1.fails("server", 1, "Error: preparing server: failed to bootstrap cluster data: https://10.0.0.11:6443/v1-k3s/server-bootstrap: 401 Unauthorized")
           and x1.says("Skipping cluster configuration validation"), "a server with a wrong password ends with 1")
    x1.configure(server_config(x1, f"server: {URL}", f"token: '{s1.token()}'", "cluster-cidr: 10.99.0.0/16", "secrets-encryption: true"))
    report(x1.fails("server", 1, "critical configuration value mismatch between servers") and x1.says("mismatched: cluster-cidr"), "so does one that differs")
    x1.configure(server_config(x1, "server: http://10.0.0.11:6443", "token: 'x'"))
    report(x1.fails("server", 1, "only https:// URLs are supported"), "so does one with an http URL")
    x1.configure(server_config(x1, "server: https://10.0.0.99:6443", "token: 'x'"))
    report(x1.fails("server", 1, "failed to get CA certs: .*no route to host"), "so does one whose server cannot be reached")
    x1.configure(server_config(x1, f"server: {URL}"))
    x1.start("server")
    report(x1.will_say("k3s is up and running") and (x1.data / "server/db/state.db").exists() and x1.token()[:67] != s1.token()[:67],
           "a server with a URL and no token begins a cluster of its own in SQLite")
    report(x1.k3s("etcd-snapshot", "save").returncode == 1, "which has no snapshots")
    report(x1.stop() == 0, "SIGTERM ends a server with 0")
    x1.configure(server_config(x1, "cluster-init: true"))
    x1.start("server")
    report(x1.will_say("k3s is up and running") and x1.says("Migrating content from sqlite to etcd"), "cluster-init moves it to etcd")
    x1.stop()


def drain():
    for name in ("web", "guarded"):
        pod = folder / f"{name}.yaml"
        note = "{k3s-standin/refuse-eviction: 'yes'}" if name == "guarded" else "{}"
        pod.write_text(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, annotations: {note}, ownerReferences: [{{kind: ReplicaSet}}]}}\n"
                       "spec: {nodeName: a1}\n")
    s1.k3s("kubectl", "create", "-f", str(folder / "web.yaml"))
    report(s1.k3s("kubectl", "drain", "a1", "--ignore-daemonsets").returncode == 0 and s1.node("a1")["spec"]["unschedulable"], "drain")
    report(s1.json("kubectl", "get", "pods", "-A", "-o", "json").get("items") == [], "a drained node has no pods")
    s1.k3s("kubectl", "create", "-f", str(folder / "guarded.yaml"))
    report(s1.k3s("kubectl", "drain", "a1", "--timeout=1s").returncode == 1, "a refused eviction fails the drain at its time limit")
    report(s1.k3s("kubectl", "uncordon", "a1").returncode == 0 and not s1.node("a1")["spec"].get("unschedulable"), "uncordon")


def conditions_and_events():
    """What a kubelet says of its Node, by the rules of its role."""
    as_kubelet = lambda verb, *rest: a1.k3s("kubectl", verb, "--kubeconfig=/var/lib/rancher/k3s/agent/kubelet.kubeconfig", *rest)
    patch = lambda body, *rest: as_kubelet("patch", *rest, "-p", json.dumps(body))
    mine = {"status": {"conditions": [{"type": "Mine", "status": "True", "reason": "Seen"}]}}
    report(patch(mine, "node", "a1", "--subresource=status").returncode == 0 and s1.condition("a1", "Mine") == "True"
           and s1.condition("a1", "Ready") == "True", "a strategic merge adds a condition to those of others")
    report(patch({"status": {"conditions": [{"type": "Mine", "status": "False"}]}}, "node", "a1").returncode == 0
           and s1.condition("a1", "Mine") == "True", "the status is not changed at the path of the Node")
    report(not eventually(lambda: s1.condition("a1", "Mine") is None, 3), "the kubelet's heartbeat leaves it")
    patch({"status": {"conditions": [{"type": "Mine", "$patch": "delete"}]}}, "node", "a1", "--subresource=status")
    report(s1.condition("a1", "Mine") is None and s1.condition("a1", "Ready") == "True", "and it is deleted by its type")
    report("(Forbidden)" in patch(mine, "node", "s1", "--subresource=status").stderr, "the Node of another is refused")
    event = folder / "event.yaml"
    event.write_text("{apiVersion: v1, kind: Event, metadata: {name: e1}, involvedObject: {kind: Node, name: a1}, reason: Seen, count: 1}")
    report(as_kubelet("create", "-f", str(event)).returncode == 0 and "(AlreadyExists)" in as_kubelet("create", "-f", str(event)).stderr,
           "an event is created once")
    report(patch({"count": 2}, "event", "e1").returncode == 0 and s1.json("kubectl", "get", "event", "e1", "-o", "json")["count"] == 2, "and changed")
    report("(Forbidden)" in as_kubelet("get", "event", "e1").stderr and "(Forbidden)" in as_kubelet("get", "events").stderr
           and "(Forbidden)" in as_kubelet("delete", "event", "e1").stderr, "a kubelet neither sees nor deletes events")


def lost_member():
    s3.stop(signal.SIGKILL)
    report(eventually(lambda: s1.condition("s3", "Ready") == "Unknown"), "a node that says nothing is Unknown")
    report(s1.k3s("kubectl", "label", "node", "s1", "a=b").returncode == 0, "two of three members still write")
    report(s1.k3s("kubectl", "delete", "node", "s3").returncode == 0 and
           eventually(lambda: "s3-" not in answer("/db/info", client.basic("server", "secret-of-the-test"))[1].decode()),
           "deleting a node removes its member")
    s3.start("server")
    report(s3.will_say("This node has been removed from the cluster - please restart k3s"), "the removed member leaves a tombstone")
    s3.stop()
    s3.start("server")
    report(s3.will_say("tombstone file has been detected") and s3.will_say("k3s is up and running"), "and joins afresh at the next start")


def snapshot_and_quorum():
    done = s1.k3s("etcd-snapshot", "save", "--name", "before")
    found = [item for item in s1.json("etcd-snapshot", "ls", "-o", "json")["items"] if item["spec"]["snapshotName"].startswith("before-s1-")]
    report("Snapshot before-s1-" in done.stderr and len(found) == 1 and found[0]["status"]["readyToUse"], "a snapshot is made and listed")
    report(len(s1.json("kubectl", "get", "etcdsnapshotfiles", "-o", "json")["items"]) == 1, "and an object of the API")
    s1.k3s("kubectl", "label", "node", "s1", "later=yes")
    holder = s1.json("kubectl", "get", "lease", "k3s", "-n", "kube-system", "-o", "json")["spec"]["holderIdentity"]
    for machine in (s2, s3):
        machine.stop(signal.SIGKILL)
    report(eventually(lambda: s1.k3s("kubectl", "get", "--raw", "/readyz").returncode != 0), "without a quorum the API is not ready")
    if holder == "s1":
        report(s1.exit_status() == 0 and s1.says("controller-manager exited: leaderelection lost"), "the server that held the lease ends with 0")
    else:
        print("skip the server that held the lease ends with 0 # another one held it")
    s1.stop()
    return found[0]["spec"]["location"].removeprefix("file://")


def restore(path):
    host_path = s1.folder / "data" / pathlib.Path(path).relative_to("/var/lib/rancher")
    report(host_path.exists(), "the snapshot lies where the list says")
    report(s1.fails("server", 1, "--cluster-reset required with", f"--cluster-reset-restore-path={path}"), "a restore path needs cluster-reset")
    report(s1.fails("server", 1, "while server URL is set", "--cluster-reset", f"--server={URL}"), "cluster-reset refuses a server URL")
    report(s1.fails("server", 1, "snapshot path does not exist", "--cluster-reset", "--cluster-reset-restore-path=/none"), "and a snapshot that is not there")
    report(s1.fails("server", 1, "encrypted with different token", "--cluster-reset", f"--cluster-reset-restore-path={path}", "--token=other"), "and another token")
    report(s1.fails("server", 0, r'level=error msg="Shutdown request received: \\"Managed etcd cluster membership has been reset',
                    "--cluster-reset", f"--cluster-reset-restore-path={path}"), "cluster-reset restores and ends with 0")
    report((s1.data / "server/db/reset-flag").exists() and s1.fails("server", 1, "was previously reset", "--cluster-reset"), "a second one is refused")
    s1.start("server")
    report(s1.will_say("k3s is up and running") and not (s1.data / "server/db/reset-flag").exists(), "the restored server starts")
    report("later" not in s1.node("s1")["metadata"]["labels"], "what came after the snapshot is gone")
    shutil.rmtree(s2.data / "server/db")
    s2.start("server")
    report(s2.will_say("k3s is up and running"), "another server joins again without its database")
    s2.stop()
    s2.configure(server_config(s2, "cluster-init: true", "token: 'another'"))
    report(s2.fails("server", 1, "Failed to reconcile with temporary etcd: bootstrap data already found and encrypted with different token"),
           "an initialised server with another token ends")


def host_checks():
    base = ["cluster-init: true", "token: 'x'"]
    table = [
        ("EventRateLimit without limits", ["kube-apiserver-arg: ['enable-admission-plugins=NodeRestriction,EventRateLimit']"], 0, "couldn't init admission plugin", {}),
        ("a missing audit policy", ["kube-apiserver-arg: ['audit-policy-file=/none']"], 0, r'Shutdown request received: \\"apiserver exited: loading audit policy', {}),
        ("a missing admission file", ["kube-apiserver-arg: ['admission-control-config-file=/none']"], 0, "unable to read admission control configuration", {}),
        ("wrong kernel defaults", ["protect-kernel-defaults: true"], 0, "invalid kernel flag: vm/overcommit_memory, expected value: 1", {"K3S_STANDIN_PROC_SYS": "/none"}),
        ("no cgroup controllers", [], 1, r"failed to find cpu cgroup \(v2\)", {"K3S_STANDIN_CGROUP": str(folder / "empty")}),
        ("a clock in 1970", [], 1, "server time isn't set properly", {"K3S_STANDIN_NOW": "60"}),
        ("a link that is not there", ["flannel-iface: eth9"], 1, "unable to find interface eth9", {}),
        ("mixed address families", ["cluster-cidr: 'fd00::/56'"], 1, "must share the same IP version", {}),
        ("a word that is no boolean", ["debug: maybe"], 1, 'invalid boolean value', {}),
        ("an unknown encryption provider", ["secrets-encryption-provider: rot13"], 1, "unsupported secrets-encryption-key-type rot13", {}),
    ]
    (folder / "empty").mkdir()
    (folder / "empty/cgroup.controllers").write_text("\n")
    for name, lines, status, pattern, extra in table:
        shutil.rmtree(x1.data, ignore_errors=True)
        x1.configure(server_config(x1, *base, *lines))
        report(x1.fails("server", status, pattern, **extra), f"{name} ends a server with {status}")
    shutil.rmtree(x1.data, ignore_errors=True)
    admission = x1.etc / "admission.yaml"  # /etc/rancher for the program
    admission.write_text("apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n- name: EventRateLimit\n"
                         "  configuration: {kind: Configuration, limits: [{type: Server, qps: 50, burst: 100}]}\n")
    x1.configure(server_config(x1, *base, "protect-kernel-defaults: true", "secrets-encryption: true", "kube-apiserver-arg:",
                               "- enable-admission-plugins=NodeRestriction,EventRateLimit", "- audit-log-path=/var/lib/rancher/k3s/server/logs/audit.log",
                               "- admission-control-config-file=/etc/rancher/admission.yaml"))
    x1.start("server")
    report(x1.will_say("Labels and annotations have been set") and (x1.data / "server/logs/audit.log").exists(),
           "the same server starts with all of it as it should be")
    second = x1.k3s("server", "--data-dir=/tmp/second")
    report(second.returncode == 1 and "listen tcp :6443: bind: address already in use" in second.stderr, "a port in use ends a server with 1")
    x1.stop()


def all_lines_known():
    for machine in (s1, s2, s3, a1, a2, x1):
        machine.keep_log()
    unknown = {line for line in (folder / "all.log").read_text().splitlines() if not units.is_known(line)}
    for line in sorted(unknown)[:20]:
        print("  " + line)
    report(not unknown, "every line that was logged is one of the contract's")


def main():
    try:
        units.run()
        began = time.monotonic()
        first_server()
        join_two()
        print(f"figure seconds until three servers are up: {time.monotonic() - began:.1f} (intervals divided by 10)")
        endpoints()
        agents()
        wrong_servers()
        drain()
        conditions_and_events()
        lost_member()
        restore(snapshot_and_quorum())
        host_checks()
    except Exception:
        for machine in (s1, s2, s3):
            print(f"---- {machine.name}\n{machine.log.read_text()[-6000:] if machine.log.exists() else ''}")
        raise
    finally:
        for machine in (s1, s2, s3, a1, a2, x1):
            machine.stop(signal.SIGKILL)
    all_lines_known()
    shutil.rmtree(folder)
    sys.exit(results["failed"] > 0)


main()
