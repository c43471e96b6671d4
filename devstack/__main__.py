"""The command line: `python -m devstack run | exec [--fresh] command … | demo | running`."""

import argparse
import json
import sys

import environ

from devstack import folder as folders
from devstack import running
from devstack.demo import demo
from devstack.errors import StackError
from devstack.execute import execute
from devstack.run import run
from devstack.terminal import complain, say


def main(arguments: list[str]) -> int:
    """Do what the command line asks. Returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _dispatch(options)
    except StackError as error:
        complain(str(error))
        return error.exit_code


def _dispatch(options: argparse.Namespace) -> int:
    match options.command:
        case "run":
            return run()
        case "demo":
            return demo(options.arguments)
        case "exec":
            return execute(_without_dashes(options.arguments), is_fresh=options.fresh, is_durable=not options.no_fsync)
        case "running":
            return _show_running()
        case other:
            raise AssertionError(other)


def _show_running() -> int:
    environment = running.environment_of(folders.default_path())
    if environment is None:
        complain("No stack is running.")
        return 1
    say(json.dumps(environment, indent=2))
    return 0


def _read_dotenv() -> None:
    """Let `.env` name an external database or port, as it does for every other process of the service."""
    path = folders.ROOT / ".env"
    if path.exists():
        environ.Env.read_env(path)


def _without_dashes(arguments: list[str]) -> list[str]:
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        raise StackError("exec needs a command: python -m devstack exec [--fresh] -- command …")
    return command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devstack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("run", help="run the whole service until Ctrl-C")
    commands.add_parser("running", help="print how to reach the running stack; exit code 1 when there is none")
    telling = commands.add_parser("demo", help="run `manage.py demo` against the stack, starting one if needed")
    telling.add_argument("arguments", nargs=argparse.REMAINDER)
    executing = commands.add_parser("exec", help="run a command beside an embedded database and broker")
    executing.add_argument("--fresh", action="store_true", help="on an empty database, removed afterwards")
    executing.add_argument("--no-fsync", action="store_true", help="faster, and lost at a power cut: tests only")
    executing.add_argument("arguments", nargs=argparse.REMAINDER, metavar="command")
    return parser


if __name__ == "__main__":
    _read_dotenv()
    sys.exit(main(sys.argv[1:]))
