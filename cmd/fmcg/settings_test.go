package main

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// configKey finds the keys of initialConfig, each a comment that becomes a setting once its # is taken away.
var configKey = regexp.MustCompile(`(?m)^#([a-z0-9_]+): `)

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }

func TestTheFileThatInitWritesHasEveryKeyAndNoOther(t *testing.T) {
	var got []string
	for _, match := range configKey.FindAllStringSubmatch(initialConfig, -1) {
		got = append(got, match[1])
	}
	want := slices.DeleteFunc(slices.Clone(settingKeys), func(key string) bool { return key == "config" }) // the file does not name itself
	if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" {
		t.Errorf("keys of initialConfig, -known +written:\n%s", diff)
	}
}

func TestEveryKnownKeyIsASettingAndEverySettingAKnownKey(t *testing.T) {
	var got []string
	for field := range reflect.TypeFor[settings]().Fields() {
		got = append(got, field.Tag.Get("koanf"))
	}
	if diff := cmp.Diff(sorted(settingKeys), sorted(got)); diff != "" {
		t.Errorf("-settingKeys +fields of settings:\n%s", diff)
	}
}

// A key may be said by a flag too, of the same name, where a command has a use for it.
func TestFlagsThatAreSettingsBearTheirNames(t *testing.T) {
	notSettings := map[string]string{ // flag of a command: why it is no setting
		"full": "of one run", "accept-missing": "of one run", "reason": "of one withdrawal", "rows": "of one query", "csv": "of one query", "saved": "of one query", "list-saved": "of one query",
		"task": "of one run", "repair": "of one run", "head": "of one look", "seed": "of one demo lake", "days": "of one demo lake", "rows-per-day": "of one demo lake", "last-day": "of one demo lake",
		"all": "of one comparison", "table": "of one comparison", "limit": "of one comparison", "watch": "of one build", "sample": "of one build", "list": "of one look",
		"test": "of one message", "max-age": "of one look",
		"print": "of one printing", "move": "of one printing", "principal": "of one printing", "force": "of one writing",
		"hold": "of one rollback", "pause": "of one pause", "resume": "of one pause", "status": "of one look", "next": "of one look", "help": "cobra's",
		"file": "of one quarantine", "month": "of one quarantine", "product": "of one quarantine", "export": "of one quarantine", "out": "of one quarantine",
		"last": "of one list of runs", "failed": "of one list of runs", "follow": "of one look", "wait": "of one look",
		"upstream": "of one question", "downstream": "of one question", "depth": "of one question", "indirect": "of one question", "no-values": "of one description", "python": "of one bundle",
		"previous": "of one question", "complete": "of one question", "benchmark": "of one measuring", "lint": "of one look",
		"good": "of one answer", "bad": "of one answer", "note": "of one answer", "by": "of one answer",
		"review": "of one look", "accept": "of one review", "reject": "of one review", "query": "of one review",
		"board": "of one report", "page": "of one report", "select": "of one report", "filter": "of one report", "language": "of one report", "units": "of one report",
		"send": "of one report", "as": "of one export",
		"unit": "of one test", "cases": "of one test", "run": "of one test",
	}
	seen := map[string]bool{}
	var look func(command *cobra.Command)
	look = func(command *cobra.Command) {
		note := func(flag *pflag.Flag) { seen[strings.ReplaceAll(flag.Name, "-", "_")] = true }
		command.Flags().VisitAll(note)
		command.PersistentFlags().VisitAll(note)
		for _, below := range command.Commands() {
			look(below)
		}
	}
	look((&app{}).rootCommand())
	for name := range seen {
		flag := strings.ReplaceAll(name, "_", "-")
		if !slices.Contains(settingKeys, name) && notSettings[flag] == "" {
			t.Errorf("--%s is no setting, so that it can't be said in fmcg.yaml: add its key to settings, or say here why it needs none", flag)
		}
	}
	for flag := range notSettings {
		if flag != "help" && !seen[strings.ReplaceAll(flag, "-", "_")] {
			t.Errorf("no command has --%s", flag)
		}
	}
}

// Taken at its word, the file is one that fmcg can read.
func TestTheFileThatInitWritesCanBeReadOnceItsSettingsAreUncommented(t *testing.T) {
	uncommented := configKey.ReplaceAllString(initialConfig, "$1: ")
	uncommented = regexp.MustCompile(`(?m)^#  `).ReplaceAllString(uncommented, "  ") // keys below keys
	apart := regexp.MustCompile(`(?m)^lake: .*\n`).ReplaceAllString(uncommented, "") // --lake, or --parent and --child
	path := t.TempDir() + "/fmcg.yaml"
	writeFile(t, path, apart)
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	addGlobalFlags(flags)
	if err := flags.Parse([]string{"--config", path}); err != nil {
		t.Fatal(err)
	}
	got, err := loadSettings(flags, false)
	if err != nil {
		t.Fatal(err)
	}
	got.Config = ""
	for field, value := range reflect.ValueOf(got).Fields() {
		zero := field.Name == "Config" || field.Name == "Lake" || field.Name == "Verbose" || field.Name == "Readers"
		if value.IsZero() != zero {
			t.Errorf("%s is %v", field.Name, value)
		}
	}
}
