"""What every adapter promises about an account: its balance, its lists, its credentials, its customers."""

from datetime import timedelta

from gateways.contract import GatewayReport, Outcome, SettlementLine
from gateways.errors import NoAnswer
from tests.gateways.cases import Case

PAGES_MAX = 20


def lines_of(case: Case) -> list[SettlementLine]:
    lines: list[SettlementLine] = []
    cursor = ""
    for _page in range(PAGES_MAX):
        page = case.gateway.settlements(since=case.started, until=case.started + timedelta(days=1), cursor=cursor)
        lines += page.lines
        cursor = page.next_cursor
        if not cursor:
            return lines
    raise AssertionError("the list never ends")


def held(case: Case) -> int:
    """What the gateway holds for us in the currency of the case, free or not yet."""
    return sum(
        balance.available.minor + (balance.pending.minor if balance.pending else 0)
        for balance in case.gateway.balances()
        if balance.available.currency == case.amount.currency
    )


def line_about(case: Case, paid: GatewayReport, reference: str) -> SettlementLine:
    [line] = [
        line
        for line in lines_of(case)
        if line.gross_minor > 0 and (line.gateway_payment_id == paid.gateway_payment_id or line.reference == reference)
    ]
    return line


# --- Money lists ----------------------------------------------------------------------------------------------------


def test_a_balance_grows_by_what_came_in(case: Case) -> None:
    case.needs("balance")
    before = held(case)

    request, _paid = case.paid()

    # The gateway keeps its fee.
    assert request.amount.minor * 0.8 < held(case) - before <= request.amount.minor


def test_a_payment_is_one_line_of_the_settlement(case: Case) -> None:
    case.needs("settlements")
    request, paid = case.paid()

    line = line_about(case, paid, request.reference)

    assert (line.gross_minor, line.currency) == (request.amount.minor, request.amount.currency)
    assert 0 <= line.fee_minor < line.gross_minor
    assert line.net_minor == line.gross_minor - line.fee_minor
    assert line.line_id
    assert line.kind
    assert line.occurred_at.tzinfo is not None


def test_balance_and_settlement_agree(case: Case) -> None:
    case.needs("balance", "settlements")
    before = held(case)
    request, paid = case.paid()

    line = line_about(case, paid, request.reference)

    assert held(case) - before == line.net_minor


def test_a_refund_is_a_line_that_takes_back(case: Case) -> None:
    case.needs("settlements", "refund", "refund_line")
    request, paid = case.paid()
    wanted = case.refund_request(request, paid)
    report = case.gateway.refund(wanted)
    if report.outcome is Outcome.PENDING:
        case.act_refund(wanted, report, Outcome.SUCCEEDED)

    back = [line for line in lines_of(case) if line.gross_minor < 0]

    assert [line.gross_minor for line in back] == [-request.amount.minor]
    assert back[0].net_minor == back[0].gross_minor - back[0].fee_minor


def test_many_payments_are_as_many_lines_over_pages(case: Case) -> None:
    case.needs("settlements")
    paid = [case.paid() for _ in range(3)]

    lines = lines_of(case)

    assert len({line.line_id for line in lines}) == len(lines)
    for request, report in paid:
        assert line_about(case, report, request.reference).gross_minor == request.amount.minor


def test_a_settlement_names_the_transfer_that_carried_it(case: Case) -> None:
    case.needs("settlements", "settlement_id")
    request, paid = case.paid()
    assert line_about(case, paid, request.reference).settlement_id == ""

    case.settle()

    assert line_about(case, paid, request.reference).settlement_id


def test_nothing_is_listed_before_it_happened(case: Case) -> None:
    case.needs("settlements")
    case.paid()

    page = case.gateway.settlements(since=case.started - timedelta(days=3), until=case.started - timedelta(days=2))

    assert page.lines == ()


# --- Credentials ----------------------------------------------------------------------------------------------------


def test_credentials_that_work_are_said_to(case: Case) -> None:
    case.needs("check_credentials")

    check = case.gateway.check_credentials()

    assert check.works is True, check
    assert check.text


def test_credentials_that_are_refused_are_said_not_to_work(case: Case) -> None:
    case.needs("check_credentials", "revoke")
    case.revoke()

    check = case.gateway.check_credentials()

    assert check.works is False, check
    assert check.text


def test_credentials_that_are_missing_are_said_not_to_work(case: Case) -> None:
    case.needs("check_credentials")

    assert case.remake(type(case.credentials)({})).check_credentials().works is False


def test_credentials_that_nobody_looked_at_are_neither(case: Case) -> None:
    case.needs("check_credentials", "network")
    nobody = case.remake(case.credentials, address="http://127.0.0.1:1")
    case.go_wrong("status_503", operation="check_credentials")

    assert case.gateway.check_credentials().works is None
    assert nobody.check_credentials().works is None


# --- Customers ------------------------------------------------------------------------------------------------------


def test_a_customer_is_made_once_per_reference(case: Case) -> None:
    case.needs("customers")
    reference = case.reference()

    made = [case.gateway.create_customer(reference=reference, email="ada@payer.example", name="Ada") for _ in range(2)]

    assert made[0]
    assert made[0] == made[1]


def test_a_saved_method_is_listed_charged_without_the_payer_and_forgotten(case: Case) -> None:
    case.needs("customers", "save_method")
    customer = case.gateway.create_customer(reference=case.reference(), email="ada@payer.example", name="Ada")
    assert case.save_method is not None
    token = case.save_method(customer)

    [saved] = case.gateway.saved_methods(customer)
    report = case.gateway.charge(case.request(customer=customer, payment_method=token, return_url=""))
    case.gateway.forget_method(token)

    assert (saved.token, bool(saved.kind), bool(saved.label)) == (token, True, True)
    assert report.outcome is Outcome.SUCCEEDED, report
    assert list(case.gateway.saved_methods(customer)) == []


def test_customers_that_cannot_be_read_are_not_an_empty_list(case: Case) -> None:
    case.needs("customers", "network")
    nobody = case.remake(case.credentials, address="http://127.0.0.1:1")

    for call in (
        lambda: nobody.create_customer(reference=case.reference(), email="ada@payer.example", name="Ada"),
        lambda: nobody.saved_methods("cus_1"),
        lambda: nobody.forget_method("pm_1"),
    ):
        try:
            call()
        except NoAnswer:
            continue
        raise AssertionError("no answer was taken for an answer")
