# What one does with fmcg, by name. Nothing is decided here that the program could decide.
.DEFAULT_GOAL := help

VERSION    = $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
RELEASE    = fmcg-$(VERSION)-$(shell go env GOOS)-$(shell go env GOARCH)
GO_DIRS   := catalog cmd pipeline sql
SQLFLUFF  := PYTHONPATH=$(CURDIR)/.tools/sqlfluff python3 -m sqlfluff

# The tools of tests and lint, by version. A stamp bears the version, so that another one is fetched anew.
# Engine and extension move together: DUCKDB is the version of the engine in go.mod.
DUCKDB := 1.5.5
STAMPS := $(addprefix .tools/stamps/, versitygw-v1.8.0 staticcheck-v0.8.2 sqlfluff-4.5.0 httpfs-$(DUCKDB) extensions-$(DUCKDB) jdbc-$(DUCKDB).1 \
	python-1.2.2 python-1.3.2 python-1.4.5 python-$(DUCKDB) node)

ASSETS := .tools/stamps/assets

# What takes the SQL to Spark: SQLGLOT is the version in pipeline/spark, Iceberg's runtime is that of the Spark it names.
SQLGLOT      := 30.30.0
SPARK_STAMPS := $(addprefix .tools/stamps/, sqlglot-$(SQLGLOT) spark-4.1.4 iceberg-4.1_2.13-1.11.0 s3a)

.PHONY: help build assets refresh serve test test-spark tools lint format bench spark-bundle dist clean

help: ## Say what there is (this)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: assets ## Make bin/fmcg
	go build -trimpath -buildvcs=false -ldflags "-X main.version=$(VERSION)" -o bin/fmcg ./cmd/fmcg

# The demo lake is renamed when complete: one that was cut off must not pass for the whole.
refresh: build ## Bring warehouse/fmcg.duckdb up to date; where no lake is configured, from a demo lake
	@if [ -n "$$FMCG_LAKE$$FMCG_PARENT$$FMCG_CHILD$$FMCG_CONFIG" ] || [ -e fmcg.yaml ]; then exec bin/fmcg refresh; fi; \
	[ -d lake ] || { bin/fmcg demo lake.new && mv lake.new lake; } && exec bin/fmcg refresh --lake lake

assets: ## Fetch from npm what draws charts and edits SQL; without npm there are tables and a plain field
	@if npm --version >/dev/null 2>&1; then $(MAKE) --no-print-directory $(ASSETS); \
	else echo "No npm: fmcg serve shows tables in place of charts, a plain field in place of the SQL editor. Install npm and run make build again to have them."; fi

serve: build ## Serve the dashboard and the questions of what make refresh published, at http://127.0.0.1:8080
	exec bin/fmcg serve

# Where the tests find the engine's extensions.
REAL_PARTS = FMCG_HTTPFS=$(CURDIR)/.tools/httpfs/httpfs.duckdb_extension FMCG_ICEBERG=$(CURDIR)/.tools/extensions

test: tools assets ## Run every test, those with S3 and with other clients too
	$(REAL_PARTS) go test -timeout 20m ./...

test-spark: tools $(SPARK_STAMPS) ## Run the SQL on Spark too, and compare with DuckDB; needs Java 17 or 21
	$(REAL_PARTS) FMCG_SPARK=$(CURDIR)/.tools/spark go test -timeout 60m ./pipeline/spark

lint: tools ## Check the Go code (gofmt, go vet, staticcheck) and the SQL (comments, sqlfluff)
	@unformatted=$$(gofmt -l $(GO_DIRS)) && [ -z "$$unformatted" ] || { echo "not formatted, run make format: $$unformatted"; exit 1; }
	go vet ./...
	.tools/bin/staticcheck ./...
	go test -run TestEveryTableAndColumnHasAComment ./pipeline
	$(SQLFLUFF) lint sql

format: tools ## Format the Go code and the SQL
	gofmt -w $(GO_DIRS)
	$(SQLFLUFF) fix sql

bench: ## Measure refreshes of 5 million order lines, as ratios, and the pages of what make refresh published
	go test ./cmd/fmcg -run '^$$' -bench Warehouse -benchtime 1x -timeout 30m
	FMCG_ASK_WAREHOUSE=$${FMCG_ASK_WAREHOUSE:-$(CURDIR)/warehouse/fmcg.duckdb} go test ./catalog/web -run '^$$' -bench 'Dashboard|Pages' -benchtime 20x

spark-bundle: build .tools/stamps/sqlglot-$(SQLGLOT) ## Make bin/spark, which spark-submit runs: the SQL as Spark SQL, and its runner
	PYTHONPATH=$(CURDIR)/.tools/sqlglot bin/fmcg spark bundle bin/spark

