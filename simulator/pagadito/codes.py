"""Pagadito's codes with their words, and the refusal that carries one."""

MESSAGES = {
    "PG1001": "Connection successful.",
    "PG1002": "Transaction registered.",
    "PG1003": "Transaction status.",
    "PG1004": "Exchange rate.",
    "PG2001": "Incomplete data.",
    "PG2002": "Wrong data format.",
    "PG3001": "Connection could not be established: unknown credentials.",
    "PG3002": "An internal error occurred.",
    "PG3003": "Transaction not registered.",
    "PG3004": "The amount is not the sum of the details.",
    "PG3005": "Connection disabled.",
    "PG3006": "The amount is above the maximum.",
    "PG3007": "Access denied: token invalid.",
    "PG3008": "The currency is not enabled.",
    "PG3009": "The amount is below the minimum.",
    "PG3017": "The transaction belongs to another merchant.",
    "PG3018": "ERN already sent.",
    "PG3023": "Custom parameters are not enabled.",
    "PG3025": "A script was found in a parameter.",
}


class Refused(Exception):
    """A refusal with one of Pagadito's codes; nothing was executed."""

    def __init__(self, code: str) -> None:
        super().__init__(MESSAGES[code])
        self.code = code
