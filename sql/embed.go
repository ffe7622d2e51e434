// Package sql holds the transformations, and nothing else: plain SQL, a file a table or check, embedded in the program.
// README.md says how to read and edit them; pipeline/model.go reads their heads.
package sql

import "embed"

// Files is the SQL tree: migrations, bronze, silver, gold, ops, checks and corrections.
//
//go:embed migrations bronze silver gold ops checks corrections
var Files embed.FS
