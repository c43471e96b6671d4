"""What the payer's pages say, in English and French."""

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Orange Money",
        "test": "Test page: no real money moves.",
        "number": "Orange Money number",
        "code": "Code from the phone (0000 is wrong)",
        "pay": "Pay",
        "cancel": "Cancel",
        "confirm": "Confirm",
        "prompt": "On the payer's phone: confirm this payment with the PIN (0000 is wrong).",
        "scan": "The payer scanned this code.",
        "back": "Back to the shop",
        "status": "Status",
        "hints": "Numbers ending in 0019, 0051 and 0671 fail; 0007 stays pending.",
        "gone": "There is no such payment.",
    },
    "fr": {
        "title": "Orange Money",
        "test": "Page de test : aucun argent ne circule.",
        "number": "Numéro Orange Money",
        "code": "Code reçu sur le téléphone (0000 est faux)",
        "pay": "Payer",
        "cancel": "Annuler",
        "confirm": "Confirmer",
        "prompt": "Sur le téléphone du payeur : confirmer ce paiement avec le code PIN (0000 est faux).",
        "scan": "Le payeur a scanné ce code.",
        "back": "Retour à la boutique",
        "status": "État",
        "hints": "Les numéros finissant par 0019, 0051 et 0671 échouent ; 0007 reste en attente.",
        "gone": "Ce paiement n'existe pas.",
    },
}
