"""What K3s asks of the host before it starts, and the addresses it takes from it."""
import ipaddress
import json
import os
import pathlib
import secrets
import socket
import subprocess

import yaml

from . import log, pki, settings

KERNEL_DEFAULTS = {"vm/overcommit_memory": 1, "vm/panic_on_oom": 0, "kernel/panic": 10, "kernel/panic_on_oops": 1,
                   "kernel/keys/root_maxkeys": 1000000, "kernel/keys/root_maxbytes": 25000000}
FORWARDING = {"net/ipv4/conf/all/forwarding": 1, "net/ipv4/conf/default/forwarding": 1, "net/bridge/bridge-nf-call-iptables": 1}


def check_clock_and_user(role):
    if settings.now() < 315532800:  # 1980
        raise log.fail("HOST_TIME", time=settings.timestamp(settings.now()).replace("T", " ").rstrip("Z"))
    if os.geteuid() != 0:
        raise log.fail("HOST_ROOT", role=role, more=" and/or --disable-agent" if role == "server" else "")


def check_cgroups():
    """The unified hierarchy only; the node has no other."""
    controllers = (pathlib.Path(settings.CGROUP) / "cgroup.controllers").read_text().split()
    for controller in ("cpu", "cpuset", "memory"):
        if controller not in controllers:
            raise log.fail("HOST_CG_V2", controller=controller)
    return "pids" in controllers


def check_kernel_defaults(options):
    if not options.get("protect-kernel-defaults"):
        return
    for key, expected in KERNEL_DEFAULTS.items():
        try:
            actual = (pathlib.Path(settings.PROC_SYS) / key).read_text().strip()
        except OSError:
            actual = "0"
        if actual != str(expected):
            problem = log.text("HOST_KERNEL_FLAG", key=key, expected=expected, actual=actual)
            log.klog(f'"Failed to start ContainerManager" err="{problem}"')
            raise log.shutdown("CMP_EXIT", component="kubelet", cause=f"failed to run Kubelet: {problem}")


def set_forwarding():
    for key, value in FORWARDING.items():
        try:
            (pathlib.Path(settings.PROC_SYS) / key).write_text(str(value))
        except OSError:
            pass  # in a namespace that may not; pods are not run here


# Arguments of the API server that name files

def split_arguments(values):
    return dict(value.partition("=")[::2] for value in values)


def check_apiserver(options):
    arguments = split_arguments(options.list("kube-apiserver-arg"))
    exits = lambda cause: log.shutdown("CMP_EXIT", component="apiserver", cause=cause)
    policy, admission = arguments.get("audit-policy-file"), arguments.get("admission-control-config-file")
    if policy and not os.path.isfile(policy):
        raise exits(f'loading audit policy file: failed to read file path "{policy}": open {policy}: no such file or directory')
    plugins = {}
    if admission:
        try:
            document = yaml.safe_load(pathlib.Path(admission).read_text())
            plugins = {plugin["name"]: plugin for plugin in document["plugins"]}
        except OSError:
            raise exits(f'failed to read plugin config: unable to read admission control configuration from "{admission}" '
                        f"[open {admission}: no such file or directory]") from None
        except (yaml.YAMLError, KeyError, TypeError):
            raise exits(f'failed to read plugin config: unable to read admission control configuration from "{admission}"') from None
    if "EventRateLimit" in arguments.get("enable-admission-plugins", "").split(","):
        if not (plugins.get("EventRateLimit", {}).get("configuration") or {}).get("limits"):
            raise exits(log.text("CMP_ADMISSION"))
    if arguments.get("audit-log-path"):
        pathlib.Path(arguments["audit-log-path"]).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        pathlib.Path(arguments["audit-log-path"]).touch(0o600)
    return arguments


# Names and addresses

def node_name(options):
    name = (options.text("node-name") or socket.gethostname()).lower()
    if options.get("with-node-id"):
        path = pathlib.Path(settings.CONFIG_FOLDER) / "node/id"
        if not path.exists():
            pki.write(path, secrets.token_hex(4) + "\n")
        name += "-" + path.read_text().strip()
    return name


def node_password():
    path = pathlib.Path(settings.CONFIG_FOLDER) / "node/password"
    if not path.exists():
        pki.write(path, secrets.token_hex(16) + "\n")
    return path.read_text().strip()


def ip(*arguments):
    done = subprocess.run(["ip", "-json", *arguments], capture_output=True, text=True)
    return json.loads(done.stdout or "[]") if done.returncode == 0 else []


def link_addresses(link):
    """IPv4 addresses of a link, or the reason why it cannot be used."""
    found = ip("address", "show", "dev", link)
    if not found:
        raise log.fail("NET_IFACE", link=link)
    if "UP" not in found[0]["flags"]:
        raise log.fail("link_address", link=link, cause=log.text("NET_IFACE_DOWN", link=link))
    return [item["local"] for item in found[0]["addr_info"] if item["family"] == "inet" and item["scope"] == "global"]


def default_link():
    routes = ip("route", "show", "default")
    return routes[0]["dev"] if routes else None


def address_of_link(link):
    found = link_addresses(link)
    if not found:
        raise log.fail("link_address", link=link, cause=log.text("NET_IFACE_NOIP", link=link))
    if len(found) > 1:
        raise log.fail("link_address", link=link, cause=log.text("NET_IFACE_MULTI", link=link, addresses=" ".join(found)))
    return found[0]


def node_addresses(options):
    """node-ip; else the address of flannel-iface; else that of the default route."""
    addresses = options.list("node-ip", split=True)
    for address in addresses:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise log.fail("NET_NODEIP", address=address) from None
    link = options.text("flannel-iface")
    if link:
        link_addresses(link)
    if not addresses:
        if link:
            addresses = [address_of_link(link)]
        elif default_link():
            addresses = link_addresses(default_link())[:1]
        if not addresses:
            raise log.fail("no_default_route")
    families = {ipaddress.ip_address(address).version for address in addresses}
    networks = options.list("cluster-cidr", split=True) or ["10.42.0.0/16" if 4 in families else "fd00:42::/56"]
    if {ipaddress.ip_network(network, False).version for network in networks} != families:
        raise log.fail("NET_FAMILY", cluster=" ".join(networks), node=" ".join(addresses))
    return addresses


def check_flannel(options):
    """flannel looks for its link later than node-ip was found."""
    link = options.text("flannel-iface") or default_link()
    if options["flannel-backend"] == "none":
        return
    if not link:
        raise log.shutdown("NET_DEFROUTE")
    found = link_addresses(link)
    log.say("NET_IFACE_USED", link=link, address=found[0] if found else "<nil>")


def open_port(port):
    """Somebody listens where the kubelet does, and answers nothing."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", port))
    listener.listen()
    return listener


def notify(message):
    """What sd_notify does."""
    target = os.environ.get("NOTIFY_SOCKET")
    if target:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.connect("\0" + target[1:] if target.startswith("@") else target)
            sender.send(message.encode())
