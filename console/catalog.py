"""The words of the project and their French: finds every string, reads `.po`, writes `.mo`. Needs no gettext tools.

`manage.py compile_locale` writes the `.mo`; a test refuses a string without French and a `.mo` older than its `.po`.
"""

import ast
import re
import struct
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation.template import templatize

APPS = (
    "common", "tenants", "events", "gateways", "wallets", "commissions", "payments", "reconciliation", "console",
)  # fmt: skip
CONTEXT_MARK = "\x04"
PLURAL_MARK = "\x00"
_CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
_TEXT = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_IN_TEMPLATE = re.compile(rf"\b(?:n?gettext|_)\({_TEXT}")
_BEFORE_A_MARK = re.compile(r" (?=[;:?!»])|(?<=«) ")

Catalog = dict[str, str]


def po_path(language: str = "fr") -> Path:
    return Path(settings.BASE_DIR) / "locale" / language / "LC_MESSAGES" / "django.po"


def strings_of_project() -> set[str]:
    """Every string that the code or a template asks to translate; of a plural, its singular form."""
    base = Path(settings.BASE_DIR)
    found: set[str] = set()
    for app in APPS:
        for path in sorted((base / app).rglob("*.py")):
            if "migrations" not in path.parts:
                found.update(_in_python(path.read_text("utf-8")))
    for path in sorted((base / "templates").rglob("*.html")):
        found.update(_in_template(path.read_text("utf-8")))
    return found


def read_po(text: str) -> Catalog:
    """Message to translation; plural forms joined as in `.mo` files. Empty and fuzzy ones are left out.

    What is written with a plain space before a colon or inside guillemets gets one at which no line ends.
    """
    catalog: Catalog = {}
    for block in re.split(r"\n\s*\n", text):
        fields = _fields(block)
        if "msgid" not in fields or "#, fuzzy" in block:
            continue
        key = fields["msgid"]
        value = fields.get("msgstr", "")
        if "msgid_plural" in fields:
            key += PLURAL_MARK + fields["msgid_plural"]
            value = PLURAL_MARK.join(fields[f"msgstr[{n}]"] for n in range(9) if f"msgstr[{n}]" in fields)
        if value.replace(PLURAL_MARK, ""):
            catalog[key] = _BEFORE_A_MARK.sub("\N{NO-BREAK SPACE}", value) if key else value
    return catalog


def mo_bytes(catalog: Catalog) -> bytes:
    """The catalog as GNU gettext stores it: sorted, little-endian, without a hash table."""
    pairs = [(key.encode(), value.encode()) for key, value in sorted(catalog.items())]
    header, count = 28, len(pairs)
    texts = header + 16 * count
    keys, values = b"".join(key + b"\0" for key, _ in pairs), b"".join(value + b"\0" for _, value in pairs)
    tables = _table([key for key, _ in pairs], start=texts) + _table(
        [value for _, value in pairs], start=texts + len(keys)
    )
    head = struct.pack("<7I", 0x950412DE, 0, count, header, header + 8 * count, 0, texts)
    return head + tables + keys + values


def _table(texts: list[bytes], *, start: int) -> bytes:
    rows, at = b"", start
    for text in texts:
        rows += struct.pack("<2I", len(text), at)
        at += len(text) + 1
    return rows


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        started = re.match(r'(msg\w+(?:\[\d\])?)\s+(".*")\s*$', line)
        if started:
            name = started.group(1)
            fields[name] = ast.literal_eval(started.group(2))
        elif line.startswith('"') and name:
            fields[name] += ast.literal_eval(line.strip())
    return fields


def _in_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _in_template(source: str) -> Iterator[str]:
    for match in _IN_TEMPLATE.finditer(templatize(source)):
        yield ast.literal_eval(match.group(1))
