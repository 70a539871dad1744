# make run   set up, index the bundled documents, open the chat
# make test  set up, run the tests
# Both can be repeated: what is done already is not done again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# The engine compiles on this machine. Left out of the build because the app uses none of it:
# multimodal parts (LLAVA_BUILD) and llama.cpp's helper library for its own tools.
ENGINE_BUILD := -DLLAVA_BUILD=OFF -DCMAKE_PROJECT_llama.cpp_INCLUDE=$(CURDIR)/.ci/lean-engine.cmake

.PHONY: run test install install-dev check clean

run: install
	@$(BIN)/assistant index
	@$(BIN)/assistant

test: install-dev
	$(BIN)/python -m pytest

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "This needs Python 3.11 or newer. Try: make run PYTHON=python3.12"; exit 1; }
	@echo "Setting up in $(VENV). The language model engine is compiled for this machine:"
	@echo "about 3 minutes on two cores, once. Everything else is about 600 MB of downloads."
	$(PYTHON) -m venv $(VENV)
	CMAKE_ARGS="$(ENGINE_BUILD) $(CMAKE_ARGS)" $(BIN)/python -m pip install --editable '.[starter]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[starter,dev]'
	@touch $@

check: install-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV)
