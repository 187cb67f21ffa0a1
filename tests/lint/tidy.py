"""Runs clang-tidy over the compiled files of build/, and remembers in the cache what passed."""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

CHECKOUT = pathlib.Path.cwd()
BUILD = CHECKOUT / "build"
CACHE = pathlib.Path(os.environ["KGNODE_CACHE"]) / "tidy"
FOLDERS = ("agent/", "hardening/", "k3s/", "storage/", "tests/")
LATER = "later"
# In a full test run an empty cache must not take all the time; what passed is known to the next run.
MINUTES = float(os.environ.get("KGNODE_TIDY_MINUTES", "0"))
DEADLINE = time.monotonic() + 60 * MINUTES if MINUTES else None
# Flags of g++ that clang does not know.
TIDY = ["clang-tidy-19", "--quiet", "-p", str(BUILD), "--extra-arg=-Wno-unknown-warning-option"]


def dependencies():
    """Object file -> the files it was made from, as ninja recorded them."""
    listing = subprocess.run(["ninja", "-C", BUILD, "-t", "deps"], capture_output=True, text=True, check=True).stdout
    result, current = {}, None
    for line in listing.splitlines():
        if line.startswith("    "):
            result[current].append(line.strip())
        elif ": #deps" in line:
            current = line.split(":")[0]
            result[current] = []
    return result


def project_path(name):
    """The path below the checkout, or None for a system header."""
    path = pathlib.Path(os.path.normpath(BUILD / name))
    return path.relative_to(CHECKOUT) if path.is_relative_to(CHECKOUT) else None


def fingerprint(command, made_from):
    """Changes when clang-tidy could say something else about this file."""
    root = os.environ.get("KGNODE_BUILD_ROOT", "")
    text = hashlib.sha256(" ".join([root, command.replace(str(CHECKOUT), ""), *TIDY[3:]]).encode())
    for rules in (".clang-tidy", "tests/.clang-tidy"):
        text.update((CHECKOUT / rules).read_bytes())
    for path in sorted({path for path in map(project_path, made_from) if path}):
        text.update(str(path).encode() + b"\0" + (CHECKOUT / path).read_bytes())
    return text.hexdigest()


def check(job):
    """Runs clang-tidy over one file; returns its complaint, None, or LATER when the time is up."""
    path, mark = job
    if DEADLINE and time.monotonic() > DEADLINE:
        return LATER
    run = subprocess.run([*TIDY, str(path)], capture_output=True, text=True, check=False)
    if run.returncode == 0:
        mark.touch()
        return None
    output = re.sub(r"^\d+ warnings? .*\n?", "", run.stdout, flags=re.M).replace(str(CHECKOUT) + "/", "")
    return f"{path}:\n{output}{run.stderr if not output.strip() else ''}"


def main():
    CACHE.mkdir(parents=True, exist_ok=True)
    made_from = dependencies()
    jobs, known = {}, 0
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        path = project_path(entry["file"])
        # NAME_src.cpp compiles a library of others, nothing of ours.
        if path is None or not str(path).startswith(FOLDERS) or path.name.endswith("_src.cpp"):
            continue
        mark = CACHE / fingerprint(entry["command"], [entry["file"], *made_from.get(entry["output"], [])])
        if mark.exists():
            known += 1
        else:
            jobs[path] = mark
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(check, jobs.items()))
    later = results.count(LATER)
    complaints = [result for result in results if result and result != LATER]
    print(f"{known} files known to pass, {len(jobs) - later} looked at")
    for complaint in complaints:
        print(complaint)
    if later:
        print(f"skip tidy of {later} files # not within {MINUTES:g} minutes; ./dev lint looks at all of them")
    print(f"not ok tidy ({len(complaints)} files)" if complaints else "ok tidy")
    sys.exit(bool(complaints))


main()
