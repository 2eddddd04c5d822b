# Everything runs in .venv, which make builds from the locks; nothing else is touched.
PYTHON ?= python3
BIN := .venv/bin
TASKS ?= game-server=3

.DEFAULT_GOAL := help
.PHONY: help up test test-all check bench gen lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

up: .venv/run ## run the whole fleet on this machine until Ctrl-C (TASKS="game-server=3")
	@$(BIN)/fleet up --tasks $(TASKS)

test: .venv/dev ## run the tests (under 10 minutes)
	$(BIN)/pytest -m "not slow"

test-all: .venv/dev ## run every test: deploys, kills and outages under load too
	$(BIN)/pytest

check: .venv/dev ## lint, types, layers, generated code, dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .
	@$(MAKE) --no-print-directory gen
	@test -z "$$(git status --porcelain -- rpc)" || { echo "rpc/ is not what protos/ says: commit the result of 'make gen'" >&2; exit 1; }

bench: .venv/dev ## print every ratio that is claimed, with its bar
	$(BIN)/python -m benchmarks

gen: .venv/dev ## generate rpc/ from protos/
	$(BIN)/python -m grpc_tools.protoc -I protos --python_out=. --grpc_python_out=. \
	  --plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy --plugin=protoc-gen-mypy_grpc=$(BIN)/protoc-gen-mypy_grpc \
	  --mypy_out=. --mypy_grpc_out=generate_concrete_servicer_stubs:. \
	  --descriptor_set_out=rpc/rpc.binpb --include_imports --include_source_info rpc/rpc.proto

LOCK := $(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock: .venv/dev ## write the locks anew from pyproject.toml (UPGRADE=--upgrade for newer versions)
	$(LOCK) --extra local --extra ranking --extra gateway --extra build $(UPGRADE) -o requirements.lock
	$(LOCK) --extra local --extra ranking --extra gateway --extra build --extra dev -c requirements.lock $(UPGRADE) -o requirements-dev.lock

clean: ## remove .venv and every cache
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed, $(PYTHON) is older: try make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

# What the fleet needs to run.
.venv/run: requirements.lock pyproject.toml | .venv/bin/python
	@echo "setting up .venv (once, about 20 s) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# What its developers need on top.
.venv/dev: requirements-dev.lock .venv/run
	@echo "setting up the tools in .venv (once, about 30 s) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
