"""The two log formats K3s itself writes: logrus and klog. etcd's JSON lines come from the real etcd."""
import os
import sys
import threading

from . import settings
from .texts import LINES

lock = threading.Lock()


class Failure(Exception):
    """A synchronous failure: a fatal line, exit status 1."""


class Shutdown(Exception):
    """An asynchronous failure: an error line, exit status 0."""


def write(line):
    with lock:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def logrus(level, message):
    quoted = message.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    write(f'time="{settings.timestamp()}" level={level} msg="{quoted}"')


def say(line, **values):
    """A line of the catalogue."""
    level, text = LINES[line]
    logrus(level, text.format(**values))


def klog(message):
    write(f"E{settings.timestamp()[5:7]}{settings.timestamp()[8:10]} {settings.timestamp()[11:19]}.000000 "
          f"{os.getpid():7d} kubelet.go:1703] {message}")


def text(line, **values):
    """The text of a line that is part of another one, as errors are."""
    return LINES[line][1].format(**values)


def fail(line, **values):
    return Failure(text(line, **values))


def shutdown(line, **values):
    return Shutdown(text(line, **values))


def introduce():
    """Nobody is to take this for the real one."""
    logrus("info", "this is a stand-in for k3s, for tests: it runs no containers")