dist: build ## Make the release archive and its checksums in dist/
	rm -rf dist && mkdir -p dist/$(RELEASE)/testdata
	cp -R bin/fmcg sql LICENSE README.md dist/$(RELEASE) && rm dist/$(RELEASE)/sql/*.go
	cp -R testdata/sql dist/$(RELEASE)/testdata
	tar -C dist --owner=0 --group=0 -czf dist/$(RELEASE).tar.gz $(RELEASE) && rm -r dist/$(RELEASE)
	cd dist && sha256sum *.tar.gz > SHA256SUMS

clean: ## Remove what build and dist made; lake/, warehouse/ and .tools/ stay
	rm -rf bin dist

tools: $(STAMPS) ## Fetch what tests and lint need, by package name, into .tools/

# A rule a tool: $* is its version. PIP fetches no package that would have to be compiled.
PIP  := python3 -m pip --quiet --disable-pip-version-check
INTO  = --root-user-action=ignore --only-binary=:all: --upgrade --target
DONE  = @mkdir -p $(@D) && touch $@

.tools/stamps/versitygw-%:
	@echo "Fetching versitygw $* (Go module): the S3 server of the tests"
	GOBIN=$(CURDIR)/.tools/bin go install github.com/versity/versitygw/cmd/versitygw@$*
	$(DONE)

.tools/stamps/staticcheck-%:
	@echo "Fetching staticcheck $* (Go module): make lint"
	GOBIN=$(CURDIR)/.tools/bin go install honnef.co/go/tools/cmd/staticcheck@$*
	$(DONE)

.tools/stamps/sqlfluff-%:
	@echo "Fetching sqlfluff $* (PyPI): make lint, make format"
	$(PIP) install $(INTO) .tools/sqlfluff sqlfluff==$*
	$(DONE)

.tools/stamps/httpfs-%:
	@echo "Fetching duckdb-extension-httpfs $* (PyPI): the engine's way to S3"
	rm -rf .tools/httpfs
	$(PIP) download --no-deps --dest .tools/httpfs duckdb-extension-httpfs==$*
	cd .tools/httpfs && python3 -m zipfile -e *.whl . && mv duckdb_extension_httpfs/extensions/v$*/httpfs.duckdb_extension .
	$(DONE)

.tools/stamps/extensions-%:
	@echo "Fetching duckdb-extension-iceberg and -avro $* (PyPI): a reader of exported tables"
	rm -rf .tools/extensions
	$(PIP) download --no-deps --dest .tools/extensions duckdb-extension-iceberg==$* duckdb-extension-avro==$*
	cd .tools/extensions && for wheel in *.whl; do python3 -m zipfile -e $$wheel .; done && mv duckdb_extension_*/extensions/v$*/*.duckdb_extension .
	$(DONE)

.tools/stamps/python-%:
	@echo "Fetching duckdb $* (PyPI): a client that must open the file"
	$(PIP) install $(INTO) .tools/python/$(basename $*) --no-deps duckdb==$*
	$(DONE)

.tools/stamps/jdbc-%:
	@echo "Fetching org.duckdb:duckdb_jdbc $* (Maven): the driver of DBeaver"
	rm -rf .tools/jdbc
	mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
		-Dartifact=org.duckdb:duckdb_jdbc:$* -Dmdep.stripVersion=true -DoutputDirectory=$(CURDIR)/.tools/jdbc
	$(DONE)

.tools/stamps/node: testdata/clients/node/package-lock.json
	@echo "Fetching @duckdb/node-api (npm): a client that must open the file"
	cd testdata/clients/node && npm ci --no-audit --no-fund --no-update-notifier
	$(DONE)

# Copied, since go embeds no links; the licence goes along.
$(ASSETS): catalog/web/npm/package-lock.json catalog/web/npm/editor.js
	@echo "Fetching echarts, CodeMirror and axe-core (npm): charts and SQL editor of the pages, and what judges pages in tests"
	cd catalog/web/npm && npm ci --no-audit --no-fund --no-update-notifier
	cp catalog/web/npm/node_modules/echarts/dist/echarts.esm.min.js catalog/web/assets/echarts.js
	cp catalog/web/npm/node_modules/echarts/LICENSE catalog/web/assets/echarts.LICENSE
	cp catalog/web/npm/node_modules/echarts/NOTICE catalog/web/assets/echarts.NOTICE
	cd catalog/web/npm && node_modules/.bin/esbuild editor.js --bundle --minify --format=esm --target=es2022 --log-level=warning --outfile=../assets/editor.js
	cp catalog/web/npm/node_modules/@codemirror/view/LICENSE catalog/web/assets/editor.LICENSE
	$(DONE)

.tools/stamps/sqlglot-%:
	@echo "Fetching sqlglot $* (PyPI): fmcg spark bundle"
	$(PIP) install $(INTO) .tools/sqlglot --no-deps sqlglot==$*
	$(DONE)

# PyPI has PySpark as a source package only; nothing of it is compiled.
.tools/stamps/spark-%:
	@echo "Fetching pyspark $* (PyPI): make test-spark"
	rm -rf .tools/spark && $(PIP) install --root-user-action=ignore --target .tools/spark pyspark==$* sqlglot==$(SQLGLOT)
	$(DONE)

# The versions are in the file: hadoop-aws is that of the Hadoop within PySpark.
.tools/stamps/s3a: pipeline/spark/testdata/s3a.xml .tools/stamps/spark-4.1.4
	@echo "Fetching org.apache.hadoop:hadoop-aws (Maven): Spark's way to S3"
	mvn --quiet --batch-mode --file $< org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
		-DincludeScope=runtime -DoutputDirectory=$(CURDIR)/.tools/spark/jars
	$(DONE)

# $* is the version of Spark and Scala, then Iceberg's.
.tools/stamps/iceberg-%: .tools/stamps/spark-4.1.4
	@echo "Fetching org.apache.iceberg:iceberg-spark-runtime $* (Maven): make test-spark"
	mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
		-Dartifact=org.apache.iceberg:iceberg-spark-runtime-$(subst -,:,$*) -Dmdep.stripVersion=true -DoutputDirectory=$(CURDIR)/.tools/spark/jars
	$(DONE)
