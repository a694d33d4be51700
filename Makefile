# `make help` says what there is. Everything runs from a fresh clone on Debian
# or Ubuntu: build/deps.sh installs what is missing and says so.

# Once: Go tests that look for programs are cached by what PATH says.
BINS := $(CURDIR)/build/cache/go/bin:$(CURDIR)/build/cache/node/bin
export PATH := $(if $(findstring $(BINS),$(PATH)),$(PATH),$(BINS):$(PATH))
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# With -j, deps would still be installing while its users run.
.NOTPARALLEL:

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# What `wails build` passes to go build, so that its command is not needed.
TAGS    := desktop,production,webkit2_41
# The compiler takes a sixth less of a processor where it collects less garbage.
THRIFTY := '-toolexec=env GOGC=400'
# What lint reads is compiled with the same flags, and so only once. -dwarf=false
# leaves out what debuggers read: the linker drops it anyway.
BUILD   := $(THRIFTY) -trimpath -buildmode=pie -gcflags=all=-dwarf=false
# The only C of some length is miniaudio, which copies samples: with the usual
# -O2 -g it takes 40 s of a processor, so 9. Releases have flags of their own.
export CGO_CFLAGS := -O1 -g0
# Java starts the Firestore emulator in half of the time with this (build/emulator-archive.sh), and without where it is missing.
export JDK_JAVA_OPTIONS ?= -XX:SharedArchiveFile=$(CURDIR)/build/cache/firestore-emulator.jsa
LDFLAGS := -X main.version=$(VERSION)
BIN     := build/bin/parley
RESULTS := build/cache/test
ARGS    ?=
FUZZTIME ?= 10s
# Not ./...: some npm packages hold Go.
GO_PACKAGES := . ./backend/...
# -vet=off: lint finds all that it does, and more.
# -w leaves out what debuggers read, which is half of the linker's work.
GO_TEST     := -vet=off -timeout 30m -ldflags=-w -tags $(TAGS) -json
RACE        := $(THRIFTY) -race -gcflags=all=-dwarf=false
# In one goroutine there are no races, and computing takes ten times as long where
# they are looked for. The window's own package is compiled for the program anyway.
# backend/goroutines_test.go holds this line.
SINGLE      := . ./backend/bwe ./backend/fec ./backend/lab/picture ./backend/lab/pitch ./backend/sound/jitter
# What measures calls over networks of its own, or real sound devices, has little
# beside it.
ALONE       := ./backend/sound ./backend/doctor ./backend/lab/run
# What takes longest begins first: else the others wait for it at the end.
LONGEST     := ./backend/peer ./backend/signaling/firestore/... ./backend/media/...

FRONTEND_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o \
	-path frontend/e2e -prune -o -type f -not -name '*.test.*' -print 2>/dev/null)

