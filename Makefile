# Every wish is one word. Tools are pinned in tools/*.mod and run from there;
# nothing is installed into $GOBIN.

SHELL         := bash
.SHELLFLAGS   := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

FUZZTIME   ?= 10s
SOAKTIME   ?= 3m
BENCH      ?= .
BENCHCOUNT ?= 6
VULNDB     ?= https://vuln.go.dev

LINT := go tool -modfile=tools/lint.mod golangci-lint
TOOL := go tool -modfile=tools/tools.mod
TSC  := build/npm/node_modules/.bin/tsc
OIDC := build/testservers/node_modules/oidc-provider/package.json
PLAYWRIGHT := build/browser/node_modules/playwright-core/package.json

# A folder of scripts/ with a main.go is a sample task in Go.
SAMPLES := $(patsubst scripts/%/main.go,build/%.wasm,$(wildcard scripts/*/main.go))

# Without it, tests take a short form and leave PostgreSQL out.
test race browser soak chaos runs serverload bench: export POSTERN_TESTS = full

.PHONY: help run demo build buildah samples test types race testservers browser chromium soak chaos runs serverload hostile timing load model spin lint fmt api fuzz bench guests wabt check tidy clean-tree vuln clean container $(SAMPLES)

# npm-ci installs what tools/NAME/package-lock.json lists into build/NAME.
define npm-ci
@mkdir -p build/$(1)
@cp $^ build/$(1)
@npm ci --prefix build/$(1) --no-update-notifier
@touch $@ # npm gives it the time of its release
endef

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

run: build samples ## run the sample tasks against a playground on loopback
	build/postern playground --listen 127.0.0.1:0 --write-config build/playground.toml -- \
		sh scripts/run-samples.sh build/postern build/playground.toml

demo: build chromium ## go from an empty folder to a run by the API, in a browser; screenshots are in build/screenshots
	NODE_PATH=build/browser/node_modules node tools/browser/demo.js

build: ## build the command into build/postern, without symbols for debuggers
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o build/postern ./cmd/postern

container: build buildah ## build the image of the Containerfile, and run a server and a task in it
	@mkdir -p build/data
	@cp /etc/ssl/certs/ca-certificates.crt build/
	STORAGE_DRIVER=vfs buildah build --isolation chroot -t postern .
	STORAGE_DRIVER=vfs POSTERN_IMAGE=localhost/postern go test ./cmd/postern -run TestContainer -count=1 -v

buildah:
	@command -v buildah > /dev/null || \
		{ test "$$(id -u)" = 0 && apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends buildah; } || \
		{ echo "install buildah" >&2; exit 1; }

samples: $(SAMPLES)

$(SAMPLES): build/%.wasm:
	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o $@ ./scripts/$*

test: types testservers chromium spin ## run the tests: what CI does
	@if command -v spin > /dev/null; then connection/model/check.sh quick; fi
	POSTERN_BROWSER=1 POSTERN_HOSTILE=full go test ./...

types: ## check the scripts against the types in scripts/postern.d.ts
	@if command -v npm > /dev/null; then \
		$(MAKE) -s --no-print-directory $(TSC) && $(TSC) -p tools/npm; \
	else \
		echo "SKIPPED the types of the scripts: no npm; install Node.js" >&2; test "$${CI:-}" != true; \
	fi

$(TSC): tools/npm/package.json tools/npm/package-lock.json tools/npm/.npmrc
	$(call npm-ci,npm)

race: testservers ## run the tests under the race detector, in random order
	go test -race -shuffle=on ./...

testservers: ## install the servers that tests talk to
	@ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || command -v initdb > /dev/null || \
		{ test "$$(id -u)" = 0 && apt-get update && apt-get install -y postgresql; } || \
		{ echo "SKIPPED tests on PostgreSQL: no initdb; install postgresql" >&2; test "$${CI:-}" != true; }
	@{ command -v glewlwyd && command -v sqlite3; } > /dev/null || \
		{ test "$$(id -u)" = 0 && apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends glewlwyd sqlite3; } || \
		{ echo "SKIPPED tests with glewlwyd; install glewlwyd and sqlite3" >&2; test "$${CI:-}" != true; }
	@{ command -v curl && command -v openssl; } > /dev/null || \
		{ test "$$(id -u)" = 0 && apt-get update && apt-get install -y --no-install-recommends curl openssl; } || \
		{ echo "SKIPPED tests with curl; install curl and openssl" >&2; test "$${CI:-}" != true; }
	@command -v systemd-analyze > /dev/null || \
		{ test "$$(id -u)" = 0 && apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends systemd; } || \
		{ echo "SKIPPED the test of systemd units; install systemd" >&2; test "$${CI:-}" != true; }
	@{ command -v nginx && command -v caddy; } > /dev/null || \
		{ test "$$(id -u)" = 0 && apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nginx-light caddy; } || \
		{ echo "SKIPPED tests behind reverse proxies; install nginx and caddy" >&2; test "$${CI:-}" != true; }
	@if command -v npm > /dev/null; then \
		$(MAKE) -s --no-print-directory $(OIDC); \
	else \
		echo "SKIPPED tests with oidc-provider: no npm; install Node.js" >&2; test "$${CI:-}" != true; \
	fi

$(OIDC): tools/testservers/package.json tools/testservers/package-lock.json tools/testservers/.npmrc
	$(call npm-ci,testservers)

browser: testservers chromium ## use the pages of the server in Chromium; screenshots are in build/screenshots
	POSTERN_BROWSER=1 go test -count 1 -v -run '^TestBrowser' ./internal/server ./internal/authserver

chromium:
	@command -v chromium > /dev/null || \
		{ test "$$(id -u)" = 0 && apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } || \
		{ echo "SKIPPED tests in a browser: no chromium; install chromium" >&2; test "$${CI:-}" != true; }
	@if command -v npm > /dev/null; then \
		$(MAKE) -s --no-print-directory $(PLAYWRIGHT); \
	else \
		echo "SKIPPED tests in a browser: no npm; install Node.js" >&2; test "$${CI:-}" != true; \
	fi

$(PLAYWRIGHT): tools/browser/package.json tools/browser/package-lock.json tools/browser/.npmrc
	$(call npm-ci,browser)

lint: ## run the linters; the first run builds them, which takes minutes
	$(LINT) run
	GOOS=wasip1 GOARCH=wasm $$(go tool -n -modfile=tools/lint.mod golangci-lint) run ./guest/... ./scripts/...

fmt: ## format the Go code
	$(LINT) fmt

api: ## write docs/api.txt, what the public packages export, and docs/openapi.json, the HTTP API
	@mkdir -p build
	@go list ./... | grep -Ev '/(internal|cmd|examples|scripts)(/|$$)' | LC_ALL=C sort | \
		while read -r pkg; do go doc -all "$$pkg"; echo; done > build/api.txt
	@mv build/api.txt docs/api.txt
	@go test -count 1 -run '^TestDocument$$' ./internal/httpapi -update > /dev/null

hostile: ## run every hostile task with a limit of 2 s, also those that may end the process
	POSTERN_HOSTILE_TIME=2s go test -count 1 -timeout 60m ./internal/hostile

soak: testservers ## let processes share a grant for SOAKTIME (3m), with one ended every 5 s
	POSTERN_SOAK=$(SOAKTIME) go test -count 1 -timeout 60m -v -run '^TestSoak$$' ./store

timing: ## look for a difference in the CPU time of searches for right and wrong guesses of a secret
	POSTERN_TIMING=1 go test -count 1 -v -run '^TestTimingOfGuesses$$' ./internal/redact

load: ## run a service of many tenants under load: 100,000 tasks, 10,000 at once; takes minutes
	POSTERN_LOAD=full go test -count 1 -timeout 60m -v -run '^TestLoad$$' ./internal/load

.PHONY: runs
runs: testservers ## run 2,000 runs of the server on nodes that are killed, and restart their database; takes minutes
	POSTERN_RUNS=full go test -count 1 -timeout 60m -v -run '^TestKilledNodes$$' ./internal/runs

serverload: testservers ## measure 20,000 runs through the API of the server, for each of two tasks, both databases, in process and not; takes minutes
	go test -run '^$$' -bench '^BenchmarkServer$$' -benchtime 20000x -timeout 60m ./internal/server

chaos: testservers ## run 2,000 runs on processes of postern serve that are killed, and restart their database; takes minutes
	POSTERN_CHAOS=full go test -count 1 -timeout 60m -v -run '^TestKilledServers$$' ./cmd/postern

model: spin ## check the model of how processes share a grant; takes minutes
	connection/model/check.sh

spin:
	@command -v spin > /dev/null || { test "$$(id -u)" = 0 && apt-get update && apt-get install -y spin; } || \
		{ echo "SKIPPED the model of renewals: no spin; install spin" >&2; test "$${CI:-}" != true; }

fuzz: ## run every fuzz test for FUZZTIME (10s)
	@grep -ro --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's|/[^/]*:func | |' | LC_ALL=C sort | \
		while read -r dir name; do \
			echo "$$dir $$name"; \
			go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s "$$dir" < /dev/null; \
		done

bench: ## run the benchmarks into bench/new.txt and compare with bench/base.txt
	@mkdir -p bench
	@echo "# $$(uname -sm), $$(getconf _NPROCESSORS_ONLN) CPUs, $$(go env GOVERSION)" > bench/new.txt
	go test -p 1 -run '^$$' -bench '$(BENCH)' -benchmem -count $(BENCHCOUNT) ./... | tee -a bench/new.txt
	@if test -f bench/base.txt; then $(TOOL) benchstat bench/base.txt bench/new.txt; fi

guests: samples wabt ## rebuild the Wasm samples and the test fixtures written in .wat
	@if command -v wat2wasm > /dev/null; then \
		find . -path '*/testdata/*.wat' -exec sh -c 'for wat; do wat2wasm "$$wat" -o "$${wat%.wat}.wasm"; done' sh {} +; \
	fi

wabt:
	@command -v wat2wasm > /dev/null || { test "$$(id -u)" = 0 && apt-get install -y wabt; } || \
		{ echo "SKIPPED .wat fixtures: no wat2wasm; install wabt" >&2; test "$${CI:-}" != true; }

check: tidy model soak race lint api guests clean-tree ## what must pass before a commit; stage your change first

tidy: ## fail unless go.mod and tools/*.mod are tidy
	go mod tidy -diff
	@for mod in tools/*.mod; do \
		dir=$$(mktemp -d); cp "$$mod" "$$dir/go.mod"; cp "$${mod%.mod}.sum" "$$dir/go.sum"; \
		go -C "$$dir" mod tidy -diff; rm -r "$$dir"; \
	done

clean-tree:
	@git diff --exit-code
	@git ls-files --others --exclude-standard | { ! grep .; } || { echo "stage or ignore these files" >&2; exit 1; }

vuln: ## look for known vulnerabilities in VULNDB (https://vuln.go.dev)
	@db='$(VULNDB)'; test "$${db#file://}" = "$$db" || test -s "$${db#file://}/index/modules.json" || \
		{ echo "$$db has no index/modules.json, so nothing would be found" >&2; exit 1; }
	$(TOOL) govulncheck -db '$(VULNDB)' ./...

clean: ## remove what the other targets built
	rm -rf build bench/new.txt
