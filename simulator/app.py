"""From a request to an answer: gateway calls at /{gateway}, payer pages at /pay, the control API at /_control."""

import logging
from collections.abc import Sequence

from simulator import calls
from simulator.calls import ELSEWHERE
from simulator.faults import FaultKind
from simulator.gateway import Gateway
from simulator.routing import Route, Router
from simulator.wire import NotHere, Request, Response, html_response, json_response
from simulator.world import World

logger = logging.getLogger("simulator.app")


class Application:
    def __init__(self, *, world: World, gateways: Sequence[Gateway]) -> None:
        self.world = world
        self.gateways = {gateway.name: gateway for gateway in gateways}
        self._apis = {gateway.name: Router(gateway.api_routes()) for gateway in gateways}
        self._pages = {gateway.name: Router(gateway.page_routes()) for gateway in gateways}
        self.redirects_followed = 0
        self.control = Router()
        self.front = Router()
        for gateway in gateways:
            world.distorters[gateway.name] = gateway.distort
            for route in gateway.control_routes():
                self.control.add(route)

    def restore(self) -> None:
        """Take back what an earlier run of this data directory kept."""
        for kind, record in self.world.store.records():
            name, _, rest = kind.partition(".")
            if name in self.gateways:
                self.gateways[name].restore(kind=rest, record=record)
        for gateway in self.gateways.values():
            gateway.resume()

    def reset(self) -> None:
        with self.world.lock:
            self.world.store.clear()
            for gateway in self.gateways.values():
                gateway.reset()
        self.redirects_followed = 0
        self.world.script.remove()
        self.world.journal.clear()
        self.world.timers.clear()
        self.world.dispatcher.clear()

    def __call__(self, request: Request) -> Response:
        try:
            return self._answer(request)
        except Exception:
            logger.exception("a request broke the simulator", extra={"path": request.path})
            return json_response({"error": {"message": "The simulator itself failed; see its log."}}, status=500)

    def _answer(self, request: Request) -> Response:
        first, _, rest = request.path.strip("/").partition("/")
        if first in self._apis:
            return self._call(request, gateway=self.gateways[first], path=f"/{rest}")
        if first == "pay":
            name, _, rest = rest.partition("/")
            return _page(self._pages.get(name, self.front), request=request, path=f"/{rest}")
        if first == "_control":
            return _control(self.control, request=request, path=f"/{rest}")
        if first == ELSEWHERE:
            self.redirects_followed += 1
        return _page(self.front, request=request, path=request.path)

    def _call(self, request: Request, *, gateway: Gateway, path: str) -> Response:
        found = self._apis[gateway.name].find(request.method, path)
        if found is None:
            return gateway.not_found(request)
        route, variables = found
        call = gateway.understand(route=route, request=request, path=variables)
        script = self.world.script
        # One path may carry several operations: the gateway says which one it understood.
        fault = script.take(gateway=gateway.name, operation=call.route.operation, facts=call.facts())
        response = calls.answer(call, gateway=gateway, fault=fault)
        if fault is None or fault.fault is not FaultKind.REFUSE:
            self.world.journal.note(call, response=response, fault=fault.fault if fault else "")
        return response


def _page(router: Router, *, request: Request, path: str) -> Response:
    found = router.find(request.method, path)
    if found is None:
        return html_response("<!doctype html><title>Not found</title><p>Nothing lives at this address.", status=404)
    return _run(found, request=request)


def _control(router: Router, *, request: Request, path: str) -> Response:
    if request.headers.get("origin", request.base_url) != request.base_url:
        # Any page open in the developer's browser could otherwise post here.
        return json_response({"error": "The control API is not for pages of other sites."}, status=403)
    found = router.find(request.method, path)
    if found is None:
        return json_response({"error": f"There is no {request.method} {request.path}."}, status=404)
    try:
        return _run(found, request=request)
    except ValueError as error:
        return json_response({"error": str(error)}, status=400)
    except NotHere as error:
        return json_response({"error": str(error)}, status=404)


def _run(found: tuple[Route, dict[str, str]], *, request: Request) -> Response:
    route, variables = found
    response = route.handler(request, variables)
    if not isinstance(response, Response):
        raise TypeError(f"{route.path} must answer with a Response.")
    return response