SCREEN_TESTS := $(wildcard $(addprefix frontend/e2e/,a11y.test.ts controls.test.ts look.test.ts screens.config.ts lib/gallery.ts lib/png.ts shots/*/*.png))

E2E_SOURCES := $(wildcard $(shell git ls-files -co --exclude-standard -- 'frontend/e2e/*.ts' 'frontend/e2e/*.js' 'frontend/e2e/*.html' 'frontend/e2e/*.py' 'frontend/e2e/*.sh' build/firebase build/deps.sh '*.go' go.mod go.sum 2>/dev/null))

FRONTEND_LINTED := $(wildcard $(shell git ls-files -co --exclude-standard frontend 2>/dev/null))

# What fails among what depends on the machine's time runs once more, and is
# told of at the end: build/failed.mjs says how much may. The next run runs all.
define vitest
@mkdir -p $(@D)
@rm -f $@.again
cd frontend && npx vitest run --config $(1) --reporter=verbose --reporter=json --outputFile.json=$(CURDIR)/$@.new || \
{ again=$$(node ../build/failed.mjs $(CURDIR)/$@.new) && \
npx vitest run --config $(1) --reporter=verbose --reporter=json --outputFile.json=$(CURDIR)/$@.again $$again; }
@[ -e $@.again ] || mv $@.new $@
endef

.PHONY: help run build windows test test-go test-frontend test-e2e test-screens shots soak lab lab-quick lint lint-go lint-frontend lint-shell bench bench-signaling fuzz demo firebase-site fmt clean deps deps-test

help: ## show this
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

run: build ## install what is missing, build, open the window (no display: a call in the terminal)
	@if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]; then exec $(BIN) $(ARGS); \
	else echo "no display: the same call in the terminal"; exec $(BIN) call create $(ARGS); fi

build: $(RESULTS)/dist ## build/bin/parley
	go build -tags $(TAGS) $(BUILD) -ldflags "-s -w $(LDFLAGS)" -o $(BIN) .

windows: $(RESULTS)/dist ## build/bin/parley.exe, with mingw-w64
	@build/deps.sh windows
	GOFLAGS="$(THRIFTY)" GO_LDFLAGS="$(LDFLAGS)" build/windows.sh

test: ## install what tests need, run all of them, say what ran and what was skipped
	@build/test.sh

# -p 3, -parallel 4: on two cores, as many packages and tests wait for a network
# or a clock.
test-go: deps-test $(RESULTS)/dist ## Go tests, with the race detector where there are goroutines
	{ go test $(GO_TEST) $(BUILD) $(SINGLE) || bad=1; \
	go test $(GO_TEST) $(RACE) -p 3 -parallel 4 $$(go list $(LONGEST) ./backend/... | grep -vxFf <(go list $(SINGLE) $(ALONE))) || bad=1; \
	go test $(GO_TEST) $(RACE) -p 2 $(ALONE) || bad=1; \
	[ -z "$${bad:-}" ]; } | node build/testlog.mjs $(RESULTS)/go.jsonl || \
	{ again=$$(node build/failed.mjs $(RESULTS)/go.jsonl); while read -r package pattern; do \
	go test $(GO_TEST) $(RACE) -count=1 -run "$$pattern" "$$package" || true; done <<<"$$again" | node build/testlog.mjs $(RESULTS)/go.again.jsonl; }

test-frontend: deps-test frontend/node_modules ## unit tests of the front end
	cd frontend && npx vitest run --reporter=default --reporter=json --outputFile.json=$(CURDIR)/$(RESULTS)/frontend.json $(ARGS)

test-screens: deps-test $(RESULTS)/screens/results.json ## every screen against its picture, and for all who use it (again where one changed)

$(RESULTS)/screens/results.json: $(FRONTEND_SOURCES) $(SCREEN_TESTS) | frontend/node_modules
	$(call vitest,e2e/screens.config.ts)

# As Go's tests do, these run again where something changed since they passed.
ifeq ($(ARGS),)
test-e2e: deps-test $(RESULTS)/e2e/results.json ## the real window, real browsers, real calls (again where something changed; ARGS="-t WORD" picks)
else
test-e2e: deps-test build
	cd frontend && npx vitest run --config e2e/vitest.config.ts --reporter=verbose $(ARGS)
endif

$(RESULTS)/e2e/results.json: $(RESULTS)/dist $(E2E_SOURCES)
	@$(MAKE) --no-print-directory build
	$(call vitest,e2e/vitest.config.ts)

shots: deps-test frontend/node_modules ## take the pictures anew that tests compare the screens with (frontend/e2e/shots)
	cd frontend && PARLEY_SHOTS=renew npx vitest run --config e2e/screens.config.ts look.test.ts -t 'looks as it did'

# Without the race detector: its own memory grows, and it slows a file down.
soak: deps-test $(RESULTS)/dist ## a call of 3 minutes that grows in nothing, and 100 MB beside one
	PARLEY_LONG=1 go test -v -tags $(TAGS) $(BUILD) -run '^Test(Soak|HundredMegabytesBesideACall)$$' ./backend/lab/run ./backend/peer

lab: build ## calls over emulated networks, ours beside Chromium's, and through NATs (root; more than three hours)
	@build/deps.sh lab
	go test -count=1 -tags $(TAGS) ./backend/lab/emulate # how true its links are
	go run ./backend/lab/run -matrix -n 3 -parley $(BIN) -out build/cache/lab $(ARGS)

lab-quick: build ## the same in less than 10 minutes: short calls, one run each, no NATs (root)
	@build/deps.sh lab
	go test -count=1 -tags $(TAGS) ./backend/lab/emulate
	go run ./backend/lab/run -quick -parley $(BIN) -out build/cache/lab $(ARGS)

lint: lint-go lint-frontend lint-shell ## gofmt, golangci-lint, vet for Windows and macOS, eslint, prettier, tsc, shellcheck

lint-go: deps-test $(RESULTS)/dist build/cache/golangci-lint build/cache/vet
	@files=$$(gofmt -l *.go backend build/tools); [ -z "$$files" ] || { echo "gofmt these: $$files"; exit 1; }
	GOFLAGS="$(BUILD)" build/cache/golangci-lint run $(GO_PACKAGES)
	build/windows.sh vet
	build/vet-darwin.sh

lint-frontend: deps-test $(RESULTS)/lint-frontend

$(RESULTS)/lint-frontend: $(FRONTEND_LINTED) | frontend/node_modules
	cd frontend && npm run --silent typecheck && npm run --silent lint
	@mkdir -p $(@D) && touch $@

lint-shell: deps-test
	shellcheck -x $$(git ls-files '*.sh') .ci/run

fmt: frontend/node_modules ## format Go and the front end
	gofmt -w *.go backend build/tools
	cd frontend && npm run --silent format

bench: $(RESULTS)/dist ## benchmarks (ARGS="./backend/media" picks)
	go test -tags $(TAGS) -run '^$$' -bench . -benchmem $(or $(ARGS),./backend/...)

bench-signaling: deps-test build ## what a call through Firestore costs and how long it takes, against the emulator
	PARLEY_BENCH_SIGNALING=1 PARLEY_REQUIRE_EMULATOR=1 go test -count=1 -timeout 20m -v -run 'TestBenchSignaling|TestBudget' ./backend/signaling/firestore | grep -v level=
	@mkdir -p $(RESULTS)
	cd frontend && PARLEY_REQUIRE_EMULATOR=1 npx vitest run --config e2e/bench.config.ts > $(CURDIR)/$(RESULTS)/bench-signaling.log 2>&1 || { cat $(CURDIR)/$(RESULTS)/bench-signaling.log; exit 1; }
	@grep -oE '(documents of a call, .*\{|join to connected, .*: ).*' $(RESULTS)/bench-signaling.log

fuzz: ## every fuzz target for FUZZTIME (10s), one after the other
	@grep -rHoE '^func Fuzz\w+' --include='*_test.go' backend | while IFS=: read -r file target; do \
	echo "$${file%/*}: $${target#func }"; \
	go test -run '^$$' -fuzz "^$${target#func }$$" -fuzztime $(FUZZTIME) "./$${file%/*}"; done

demo: deps-test build ## a call between the window and a phone; screenshots and the recording stay in demo/
	cd frontend && PARLEY_DEMO=1 npx vitest run --config e2e/vitest.config.ts

firebase-site: $(RESULTS)/dist ## the phone page for Firebase Hosting: build/firebase/README.md (FIREBASE_CONFIG=FILE)
	node build/firebase/site.mjs

clean: ## delete what was built
	rm -rf build/bin build/cache frontend/node_modules
	find frontend/dist -mindepth 1 -not -name .gitkeep -delete

deps:
	@build/deps.sh run

deps-test:
	@build/deps.sh test
	@build/emulator-archive.sh

frontend/node_modules: frontend/package-lock.json | deps
	cd frontend && npm ci --no-audit --no-fund
	@touch $@

# Not newer than node_modules: tools keep files of their own in it.
$(RESULTS)/dist: $(FRONTEND_SOURCES) | frontend/node_modules
	cd frontend && npm run --silent build && npm run --silent size
	@mkdir -p $(@D) && touch $@

# Without cgo, so that they can be built while apt still installs a C compiler.
build/cache/golangci-lint: build/tools/go.mod
	@mkdir -p $(@D)
	cd build/tools && CGO_ENABLED=0 go build $(BUILD) -ldflags "-s -w" -o ../cache/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint

build/cache/vet: build/tools/go.mod $(wildcard build/tools/vet/*.go)
	@mkdir -p $(@D)
	cd build/tools && CGO_ENABLED=0 go build $(BUILD) -ldflags "-s -w" -o ../cache/vet ./vet

.PHONY: release release-test release-quick
release: ## signed packages of the commit that is checked out, in build/bin/release (VERSION=x.y.z; keys: build/release/README.md)
	@env -u CGO_CFLAGS build/release/release.sh $(if $(filter command line environment,$(origin VERSION)),$(VERSION))

release-test: ## build, verify, install and remove a release, with keys made for it (root)
	@env -u CGO_CFLAGS build/release/test/all.sh

release-quick: deps-test $(RESULTS)/release ## packages and a setup, signed, verified, and built twice the same; a minute

# The sources of what is packed, and what packs it.
PACKED := $(wildcard $(shell git ls-files -co --exclude-standard -- build '*.go' go.mod go.sum LICENSE CHANGELOG.md 2>/dev/null))

$(RESULTS)/release: $(RESULTS)/dist $(PACKED)
	@$(MAKE) --no-print-directory build
	@build/release/test/all.sh quick
	@touch $@
