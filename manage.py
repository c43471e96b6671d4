#!/usr/bin/env python
"""Django's command line; settings come from DJANGO_SETTINGS_MODULE, `local` when it is not set."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "payments_project.settings.local")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
