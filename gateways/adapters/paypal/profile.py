"""What PayPal declares about itself through us, and what an account of it signs in with."""

from datetime import timedelta

from django.utils.translation import gettext_noop as _

from gateways.adapters.paypal.amounts import EXPONENTS
from gateways.contract import CredentialField, GatewayProfile, WebhookTrust

PROFILE = GatewayProfile(
    code="paypal",
    display_name="PayPal",
    webhook_trust=WebhookTrust.SIGNED,
    methods=frozenset({"paypal"}),
    currencies=frozenset(EXPONENTS),
    needs=frozenset({"return_url"}),
    credentials=(
        CredentialField("client_id", _("Client ID of the REST app"), is_secret=False, is_fixed=True),
        CredentialField("client_secret", _("Secret of the REST app")),
        CredentialField(
            "webhook_id", _("ID of the webhook as PayPal shows it"), is_required=False, is_secret=False
        ),
        CredentialField(
            "webhook_certificates",
            _("Intermediate certificates (PEM) between PayPal's webhook certificate and a public root"),
            is_required=False,
            is_secret=False,
        ),
        CredentialField(
            "brand_name", _("Name that the payer reads at PayPal"), is_required=False, is_secret=False
        ),
        CredentialField(
            "immediate_payment",
            _("'yes' leaves out sources that take days, such as eChecks"),
            is_required=False,
            is_secret=False,
        ),
    ),
    # Orders: 6 hours. Refunds are known for 45 days and payouts for 30; the shortest counts.
    key_retention=timedelta(hours=6),
    # PayPal cannot search orders by our reference: only the same request with the same key finds one again.
    query_by_own_reference=False,
    not_found_is_final=False,
    # There is no call that closes an order the payer has not approved.
    cancelable=False,
    late_reversal_days=180,
    # An eCheck takes up to a week, an unclaimed payout 30 days.
    max_processing_time=timedelta(days=30),
    # `sender_item_id` of a payout, the shortest place our reference travels in.
    reference_max_length=63,
)  # fmt: skip
