package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/catalog/iceberg"
	"github.com/fmcg/fmcg/pipeline/lake"
)

const formatIceberg = "iceberg"

// icebergTarget is a folder or bucket that tables of Iceberg are exported to.
type icebergTarget struct {
	app  *app
	lake *lake.Lake
	url  string
}

// exportIceberg writes the release as the next snapshot of each table of gold.
func (a *app) exportIceberg(ctx context.Context, url string) (err error) {
	target := &icebergTarget{app: a}
	if target.lake, target.url, err = a.exportTarget(ctx, url); err != nil {
		return err
	}
	gold, err := catalog.OpenGoldFiles(ctx, a.settings.Warehouse)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gold.Close()) }()
	tables, err := gold.Tables(ctx)
	if err != nil {
		return err
	}
	type commit struct {
		place string // within the target
		meta  iceberg.Written
		table *iceberg.Table
	}
	var commits []commit
	var rows [][]any
	for _, table := range tables {
		place := "gold/" + table.Name
		opened, err := target.open(ctx, place)
		if err != nil {
			return err
		}
		if opened.Run() == gold.Run {
			if err := target.put(ctx, place, hint(opened.Version())); err != nil { // it may have been cut off just before
				return err
			}
			continue
		}
		written, count, err := target.write(ctx, gold, table, opened, place)
		if err != nil {
			return fmt.Errorf("export gold.%s: %w", table.Name, err)
		}
		commits = append(commits, commit{place, written, opened})
		rows = append(rows, []any{"gold." + table.Name, count})
	}
	for _, commit := range commits {
		if err := target.put(ctx, commit.place, commit.meta); err != nil {
			return err
		}
		if err := target.put(ctx, commit.place, hint(commit.table.Version()+1)); err != nil {
			return err
		}
	}
	if len(commits) == 0 {
		fmt.Fprintf(a.stdout, "Nothing new: the tables at %s are of %s already.\n", target.url, gold.Run)
		return nil
	}
	printTable(a.stdout, []string{"table", "rows"}, rows)
	fmt.Fprintf(a.stdout, "Wrote the tables at %s/gold: their current snapshot is %s.\n", target.url, gold.Run)
	return nil
}

func hint(version int) iceberg.Written {
	return iceberg.Written{Path: iceberg.Hint, Body: []byte(strconv.Itoa(version))}
}

// write writes all of a table's next snapshot but the last file, which commits it, and returns that one and the rows.
func (t *icebergTarget) write(ctx context.Context, gold *catalog.GoldFiles, table catalog.GoldTable, opened *iceberg.Table, place string) (last iceberg.Written, rows int64, err error) {
	if err := opened.Shape(table.Columns, table.Comment, table.Year); err != nil {
		return last, 0, err
	}
	dir, err := os.MkdirTemp("", "fmcg-export-")
	if err != nil {
		return last, 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	files, err := gold.Write(ctx, table, opened.FieldIDs(), dir, opened.DataPath(gold.Run))
	if err != nil {
		return last, 0, err
	}
	for _, file := range files {
		rows += file.Rows
		body, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file.Path)))
		if err != nil {
			return last, 0, err
		}
		if err := t.put(ctx, place, iceberg.Written{Path: file.Path, Body: body}); err != nil {
			return last, 0, err
		}
	}
	written, err := opened.Commit(gold.Run, t.app.now(), files, func(path string) ([]byte, error) { return t.read(ctx, path) })
	if err != nil {
		return last, 0, err
	}
	last = written[len(written)-1]
	for _, file := range written[:len(written)-1] {
		if err := t.put(ctx, place, file); err != nil {
			return last, 0, err
		}
	}
	return last, rows, nil
}

// open reads the newest metadata of a table: the version that the hint names, or one that was committed after it.
func (t *icebergTarget) open(ctx context.Context, place string) (*iceberg.Table, error) {
	location := t.url + "/" + place
	named, err := t.read(ctx, location+"/"+iceberg.Hint)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	version := 0
	if text := strings.TrimSpace(string(named)); text != "" {
		if version, err = strconv.Atoi(text); err != nil {
			return nil, fmt.Errorf("%s/%s names %q: the table is another program's; export to another place", location, iceberg.Hint, text)
		}
	}
	var body []byte
	if version > 0 {
		if body, err = t.read(ctx, location+"/"+iceberg.MetadataPath(version)); err != nil {
			return nil, err
		}
	}
	for {
		newer, err := t.read(ctx, location+"/"+iceberg.MetadataPath(version+1))
		if errors.Is(err, fs.ErrNotExist) {
			return iceberg.Open(location, version, body)
		}
		if err != nil {
			return nil, err
		}
		version, body = version+1, newer
	}
}

// read returns a file by its whole URL, or an error that is fs.ErrNotExist.
func (t *icebergTarget) read(ctx context.Context, url string) ([]byte, error) {
	var body bytes.Buffer
	err := t.lake.Fetch(ctx, lake.File{Source: lake.SourceChild, URI: url}, &body)
	var gone *lake.Error
	if errors.As(err, &gone) && gone.Kind == lake.Vanished {
		return nil, fmt.Errorf("%s: %w", url, fs.ErrNotExist)
	}
	return body.Bytes(), err
}

func (t *icebergTarget) put(ctx context.Context, place string, file iceberg.Written) error {
	return t.lake.Put(ctx, lake.SourceChild+"/"+place+"/"+file.Path, file.Body, t.app.now())
}
