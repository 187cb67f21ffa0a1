"""Runs clang-tidy over every file that is compiled, and remembers in the cache what passed."""
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

CHECKOUT = pathlib.Path.cwd()
COMMANDS = CHECKOUT / "build" / "compile_commands.json"
CACHE = pathlib.Path(os.environ["KGNODE_CACHE"]) / "tidy"
FOLDERS = ("agent/", "hardening/", "k3s/", "storage/", "tests/")
LATER = "later"
# In a full test run an empty cache must not take all the time; what passed is known to the next run.
MINUTES = float(os.environ.get("KGNODE_TIDY_MINUTES", "0"))
DEADLINE = time.monotonic() + 60 * MINUTES if MINUTES else None
# The second for flags of g++ that clang does not know.
TIDY = ["clang-tidy-19", "--quiet", "--extra-arg=-Wno-unknown-warning-option"]
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def commands():
    """Our files -> their compile commands, without the precompiled header: a file includes what it uses."""
    result = {}
    for entry in json.loads(COMMANDS.read_text()):
        path = pathlib.Path(os.path.normpath(pathlib.Path(entry["directory"], entry["file"])))
        name = str(path.relative_to(CHECKOUT)) if path.is_relative_to(CHECKOUT) else ""
        # NAME_src.cpp compiles a library of others, nothing of ours.
        if name.startswith(FOLDERS) and name.endswith(".cpp") and not name.endswith("_src.cpp"):
            entry["command"] = re.sub(r"-include \S+_pch\.hpp ", "", entry["command"])
            result[name] = entry
    return result


@functools.cache
def includes(name):
    """The project's own files that this one includes by itself."""
    return [other for other in INCLUDE.findall((CHECKOUT / name).read_text()) if (CHECKOUT / other).is_file()]


def made_from(name):
    """This file and all that it includes, directly or not."""
    found, todo = set(), [name]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += includes(name)
    return sorted(found)


def fingerprint(name, command):
    """Changes when clang-tidy could say something else about this file."""
    root = os.environ.get("KGNODE_BUILD_ROOT", "")
    text = hashlib.sha256(" ".join([root, command.replace(str(CHECKOUT), ""), *TIDY]).encode())
    for path in [".clang-tidy", "tests/.clang-tidy", *made_from(name)]:
        text.update(path.encode() + b"\0" + (CHECKOUT / path).read_bytes())
    return text.hexdigest()


def check(name, mark, database):
    """Runs clang-tidy over one file; returns its complaint, None, or LATER when the time is up."""
    if DEADLINE and time.monotonic() > DEADLINE:
        return LATER
    run = subprocess.run([*TIDY, "-p", database, str(CHECKOUT / name)], capture_output=True, text=True, check=False)
    if run.returncode == 0:
        mark.touch()
        return None
    output = re.sub(r"^\d+ warnings? .*\n?|^\.\./", "", run.stdout, flags=re.M).replace(str(CHECKOUT) + "/", "")
    return f"{name}:\n{output}{run.stderr if not output.strip() else ''}"


def main():
    CACHE.mkdir(parents=True, exist_ok=True)
    entries = commands()
    marks = {name: CACHE / fingerprint(name, entry["command"]) for name, entry in entries.items()}
    jobs = [name for name, mark in marks.items() if not mark.exists()]
    complaints = later = 0
    with tempfile.TemporaryDirectory() as database, ThreadPoolExecutor(os.cpu_count()) as pool:
        pathlib.Path(database, "compile_commands.json").write_text(json.dumps(list(entries.values())))
        print(f"{len(entries) - len(jobs)} of {len(entries)} files known to pass")
        for result in pool.map(lambda name: check(name, marks[name], database), jobs):
            later += result == LATER
            if result and result != LATER:
                complaints += 1
                print(result, flush=True)
    if later:
        print(f"skip tidy of {later} files # not within {MINUTES:g} minutes; ./dev lint looks at all of them")
    if complaints:
        print(f"not ok tidy ({complaints} files)")
    elif later < len(entries):  # some were looked at, or known
        print("ok tidy")
    sys.exit(bool(complaints))


main()
