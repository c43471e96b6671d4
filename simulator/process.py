"""One simulator put together: the world, its gateways, the control API, the pages and the server."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from simulator.app import Application
from simulator.control import Control
from simulator.front import Front
from simulator.gateway import Gateway
from simulator.server import Server
from simulator.world import World

_FOLDER = Path(__file__).parent


def dialects() -> list[Callable[[World], Gateway]]:
    """Every package beside this file, in the order of the alphabet: each names the class that speaks, `Dialect`."""
    found = (module.name for module in iter_modules([str(_FOLDER)]) if module.ispkg)
    return [import_module(f"simulator.{name}").Dialect for name in sorted(found)]


@dataclass(slots=True)
class Simulator:
    world: World
    application: Application
    server: Server

    @property
    def url(self) -> str:
        return self.server.url

    def stop(self) -> None:
        self.server.stop()
        self.world.stop()


def start(
    *, host: str = "127.0.0.1", port: int = 0, directory: Path | None = None, seed: int | None = None
) -> Simulator:
    """Listen at once; port 0 takes a free one. Raises OSError when the port is taken."""
    world = World(directory=directory, seed=seed)
    application = Application(world=world, gateways=[dialect(world) for dialect in dialects()])
    control = Control(application)
    for route in control.routes():
        application.control.add(route)
    for route in Front(application).routes():
        application.front.add(route)
    try:
        control.server = Server(application=application, host=host, port=port)
    except OSError:
        world.stop()
        raise
    application.restore()
    control.server.start()
    return Simulator(world=world, application=application, server=control.server)
