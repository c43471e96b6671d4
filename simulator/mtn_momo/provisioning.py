"""The sandbox's own calls: make an API user, give it a key, read it. In production the portal does this."""

from simulator.gateway import Call
from simulator.mtn_momo.accounts import Accounts
from simulator.mtn_momo.checks import body_of, reference_id_of
from simulator.mtn_momo.errors import at_the_door, bad_request, refused
from simulator.mtn_momo.state import AccountRecord, ApiUser
from simulator.routing import Route
from simulator.wire import Response, json_response
from simulator.world import World


class Provisioning:
    """Handlers take the call with the world's lock held."""

    def __init__(self, *, world: World, accounts: Accounts) -> None:
        self._world = world
        self._accounts = accounts

    def routes(self) -> list[Route]:
        return [
            Route(method="POST", path="/v1_0/apiuser", operation="apiuser", handler=self.create_user),
            Route(method="GET", path="/v1_0/apiuser/{user}", operation="retrieve_apiuser", handler=self.read_user),
            Route(method="POST", path="/v1_0/apiuser/{user}/apikey", operation="apikey", handler=self.create_key),
        ]

    def create_user(self, call: Call) -> Response:
        account = self._sandbox_account(call)
        user_id = reference_id_of(call.request)
        if self._accounts.user(account, user_id) is not None:
            raise refused("RESOURCE_ALREADY_EXIST")
        host = body_of(call.request).get("providerCallbackHost")
        if not isinstance(host, str) or not host or "/" in host:
            raise bad_request()
        self._accounts.keep_user(ApiUser(user_id, account.id, account.platform, callback_host=host))
        account.callback_host = host
        self._accounts.keep_account(account)
        return Response(status=201, executed=True)

    def read_user(self, call: Call) -> Response:
        user = self._user(call)
        return json_response({"providerCallbackHost": user.callback_host, "targetEnvironment": "sandbox"})

    def create_key(self, call: Call) -> Response:
        """The key is shown this once; asking again makes another, and the former ends."""
        user = self._user(call)
        user.secret = self._world.token(length=32).lower()
        self._accounts.keep_user(user)
        response = json_response({"apiKey": user.secret}, status=201)
        response.executed = True
        return response

    def _user(self, call: Call) -> ApiUser:
        account = self._sandbox_account(call)
        user = self._accounts.user(account, call.path["user"].lower())
        if user is None or user.account != account.id:
            raise refused("RESOURCE_NOT_FOUND")
        return user

    def _sandbox_account(self, call: Call) -> AccountRecord:
        found = self._accounts.of_key(call.request.headers.get("ocp-apim-subscription-key", ""))
        if found is None:
            raise at_the_door(401, "Access denied due to an invalid subscription key.")
        if not found[0].is_sandbox:
            raise at_the_door(404, "Resource not found")
        return found[0]
