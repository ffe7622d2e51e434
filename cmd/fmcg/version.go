package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline"
	sqltree "github.com/fmcg/fmcg/sql"
)

// version is set by make (-ldflags -X) to what git describes.
var version = ""

func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Versions of program, engine, httpfs and SQL",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			config, err := a.warehouseConfig()
			if err != nil {
				return err
			}
			tree, origin := config.SQL, a.settings.SQL
			if tree == nil {
				tree, origin = sqltree.Files, "embedded"
			}
			hash, err := treeHash(tree)
			if err != nil {
				return err
			}
			engine, httpfs, err := pipeline.EngineVersions(command.Context(), config.Engine)
			if err != nil {
				return err
			}
			if a.settings.Format == formatJSON {
				return printJSON(a.stdout, map[string]string{"fmcg": programVersion(), "go": runtime.Version(), "engine": engine, "httpfs": httpfs, "sql": hash, "sql_from": origin})
			}
			fmt.Fprintf(a.stdout, "fmcg    %s (%s, %s/%s)\nengine  DuckDB %s\nhttpfs  %s\nsql     %s (%s)\n",
				programVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH, engine, httpfs, hash, origin)
			return nil
		},
	}
}

// treeHash is one short hash of all files of a SQL tree.
func treeHash(tree fs.FS) (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(tree, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(tree, path)
		fmt.Fprintf(hash, "%s\x00%d\x00", path, len(body))
		hash.Write(body)
		return err
	})
	return hex.EncodeToString(hash.Sum(nil))[:12], err
}
