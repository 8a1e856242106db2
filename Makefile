# Targets: demo (base environment, sample scans), test (full environment, test suite), check (style, types, layers).
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
FOLDERS := configs datasets detector serving training
export YOLO_OFFLINE = 1
export YOLO_AUTOINSTALL = false

.PHONY: demo test check typing prove clean base full
.DEFAULT_GOAL := demo

$(VENV)/pyvenv.cfg:
	$(PYTHON) -m venv $(VENV)

# The lists in requirements/ are complete, so --no-deps installs exactly them (why: docs/decisions/0002-one-opencv.md).
$(VENV)/.base: requirements/base.txt pyproject.toml | $(VENV)/pyvenv.cfg
	$(PIP) install --no-deps -r requirements/base.txt
	$(PIP) install --no-deps --editable .
	touch $@

$(VENV)/.full: requirements/full.txt pyproject.toml | $(VENV)/.base
	$(PIP) install --no-deps -r requirements/full.txt
	$(PIP) install --no-deps --editable .
	touch $@

base: $(VENV)/.base
full: $(VENV)/.full

demo: base
	$(BIN)/scantally simulate demo/scans --suite demo
	$(BIN)/scantally inspect demo/scans --out demo/reports

test: full
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# mypy needs the folders under the one import name that they are installed as.
typing:
	mkdir -p build/typing/scantally
	for f in $(FOLDERS); do ln -sfn ../../../$$f build/typing/scantally/$$f; done

check: full typing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH= $(BIN)/lint-imports

prove: full
	$(BIN)/python -m pytest -m "prove or not prove" --timeout 7200

clean:
	rm -rf build demo runs .mypy_cache .ruff_cache .pytest_cache
