"""Workflows: YAML, each action pinned by its commit, no permissions to begin with, no expression in a script, only verbs of ./dev."""
import glob
import re
import sys

import yaml


def findings_of(path, verbs):
    with open(path, encoding="utf-8") as file:
        workflow = yaml.safe_load(file)
    if workflow.get("permissions") != {}:
        yield "does not begin without permissions"
    if "group" not in workflow.get("concurrency", {}):
        yield "has no concurrency group"
    for name, job in workflow["jobs"].items():
        for key in ("permissions", "timeout-minutes", "runs-on"):
            if key not in job:
                yield f"job {name} has no {key}"
        for needed in [job.get("needs", [])]:
            if needed and needed not in workflow["jobs"]:
                yield f"job {name} needs {needed}, which is not there"
        for step in job["steps"]:
            yield from findings_of_step(name, step, verbs)


def findings_of_step(job, step, verbs):
    if ("uses" in step) == ("run" in step):
        yield f"job {job}: a step either uses or runs: {step}"
    if "uses" in step and not re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step["uses"]):
        yield f"job {job}: {step['uses']} is not one of GitHub's own, pinned by its commit"
    script = step.get("run", "")
    if "${{" in script:
        yield f"job {job}: an expression in a script is code from outside: give it by env"
    for verb in re.findall(r"\./dev ([a-z-]+)", script):
        if verb not in verbs:
            yield f"job {job}: ./dev has no verb {verb}"


def main():
    verbs = set()
    for path in ["dev", *glob.glob("image/*.sh")]:
        with open(path, encoding="utf-8") as file:
            verbs |= {verb.replace("_", "-") for verb in re.findall(r"^verb_([a-z_]+)\(\)", file.read(), re.M)}
    for path in sys.argv[1:] or sorted(glob.glob(".github/workflows/*.yml")):
        try:
            found = list(findings_of(path, verbs))
        except (yaml.YAMLError, KeyError, AttributeError) as error:
            found = [str(error)]
        for one in found:
            print(f"{path}: {one}")
        print(f"not ok {path} ({len(found)} findings)" if found else f"ok {path}")


main()
