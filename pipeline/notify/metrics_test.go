package notify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// metrics reads a metrics file as Prometheus does: value by name and labels.
func metrics(t *testing.T, path string) map[string]float64 {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(file)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for name, family := range families {
		for _, metric := range family.Metric {
			var labels []string
			for _, label := range metric.Label {
				labels = append(labels, label.GetValue())
			}
			found[strings.Join(append([]string{name}, labels...), " ")] = metric.Gauge.GetValue()
		}
	}
	return found
}

func TestMetricsTellTheLastRunAndThePublishedFileAsItIs(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "fmcg.prom")
	month := time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC)
	run := failedRun()
	run.State, run.Code, run.Files, run.RowsRead = journal.Succeeded, 0, 3, 1200
	run.Published.RefreshedAt, run.Published.DataThrough = run.Finished, &month
	if err := WriteMetrics(path, run, run.Finished); err != nil {
		t.Fatal(err)
	}
	finished := float64(run.Finished.Unix())
	want := map[string]float64{
		"fmcg_last_run_state succeeded": 1, "fmcg_last_run_state failed": 0, "fmcg_last_run_state cancelled": 0, "fmcg_last_run_state up to date": 0,
		"fmcg_last_run_exit_code": 0, "fmcg_last_run_start_timestamp_seconds": float64(night.Unix()), "fmcg_last_run_duration_seconds": 90,
		"fmcg_last_run_files_read": 3, "fmcg_last_run_rows_read": 1200, "fmcg_last_success_timestamp_seconds": finished,
		"fmcg_published_timestamp_seconds": finished, "fmcg_published_size_bytes": 4096,
		"fmcg_data_through_timestamp_seconds": float64(month.Unix()), "fmcg_quarantine_rows unknown_product orders": 3,
	}
	if diff := cmp.Diff(want, metrics(t, path)); diff != "" {
		t.Errorf("after a success (-want +got):\n%s", diff)
	}

	run.State, run.Code, run.Files, run.RowsRead = journal.Failed, 4, 0, 0
	run.Started, run.Finished = run.Started.AddDate(0, 0, 1), run.Started.AddDate(0, 0, 1).Add(time.Second)
	if err := WriteMetrics(path, run, time.Unix(int64(finished), 0)); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]float64{
		"fmcg_last_run_state succeeded": 0, "fmcg_last_run_state failed": 1, "fmcg_last_run_exit_code": 4, "fmcg_last_run_duration_seconds": 1,
		"fmcg_last_run_start_timestamp_seconds": float64(night.AddDate(0, 0, 1).Unix()), "fmcg_last_run_files_read": 0, "fmcg_last_run_rows_read": 0,
	} {
		want[name] = value
	}
	if diff := cmp.Diff(want, metrics(t, path)); diff != "" {
		t.Errorf("after a failure (-want +got):\n%s", diff)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 1 {
		t.Errorf("%v lie there, want the file alone", left)
	}
}

func TestMetricsThatCannotBeWrittenSayWhatToDo(t *testing.T) {
	err := WriteMetrics(filepath.Join(t.TempDir(), "missing", "fmcg.prom"), failedRun(), time.Time{})
	if err == nil || !strings.Contains(err.Error(), "metrics_file") {
		t.Errorf("error %v", err)
	}
}
