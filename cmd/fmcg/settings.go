package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"github.com/fmcg/fmcg/catalog/ask/draft"
	"github.com/fmcg/fmcg/pipeline"
	"github.com/fmcg/fmcg/pipeline/lake"
	"github.com/fmcg/fmcg/pipeline/notify"
	"github.com/fmcg/fmcg/pipeline/schedule"
	sqltree "github.com/fmcg/fmcg/sql"
)

// settings are what flags, FMCG_* environment, fmcg.yaml and defaults say, in this order. A key is the same in all
// three: --memory-limit, FMCG_MEMORY_LIMIT, memory_limit.
type settings struct {
	Config    string `koanf:"config"`
	Lake      string `koanf:"lake"`
	Parent    string `koanf:"parent"`
	Child     string `koanf:"child"`
	Warehouse string `koanf:"warehouse"`
	SQL       string `koanf:"sql"`
	Format    string `koanf:"format"`
	Verbose   bool   `koanf:"verbose"`

	NoProgress bool `koanf:"no_progress"`

	AfterLoad    string `koanf:"after_load"`
	KeepReleases int    `koanf:"keep_releases"`
	KeepJournals int    `koanf:"keep_journals"`
	Readers      int    `koanf:"readers"`
	MemoryLimit  string `koanf:"memory_limit"`
	Threads      int    `koanf:"threads"`
	SpillDir     string `koanf:"spill_dir"`
	HTTPFS       string `koanf:"httpfs"`

	Model         string       `koanf:"model"`
	Verified      string       `koanf:"verified"`
	VerifiedCheck string       `koanf:"verified_check"`
	Indian        bool         `koanf:"indian"`
	Ask           draft.Config `koanf:"ask"`

	Dashboards   string   `koanf:"dashboards"`
	Address      string   `koanf:"address"`
	Hosts        []string `koanf:"hosts"`
	Users        string   `koanf:"users"`
	Operators    []string `koanf:"operators"`
	TrustedProxy []string `koanf:"trusted_proxy"`
	ProxyHeader  string   `koanf:"proxy_header"`
	TLSCert      string   `koanf:"tls_cert"`
	TLSKey       string   `koanf:"tls_key"`

	Reports []reportConfig `koanf:"reports"`
	Browser string         `koanf:"browser"`

	RunTimeout  time.Duration `koanf:"run_timeout"`
	TaskTimeout time.Duration `koanf:"task_timeout"`

	Schedule         string        `koanf:"schedule"`
	ScheduleTimezone string        `koanf:"schedule_timezone"`
	ScheduleOverlap  string        `koanf:"schedule_overlap"`
	SchedulePoll     time.Duration `koanf:"schedule_poll"`
	ScheduleSettle   time.Duration `koanf:"schedule_settle"`
	Scheduler        bool          `koanf:"scheduler"`

	S3PathStyle string        `koanf:"s3_path_style"`
	S3Timeout   time.Duration `koanf:"s3_timeout"`
	RoleARN     string        `koanf:"role_arn"`
	ExternalID  string        `koanf:"external_id"`

	Notify      notify.Config      `koanf:"notify"`
	Alerts      []notify.AlertRule `koanf:"alerts"`
	MetricsFile string             `koanf:"metrics_file"`
	LogFormat   string             `koanf:"log_format"`
}

// settingKeys are the keys that fmcg.yaml and the environment may hold.
var settingKeys = []string{
	"config", "lake", "parent", "child", "warehouse", "sql", "format", "verbose", "no_progress", "after_load", "keep_releases", "keep_journals",
	"readers", "memory_limit", "threads", "spill_dir", "httpfs", "run_timeout", "task_timeout", "s3_path_style", "s3_timeout", "role_arn", "external_id",
	"notify", "alerts", "metrics_file", "log_format", "model", "verified", "verified_check", "indian", "ask",
	"schedule", "schedule_timezone", "schedule_overlap", "schedule_poll", "schedule_settle", "scheduler",
	"dashboards", "address", "hosts", "users", "operators", "trusted_proxy", "proxy_header", "tls_cert", "tls_key",
	"reports", "browser",
}

// nestedKeys are settings within others that the environment may hold under a short name: secrets, so that no file needs to,
// and the language model of fmcg ask.
var nestedKeys = map[string]string{
	"webhook_url": "notify.webhook.url", "smtp_password": "notify.email.password", "heartbeat_url": "notify.heartbeat_url",
	"ask_base_url": "ask.base_url", "ask_model": "ask.model", "ask_timeout": "ask.timeout",
}

const (
	configFile  = "fmcg.yaml"
	envPrefix   = "FMCG_"
	formatText  = "text"
	formatJSON  = "json"
	keepLanding = "keep"
	moveLanding = "move"
)

