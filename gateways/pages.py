"""Which of the addresses that a gateway tells a payer's browser may be sent to."""

ADDRESS_LENGTH_MAX = 1_000


def is_web_page(address: str) -> bool:
    """Anything but http and https could run as a script in the payer's browser; longer ones nobody stores."""
    return address.startswith(("https://", "http://")) and len(address) <= ADDRESS_LENGTH_MAX
