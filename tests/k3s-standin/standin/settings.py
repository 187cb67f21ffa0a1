"""What the environment of the stand-in itself sets: its version, its pace, where it looks at the kernel."""
import os
import pkgutil
import time


def text_of(name):
    """A file that was packed with the program."""
    return pkgutil.get_data(__package__, name).decode()


VERSION = os.environ.get("K3S_STANDIN_VERSION") or text_of("VERSION").strip()
COMMIT = "57a9d1f0"
# Intervals of the real one are divided by this, so that a test need not wait 15 s for a promotion.
SPEED = float(os.environ.get("K3S_STANDIN_SPEED", "1"))
PROC_SYS = os.environ.get("K3S_STANDIN_PROC_SYS", "/proc/sys")
CGROUP = os.environ.get("K3S_STANDIN_CGROUP", "/sys/fs/cgroup")
CONFIG_FOLDER = "/etc/rancher"


def pace(seconds):
    return max(seconds / SPEED, 0.05)


def pause(seconds):
    time.sleep(pace(seconds))


def now():
    """The clock of the real one's start check; a test may give it another."""
    return float(os.environ.get("K3S_STANDIN_NOW", time.time()))


def timestamp(seconds=None):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() if seconds is None else seconds))
