"""The sub-commands of `k3s`, and how a run of it ends."""
import pathlib
import sys

from . import log, settings

USAGE = ("a stand-in for k3s, for tests. It has: server, agent, etcd-snapshot, kubectl, token, certificate check, "
         "secrets-encrypt status, check-config, --version")


def dispatch(name, arguments):
    if name == "server":
        from . import server
        return server.run(arguments)
    if name == "agent":
        from . import agent
        return agent.run(arguments)
    print("this is a stand-in for k3s, for tests", file=sys.stderr)
    if name == "kubectl":
        from . import kubectl
        return kubectl.run(arguments)
    if name in ("--version", "-v"):
        print(f"k3s version {settings.VERSION} ({settings.COMMIT})\ngo version go1.24.11")
        return 0
    from . import commands
    found = {"etcd-snapshot": commands.etcd_snapshot, "token": commands.token, "certificate": commands.certificate,
             "secrets-encrypt": commands.secrets_encrypt, "check-config": commands.check_config}.get(name)
    if not found:
        print(USAGE, file=sys.stderr)
        return 0 if name in ("", "help", "--help", "-h") else 3
    found(arguments)
    return 0


def main():
    """1 after a failure at once, 0 after one of a part that ran already: as the real one."""
    name, arguments = (sys.argv + [""])[1], sys.argv[2:]
    if pathlib.PurePath(sys.argv[0]).name == "kubectl":  # the link beside it
        name, arguments = "kubectl", sys.argv[1:]
    try:
        sys.exit(dispatch(name, arguments))
    except log.Failure as error:
        if str(error).startswith("yaml: "):
            log.logrus("fatal", str(error))
        else:
            log.say("WRAP_FATAL", cause=error)
        sys.exit(1)
    except log.Shutdown as error:
        log.say("WRAP_SHUTDOWN", cause=error)
        sys.exit(0)
    except BrokenPipeError:
        sys.exit(1)
