# Everything a developer, a commit hook and CI run. `make help` lists the targets.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
OUT ?= var/demo
BIN := $(VENV)/bin
# Only pip and the Delta JARs (once) need a network; nothing below phones home.
export DO_NOT_TRACK := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export MPLBACKEND := Agg

.PHONY: help setup jars kafka-jars postgres-jar demo demo-real test coverage test-chain test-fast lint format ui cluster-demo bench bench-kafka bench-identity bench-overhead bench-erasure docs sbom clean bench-models faults

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.runtime jars ## make the virtual environment and fetch the Delta JARs, once

jars: .jars/.verified ## fetch the two Delta JARs, once

postgres-jar: jars ## fetch the driver of PostgreSQL, once
	@mkdir -p var && $(BIN)/crosschannel jars --postgres > var/postgres-jar.log 2>&1 || { cat var/postgres-jar.log >&2; exit 15; }

kafka-jars: jars .jars/kafka/.verified ## fetch Spark's reader of Kafka topics and a broker for the tests, once; needs Maven

demo: setup ## generate logs, run the whole chain, grade it and write a report: var/demo
	$(BIN)/crosschannel demo --out $(OUT)

demo-real: setup $(VENV)/.real ## the same chain on a public grocery panel: var/complete-journey
	$(BIN)/crosschannel export-complete-journey --out var/complete-journey
	$(BIN)/crosschannel run --conf conf/completejourney --raw var/complete-journey/raw --lake var/complete-journey/lake --as-of 2017-08-31
	$(BIN)/crosschannel report --lake var/complete-journey/lake --out var/complete-journey/report.html

DEEP := cluster or whole_chain or kafka or postgres or long

test: $(VENV)/.dev jars lint ## lint, types, imports, then unit, house, Spark and job tests
	$(BIN)/pytest -q -n 2 --dist loadfile tests/unit tests/house
	$(BIN)/pytest -q -n 2 --dist loadfile -m "not ($(DEEP))" tests/spark tests/jobs tests/faults

coverage: $(VENV)/.dev jars ## the same tests in one process, and how much of the code they run
	$(BIN)/coverage run -m pytest -m "not ($(DEEP))"
	$(BIN)/coverage report

test-chain: $(VENV)/.dev kafka-jars postgres-jar ## the whole chain on a small lake: second run, kills, notebooks, a real cluster, broker and PostgreSQL (apt-get install postgresql)
	$(BIN)/pytest -m "$(DEEP)" --ignore tests/faults

faults: $(VENV)/.dev kafka-jars postgres-jar ## bring about every fault of docs/faults.md and write what became of each, half an hour; ROW=13 for one
	$(BIN)/pytest tests -m fault $(if $(ROW),--fault-row=$(ROW)) --fault-register=docs/faults.json

test-fast: $(VENV)/.dev ## lint, unit and house tests but simulations; starts no Spark
	$(BIN)/ruff check
	$(BIN)/lint-imports --no-cache --verbose > var/lint-imports.txt || { cat var/lint-imports.txt; exit 1; }
	$(BIN)/pytest -q -n 2 --dist loadfile -m "not simulation" tests/unit tests/house

lint: $(VENV)/.dev ## ruff, mypy --strict and the import floors
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## put imports in order and format the code
	$(BIN)/ruff check --select I --fix
	$(BIN)/ruff format

ui: setup ## open the MLflow UI of the demo at http://127.0.0.1:5055
	$(BIN)/mlflow server --backend-store-uri sqlite:///$(abspath $(OUT))/lake/mlflow/mlflow.db --host 127.0.0.1 --port 5055 --workers 1

cluster-demo: setup ## every job by spark-submit on a real standalone cluster, compared with a local run
	$(BIN)/python -m benchmarks.cluster_demo --out var/cluster-demo

bench-kafka: setup kafka-jars ## messages per second and lag of a followed topic, on a broker of its own; writes docs/benchmarks-kafka.md
	$(BIN)/python -m benchmarks.topic_run --out var/bench-kafka --write docs/benchmarks-kafka.md

