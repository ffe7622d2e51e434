# fmcg with its engine's S3 extension, on a small Debian.
#
#   docker build --build-arg VERSION="$(git describe --tags --always --dirty)" -t fmcg .
#   docker run --rm -v fmcg:/warehouse -e AWS_REGION=ap-south-1 -e FMCG_LAKE=s3://bucket/prefix fmcg refresh
#   docker run --rm -v fmcg:/warehouse fmcg status
#
# The published file is /warehouse/fmcg.duckdb; a fmcg.yaml in the volume is read. Credentials come as to any AWS program: a role of
# the task, or AWS_* variables; no secret belongs into the image. A bind mount must be writable for uid 10001.

FROM node:22-bookworm-slim AS assets
WORKDIR /npm
COPY catalog/web/npm/package.json catalog/web/npm/package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM golang:1.26-bookworm AS build
ARG VERSION=unknown
# Extensions load only in the very engine they were built for: this is the engine of go.mod.
ARG DUCKDB=1.5.5
RUN apt-get update && apt-get install --yes --no-install-recommends python3-pip
RUN mkdir /out \
    && python3 -m pip download --no-deps --dest /tmp/httpfs duckdb-extension-httpfs==$DUCKDB \
    && cd /tmp/httpfs && python3 -m zipfile -e *.whl . \
    && mv duckdb_extension_httpfs/extensions/v$DUCKDB/httpfs.duckdb_extension /out/
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=assets /npm/node_modules/echarts/dist/echarts.esm.min.js catalog/web/assets/echarts.js
COPY --from=assets /npm/node_modules/echarts/LICENSE catalog/web/assets/echarts.LICENSE
COPY --from=assets /npm/node_modules/echarts/NOTICE catalog/web/assets/echarts.NOTICE
RUN go build -trimpath -buildvcs=false -ldflags "-X main.version=$VERSION" -o /out/fmcg ./cmd/fmcg

FROM debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates libstdc++6 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home fmcg && install --directory --owner=fmcg /warehouse
COPY --from=build /out/fmcg /usr/local/bin/
COPY --from=build /out/httpfs.duckdb_extension /usr/local/lib/fmcg/
COPY LICENSE /usr/local/share/doc/fmcg/
ENV FMCG_HTTPFS=/usr/local/lib/fmcg/httpfs.duckdb_extension FMCG_WAREHOUSE=/warehouse/fmcg.duckdb
USER fmcg
WORKDIR /warehouse
VOLUME /warehouse
ENTRYPOINT ["fmcg"]
