# The production image: one image for web, workers, beat and migrations; compose.yaml shows each command.
FROM python:3.11-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --require-hashes -r /tmp/requirements.txt


FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=payments_project.settings.production \
    DATA_DIR=/var/lib/payments \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_WORKERS=2 \
    GRANIAN_BLOCKING_THREADS=16 \
    GRANIAN_BACKLOG=4096 \
    GRANIAN_WORKERS_KILL_TIMEOUT=30 \
    GRANIAN_RESPAWN_FAILED_WORKERS=true

RUN useradd --system --uid 10001 --home-dir /var/lib/payments --create-home --shell /usr/sbin/nologin payments
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .

# The settings refuse to load without their secrets; these placeholders exist during this one command only.
RUN SECRET_KEY=collecting-static-files-needs-no-secret-but-a-long-value \
    DATABASE_URL=postgres://127.0.0.1/none \
    CELERY_BROKER_URL=redis://127.0.0.1/0 \
    ALLOWED_HOSTS=localhost \
    PUBLIC_URL=https://localhost \
    CREDENTIALS_KEYS=none:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    API_KEY_PEPPER=collecting-static-files-needs-no-pepper \
    JWT_HS256_SECRET=collecting-static-files-needs-no-secret \
    python manage.py collectstatic --noinput --verbosity 0

USER payments
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "payments_project.wsgi:application"]
