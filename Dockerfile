# One image for all services; the command chooses. The default runs the whole platform with its own PostgreSQL.
# Python 3.12.14 on Debian 13, for amd64 and arm64; how another is taken: docs/deploying.md.
FROM python:3.12-slim@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea AS build
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /app/.venv && /app/.venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY kernel kernel
COPY services services
COPY vca vca
COPY migrations migrations
COPY openapi openapi
COPY docs docs
COPY CHANGELOG.md CONTRIBUTING.md SECURITY.md ./
RUN /app/.venv/bin/python -m vca.install && /app/.venv/bin/python -m compileall -q kernel services vca migrations

FROM python:3.12-slim@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea
RUN useradd --create-home --uid 10001 vca && mkdir /data && chown vca /data
COPY --from=build --chown=root:root /app /app
WORKDIR /app
USER 10001:10001
ENV PATH=/app/.venv/bin:$PATH VCA_HOME=/data VCA_BIND=0.0.0.0 PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
# Over TLS as well (VCA_TLS_CERT). Without TLS it starts only with VCA_ALLOW_PLAIN_HTTP=1, behind a proxy that ends TLS.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["vca", "health"]
CMD ["vca", "up"]
