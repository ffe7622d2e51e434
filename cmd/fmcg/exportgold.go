package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline/lake"
)

// currentRelease is the file in the target that names the release that is whole; it changes last.
const currentRelease = "current"

// exportGold writes a release beside those that are there, then names it. An Export without tables says that it was there.
func (a *app) exportGold(ctx context.Context, url string) (export catalog.Export, err error) {
	target, url, err := a.exportTarget(ctx, url)
	if err != nil {
		return export, err
	}
	summary, err := catalog.ReadSnapshot(ctx, a.settings.Warehouse)
	if err != nil {
		return export, err
	}
	named, err := target.Head(ctx, lake.File{Source: lake.SourceChild, URI: strings.TrimSuffix(url, "/") + "/" + currentRelease})
	if err == nil && strings.TrimSpace(string(named)) == summary.Run {
		return catalog.Export{Run: summary.Run}, nil
	}
	var gone *lake.Error
	if err != nil && !(errors.As(err, &gone) && gone.Kind == lake.Vanished) {
		return export, err
	}
	dir, err := os.MkdirTemp("", "fmcg-export-")
	if err != nil {
		return export, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if export, err = catalog.ExportGold(ctx, a.settings.Warehouse, dir); err != nil {
		return export, err
	}
	put := func(path string, body []byte) error { return target.Put(ctx, lake.SourceChild+"/"+path, body, a.now()) }
	if err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		within, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return put("releases/"+export.Run+"/"+filepath.ToSlash(within), body)
	}); err != nil {
		return export, err
	}
	return export, put(currentRelease, []byte(export.Run+"\n"))
}

// exportTarget opens what is exported to, as the child's side of a lake, and returns its whole URL.
func (a *app) exportTarget(ctx context.Context, url string) (target *lake.Lake, whole string, err error) {
	if whole = strings.TrimSuffix(url, "/"); !strings.HasPrefix(url, "s3://") {
		if whole, err = filepath.Abs(url); err != nil {
			return nil, "", err
		}
	}
	a.settings.Lake, a.settings.Parent, a.settings.Child = "", "", whole
	config, err := a.lakeConfig()
	if err != nil {
		return nil, "", err
	}
	target, err = lake.Open(ctx, config)
	return target, whole, err
}
