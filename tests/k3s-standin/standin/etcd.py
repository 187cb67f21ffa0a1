"""A real etcd as child process, and its own API (the JSON gateway) as client."""
import base64
import ctypes
import json
import os
import pathlib
import signal
import ssl
import subprocess
import threading

import yaml

from . import client, log, settings

libc = ctypes.CDLL("libc.so.6", use_errno=True)


class EtcdError(Exception):
    pass


class NotReached(EtcdError):
    """No answer: not running, or no leader within the time."""


def die_with_parent():
    # In K3s etcd is a part of the process, so it never outlives it.
    libc.prctl(1, signal.SIGKILL)
    os.setpgid(0, 0)


class Process:
    """To be started by the main thread: the child dies with the thread that made it."""

    def __init__(self, arguments):
        self.last_error, self.removed = "", False
        if settings.SPEED > 1:
            arguments = [*arguments, "--unsafe-no-fsync"]
        self.child = subprocess.Popen(["etcd", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                      preexec_fn=die_with_parent, text=True, errors="replace",
                                      env={"PATH": os.environ.get("PATH", "/usr/bin"), "ETCD_UNSUPPORTED_ARCH": ""})
        self.relay = threading.Thread(target=self.pass_on, daemon=True)
        self.relay.start()

    def pass_on(self):
        for line in self.child.stderr:
            line = line.rstrip("\n")
            log.write(line)
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if "permanently removed" in line:
                self.removed = True
            if entry.get("level") in ("fatal", "error") and entry.get("error"):
                self.last_error = entry["error"]

    def exited(self):
        if self.child.poll() is None:
            return False
        self.relay.join(2)
        return True

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.relay.join(2)


def milliseconds(value):
    return str(max(int(value / settings.SPEED), 50))


def arguments(tls, folder, name, address, initial, state, extra=()):
    """Of the member itself; initial: the peers of a new member as name=url."""
    etcd_tls = f"{tls}/etcd"
    hosts = [address] if address == "127.0.0.1" else [address, "127.0.0.1"]
    return [
        f"--name={name}", f"--data-dir={folder}",
        f"--listen-client-urls={','.join(f'https://{host}:2379' for host in hosts)}",
        f"--advertise-client-urls=https://{address}:2379",
        f"--listen-peer-urls={','.join(f'https://{host}:2380' for host in hosts)}",
        f"--initial-advertise-peer-urls=https://{address}:2380",
        f"--initial-cluster={','.join(initial)}", f"--initial-cluster-state={state}",
        "--listen-metrics-urls=http://127.0.0.1:2381",
        f"--cert-file={etcd_tls}/server-client.crt", f"--key-file={etcd_tls}/server-client.key",
        f"--trusted-ca-file={etcd_tls}/server-ca.crt", "--client-cert-auth",
        f"--peer-cert-file={etcd_tls}/peer-server-client.crt", f"--peer-key-file={etcd_tls}/peer-server-client.key",
        f"--peer-trusted-ca-file={etcd_tls}/peer-ca.crt", "--peer-client-cert-auth",
        f"--heartbeat-interval={milliseconds(500)}", f"--election-timeout={milliseconds(5000)}",
        "--logger=zap", "--log-outputs=stderr", *extra]


def configuration(given):
    """The same as the file that K3s writes beside the data."""
    flat = dict(argument.removeprefix("--").partition("=")[::2] for argument in given)
    security = lambda prefix: {"cert-file": flat[f"{prefix}cert-file"], "key-file": flat[f"{prefix}key-file"], "client-cert-auth": True,
                               "trusted-ca-file": flat[f"{prefix}trusted-ca-file"]}
    plain = {name: value for name, value in flat.items() if not name.endswith(("-file", "client-cert-auth"))}
    return yaml.safe_dump({**plain, "client-transport-security": security(""), "peer-transport-security": security("peer-")})


class Client:
    """etcd's API at one or several endpoints, the first that answers; tls is the folder of certificates, None for plain HTTP."""

    def __init__(self, tls, endpoints=("https://127.0.0.1:2379",)):
        self.tls, self.endpoints = tls, list(endpoints)

    def certificate(self):
        return f"{self.tls}/etcd/client.crt", f"{self.tls}/etcd/client.key"

    def context(self):
        if not self.tls:
            return None
        return client.context(pathlib.Path(f"{self.tls}/etcd/server-ca.crt").read_text(), self.certificate())

    def call(self, path, message, timeout=8):
        problem = "no endpoint"
        try:
            secured = self.context()
        except (OSError, ssl.SSLError) as error:
            raise NotReached(str(error)) from None
        for endpoint in self.endpoints:
            try:
                return json.loads(client.request("POST", f"{endpoint}/v3/{path}", tls=secured, body=message, timeout=timeout))
            except client.RequestFailed as error:
                problem = error
                if error.status and error.status != 503:
                    text = self.message_of(error)
                    raise (NotReached if "timed out" in text or "no leader" in text else EtcdError)(text) from None
        raise NotReached(str(problem))

    @staticmethod
    def message_of(error):
        try:
            return json.loads(error.body).get("message") or str(error)
        except ValueError:
            return str(error)

    def status(self, timeout=3):
        return self.call("maintenance/status", {}, timeout)

    def members(self):
        return self.call("cluster/member/list", {}).get("members", [])

    def add_learner(self, url):
        return self.call("cluster/member/add", {"peerURLs": [url], "isLearner": True})

    def promote(self, number):
        return self.call("cluster/member/promote", {"ID": number})

    def remove(self, number):
        return self.call("cluster/member/remove", {"ID": number})

    def set_peer(self, number, url):
        return self.call("cluster/member/update", {"ID": number, "peerURLs": [url]})


def encode(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def decode(text):
    return base64.b64decode(text or "").decode()


def run_tool(command):
    """etcdctl or etcdutl; what they say goes to the log, as etcd's own lines do."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    for line in done.stderr.splitlines():
        if line.startswith("{"):
            log.write(line)
    if done.returncode:
        problem = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise EtcdError(problem[-1] if problem else f"{command[0]} failed")
