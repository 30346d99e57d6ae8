# One door for people and CI: `make demo` and `make test` do all the set-up themselves.
.PHONY: demo test bench lint types layers tests wheel docs elastic soak clean
PY := .venv/bin/python
SOC := .venv/bin/soc

demo: .venv/ready-demo
	$(SOC) demo

test: lint types layers tests wheel

lint: .venv/ready-test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: .venv/ready-test
	$(PY) -m mypy

layers: .venv/ready-test
	.venv/bin/lint-imports

tests: .venv/ready-test # all but those end to end, which `wheel` runs on what ships
	$(PY) -m pytest -n 2 --ignore=tests/e2e

wheel: .venv/ready-test
	.ci/wheel

bench: .venv/ready-test
	$(PY) -m benchmarks

elastic: .venv/ready-test # a real Elasticsearch on loopback, until Ctrl-C
	$(PY) -m tests.elastic_server

soak: .venv/ready-test # a million rows through kills, restarts and refusals: half an hour
	$(PY) -m tests.elastic.soak

docs: .venv/ready-test
	$(PY) -m docs.reference

.venv/ready-%: pyproject.toml constraints.txt .ci/setup
	.ci/setup $*

clean:
	rm -rf .venv .cache dist build
