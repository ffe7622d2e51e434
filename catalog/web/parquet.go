package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/guard"
)

// parquetKind is the media type of Parquet.
const parquetKind = "application/vnd.apache.parquet"

// parquetFile is a statement's rows as a file that is gone when it is closed. The guard judges the statement; as the guard's own
// engine writes no file, one for this file alone, under the same limits, runs it.
func (s *Server) parquetFile(ctx context.Context, release *Release, sql string) (file *os.File, rows int64, err error) {
	bounded, err := release.SQL.Bounded(ctx, sql, mostExported-1)
	if err != nil {
		return nil, 0, err
	}
	limits := s.config.sqlLimits()
	limited, cancel := context.WithTimeoutCause(ctx, limits.Time, guard.ErrTooLong)
	defer cancel()
	if file, err = os.CreateTemp("", "fmcg-*.parquet"); err != nil {
		return nil, 0, err
	}
	rows, err = writeParquet(limited, release.path, file.Name(), bounded, limits.Settings())
	err = errors.Join(err, os.Remove(file.Name()))
	failed := (*duckdb.Error)(nil)
	switch {
	case err == nil:
		return file, rows, nil
	case errors.Is(context.Cause(limited), guard.ErrTooLong):
		err = fmt.Errorf("%w: it was stopped after %s", guard.ErrTooLong, limits.Time)
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.As(err, &failed) && failed.Type == duckdb.ErrorTypeOutOfMemory:
		err = fmt.Errorf("%w: %w", guard.ErrTooMuch, err)
	}
	return nil, 0, errors.Join(err, file.Close())
}

func writeParquet(ctx context.Context, release, path, sql string, settings []string) (rows int64, err error) {
	exporter, err := catalog.OpenExporter(ctx, release, path, settings...)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, exporter.Close()) }()
	return exporter.Parquet(ctx, sql)
}

// sendParquet answers with a statement's rows as Parquet.
func (v *visit) sendParquet(release *Release, sql string) error {
	type written struct {
		file *os.File
		rows int64
	}
	found, err := running(v, sql, func(ctx context.Context) (written, error) {
		file, rows, err := v.server.parquetFile(ctx, release, sql)
		return written{file, rows}, err
	})
	if err != nil {
		return err
	}
	defer func() { _ = found.file.Close() }()
	v.noteReads(release, sql)
	v.fileOf("parquet", parquetKind, found.rows >= mostExported)
	if _, err := io.Copy(v, found.file); err != nil && v.Context().Err() == nil {
		return err
	}
	return nil
}

// fileOf says of an answer that it is a file of rows, and whether there may be more of them.
func (v *visit) fileOf(format, kind string, truncated bool) {
	if truncated {
		v.Header().Set("Fmcg-Truncated", fmt.Sprint(mostExported))
	}
	v.Header().Set("Content-Type", kind)
	v.Header().Set("Content-Disposition", `attachment; filename="fmcg-query.`+format+`"`)
}
