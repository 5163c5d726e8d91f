# The commands of the house. `make demo` and `make test` install what they need into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help install demo test lint types check bench simulate clean

help:  ## What there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(READY)  ## Virtual environment with everything, in .venv

$(READY): pyproject.toml .ci/prerequisites
	@.ci/prerequisites $(PYTHON) $(BIN)/python
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(READY)  ## The main job, here: three simulated venues, the engine, an OMS
	@$(BIN)/manifold demo $(ARGS)

test: $(READY)  ## All tests
	@$(BIN)/python -m pytest $(ARGS)

lint: $(READY)  ## Style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)  ## mypy, strict
	@$(BIN)/mypy

check: lint types test  ## What a developer runs before every commit

bench: $(READY)  ## Beside three peers, as ratios; a few minutes
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@$(BIN)/python -m tests.bench $(ARGS)

simulate: $(READY)  ## Worlds of faults from SEEDS=1000 seeds; prints the shortest script of one that fails
	@$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),1000) $(ARGS)

clean:  ## Takes away what was installed and made
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
