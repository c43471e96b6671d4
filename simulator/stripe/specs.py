"""Which parameters each call takes. What is missing here is refused, as Stripe refuses what it does not know."""

from simulator.stripe.lists import PAGING
from simulator.stripe.params import Fields, Free, Metadata, Spec, Text, Texts, Whole, YesNo, choice

CAPTURE_METHOD = choice("automatic", "automatic_async", "manual")
_CONFIRMING: Spec = {
    "payment_method": Text(),
    "return_url": Text(),
    "off_session": Text(),
    "payment_method_options": Free(),
    "payment_method_types": Texts(),
    "mandate": Text(),
    "mandate_data": Free(),
    "error_on_requires_action": YesNo(),
    "use_stripe_sdk": YesNo(),
    "radar_options": Free(),
    "confirmation_token": Text(),
    "capture_method": CAPTURE_METHOD,
    "setup_future_usage": choice("on_session", "off_session", ""),
    "receipt_email": Text(),
    "shipping": Free(),
    "expand": Texts(),
}
_DESCRIBING: Spec = {
    "description": Text(max_length=1000),
    "metadata": Metadata(),
    "statement_descriptor": Text(max_length=22),
    "statement_descriptor_suffix": Text(max_length=22),
    "application_fee_amount": Whole(),
    "transfer_data": Free(),
    "transfer_group": Text(),
    "customer": Text(),
    "receipt_email": Text(),
    "shipping": Free(),
    "setup_future_usage": choice("on_session", "off_session", ""),
    "payment_method": Text(),
    "payment_method_options": Free(),
    "payment_method_types": Texts(),
    "capture_method": CAPTURE_METHOD,
    "expand": Texts(),
}
CREATE: Spec = {
    **_DESCRIBING,
    **_CONFIRMING,
    "amount": Whole(is_required=True),
    "currency": Text(is_required=True),
    "confirm": YesNo(),
    "confirmation_method": choice("automatic", "manual"),
    "automatic_payment_methods": Fields({
        "enabled": YesNo(is_required=True),
        "allow_redirects": choice("always", "never"),
    }),
    "on_behalf_of": Text(),
}  # fmt: skip
UPDATE: Spec = {**_DESCRIBING, "amount": Whole(), "currency": Text()}
CONFIRM: Spec = {**_CONFIRMING, "client_secret": Text()}
CANCEL: Spec = {
    "cancellation_reason": choice("abandoned", "duplicate", "fraudulent", "requested_by_customer"),
    "expand": Texts(),
}
CAPTURE: Spec = {
    "amount_to_capture": Whole(),
    "application_fee_amount": Whole(),
    "final_capture": YesNo(),
    "metadata": Metadata(),
    "statement_descriptor": Text(max_length=22),
    "statement_descriptor_suffix": Text(max_length=22),
    "transfer_data": Free(),
    "expand": Texts(),
}
RETRIEVE: Spec = {"expand": Texts(), "client_secret": Text()}
NOTHING: Spec = {}
LIST_INTENTS: Spec = {**PAGING, "customer": Text()}
LIST_CHARGES: Spec = {**PAGING, "customer": Text(), "payment_intent": Text(), "transfer_group": Text()}
LIST_EVENTS: Spec = {**PAGING, "type": Text(), "types": Texts()}
LIST_TRANSACTIONS: Spec = {**PAGING, "currency": Text(), "source": Text(), "type": Text(), "payout": Text()}
LIST_REFUNDS: Spec = {**PAGING, "charge": Text(), "payment_intent": Text()}
LIST_DISPUTES: Spec = {**PAGING, "charge": Text(), "payment_intent": Text()}
LIST_TRANSFERS: Spec = {**PAGING, "destination": Text(), "transfer_group": Text()}
LIST_PAYOUTS: Spec = {
    **PAGING,
    "status": Text(),
    "destination": Text(),
    "arrival_date": Fields({"gt": Whole(), "gte": Whole(), "lt": Whole(), "lte": Whole()}),
}
LIST_METHODS: Spec = {**PAGING, "customer": Text(), "type": Text()}
ATTACH: Spec = {"customer": Text(is_required=True), "expand": Texts()}
REFUND: Spec = {
    "payment_intent": Text(),
    "charge": Text(),
    "amount": Whole(),
    "reason": choice("duplicate", "fraudulent", "requested_by_customer"),
    "metadata": Metadata(),
    "instructions_email": Text(),
    "reverse_transfer": YesNo(),
    "refund_application_fee": YesNo(),
    "expand": Texts(),
}
TRANSFER: Spec = {
    "amount": Whole(is_required=True),
    "currency": Text(is_required=True),
    "destination": Text(is_required=True),
    "description": Text(),
    "metadata": Metadata(),
    "transfer_group": Text(),
    "source_type": Text(),
    "expand": Texts(),
}
PAYOUT: Spec = {
    "amount": Whole(is_required=True),
    "currency": Text(is_required=True),
    "destination": Text(),
    "description": Text(),
    "metadata": Metadata(),
    "method": choice("standard", "instant"),
    "source_type": Text(),
    "statement_descriptor": Text(max_length=22),
    "expand": Texts(),
}
LIST_CUSTOMERS: Spec = {**PAGING, "email": Text()}
CUSTOMER: Spec = {
    "email": Text(max_length=512),
    "name": Text(max_length=256),
    "phone": Text(max_length=20),
    "description": Text(),
    "address": Free(),
    "metadata": Metadata(),
    "expand": Texts(),
}
ENDPOINT: Spec = {
    "url": Text(is_required=True),
    "enabled_events": Texts(is_required=True),
    "api_version": Text(),
    "description": Text(),
    "connect": YesNo(),
    "metadata": Metadata(),
    "expand": Texts(),
}
