# What a newcomer needs: `make run` and `make test`. Both set up `.venv` if it is missing.
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
AIRFLOW := .airflow/venv/bin
AT_HOME := AIRFLOW_HOME=$(CURDIR)/.airflow
DATE ?= 2022-12-28

.PHONY: run test test-jax faults browser schema peers airflow dag-test prove-cluster check format lock clean

run: .venv/.ready
	$(BIN)/firmament run

test: .venv/.ready
	$(BIN)/pytest

# The networks know no backend: what they compute, and that they learn, is tested with JAX in
# TensorFlow's place. Most of the time goes into compiling what is run once: so it is compiled with
# little care, and once for all processes.
test-jax: .venv/.jax
	KERAS_BACKEND=jax XLA_FLAGS=--xla_backend_optimization_level=0 \
	    JAX_COMPILATION_CACHE_DIR=$(CURDIR)/.venv/jax-cache \
	    JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0 JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1 \
	    $(BIN)/pytest tests/models -k 'not compiled' \
	    --ignore tests/models/test_saving.py --ignore tests/models/test_sizes.py \
	    --ignore tests/models/test_blueprints.py

# What takes too long for every change: runs that are killed, starved, raced and cleaned up after,
# and what comes of it. Some ten minutes.
faults: .venv/.ready
	$(BIN)/pytest -n 1 -m 'full or not full' tests/faults tests/maintenance
	$(BIN)/pytest -n 1 -m full --ignore tests/faults --ignore tests/maintenance

# The analyst's page in Debian's chromium, which must be installed: every view, by keyboard alone, in
# light and dark, on a telephone, and axe-core's rules for those who cannot see it.
browser: .browser/.ready
	PYTHONPATH=.browser/site $(BIN)/pytest -n 0 -m browser tests/service/test_browser.py

# The API against its own description: ten thousand questions made up of it. Some minutes.
schema: .schema/.ready
	$(BIN)/pytest -n 0 -s -m schema tests/service/test_schema.py

# What `python -m benchmarks.peers` trains beside firmament, in an environment of its own.
peers: .peers/.ready

airflow: .airflow/.ready

# The schedules by Airflow's own checks, and the whole of a day, as Airflow would run it. Its history
# is kept apart from that of a scheduler, which would take the day over.
dag-test: .venv/.ready .airflow/.ready
	$(BIN)/pytest -n 0 tests/dags
	$(AT_HOME) AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=sqlite:///$(CURDIR)/.airflow/test.db \
	    $(AIRFLOW)/airflow dags test firmament_daily $(DATE)

# A day on a cluster of two workers on the loopback, undisturbed and with one of them killed.
prove-cluster: .venv/.ready .airflow/.ready
	$(BIN)/python -m deploy.loopback prove $(DATE)

check: .venv/.ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.ready
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Everything is installed from pinned versions with hashes, then firmament itself without asking
# for anything more.
.venv/.ready: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and \
	    "firmament needs Python 3.11, 3.12 or 3.13: name one with make PYTHON=python3.12 …")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode \
	    -r requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q firmament pipeline models
	touch $@

# JAX, which nothing but `test-jax` needs, at versions that fit those of requirements.txt.
.venv/.jax: requirements-jax.txt .venv/.ready
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode \
	    -r requirements-jax.txt
	touch $@

# Airflow in an environment of its own, since it pins much that firmament pins otherwise. What a
# person has set in `.airflow/airflow.cfg` or of the pool since stays.
.airflow/.ready: requirements-airflow.txt | .venv/.ready
	$(PYTHON) -m venv --clear .airflow/venv
	$(BIN)/uv pip install --quiet --python $(AIRFLOW)/python --require-hashes --compile-bytecode \
	    -r requirements-airflow.txt
	test -e .airflow/airflow.cfg || { \
	    $(AT_HOME) $(AIRFLOW)/airflow config get-value core executor >/dev/null && \
	    sed -i.bak -e 's|^dags_folder = .*|dags_folder = $(CURDIR)/dags|' \
	        -e 's|^load_examples = .*|load_examples = False|' \
	        -e 's|^host = 0.0.0.0$$|host = 127.0.0.1|' .airflow/airflow.cfg && \
	    rm .airflow/airflow.cfg.bak; }
	$(AT_HOME) $(AIRFLOW)/airflow db migrate >.airflow/set-up.log
	$(AT_HOME) $(AIRFLOW)/airflow pools get firmament_training >>.airflow/set-up.log || \
	    $(AT_HOME) $(AIRFLOW)/airflow pools set firmament_training 1 "Trainings at a time"
	cp .airflow/airflow.db .airflow/test.db
	touch $@

.peers/.ready: benchmarks/requirements-peers.txt | .venv/.ready
	$(PYTHON) -m venv --clear .peers
	$(BIN)/uv pip install --quiet --python .peers/bin/python --require-hashes \
	    -r benchmarks/requirements-peers.txt
	touch $@

.browser/.ready: tests/requirements-browser.txt | .venv/.ready
	rm -rf .browser
	$(BIN)/uv pip install --quiet --python $(BIN)/python --target .browser/site --no-deps \
	    --require-hashes -r tests/requirements-browser.txt
	touch $@

.schema/.ready: tests/requirements-schema.txt | .venv/.ready
	$(PYTHON) -m venv --clear .schema
	$(BIN)/uv pip install --quiet --python .schema/bin/python --require-hashes \
	    -r tests/requirements-schema.txt
	touch $@

# Pins what pyproject.toml asks for: versions and hashes, no addresses.
lock: .venv/.ready
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-annotate --no-header --group dev \
	    --extra dask --extra s3 pyproject.toml -o requirements.txt
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb")) \
	    ["project"]["optional-dependencies"]["jax"], sep="\n")' | \
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	    -c requirements.txt - -o requirements-jax.txt
	echo 'apache-airflow[celery,openlineage,postgres,redis]==3.3.*' | \
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	    - -o requirements-airflow.txt
	printf 'darts\npyarrow\npytorch-lightning\ntorch\n' | \
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	    - -o benchmarks/requirements-peers.txt
	printf 'playwright\naxe-playwright-python\n' | \
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	    - -o tests/requirements-browser.txt
	echo schemathesis | \
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	    - -o tests/requirements-schema.txt
	echo psycopg2-binary | \
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	    -c requirements-airflow.txt - -o deploy/requirements.txt

clean:
	test ! -d .cluster || $(BIN)/python -m deploy.loopback down
	rm -rf .venv .airflow .browser .cluster .peers .schema .mypy_cache .pytest_cache .ruff_cache .hypothesis \
	    .import_linter_cache
