package pipeline

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/jmoiron/sqlx"

	"github.com/fmcg/fmcg/pipeline/lake"
)

// EngineVersion is the DuckDB that the binding embeds. An extension loads only in the engine version it was built
// for, so engine and httpfs move together.
const EngineVersion = "1.5.5"

// EngineConfig sets what the engine may use. The zero value is the engine's own defaults.
type EngineConfig struct {
	MemoryLimit string // "4GB"; beyond it the engine spills
	Threads     int
	SpillDir    string // where it spills; default: in the release being built
	HTTPFS      string // path of httpfs.duckdb_extension; default: DuckDB's own INSTALL
}

// engine is one session of an open database. Variables and temporary tables belong to a session, so each task has its own,
// and all that a task does but the reading of files goes through conn.
type engine struct {
	db     *sqlx.DB
	conn   *sqlx.Conn
	common *common
}

// common is what the sessions of one database share.
type common struct {
	batches atomic.Int64 // of files read; names the tables of refused records

	mutex   sync.Mutex
	readers int   // tasks that read files now
	threads int64 // of the engine, while nobody reads
}

// openEngine opens the database at path ("" in memory).
func openEngine(ctx context.Context, path string, readOnly bool, config EngineConfig) (*engine, error) {
	options := []string{"access_mode=READ_WRITE"}
	if readOnly {
		options = []string{"access_mode=READ_ONLY"}
	}
	if config.Threads > 0 {
		options = append(options, "threads="+strconv.Itoa(config.Threads))
	}
	if config.MemoryLimit != "" {
		options = append(options, "memory_limit="+config.MemoryLimit)
	}
	connector, err := duckdb.NewConnector(path+"?"+strings.Join(options, "&"), func(execer driver.ExecerContext) error {
		// One fixed time zone: what a file says must not depend on where the program runs.
		_, err := execer.ExecContext(ctx, "set TimeZone = 'UTC'", nil)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db := sqlx.NewDb(sql.OpenDB(connector), "duckdb")
	conn, err := db.Connx(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	opened := &engine{db: db, conn: conn, common: &common{}}
	if config.SpillDir != "" {
		if err := opened.exec(ctx, "set temp_directory = "+quoteText(config.SpillDir)); err != nil {
			return nil, errors.Join(err, opened.close())
		}
	}
	return opened, nil
}

// close lets go of the file.
func (e *engine) close() error { return errors.Join(e.conn.Close(), e.db.Close()) }

// session opens another session; its conn is to be closed by whoever asked for it.
func (e *engine) session(ctx context.Context) (*engine, error) {
	conn, err := e.db.Connx(ctx)
	if err != nil {
		return nil, fmt.Errorf("open a session: %w", err)
	}
	return &engine{db: e.db, conn: conn, common: e.common}, nil
}

// narrow has each statement run in the thread that asks for it, until the returned function is called as often. The engine's
// own threads would take the cores from the readers of files by looking for work that is not there: a quarter of the
// processor's time, as measured.
func (e *engine) narrow(ctx context.Context) (widen func() error, err error) {
	c := e.common
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.readers == 0 {
		if c.threads, err = e.number(ctx, "select current_setting('threads')"); err != nil {
			return nil, err
		}
		if err := e.exec(ctx, "set threads = 1"); err != nil {
			return nil, err
		}
	}
	c.readers++
	return func() error {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		if c.readers--; c.readers > 0 {
			return nil
		}
		return e.exec(context.WithoutCancel(ctx), fmt.Sprintf("set threads = %d", c.threads))
	}, nil
}

func (e *engine) exec(ctx context.Context, query string, args ...any) error {
	_, err := e.conn.ExecContext(ctx, query, args...)
	return err
}

// count returns the rows that a statement wrote.
func (e *engine) count(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := e.conn.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// texts returns the first column of a query.
func (e *engine) texts(ctx context.Context, query string, args ...any) ([]string, error) {
	var found []string
	err := e.conn.SelectContext(ctx, &found, query, args...)
	return found, err
}

// number returns the single number of a query.
func (e *engine) number(ctx context.Context, query string, args ...any) (int64, error) {
	var found int64
	err := e.conn.GetContext(ctx, &found, query, args...)
	return found, err
}

// setScope hands the variables files and months to the models; nil means all.
func (e *engine) setScope(ctx context.Context, files, months []string) error {
	if err := setList(ctx, e, "files", "varchar[]", files); err != nil {
		return err
	}
	return setList(ctx, e, "months", "date[]", months)
}

func setList(ctx context.Context, e *engine, name, kind string, values []string) error {
	if values == nil {
		return e.exec(ctx, fmt.Sprintf("set variable %s = cast(null as %s)", name, kind))
	}
	return e.exec(ctx, fmt.Sprintf("set variable %s = cast(cast(? as varchar[]) as %s)", name, kind), values)
}

// loadHTTPFS loads the extension that reads S3.
func (e *engine) loadHTTPFS(ctx context.Context, path string) error {
	hint := "the engine needs httpfs " + EngineVersion + " to read S3. Let the machine reach DuckDB's extension host, or " +
		"`pip download --no-deps duckdb-extension-httpfs==" + EngineVersion + "`, unzip it, and set FMCG_HTTPFS to its httpfs.duckdb_extension"
	if path != "" {
		if _, err := os.Stat(path); err != nil {
			return &Error{Op: "load httpfs from", Subject: path, Hint: hint, Code: WrongUse, Err: err}
		}
		if err := e.exec(ctx, "load "+quoteText(path)); err != nil {
			return &Error{Op: "load httpfs from", Subject: path, Hint: hint, Code: WrongUse, Err: err}
		}
		return nil
	}
	if err := e.exec(ctx, "load httpfs"); err == nil {
		return nil
	}
	if err := e.exec(ctx, "install httpfs"); err != nil {
		return &Error{Op: "install httpfs", Hint: hint, Code: WrongUse, Err: err}
	}
	if err := e.exec(ctx, "load httpfs"); err != nil {
		return &Error{Op: "load httpfs", Hint: hint, Code: WrongUse, Err: err}
	}
	return nil
}

// EngineVersions returns the versions of the engine and of the httpfs it would load, or why it has none.
func EngineVersions(ctx context.Context, config EngineConfig) (engine, httpfs string, err error) {
	e, err := openEngine(ctx, "", false, config)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if err := e.conn.GetContext(ctx, &engine, "select version()"); err != nil {
		return "", "", err
	}
	loading := "load httpfs"
	if config.HTTPFS != "" {
		loading = "load " + quoteText(config.HTTPFS)
	}
	if err := e.exec(ctx, loading); err != nil {
		return engine, "not loaded: " + firstLine(err.Error()), nil
	}
	err = e.conn.GetContext(ctx, &httpfs, "select extension_version from duckdb_extensions() where extension_name = 'httpfs'")
	return engine, httpfs, err
}

// httpTimeout bounds the silence within one request of the engine. It makes one attempt: what fails is fetched by the SDK
// (read.go), which retries with backoff, while the engine's own attempts all come within half a second.
const httpTimeout = 20 * time.Second

// useSecrets gives the engine the credentials of the lake's buckets, in memory only. Errors do not carry the statement.
func (e *engine) useSecrets(ctx context.Context, secrets []lake.Secret, timeout time.Duration) error {
	if timeout <= 0 || timeout > httpTimeout {
		timeout = httpTimeout
	}
	for i, secret := range secrets {
		style := "vhost"
		if secret.PathStyle {
			style = "path"
		}
		parts := []string{
			"type s3",
			"scope " + quoteText(secret.Scope),
			"key_id " + quoteText(secret.KeyID),
			"secret " + quoteText(secret.SecretKey),
			"region " + quoteText(secret.Region),
			"url_style " + quoteText(style),
			fmt.Sprintf("use_ssl %t", secret.UseSSL),
		}
		if secret.SessionToken != "" {
			parts = append(parts, "session_token "+quoteText(secret.SessionToken))
		}
		if secret.Endpoint != "" {
			parts = append(parts, "endpoint "+quoteText(secret.Endpoint))
		}
		if err := e.exec(ctx, fmt.Sprintf("create or replace temporary secret lake_%d (%s)", i, strings.Join(parts, ", "))); err != nil {
			return &Error{Op: "hand the lake's credentials to the engine", Hint: "run fmcg check", Err: errors.New("the engine refused them")}
		}
	}
	for _, setting := range []string{
		fmt.Sprintf("set global http_timeout = %d", max(int(timeout.Seconds()), 1)),
		"set global http_retries = 0",
	} {
		if err := e.exec(ctx, setting); err != nil {
			return fmt.Errorf("%s: %w", setting, err)
		}
	}
	return nil
}

// quoteText writes a text as a SQL literal, for the places that take no parameter.
func quoteText(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// quoteName writes a name as a SQL identifier.
func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// extractCorrections writes the correction files of a SQL tree to a folder, where the engine can read them.
func extractCorrections(tree Tree, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, body := range tree.Corrections {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// CheckEngine is the last step of fmcg check: the engine itself reads the start of a file of the lake.
func CheckEngine(ctx context.Context, config Config, opened *lake.Lake) lake.Step {
	config = config.withDefaults()
	step := lake.Step{Name: "engine"}
	step.Detail, step.Err = readThroughEngine(ctx, config, opened)
	return step
}

func readThroughEngine(ctx context.Context, config Config, opened *lake.Lake) (detail string, err error) {
	e, err := openEngine(ctx, "", false, config.Engine)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if _, err := e.prepareLake(ctx, opened, config); err != nil {
		return "", err
	}
	listing, err := opened.List(ctx)
	if err != nil {
		return "", err
	}
	for _, file := range listing.Files {
		if strings.ContainsAny(file.URI, globCharacters) || strings.HasSuffix(file.URI, ".gz") {
			continue
		}
		if _, err := e.texts(ctx, "select content from read_text(?) limit 1", file.URI); err != nil {
			return "", &Error{Op: "read through the engine", Subject: file.URI, Err: err,
				Hint: "the SDK can read it and the engine cannot: check endpoint, path style and proxies"}
		}
		return "DuckDB " + EngineVersion + " reads " + file.URI, nil
	}
	return "DuckDB " + EngineVersion + "; there is no file to read yet", nil
}

// prepareLake gives the engine what it needs for the lake, and returns how to renew it: the credentials of the SDK's chain
// are renewed there before they expire, and the engine gets them whenever they are other ones.
func (e *engine) prepareLake(ctx context.Context, opened *lake.Lake, config Config) (renew func(context.Context) error, err error) {
	if !opened.OnS3() {
		return func(context.Context) error { return nil }, nil
	}
	if err := e.loadHTTPFS(ctx, config.Engine.HTTPFS); err != nil {
		return nil, err
	}
	var mutex sync.Mutex
	var current []lake.Secret
	renew = func(ctx context.Context) error {
		mutex.Lock()
		defer mutex.Unlock()
		secrets, err := opened.Secrets(ctx)
		if err != nil || slices.Equal(secrets, current) {
			return err
		}
		current = secrets
		return e.useSecrets(ctx, secrets, config.Lake.S3.Timeout)
	}
	return renew, renew(ctx)
}
