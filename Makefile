# Everything runs in .venv, which make builds from the locks; nothing else is touched.
PYTHON ?= python3
BIN := .venv/bin
TASKS ?= game-server=3

.DEFAULT_GOAL := help
.PHONY: help up test test-all check bench balancing rollouts gen synth cdk diagram image push deploy smoke lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

up: .venv/run ## run the whole fleet on this machine until Ctrl-C (TASKS="game-server=3")
	@$(BIN)/fleet up --tasks $(TASKS)

# What CodeBuild shows: `make test REPORTS=folder`.
REPORT := $(if $(REPORTS),--junitxml=$(REPORTS)/junit.xml --cov --cov-report=xml:$(REPORTS)/coverage.xml)
test: .venv/dev infra/cdk/node_modules ## run the tests (under 10 minutes)
	$(BIN)/pytest -m "not slow" $(REPORT)

test-all: .venv/dev infra/cdk/node_modules ## run every test: deploys, kills and outages under load too
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

balancing: .venv/dev ## play every policy in virtual time; writes docs/balancing.md and its plots
	$(BIN)/python -m benchmarks.simulator --docs docs

rollouts: build/cdk.out ## play deploys, Spot, a lost zone with real tasks (6 minutes; ARGS="--environment prod")
	$(BIN)/python -m infra.rollout $(ARGS)

gen: .venv/dev ## generate rpc/ from protos/
	$(BIN)/python -m grpc_tools.protoc -I protos --python_out=. --grpc_python_out=. \
	  --plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy --plugin=protoc-gen-mypy_grpc=$(BIN)/protoc-gen-mypy_grpc \
	  --mypy_out=. --mypy_grpc_out=generate_concrete_servicer_stubs:. \
	  --descriptor_set_out=rpc/rpc.binpb --include_imports --include_source_info rpc/rpc.proto

# The command cdk runs on the node of .venv, whatever the machine has.
CDK := cd infra/cdk && PATH="$(CURDIR)/$(BIN):$$PATH" CDK_DISABLE_CLI_TELEMETRY=true node_modules/.bin/cdk
infra/cdk/node_modules: infra/cdk/package-lock.json | .venv/dev
	@cd infra/cdk && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent
	@touch $@

synth: .venv/dev ## write the CloudFormation templates of every environment, checked, to build/cdk.out
	@echo "synthesizing and checking (about 20 s) ..."
	@CDK_OUTDIR=build/cdk.out $(BIN)/python -m infra.cdk
	@echo "$$(ls build/cdk.out/*.template.json | wc -l) stacks are in build/cdk.out; .venv/bin/fleet cost and .venv/bin/fleet diagram read them"
build/cdk.out: $(shell find infra/cdk -name "*.py" -o -name "*.toml" -not -path "*/node_modules/*") | .venv/dev
	@CDK_OUTDIR=$@ $(BIN)/python -m infra.cdk
	@touch $@

cdk: infra/cdk/node_modules ## any command of the CDK: make cdk ARGS="diff fleet-dev-services"
	$(CDK) $(ARGS)

diagram: build/cdk.out ## draw docs/deployed.svg and write docs/cost.md's table from the templates
	$(BIN)/fleet diagram --output docs/deployed.svg
	$(BIN)/fleet cost --into docs/cost.md

image: ## build the image with docker, podman or buildah
	$(PYTHON) -m infra.image $(ARGS)

push: ## push the image: make push REPOSITORY=...; prints REPOSITORY@sha256:...
	@test -n "$(REPOSITORY)" || { echo "say where to: make push REPOSITORY=ACCOUNT.dkr.ecr.REGION.amazonaws.com/grpc-fleet" >&2; exit 2; }
	@$(PYTHON) -m infra.image --push $(REPOSITORY) $(ARGS)

deploy: infra/cdk/node_modules ## deploy: make deploy ENVIRONMENT=dev [IMAGE=REPOSITORY@sha256:...]
	@test -n "$(ENVIRONMENT)" || { echo "say which: make deploy ENVIRONMENT=dev" >&2; exit 2; }
	@$(BIN)/python -m infra.cdk.values "$(ENVIRONMENT)"
	$(CDK) deploy $(if $(ASSEMBLY),--app $(abspath $(ASSEMBLY))) $(addprefix fleet-$(ENVIRONMENT)-,network store services) --require-approval never --concurrency 2 \
	  $(if $(IMAGE),--parameters fleet-$(ENVIRONMENT)-services:ImageUri=$(IMAGE))

smoke: .venv/dev ## call the deployed game server from inside its network: make smoke ENVIRONMENT=dev
	@test -n "$(ENVIRONMENT)" || { echo "say which: make smoke ENVIRONMENT=dev" >&2; exit 2; }
	$(BIN)/python -m infra.smoke $(ENVIRONMENT)

LOCK := $(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock: .venv/dev ## write the locks anew from pyproject.toml (UPGRADE=--upgrade for newer versions)
	$(LOCK) --extra ranking --extra gateway --extra aws --extra telemetry $(UPGRADE) -o requirements.lock
	$(LOCK) --extra ranking --extra gateway --extra aws --extra telemetry --extra local --extra build -c requirements.lock $(UPGRADE) -o requirements-local.lock
	$(LOCK) --all-extras -c requirements-local.lock $(UPGRADE) -o requirements-dev.lock

clean: ## remove .venv and every cache
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed, $(PYTHON) is older: try make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

# What the fleet needs to run.
.venv/run: requirements-local.lock pyproject.toml | .venv/bin/python
	@echo "setting up .venv (once, about 20 s) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-local.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# What its developers need on top.
.venv/dev: requirements-dev.lock .venv/run
	@echo "setting up the tools in .venv (once, about 90 s) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