func addGlobalFlags(flags *pflag.FlagSet) {
	flags.String("config", configFile, "configuration file")
	flags.String("lake", "", "lake: s3://bucket/prefix or a folder, holding parent/ and child/")
	flags.String("parent", "", "the parent's part of the lake, in place of --lake")
	flags.String("child", "", "the child's part of the lake, in place of --lake")
	flags.String("warehouse", pipeline.DefaultWarehouse, "the published file")
	flags.String("sql", "", "a SQL tree to run instead of the embedded one")
	flags.String("format", formatText, "text or json")
	flags.BoolP("verbose", "v", false, "log what is done")
	flags.String("log-format", formatText, "standard error as text or json")
	flags.Bool("no-progress", false, "on a terminal too, tell of a run in lines fit for a log")
}

// loadSettings reads them all. A configuration file that was named must be there, unless mayLack says that it is to be made.
func loadSettings(flags *pflag.FlagSet, mayLack bool) (settings, error) {
	var loaded settings
	values := koanf.New(".")
	path, _ := flags.GetString("config")
	if fromEnv := os.Getenv(envPrefix + "CONFIG"); fromEnv != "" && !flags.Changed("config") {
		path = fromEnv
	}
	needed := path != configFile && !mayLack
	if err := values.Load(file.Provider(path), yaml.Parser()); err != nil && (needed || !errors.Is(err, fs.ErrNotExist)) {
		return loaded, fmt.Errorf("read %s: %w", path, err)
	}
	for _, key := range values.Keys() {
		top, _, _ := strings.Cut(key, ".")
		if !slices.Contains(settingKeys, key) && top != "notify" && top != "alerts" && top != "ask" && top != "reports" { // whose own keys are looked at below
			return loaded, fmt.Errorf("%s: unknown key %q; known are %s", path, key, strings.Join(settingKeys, ", "))
		}
	}
	environment := env.Provider(".", env.Opt{Prefix: envPrefix, TransformFunc: func(name, value string) (string, any) {
		key := strings.ToLower(strings.TrimPrefix(name, envPrefix))
		if nested, found := nestedKeys[key]; found {
			return nested, value
		}
		if !slices.Contains(settingKeys, key) {
			return "", nil
		}
		return key, value
	}})
	if err := values.Load(environment, nil); err != nil {
		return loaded, fmt.Errorf("read the environment: %w", err)
	}
	given := posflag.ProviderWithFlag(flags, ".", values, func(flag *pflag.Flag) (string, any) {
		key := strings.ReplaceAll(flag.Name, "-", "_")
		if !slices.Contains(settingKeys, key) {
			return "", nil
		}
		return key, posflag.FlagVal(flags, flag)
	})
	if err := values.Load(given, nil); err != nil {
		return loaded, fmt.Errorf("read the flags: %w", err)
	}
	decoding := mapstructure.DecoderConfig{WeaklyTypedInput: true, ErrorUnused: true, // unused: a key that notify, alerts, ask or reports do not have
		DecodeHook: mapstructure.ComposeDecodeHookFunc(mapstructure.StringToTimeDurationHookFunc(), mapstructure.StringToSliceHookFunc(","))}
	if err := values.UnmarshalWithConf("", &loaded, koanf.UnmarshalConf{DecoderConfig: &decoding}); err != nil {
		return loaded, fmt.Errorf("read the settings: %w", err)
	}
	return loaded, loaded.validate(formatsOf(flags))
}

// formatsAnnotation names the formats of a command that has others than text and json.
const formatsAnnotation = "formats"

// addFormatFlag gives a command its own --format, the first being the default.
func addFormatFlag(flags *pflag.FlagSet, formats ...string) {
	flags.String("format", formats[0], strings.Join(formats[:len(formats)-1], ", ")+" or "+formats[len(formats)-1])
	flags.Lookup("format").Annotations = map[string][]string{formatsAnnotation: formats}
}

func formatsOf(flags *pflag.FlagSet) []string {
	if own := flags.Lookup("format"); own != nil && own.Annotations != nil {
		return own.Annotations[formatsAnnotation]
	}
	return []string{formatText, formatJSON}
}

