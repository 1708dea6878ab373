# Two commands matter: `make demo` runs the main job, `make test` runs the tests. Each sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin
export MPLBACKEND ?= Agg

.PHONY: demo test lint lab bench docs clean
.DEFAULT_GOAL := help

help:
	@echo "make demo   fit CDNOW, compare three strategies for a year, write the report"
	@echo "make test   run the tests"
	@echo "make lab    open the notebooks"
	@echo "make bench  measure speed and memory against peers"
	@echo "make lint   ruff, mypy and the contracts on imports"
	@echo "make docs   write the schema and the generated reference pages again"

.venv/installed: pyproject.toml setup.py constraints.txt
	@echo "Setting up .venv (once, a minute or two) ..."
	$(PYTHON) -m venv .venv
	PIP_CONSTRAINT=constraints.txt $(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: .venv/installed
	$(BIN)/siyu demo

# Two processes test at once: threads of linear algebra inside each would only wait for each other.
test: .venv/installed
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest

lint: .venv/installed
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo

lab: .venv/installed
	PIP_CONSTRAINT=constraints.txt $(BIN)/pip install --quiet --disable-pip-version-check -e '.[lab]'
	$(BIN)/jupyter lab notebooks

bench: .venv/installed
	$(BIN)/python -m benchmarks

docs: .venv/installed
	$(BIN)/python -m docs.generate

clean:
	rm -rf .venv results .cache
