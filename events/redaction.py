"""What of a receiver's answer is kept for people: the first kilobyte as text, without secrets and addresses."""

import re

from common.logs import redact

ANSWER_LENGTH_MAX = 1_000
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\U0010ffff]+")
_E_MAIL = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,255}")
_LONG_NUMBER = re.compile(r"\+?[0-9](?:[ .-]?[0-9]){7,}")
# Named in JSON or in a form by a word that says secret.
_NAMED = re.compile(
    r"(?i)([\"']?[a-z_-]*(?:secret|token|password|passwd|authorization|api[_-]?key|cookie)[a-z_-]*[\"']?\s*[:=]\s*)"
    r"(\"[^\"]*\"?|'[^']*'?|[^\s,;&}]+)"
)
_HIDDEN = "[hidden]"


def safe_answer(body: bytes) -> str:
    text = _UNPRINTABLE.sub(" ", body.decode("utf-8", errors="replace")).strip()
    text = _NAMED.sub(rf"\1{_HIDDEN}", str(redact(text)))
    text = _E_MAIL.sub(_HIDDEN, text)
    return _LONG_NUMBER.sub(_HIDDEN, text)[:ANSWER_LENGTH_MAX]
