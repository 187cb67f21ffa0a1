"""`k3s server --cluster-reset`: one member again, from its own data or from a snapshot."""
import os
import pathlib
import shutil
import time

from . import bootstrap, etcd, join, log, store as storage, tokens


def check_path(path):
    if not os.path.exists(path):
        raise log.fail("bootstrap_failed", cause=log.text("RESTORE_PATH", path=path))
    if os.path.isdir(path):
        raise log.fail("bootstrap_failed", cause=log.text("restore_folder", path=path))


def restore(server, path):
    """The snapshot becomes the member's data, and the shared secrets those of the snapshot."""
    check_path(path)
    name, moment = server.member_name(), int(time.time())
    new = server.etcd_folder.with_name("etcd-restored")
    shutil.rmtree(new, ignore_errors=True)
    try:
        etcd.run_tool(["etcdutl", "snapshot", "restore", path, f"--data-dir={new}", f"--name={name}",
                       f"--initial-cluster={name}={join.peer_url(server)}", f"--initial-advertise-peer-urls={join.peer_url(server)}"])
        with bootstrap.TemporaryEtcd(new, name) as store:
            data = bootstrap.load(store, server.password)
    except etcd.EtcdError as error:
        raise log.fail("bootstrap_failed", cause=error) from None
    except log.Failure as error:
        shutil.rmtree(new, ignore_errors=True)
        raise log.fail("bootstrap_failed", cause=error) from None
    # From here on nothing can fail but the disk: the old goes aside, the new takes its place.
    old = pathlib.Path(f"{server.etcd_folder}-old-{moment}")
    server.etcd_folder.rename(old)
    log.say("RESTORE_MOVED", path=old)
    new.rename(server.etcd_folder)
    (server.etcd_folder / "name").write_text(name)
    if server.tls.exists():
        shutil.copytree(server.tls, f"{server.tls}-{moment}")
    bootstrap.write_files(server.folder, data or {})


def forget_balancers(server):
    for file in (server.data / "agent/etc").glob("k3s-*-load-balancer.json"):
        file.unlink()


def run(server):
    path, flag = server.options.text("cluster-reset-restore-path"), server.folder / "db/reset-flag"
    if flag.exists() and not path:
        raise log.fail("RESET_AGAIN", flag=flag)
    server.password = tokens.normalize(server.given_token()) if server.given_token() else ""
    if path:
        restore(server, path)
    elif not server.is_initialized():
        raise log.fail("bootstrap_failed", cause="cluster-reset was successfully performed, but there is no etcd member here")
    else:
        log.say("BOOT_DONE")
        server.password = tokens.normalize(server.given_token())
    server.write_secrets()
    become_sole_member(server)
    forget_balancers(server)
    flag.touch()
    raise log.shutdown("RESET_OK")


def become_sole_member(server):
    """etcd itself drops the others when it is told to begin a new cluster from its data."""
    name = server.member_name()
    join.start_process(server, name, [f"{name}={join.peer_url(server)}"], "new", ["--force-new-cluster"])
    server.store = storage.EtcdStore(etcd.Client(server.tls))
    join.wait_until_voter(server)
    for member in server.store.client.members():
        server.store.client.set_peer(member["ID"], join.peer_url(server))
    remove_stale_password(server)
    server.process.stop()


def remove_stale_password(server):
    """The node may have another password now: its own secret goes."""
    server.store.delete(f"/registry/secrets/kube-system/{server.node_name}.node-password.k3s")
