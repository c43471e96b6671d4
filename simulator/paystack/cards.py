"""What a payer may pay with: Paystack's published test cards and numbers, by name only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """`status` is where the transaction goes, ongoing asks for a password first; `refund` is how a refund ends."""

    name: str
    label: str
    status: str = "success"
    response: str = "Successful"
    channel: str = "card"
    refund: str = "processed"
    is_reusable: bool = True


CARDS = {
    card.name: card
    for card in (
        Card("success", "Test card: success without a check"),
        Card("success_pin", "Test card: success with a PIN"),
        Card("success_otp", "Test card: success with PIN and OTP", status="ongoing"),
        Card("declined", "Test card: declined", status="failed", response="Declined"),
        Card("insufficient_funds", "Test card: insufficient funds", status="failed", response="Insufficient Funds"),
        Card("refund_failed", "Test card: pays, its refund fails", refund="failed"),
        Card("refund_needs_attention", "Test card: pays, its refund needs attention", refund="needs-attention"),
        Card("timeout", "Test card: the processor does not answer", status="failed", response="Timeout"),
        Card("server_error", "Test card: server error", status="error"),
        Card("mobile_money", "Mobile money: test number", channel="mobile_money", is_reusable=False),
        Card(
            "bank_transfer",
            "Bank transfer: on its way",
            status="pending",
            response="Payment is on its way",
            channel="bank_transfer",
            is_reusable=False,
        ),
    )
}
