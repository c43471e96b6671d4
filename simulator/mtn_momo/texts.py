"""What the phone page says, in English and French."""

TEXTS = {
    "en": {
        "title": "MoMo prompt",
        "test": "Test phone. Nothing here is real money.",
        "phone": "Phone",
        "ask": "asks you to pay. Enter your PIN to approve.",
        "accept": "Approve with PIN",
        "reject": "Reject",
        "expire": "Let it expire",
        "PENDING": "Waiting for an answer on this phone.",
        "SUCCESSFUL": "Paid.",
        "FAILED": "Not paid.",
        "lost": "This phone never received a message.",
        "out": "Money is on its way to this phone.",
        "back": "You may go back to the shop.",
    },
    "fr": {
        "title": "Demande MoMo",
        "test": "Téléphone d'essai. Aucun argent réel.",
        "phone": "Téléphone",
        "ask": "vous demande de payer. Saisissez votre code PIN pour accepter.",
        "accept": "Accepter avec le code PIN",
        "reject": "Refuser",
        "expire": "Laisser expirer",
        "PENDING": "En attente d'une réponse sur ce téléphone.",
        "SUCCESSFUL": "Payé.",
        "FAILED": "Non payé.",
        "lost": "Ce téléphone n'a jamais reçu de message.",
        "out": "De l'argent est en route vers ce téléphone.",
        "back": "Vous pouvez revenir au magasin.",
    },
}
