"""What servers do all the time: promote learners, remove members, tell which nodes are gone, take snapshots."""
import json
import threading
import time

from . import etcd, log, secretsenc, settings, snapshots, store as storage
from .kubeapi import ETCD_FINALIZER, ApiError, merge_patch

LEASE = "/registry/leases/kube-system/k3s"
PREFIX = "etcd.k3s.cattle.io/"
LABELS = {"node-role.kubernetes.io/control-plane": "true"}


class Controllers:
    def __init__(self, server):
        self.server, self.objects = server, server.routes.objects
        self.uses_etcd = server.store.kind == "etcd"
        self.holds, self.renewed, self.failures = False, time.monotonic(), 0
        self.next = {}
        self.progress = {}
        self.minute = int(time.time() // 60)

    def is_time(self, work, seconds):
        moment = time.monotonic()
        if moment < self.next.get(work, 0):
            return False
        self.next[work] = moment + settings.pace(seconds)
        return True

    def tick(self):
        if not self.server.process and self.uses_etcd:
            return  # removed from the cluster: it stays, and is of no use
        self.keep_lease()
        try:
            if self.is_time("own", 3):
                self.mark_own_node()
            if self.uses_etcd and self.is_time("learners", 15):
                self.promote()
            if self.holds:
                self.remove_members()
                if self.is_time("nodes", 5):
                    self.find_lost_nodes()
            self.take_snapshot()
        except (etcd.EtcdError, storage.Conflict, ApiError, *storage.Unavailable):
            pass  # the next round sees it again; the lease is what ends a server

    # Which server does the work of one

    def keep_lease(self):
        """A server that cannot renew its lease ends; one late round is no reason."""
        try:
            self.renew()
            self.failures = 0
        except (etcd.EtcdError, storage.Conflict, *storage.Unavailable):
            self.failures += 1
            if self.holds and self.failures > 1 and time.monotonic() - self.renewed > settings.pace(10):
                raise log.shutdown("CMP_EXIT", component="controller-manager", cause="leaderelection lost") from None

    def renew(self):
        found = self.objects.store.get(LEASE)
        lease = json.loads(found[0]) if found else {"spec": {"holderIdentity": "", "renewed": 0}, "metadata": {"name": "k3s"}}
        mine = lease["spec"]["holderIdentity"] == self.server.node_name
        if not mine and time.time() - lease["spec"]["renewed"] < settings.pace(15):
            self.holds, self.renewed = False, time.monotonic()
            return
        lease["spec"] = {"holderIdentity": self.server.node_name, "renewed": time.time()}
        self.objects.store.put(LEASE, json.dumps(lease), found[1] if found else 0)
        self.holds, self.renewed = True, time.monotonic()

    # This server's own node

    def voter_condition(self):
        try:
            learner = self.server.store.client.status().get("isLearner")
            value, reason = ("False", "MemberIsLearner") if learner else ("True", "MemberNotLearner")
        except etcd.EtcdError:
            value, reason = "False", "Unhealthy"
        moment = settings.timestamp()
        message = {"MemberNotLearner": "Node is a voting member of the etcd cluster"}.get(reason, reason)
        return {"type": "EtcdIsVoter", "status": value, "reason": reason, "message": message,
                "lastHeartbeatTime": moment, "lastTransitionTime": moment}

    def mark_own_node(self):
        server, labels, annotations = self.server, dict(LABELS), {}
        node = self.objects.find("nodes", server.node_name)
        if not node or node["metadata"].get("deletionTimestamp"):
            return
        state = secretsenc.annotate(server.folder)
        if state:
            annotations["k3s.io/encryption-config-hash"] = state
        patch = {"metadata": {"labels": labels, "annotations": annotations}}
        if self.uses_etcd:
            labels["node-role.kubernetes.io/etcd"] = "true"
            annotations.update({PREFIX + "node-name": server.member_name(), PREFIX + "node-address": server.addresses[0]})
            patch["metadata"]["finalizers"] = [ETCD_FINALIZER]
            patch["status"] = {"conditions": [self.voter_condition()]}
        self.objects.change("nodes", server.node_name, "", lambda item: merge_patch(item, patch))

    # Members of etcd

    def promote(self):
        """Only the leader, and only learners that move."""
        client = self.server.store.client
        status = client.status()
        if status["leader"] != status["header"]["member_id"]:
            return
        for member in client.members():
            if member.get("isLearner"):
                self.promote_one(client, member, int(status["raftIndex"]))

    def promote_one(self, client, member, leader_index):
        name = member.get("name") or member["peerURLs"][0]
        index, since = self.progress.get(member["ID"], (-1, time.monotonic()))
        applied = 0
        if member.get("clientURLs"):
            try:
                applied = int(etcd.Client(self.server.tls, member["clientURLs"]).status(1).get("raftAppliedIndex", 0))
            except etcd.EtcdError:
                pass
        if applied > index:
            self.progress[member["ID"]] = (applied, time.monotonic())
        elif time.monotonic() - since > settings.pace(300):
            client.remove(member["ID"])
            return log.say("ETCD_EVICTED", name=name)
        else:
            log.say("ETCD_STALLED", name=name, index=applied, seconds=int(time.monotonic() - since))
        if applied and applied >= leader_index * 0.9:
            client.promote(member["ID"])
            log.say("OK_PROMOTED", name=name)

    def remove_members(self):
        """Of nodes that were deleted, and of nodes whose annotation asks for it."""
        for node in self.objects.list("nodes"):
            metadata = node["metadata"]
            annotations = metadata.get("annotations") or {}
            deleted = metadata.get("deletionTimestamp")
            asked = annotations.get(PREFIX + "remove") == "true" and not annotations.get(PREFIX + "removed-node-name")
            if not deleted and not asked:
                continue
            name, address = annotations.get(PREFIX + "node-name", ""), annotations.get(PREFIX + "node-address", "")
            # etcd may refuse, and the next round tries again; our own goes last, because our store ends with it.
            is_own = metadata["name"] == self.server.node_name
            if not is_own:
                self.remove_member(name, address)
            if deleted:
                self.objects.remove("nodes", node)
            else:
                self.objects.change("nodes", metadata["name"], "", lambda item: merge_patch(
                    item, {"metadata": {"annotations": {PREFIX + "removed-node-name": name}}}))
            if is_own:
                self.remove_member(name, address)

    def remove_member(self, name, address):
        if not self.uses_etcd or not name:
            return
        client = self.server.store.client
        for member in client.members():
            if member.get("name") == name:
                log.say("ETCD_REMOVING", name=name, number=member["ID"], address=address)
                client.remove(member["ID"])

    # Nodes that say nothing

    def find_lost_nodes(self):
        limit = settings.timestamp(time.time() - max(settings.pace(40), 3))
        for node in self.objects.list("nodes"):
            for condition in node.get("status", {}).get("conditions", []):
                if condition["type"] == "Ready" and condition["status"] == "True" and condition["lastHeartbeatTime"] < limit:
                    self.mark_lost(node["metadata"]["name"], condition)

    def mark_lost(self, name, condition):
        lost = {**condition, "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status.",
                "lastTransitionTime": settings.timestamp()}
        self.objects.change("nodes", name, "", lambda item: merge_patch(item, {"status": {"conditions": [lost]}}))
        self.objects.event(name, "NodeNotReady", f"Node {name} status is now: NodeNotReady")

    # Snapshots by the clock

    def take_snapshot(self):
        minute = int(time.time() // 60)
        if minute == self.minute:
            return
        self.minute = minute
        options = self.server.options
        if not self.uses_etcd or options.get("etcd-disable-snapshots"):
            return
        if snapshots.due(options["etcd-snapshot-schedule-cron"], time.time()):
            threading.Thread(target=self.snapshot_quietly, daemon=True).start()

    def snapshot_quietly(self):
        try:
            snapshots.scheduled(self.server.routes)
        except (snapshots.SnapshotError, OSError) as error:
            log.say("SNAP_FAIL", cause=error)
        except etcd.EtcdError:
            pass  # said where it happened
