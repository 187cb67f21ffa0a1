"""A server's etcd member: begun, added to a cluster, watched."""
import json

from . import client, etcd, log, pki, settings
from .client import RequestFailed


def peer_url(server):
    address = server.addresses[0]
    return f"https://[{address}]:2380" if ":" in address else f"https://{address}:2380"


def start_member(server):
    name = server.member_name()
    initial, state = [f"{name}={peer_url(server)}"], "new"
    if server.joined_by and not server.is_initialized():
        initial, state = add_self(server, name), "existing"
    extra = [argument if argument.startswith("--") else f"--{argument}" for argument in server.options.list("etcd-arg")]
    start_process(server, name, initial, state, extra)


def start_process(server, name, initial, state, extra=()):
    arguments = etcd.arguments(server.tls, server.etcd_folder, name, server.addresses[0], initial, state, extra)
    pki.write(server.etcd_folder / "config", etcd.configuration(arguments))
    server.process = etcd.Process(arguments)


def member_list(server):
    """From the server we join, until it gives one."""
    token, authority = server.joined_by
    url = server.options["server"].rstrip("/") + "/db/info"
    while True:
        try:
            answer = client.request("GET", url, tls=client.context(authority), headers=token.headers("server"))
            return json.loads(answer)["members"]
        except (RequestFailed, ValueError) as error:
            log.say("ETCD_MEMBERLIST_WAIT", cause=error)
        settings.pause(1)


def add_self(server, name):
    """Adds this member as learner and returns the initial cluster."""
    while True:
        members = member_list(server)
        known = [member for member in members if peer_url(server) in member["peerURLs"]]
        for member in members:
            if member["name"] != name and member["name"].rpartition("-")[0] == server.node_name:
                raise log.shutdown("ETCD_JOIN_FAILED", cause=log.text("ETCD_DUP_NAME"))
        if not known:
            endpoints = [url for member in members if not member.get("isLearner") for url in member["clientURLs"]]
            log.say("ETCD_ADDING", name=name, url=peer_url(server), members=" ".join(
                f"{member['name']}={member['peerURLs'][0]}" for member in members))
            if not add(etcd.Client(server.tls, endpoints), peer_url(server)):
                settings.pause(1)
                continue
        return [f"{member['name']}={member['peerURLs'][0]}" for member in members
                if member["name"] and member not in known] + [f"{name}={peer_url(server)}"]


def add(cluster, url):
    try:
        cluster.add_learner(url)
        return True
    except etcd.NotReached:
        log.say("ETCD_JOIN_RETRY")
    except etcd.EtcdError as error:
        if "too many learner" not in str(error) and "unhealthy cluster" not in str(error):
            raise log.shutdown("ETCD_JOIN_FAILED", cause=error) from None
        log.say("ETCD_LEARNER_WAIT", cause=error)
    return False


def wait_until_voter(server):
    """The datastore can be used when this member has a vote and the cluster a leader."""
    while True:
        check_process(server, starting=True)
        try:
            status = server.store.client.status()
            if not status.get("isLearner"):
                server.store.get("/registry/health")
                return log.say("OK_ETCD_CONN")
            problem = log.text("ETCD_LEARNER_SELF")
        except etcd.EtcdError as error:
            problem = f"failed to get etcd status: {error}"
        log.say("ETCD_TEST", cause=problem)
        settings.pause(2)


def check_process(server, starting=False):
    """A member that was removed leaves a tombstone and a server that is of no use until it is started again."""
    process = server.process
    if not process or not process.exited():
        return
    if not process.removed:
        raise log.shutdown("ETCD_EXIT", cause=process.last_error or f"exit status {process.child.returncode}")
    (server.etcd_folder / "tombstone").touch()
    log.say("ETCD_TOMBSTONE")
    server.process = None
    if starting:
        raise log.shutdown("ETCD_EXIT", cause="the member has been permanently removed from the cluster")
