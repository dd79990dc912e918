# Ingest: Kafka to events.
#   docker build -f deploy/images/ingest.Dockerfile -t chartline/ingest:0.1.0 .
# Wheels alone, by hash; what builds stays in the first stage. A release pins PYTHON by digest.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:${PATH} PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements/ingest.txt requirements/
RUN pip install --require-hashes --no-deps --only-binary :all: -r requirements/ingest.txt
COPY chartline chartline
COPY services/__init__.py services/__init__.py
COPY services/ingest services/ingest
RUN python -m compileall -q chartline services

FROM ${PYTHON}
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:${PATH} PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
ENTRYPOINT ["python", "-m", "services.ingest"]