bench: setup $(VENV)/.bench ## time ingest and the whole run at 1, 3 and 10 million events beside peers; writes docs/benchmarks*.md
	$(BIN)/python -m benchmarks.ingest_run --out var/bench-ingest --write docs/benchmarks-ingest.md
	$(BIN)/python -m benchmarks.whole_run --out var/bench --write docs/benchmarks.md

bench-overhead: setup ## what ledger, audit and pointer take of a run on the demo; writes docs/benchmarks-overhead.md
	$(BIN)/python -m benchmarks.overhead_run --out var/bench-overhead --write docs/benchmarks-overhead.md

bench-erasure: setup ## erase one person from a copy of a lake (LAKE=folder); writes docs/benchmarks-erasure.md
	$(BIN)/python -m benchmarks.erasure_run --lake $(or $(LAKE),$(OUT)/lake) --out var/bench-erasure --write docs/benchmarks-erasure.md

bench-identity: setup $(VENV)/.bench ## components, stitching and person files beside SciPy and Splink (DATA=folder of fake_1000 and senzing_truthset); writes docs/benchmarks-identity.md, -person-files.md
	$(BIN)/python -m benchmarks.edges --out var/bench-edges --write docs/benchmarks-identity.md
	$(BIN)/python -m benchmarks.identity_grades --out var/bench-edges --write docs/benchmarks-identity.md
	$(BIN)/python -m benchmarks.person_files $(if $(DATA),--data $(DATA)) --out var/bench-identity --write docs/benchmarks-person-files.md

bench-models: setup $(VENV)/.bench ## K-Means, boosting, scoring and point-in-time features beside scikit-learn, xgboost, Spark and DuckDB; writes docs/benchmarks-models.md
	$(BIN)/python -m benchmarks.model_run --out var/bench-models --write docs/benchmarks-models.md

docs: $(VENV)/.dev ## write the table catalogue, the lineage picture, the README's tables and the page of faults
	$(BIN)/python -m crosschannel.jobs.write_docs
	$(BIN)/python -m tests.faults.register

sbom: $(VENV)/.runtime ## write the bill of materials (CycloneDX) and the list of licences from the lock
	$(BIN)/python -m crosschannel.jobs.write_sbom

clean: ## remove what was generated; the virtual environment and the JARs stay
	rm -rf var/* build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage spark-warehouse metastore_db derby.log

# ------------------------------------------------------------------ stamps: nothing is done twice
$(VENV)/bin/python3:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "$(PYTHON) is missing or older than Python 3.11: install 3.11 or later and run make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 15; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.lock pyproject.toml | $(VENV)/bin/python3
	$(BIN)/pip install --quiet --require-hashes -r requirements/runtime.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.runtime
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.lock
	@mkdir -p var && touch $@

$(VENV)/.bench: requirements/bench.lock $(VENV)/.runtime
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements/bench.lock
	@touch $@

$(VENV)/.real: requirements/real.lock $(VENV)/.runtime
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements/real.lock
	@touch $@

.jars/.verified: | $(VENV)/.runtime
	@mkdir -p var
	@echo "fetching the Delta JARs (log: var/jars.log)"
	@$(BIN)/crosschannel jars > var/jars.log 2>&1 || { cat var/jars.log >&2; exit 15; }
	@mkdir -p .jars && touch $@

.jars/kafka/.verified: tests/support/kafka/broker.sha256 | .jars/.verified
	@mkdir -p var .jars/kafka
	@echo "fetching the reader of Kafka topics and a broker (log: var/kafka-jars.log)"
	@$(BIN)/crosschannel jars --kafka > var/kafka-jars.log 2>&1 || { cat var/kafka-jars.log >&2; exit 15; }
	@mvn -q -f tests/support/kafka/pom.xml dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=$(abspath .jars/kafka) \
	  >> var/kafka-jars.log 2>&1 || { cat var/kafka-jars.log >&2; exit 15; }
	@cd .jars/kafka && sha256sum --quiet --check $(abspath tests/support/kafka/broker.sha256) && touch .verified
