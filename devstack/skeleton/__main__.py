"""The command line: `python -m devstack.skeleton acme [--title "Acme Pay"]`, or `make gateway name=acme`."""

import argparse
import sys

from devstack.errors import StackError
from devstack.skeleton.writing import ROOT, Names, write_gateway
from devstack.terminal import complain, say


def main(arguments: list[str]) -> int:
    """Write the gateway and say what comes next. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m devstack.skeleton", description=__doc__)
    parser.add_argument("code", help="the gateway's code, such as acme or acme_pay")
    parser.add_argument("--title", default="", help="what people read (default: made from the code)")
    options = parser.parse_args(arguments)
    try:
        names = Names.of(options.code, title=options.title)
        written = write_gateway(names)
    except StackError as error:
        complain(str(error))
        return error.exit_code
    for path in written:
        say(f"  {path.relative_to(ROOT)}")
    say(f"{names.title} speaks with its simulator already. See it:")
    say(f'  make test ARGS="tests/gateways -k {names.code}"')
    say("From here to a real gateway: docs/gateways/adding-one.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
