# The two commands a new machine needs are `make play` and `make test`; ARGS="..." reaches the program.

BIN := .venv/bin

.PHONY: help play test test-all lint bench lock clean

help:
	@echo "make play      open the game (ARGS=\"rastrigin --balls 20000\" goes to it)"
	@echo "make test      all checks: format, types, import rules, tests"
	@echo "make test-all  those, and those that need PyTorch and Dask (installs both)"
	@echo "make lint      all checks but the tests"
	@echo "make bench     beside others: PyVista, matplotlib, PyTorch and numba (installs them)"
	@echo "make lock      resolve the dependencies anew into .ci/requirements.lock"
	@echo "make clean     remove everything that was built or installed here"

play:
	@sh .ci/setup play
	@$(BIN)/python -m game play $(ARGS)

test: lint
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 8 $(ARGS)

# PyTorch's build for processors is a tenth of the other: PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu
test-all: test
	@$(BIN)/python -m pip install --quiet --no-build-isolation torch==2.13.0 -e '.[cluster]'
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 8 tests/pytorch tests/cluster

lint:
	@sh .ci/setup test
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench:
	@sh .ci/setup play
	@$(BIN)/python -m pip install --quiet --no-build-isolation -e '.[bench]'
	@$(BIN)/python -m tests.benchmarks.simulation $(ARGS)
	@$(BIN)/python -m tests.benchmarks.networks
	@$(BIN)/python -m tests.benchmarks.torch_scans
	@$(BIN)/python -m tests.benchmarks.grids
	@$(BIN)/python -m tests.benchmarks.frame_rate
	@$(BIN)/python -m tests.benchmarks.frame_rate --peer matplotlib
	@$(BIN)/python -m tests.benchmarks.start_up

lock:
	@sh .ci/setup play
	@$(BIN)/python -m pip install --quiet uv
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal \
		--python-version 3.11 --extra dev --generate-hashes --no-annotate -o .ci/requirements.lock

clean:
	@rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
