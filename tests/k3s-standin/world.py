"""Nodes for the test of the stand-in: a network namespace, folders and a host name each, joined by a bridge."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

SPEED = 10
results = {"failed": 0}


def report(good, name):
    print(("ok " if good else "not ok ") + name, flush=True)
    results["failed"] += not good
    return good


def eventually(condition, seconds=40):
    """Whether it becomes true before the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def run(*command):
    subprocess.run(command, check=True)


def make_network(folder):
    run("ip", "link", "add", "br0", "type", "bridge")
    run("ip", "address", "add", "10.0.0.1/24", "dev", "br0")
    run("ip", "link", "set", "br0", "up")
    controllers = folder / "cgroup/cgroup.controllers"
    controllers.parent.mkdir()
    controllers.write_text("cpuset cpu io memory pids\n")
    for key, value in {"vm/overcommit_memory": 1, "vm/panic_on_oom": 0, "kernel/panic": 10, "kernel/panic_on_oops": 1,
                       "kernel/keys/root_maxkeys": 1000000, "kernel/keys/root_maxbytes": 25000000}.items():
        path = folder / "proc_sys" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{value}\n")


class Machine:
    def __init__(self, folder, name, number):
        self.name, self.address = name, f"10.0.0.{number}"
        self.world, self.folder = folder, folder / name
        self.log, self.process = self.folder / "log", None
        self.data, self.etc = self.folder / "data/k3s", self.folder / "etc"
        (self.folder / "data").mkdir(parents=True)
        (self.etc / "k3s").mkdir(parents=True)
        run("ip", "netns", "add", name)
        run("ip", "link", "add", f"v-{name}", "master", "br0", "type", "veth", "peer", "name", "eth1", "netns", name)
        run("ip", "link", "set", f"v-{name}", "up")
        for command in (f"address add {self.address}/24 dev eth1", "link set eth1 up", "link set lo up", "route add default via 10.0.0.1"):
            run("ip", "-n", name, *command.split())

    def configure(self, text):
        (self.etc / "k3s/config.yaml").write_text(text)

    def command(self, *arguments):
        inside = ('set -e; hostname "$0"; mkdir -p /var/lib/rancher /etc/rancher; mount --bind "$1" /var/lib/rancher; mount --bind "$2" /etc/rancher; shift 2; exec "$@"')
        return ["nsenter", f"--net=/run/netns/{self.name}", "unshare", "--mount", "--uts", "sh", "-c", inside, self.name,
                str(self.folder / "data"), str(self.etc), *arguments]

    def environment(self, extra):
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "K3S_STANDIN_SPEED": str(SPEED), "K3S_STANDIN_CGROUP": str(self.world / "cgroup"),
                "K3S_STANDIN_PROC_SYS": str(self.world / "proc_sys"), **extra}

    def start(self, role, *arguments, **extra):
        """In the background; self.log is of this start only, all.log of every one."""
        self.ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = f"/tmp/notify-{self.name}"
        pathlib.Path(path).unlink(missing_ok=True)
        self.ready.bind(path)
        self.ready.setblocking(False)
        self.keep_log()
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(self.command("k3s", role, *arguments), stdout=output, stderr=output,
                                            env=self.environment({"NOTIFY_SOCKET": path, **extra}))

    def keep_log(self):
        if self.log.exists():
            with open(self.world / "all.log", "a") as every:
                every.write(self.log.read_text())

    def is_ready(self):
        try:
            return self.ready.recv(100) == b"READY=1"
        except BlockingIOError:
            return False

    def says(self, pattern):
        return bool(re.search(pattern, self.log.read_text()))

    def will_say(self, pattern, seconds=40):
        said = eventually(lambda: self.says(pattern), seconds)
        if not said:
            print(f"  {self.name} does not say {pattern!r}:\n" + "\n".join(
                line[:300] for line in self.log.read_text().splitlines()[-80:]))
        return said

    def exit_status(self, seconds=40):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, how=signal.SIGTERM):
        if not self.process:
            return None
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.exit_status()

    def fails(self, role, status, pattern, *arguments, **extra):
        """Whether a start ends by itself, with this status and this text."""
        self.start(role, *arguments, **extra)
        ended = self.exit_status()
        good = ended == status and self.says(pattern)
        if not good:
            print(f"  exit status {ended}\n" + self.log.read_text()[-3000:])
        self.stop(signal.SIGKILL)
        return good

    def k3s(self, *arguments, **extra):
        return subprocess.run(self.command("k3s", *arguments), capture_output=True, text=True, env=self.environment(extra), timeout=100)

    def json(self, *arguments):
        done = self.k3s(*arguments)
        try:
            return json.loads(done.stdout)
        except ValueError:
            print(f"  {arguments}: {done.stdout}{done.stderr}")
            return {}

    def node(self, name):
        done = self.k3s("kubectl", "get", "node", name, "-o", "json")
        return json.loads(done.stdout) if done.returncode == 0 else None

    def condition(self, name, kind):
        found = self.node(name) or {"status": {"conditions": []}}
        return next((item["status"] for item in found["status"]["conditions"] if item["type"] == kind), None)

    def token(self):
        return (self.data / "server/token").read_text().strip()
