"""Flags of server and agent: config.yaml with its drop-ins, environment and command line, with the rules of K3s."""
import os
import pathlib
import re

import yaml

from . import log, settings
from .log import Failure

TRUE = {"y", "yes", "true", "on"}
FALSE = {"n", "no", "false", "off"}
GO_BOOLEANS = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False}


class Flag:
    def __init__(self, row):
        self.name, self.kind, self.variable = row[0], row[1], row[2]
        self.default = row[3]
        self.aliases = [alias for alias in row[6].split(",") if alias != "-"]


def flags_of(role):
    """The table of a role by name and alias, and as a list."""
    rows = [line.split("\t") for line in settings.text_of(f"data/k3s-{role}-flags.tsv").splitlines()
            if line and not line.startswith(("#", "name\t"))]
    every = [Flag(row) for row in rows]
    return {name: flag for flag in every for name in [flag.name, *flag.aliases]}, every


def plain(text):
    """The value of an unquoted scalar in YAML 1.1, as Go's yaml.v2 has it."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text.lower() in TRUE | FALSE and text in (text.lower(), text.capitalize(), text.upper()):
        return text.lower() in TRUE
    digits = text.replace("_", "")
    if re.fullmatch(r"[-+]?0[0-7]+", digits):
        return int(digits, 8)
    if re.fullmatch(r"[-+]?(0o[0-7]+|0x[0-9a-fA-F]+|0b[01]+|0|[1-9][0-9]*)", digits):
        return int(digits, 0)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", digits):
        return float(digits)
    return text


def explicit_string(node):
    """Whether the document says "!!str"; without a tag the mark points at the value itself."""
    start = node.start_mark
    return start.buffer is not None and start.buffer[start.pointer:].startswith("!!str")


def value_of(node):
    if isinstance(node, yaml.SequenceNode):
        return [value_of(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return {value_of(key): value_of(value) for key, value in node.value}
    quoted = node.style is not None or explicit_string(node)
    return node.value if quoted else plain(node.value)


def read_yaml(path):
    """The pairs of one file, in order."""
    try:
        node = yaml.compose(pathlib.Path(path).read_text(), Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Failure(log.text("config_yaml", cause=f"line {mark.line + 1 if mark else 0}: "
                                                    f"{getattr(error, 'problem', error)}")) from error
    if node is None:
        return []
    if not isinstance(node, yaml.MappingNode):
        raise log.fail("config_yaml", cause="unmarshal errors: line 1: cannot unmarshal into yaml.MapSlice")
    return [(str(value_of(key)), value_of(value)) for key, value in node.value]


def config_files(path):
    files = [path] if os.path.isfile(path) else []
    folder = pathlib.Path(path + ".d")
    if folder.is_dir():
        files += [str(file) for file in sorted(folder.iterdir())
                  if file.is_file() and file.suffix.lower() in (".yaml", ".yml")]
    return files


def merge(files):
    """A later key replaces an earlier one; "key+" appends to what is there."""
    merged = {}
    as_list = lambda value: value if isinstance(value, list) else [value]
    for file in files:
        for key, value in read_yaml(file):
            name = key.removesuffix("+")
            if key.endswith("+") and name in merged:
                merged[name] = as_list(merged[name]) + as_list(value)
            else:
                merged[name] = value
    return merged


def go_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def to_arguments(merged, known, role):
    """config.yaml as command line; a server drops what it does not know, an agent does not."""
    arguments = []
    for key, value in merged.items():
        if role != "agent" and key not in known:
            log.say("CFG_UNKNOWN_WARN", key=key)
            continue
        dashes = "-" if len(key) == 1 else "--"
        for item in value if isinstance(value, list) else [value]:
            arguments.append(f"{dashes}{key}={go_text(item)}")
    return arguments


def convert(flag, value):
    if flag.kind == "bool":
        if value.lower() not in GO_BOOLEANS:
            raise log.fail("bad_boolean", value=value, key=flag.name)
        return GO_BOOLEANS[value.lower()]
    if flag.kind == "int":
        try:
            return int(value, 0)
        except ValueError:
            raise log.fail("bad_value", value=value, key=flag.name) from None
    if flag.kind == "duration" and not re.fullmatch(r"(\d+(\.\d+)?(ms|s|m|h))+", value):
        raise log.fail("bad_value", value=value, key=flag.name)
    return value


def parse(arguments, known):
    """Values by name of the flags given, and what is no flag."""
    given, rest = {}, []
    arguments = list(arguments)
    while arguments:
        argument = arguments.pop(0)
        if not argument.startswith("-") or argument == "-":
            rest.append(argument)
            continue
        key, equals, value = argument.lstrip("-").partition("=")
        flag = known.get(key)
        if not flag:
            raise log.fail("CFG_UNKNOWN_FATAL", key=key)
        if not equals:
            if flag.kind == "bool":
                value = "true"
            elif not arguments:
                raise Failure(f"flag needs an argument: -{key}")
            else:
                value = arguments.pop(0)
        if flag.kind == "stringSlice":
            given.setdefault(flag.name, []).append(value)
        else:
            given[flag.name] = convert(flag, value)
    return given, rest


def config_path(arguments):
    path = f"{settings.CONFIG_FOLDER}/k3s/config.yaml"
    for index, argument in enumerate(arguments):
        name, equals, value = argument.lstrip("-").partition("=")
        if argument.startswith("-") and name in ("config", "c"):
            path = value if equals else arguments[index + 1] if index + 1 < len(arguments) else path
    return os.environ.get("K3S_CONFIG_FILE") or path


class Options(dict):
    """Flags by name; a flag that nobody set has the default of its type."""

    def text(self, name, default=""):
        return self.get(name) or default

    def list(self, name, split=False):
        values = self.get(name) or []
        return [part for value in values for part in (value.split(",") if split else [value]) if part]


BUILT_IN = {
    "data-dir": "/var/lib/rancher/k3s", "https-listen-port": 6443, "lb-server-port": 6444, "flannel-backend": "vxlan",
    "cluster-domain": "cluster.local", "egress-selector-mode": "agent", "secrets-encryption-provider": "aescbc",
    "etcd-snapshot-retention": 5, "etcd-snapshot-name": "etcd-snapshot", "etcd-snapshot-schedule-cron": "0 */12 * * *",
    "write-kubeconfig": "/etc/rancher/k3s/k3s.yaml", "write-kubeconfig-mode": "0600",
}


def load(role, arguments):
    """All flags of a run of `k3s server` or `k3s agent`."""
    known, every = flags_of(role)
    merged = merge(config_files(config_path(arguments)))
    given, rest = parse(to_arguments(merged, known, role) + list(arguments), known)
    if rest:
        raise Failure(f"No help topic for '{rest[0]}'")
    options = Options(BUILT_IN)
    for flag in every:
        value = os.environ.get(flag.variable) if flag.variable != "-" else None
        if flag.name in given:
            options[flag.name] = given[flag.name]
        elif value:
            options[flag.name] = [value] if flag.kind == "stringSlice" else convert(flag, value)
    # A null or an empty value asks for the default.
    for name, value in BUILT_IN.items():
        if options.get(name) in ("", None):
            options[name] = value
    return options
