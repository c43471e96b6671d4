"""`python -m simulator`: run the stand-in gateways until told to stop."""

import argparse
import errno
import logging
import signal
import sys
import threading
from pathlib import Path

from simulator import process


def main() -> int:
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # A waiting thread wakes sooner than with Python's 5 ms: many short calls share the interpreter here.
    sys.setswitchinterval(0.001)
    try:
        simulator = process.start(host=options.host, port=options.port, directory=options.data_dir, seed=options.seed)
    except OSError as error:
        return _explain(error, options=options)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    print(f"simulator: listening on {simulator.url}", flush=True)
    stopping.wait()
    simulator.stop()
    print("simulator: stopped", flush=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8098, help="port to listen on; 0 takes a free one")
    parser.add_argument("--data-dir", type=Path, help="directory that keeps the state; without it nothing is kept")
    parser.add_argument("--seed", type=int, help="makes ids and chances repeatable")
    return parser.parse_args()


def _explain(error: OSError, *, options: argparse.Namespace) -> int:
    if error.errno == errno.EADDRINUSE:
        print(
            f"simulator: port {options.port} on {options.host} is taken. "
            "Stop what listens there or give another --port.",
            file=sys.stderr,
        )
    else:
        print(f"simulator: cannot start on {options.host}:{options.port}: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