func (s settings) validate(formats []string) error {
	var mistakes []error
	if !slices.Contains(formats, s.Format) {
		mistakes = append(mistakes, fmt.Errorf("format %q is none of %s", s.Format, strings.Join(formats, ", ")))
	}
	if !slices.Contains([]string{"", keepLanding, moveLanding}, s.AfterLoad) {
		mistakes = append(mistakes, fmt.Errorf("after-load %q is none of keep, move", s.AfterLoad))
	}
	if !slices.Contains([]string{"", string(schedule.Queue), string(schedule.Skip)}, s.ScheduleOverlap) {
		mistakes = append(mistakes, fmt.Errorf("schedule_overlap %q is none of queue, skip", s.ScheduleOverlap))
	}
	if s.SchedulePoll < 0 || s.ScheduleSettle < 0 {
		mistakes = append(mistakes, errors.New("schedule_poll and schedule_settle are durations from 0 on, such as 5m"))
	}
	if s.Lake != "" && (s.Parent != "" || s.Child != "") {
		mistakes = append(mistakes, errors.New("give --lake, or --parent and --child, not both"))
	}
	if _, err := strconv.ParseBool(s.S3PathStyle); err != nil && s.S3PathStyle != "" { // true in fmcg.yaml comes as 1
		mistakes = append(mistakes, fmt.Errorf("s3_path_style %q is none of true, false", s.S3PathStyle))
	}
	if !slices.Contains([]string{"", verifiedOff, string(pipeline.SeverityWarn), string(pipeline.SeverityError)}, s.VerifiedCheck) {
		mistakes = append(mistakes, fmt.Errorf("verified_check %q is none of warn, error, off", s.VerifiedCheck))
	}
	if s.LogFormat != formatText && s.LogFormat != formatJSON {
		mistakes = append(mistakes, fmt.Errorf("log-format %q is none of text, json", s.LogFormat))
	}
	mistakes = append(mistakes, s.Ask.Validate(), s.Notify.Validate(), notify.ValidateAlerts(s.Alerts), validateReports(s.Reports, s.Notify))
	return errors.Join(mistakes...)
}

// lakeConfig says where the lake is.
func (a *app) lakeConfig() (lake.Config, error) {
	s := a.settings
	config := lake.Config{Parent: s.Parent, Child: s.Child, Log: a.log,
		S3: lake.S3Config{RoleARN: s.RoleARN, ExternalID: s.ExternalID, Timeout: s.S3Timeout}}
	if s.Lake != "" {
		root := strings.TrimSuffix(s.Lake, "/")
		config.Parent, config.Child = root+"/parent", root+"/child"
	}
	if config.Parent == "" && config.Child == "" {
		return config, usageError{errors.New("no lake: give --lake (s3://bucket/prefix or a folder), set FMCG_LAKE or lake in fmcg.yaml; " +
			"fmcg demo lake makes one to try")}
	}
	if s.S3PathStyle != "" {
		style, _ := strconv.ParseBool(s.S3PathStyle) // validate has tried it
		config.S3.PathStyle = &style
	}
	return config, nil
}

// warehouseConfig is the part of the configuration that needs no lake.
func (a *app) warehouseConfig() (pipeline.Config, error) {
	s := a.settings
	config := pipeline.Config{
		Warehouse:     s.Warehouse,
		Engine:        pipeline.EngineConfig{MemoryLimit: s.MemoryLimit, Threads: s.Threads, SpillDir: s.SpillDir, HTTPFS: s.HTTPFS},
		MoveAfterLoad: s.AfterLoad == moveLanding,
		KeepReleases:  s.KeepReleases,
		KeepJournals:  s.KeepJournals,
		Readers:       s.Readers,
		RunTimeout:    s.RunTimeout,
		TaskTimeout:   s.TaskTimeout,
		StartedBy:     whoami(),
		Version:       programVersion(),
		Now:           a.now,
		Log:           a.log,
		FileChecks:    a.fileChecks(),
	}
	var err error
	config.SQL, err = a.sqlTree()
	return config, err
}

// sqlTree is the tree that --sql names, nil where none was named.
func (a *app) sqlTree() (fs.FS, error) {
	if a.settings.SQL == "" {
		return nil, nil
	}
	if _, err := os.Stat(a.settings.SQL); err != nil {
		return nil, usageError{fmt.Errorf("--sql: %w", err)}
	}
	return os.DirFS(a.settings.SQL), nil
}

// ownOrEmbeddedTree is the tree that --sql names, else the embedded one.
func (a *app) ownOrEmbeddedTree() (fs.FS, error) {
	tree, err := a.sqlTree()
	if tree == nil {
		tree = sqltree.Files
	}
	return tree, err
}

// pipelineConfig is the whole configuration.
func (a *app) pipelineConfig() (pipeline.Config, error) {
	config, err := a.warehouseConfig()
	if err != nil {
		return config, err
	}
	config.Lake, err = a.lakeConfig()
	return config, err
}

func whoami() string {
	name := "unknown"
	if current, err := user.Current(); err == nil {
		name = current.Username
	}
	host, err := os.Hostname()
	if err != nil {
		return name
	}
	return name + "@" + host
}

// addEngineFlags adds the flags of commands that write.
func addEngineFlags(flags *pflag.FlagSet) {
	flags.Int("keep-releases", pipeline.DefaultKeepReleases, "releases kept for rollback, the published one included")
	flags.Int("readers", 0, "files read at a time; 0: a core each from a folder, 32 from S3")
	flags.String("memory-limit", "", "memory the engine may use before it spills, 4GB")
	flags.Int("threads", 0, "threads of the engine; 0: all cores")
	flags.Duration("run-timeout", 0, "how long a run may take, 2h; 0: as long as it does")
	flags.Duration("task-timeout", 0, "how long a task of a run may take, 30m; 0: as long as it does")
	flags.String("spill-dir", "", "folder to spill to; default: beside the release being built")
}
