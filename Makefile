# Two commands: `make lint` sets up and lints, `make test` sets up and passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

export TEXT CONTEXT

.PHONY: lint test check format train clean
.DEFAULT_GOAL := lint

$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "empathy_lint needs Python 3.10 or newer; try: make PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

lint: $(VENV)/.ready  ## lint the sample conversation, or TEXT="…" CONTEXT="…"
ifdef TEXT
	@$(BIN)/empathy-lint check --exit-zero --context "$$CONTEXT" -- "$$TEXT"
else
	@$(BIN)/empathy-lint check --exit-zero examples/conversation.jsonl
endif

test: $(VENV)/.ready-dev  ## everything that must hold
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/python -m pytest

format: $(VENV)/.ready-dev
	$(BIN)/ruff format src tests benchmarks
	$(BIN)/ruff check --fix src tests benchmarks

train: $(VENV)/.ready  ## rebuild the shipped model from data/
	$(BIN)/empathy-lint train data --output models/default

clean:
	rm -rf $(VENV)
