"""Where objects live: etcd, or SQLite on a server that has no etcd. Both have revisions, so writes can be conditional."""
import pathlib
import sqlite3
import threading

from . import etcd
from .etcd import decode, encode


class Conflict(Exception):
    pass


class EtcdStore:
    kind = "etcd"

    def __init__(self, client):
        self.client = client

    @staticmethod
    def entries(answer):
        return [(decode(item["key"]), decode(item.get("value")), int(item["mod_revision"])) for item in answer.get("kvs", [])]

    def get(self, key):
        found = self.entries(self.client.call("kv/range", {"key": encode(key)}))
        return found[0][1:] if found else None

    def list(self, prefix):
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        return self.entries(self.client.call("kv/range", {"key": encode(prefix), "range_end": encode(end)}))

    def revision(self):
        return int(self.client.call("kv/range", {"key": encode("/"), "count_only": True})["header"]["revision"])

    def change(self, key, expected, operation):
        message = {"success": [operation]}
        if expected is not None:
            message["compare"] = [{"key": encode(key), "target": "MOD", "result": "EQUAL", "mod_revision": str(expected)}]
        answer = self.client.call("kv/txn", message)
        if not answer.get("succeeded"):
            raise Conflict(key)
        return int(answer["header"]["revision"])

    def put(self, key, value, expected=None):
        """expected: the revision it must have now, 0 when it must not exist."""
        return self.change(key, expected, {"requestPut": {"key": encode(key), "value": encode(value)}})

    def delete(self, key, expected=None):
        return self.change(key, expected, {"requestDeleteRange": {"key": encode(key)}})


class SqliteStore:
    kind = "sqlite"

    def __init__(self, path):
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.Lock()
        self.database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.database.execute("create table if not exists kine (name text primary key, value text, revision integer)")

    def list(self, prefix):
        with self.lock:
            return self.database.execute("select name, value, revision from kine where substr(name, 1, ?) = ? order by name",
                                         (len(prefix), prefix)).fetchall()

    def get(self, key):
        with self.lock:
            return self.database.execute("select value, revision from kine where name = ?", (key,)).fetchone()

    def revision(self):
        with self.lock:
            return self.database.execute("select coalesce(max(revision), 0) from kine").fetchone()[0]

    def change(self, key, expected, statement, *values):
        with self.lock:
            found = self.database.execute("select revision from kine where name = ?", (key,)).fetchone()
            if expected is not None and (found[0] if found else 0) != expected:
                raise Conflict(key)
            following = self.database.execute("select coalesce(max(revision), 0) + 1 from kine").fetchone()[0]
            self.database.execute(statement, [following if value is None else value for value in values])
            return following

    def put(self, key, value, expected=None):
        return self.change(key, expected, "insert or replace into kine values (?, ?, ?)", key, value, None)

    def delete(self, key, expected=None):
        return self.change(key, expected, "delete from kine where name = ?", key)


Unavailable = (etcd.NotReached, sqlite3.OperationalError)
