"""What can be tested of the stand-in without a machine: its texts beside the table, configuration, tokens, schedules."""
import pathlib
import re
import tempfile

from standin import kubeapi, log, options, snapshots, tokens
from standin.texts import LINES
from world import report

TABLE = {}
for row in (pathlib.Path(__file__).parent / "data/k3s-log-lines.tsv").read_text().splitlines()[5:]:
    pattern, *_, = row.split("\t")
    TABLE[row.split("\t")[4]] = (re.compile(pattern), row.split("\t")[7])
# Lines of the contract that no diagnosis needs, of the real etcd, and the one line that no K3s prints.
OTHERS = [re.compile(text) for text in (
    r"^\{", r"^\S+ \S+ WARNING: \[core\]", r"this is a stand-in for k3s", r'msg="yaml: ', r"will be updated from the datastore", r'msg="Running (kubelet|kube-(apiserver|controller-manager|proxy|scheduler)) ',
    r"Configuring sqlite3 database connection pooling")]


def is_known(line):
    return any(pattern.search(line) for pattern, _ in TABLE.values()) or any(pattern.search(line) for pattern in OTHERS)


def formatted(name):
    """A line of the catalogue with something in every place."""
    level, text = LINES[name]
    fields = {field: "4711" if field in ("number", "code") else "node" if "node" in field else "a" for field in re.findall(r"\{(\w+)\}", text)}
    if name == "ERROR_ID":
        fields.update(number="00001", component="etcd-snapshot")
    if name == "HOST_CG_V2":
        fields["controller"] = "cpuset"
    if name == "CMP_EXIT":
        fields["component"] = "kubelet"
    if name == "AGENT_VALIDATE":
        fields["cause"] = "x"
    if name.startswith("OK_START"):
        fields["version"] = "v1.34.3+k3s1"
    if name == "HTTP_SEND_ERR":
        fields["code"] = "401"
    message = text.format(**fields).replace('"', '\\"')
    return f'level={level} msg="{message}"'


def catalogue():
    wrong = [name for name in LINES if name in TABLE and not TABLE[name][0].search(formatted(name))]
    report(not wrong, f"every text matches the pattern of its row {wrong or ''}")
    strays = [name for name in LINES if name.isupper() and name not in TABLE]
    report(not strays, f"every name in capitals has a row {strays or ''}")


def configuration():
    values = {"0644": 420, "'0644'": "0644", "yes": True, "off": False, "y": True, "1.10": 1.1, "~": None, "12:30": "12:30",
              "2001-12-14": "2001-12-14", "!!str 0644": "0644", "0x10": 16, "1_000": 1000}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "config.yaml"
        path.write_text("".join(f"k{place}: {text}\n" for place, text in enumerate(values)))
        read = [value for _, value in options.read_yaml(path)]
        report(read == list(values.values()), f"YAML 1.1 as the real one reads it {read}")
        path.write_text("a: 1\nb: [x]\nc: one\n")
        (pathlib.Path(folder) / "config.yaml.d/sub").mkdir(parents=True)
        (pathlib.Path(folder) / "config.yaml.d/10.yaml").write_text("b+: v\nc: two\nd+: z\n")
        (pathlib.Path(folder) / "config.yaml.d/20.YML").write_text("b+: [w]\n")
        (pathlib.Path(folder) / "config.yaml.d/30.txt").write_text("a: 9\n")
        merged = options.merge(options.config_files(str(path)))
        report(merged == {"a": 1, "b": ["x", "v", "w"], "c": "two", "d": "z"}, f"drop-ins replace, and append with a plus {merged}")
    known, _ = options.flags_of("server")
    given, _ = options.parse(["--token=file", "--node-ip=1", "--cluster-init", "--token", "cli", "--node-ip=2"], known)
    report(given == {"token": "cli", "node-ip": ["1", "2"], "cluster-init": True}, "the last scalar wins, lists are joined")


def failing(function, *arguments):
    try:
        function(*arguments)
        return ""
    except log.Failure as error:
        return str(error)


def token_forms():
    table = {"": "token must not be empty", "K10abc::server:x": "invalid token CA hash length", f"K10{'a' * 64}::server": "invalid token format",
             f"K10{'a' * 64}": "invalid token format", f"K10{'a' * 64}::server:x": "", "x": "", "abcdef.0123456789abcdef": "", "K10::server:x": ""}
    wrong = {text: failing(tokens.parse, text) for text, expected in table.items() if failing(tokens.parse, text) != expected}
    report(not wrong, f"tokens are taken or refused with the real one's texts {wrong or ''}")


def schedule():
    noon = 1765000800  # 2025-12-06 06:00 UTC, a Saturday
    due = [snapshots.due(cron, noon) for cron in ("0 */6 * * *", "0 */12 * * *", "*/5 6 * * 6", "1 6 * * *", "0 6-7 6 12 *")]
    report(due == [True, False, True, False, True], f"a schedule names the right minutes {due}")


def patches():
    node = lambda: {"status": {"conditions": [{"type": "Ready", "status": "True", "since": 1}, {"type": "B", "status": "False"}]}}
    change = {"status": {"conditions": [{"type": "B", "$patch": "delete"}, {"type": "Ready", "status": "False"}, {"type": "C", "status": "True"}]}}
    merged = kubeapi.merge_patch(node(), change)["status"]["conditions"]
    report(merged == [{"type": "Ready", "status": "False", "since": 1}, {"type": "C", "status": "True"}], f"a strategic merge patch knows a list by type {merged}")
    replaced = kubeapi.editor_of("application/merge-patch+json", change, "status")(node())["status"]["conditions"]
    report(replaced == change["status"]["conditions"], "a merge patch replaces it")
    kept = kubeapi.editor_of("application/strategic-merge-patch+json", change, "")(node())
    report(kept == node(), "the status has a path of its own")


def run():
    catalogue()
    patches()
    configuration()
    token_forms()
    schedule()
