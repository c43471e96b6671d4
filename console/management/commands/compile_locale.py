"""`manage.py compile_locale`: write the `.mo` of each `.po`, without the gettext tools."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from console.catalog import mo_bytes, read_po


class Command(BaseCommand):
    help = "Compile locale/*/LC_MESSAGES/django.po."

    def handle(self, *_args: object, **_options: object) -> None:
        for po in sorted(Path(settings.BASE_DIR).glob("locale/*/LC_MESSAGES/django.po")):
            catalog = read_po(po.read_text("utf-8"))
            po.with_suffix(".mo").write_bytes(mo_bytes(catalog))
            self.stdout.write(f"{po}: {len(catalog) - 1} messages")
