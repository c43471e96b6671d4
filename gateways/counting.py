"""Which errors are counted: each one once. What has no answer the connection counts, everything else its adapter."""

from collections.abc import Mapping

from gateways.contract import ErrorEntry, GatewayReport
from gateways.errors import Reason
from gateways.http import GatewayHttp

# An adapter refuses to send by this code, too, and then no connection has seen it.
_BY_THE_CONNECTION = frozenset(Reason) - {Reason.INVALID_REQUEST}


class CountsErrors:
    """Part of an adapter that makes reports: it has a table of codes and the connection that keeps the counts."""

    errors: Mapping[str, ErrorEntry]
    _http: GatewayHttp

    def _counted(self, report: GatewayReport) -> GatewayReport:
        """The same report. A code that the table does not have is counted as unlisted, so that labels stay few."""
        code = report.error_code
        if code and code not in _BY_THE_CONNECTION:
            self._http.count_error(code if code in self.errors else "unlisted")
        return report
