package notify

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// WriteMetrics replaces a file for Prometheus' textfile collector: the last run as it ended, and the published file as it
// is, so that its figures stay right after a run that failed. lastSuccess is when a run ended well last; zero: not known.
// Ages are given as timestamps, from which time() subtracts.
func WriteMetrics(path string, run Run, lastSuccess time.Time) error {
	registry := prometheus.NewRegistry()
	vector := func(name, help string, labels ...string) *prometheus.GaugeVec {
		gauges := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "fmcg", Name: name, Help: help}, labels)
		registry.MustRegister(gauges)
		return gauges
	}
	gauge := func(name, help string, value float64) { vector(name, help).WithLabelValues().Set(value) }

	states := vector("last_run_state", "1 for the state in which the last run ended.", "state")
	for _, state := range []string{journal.Succeeded, journal.UpToDate, journal.Failed, journal.Cancelled} {
		states.WithLabelValues(state).Set(0)
	}
	states.WithLabelValues(run.State).Set(1)
	gauge("last_run_exit_code", "Exit code of the last run; 0: published, or nothing new.", float64(run.Code))
	gauge("last_run_start_timestamp_seconds", "When the last run started.", seconds(run.Started))
	gauge("last_run_duration_seconds", "How long the last run took.", run.Finished.Sub(run.Started).Seconds())
	gauge("last_run_files_read", "Files that the last run read.", float64(run.Files))
	gauge("last_run_rows_read", "Records that the last run read.", float64(run.RowsRead))
	if !lastSuccess.IsZero() {
		gauge("last_success_timestamp_seconds", "When a run ended well last, whether or not there was something new.", seconds(lastSuccess))
	}
	if published := run.Published; published != nil {
		gauge("published_timestamp_seconds", "When the published file was refreshed.", seconds(published.RefreshedAt))
		gauge("published_size_bytes", "Size of the published file.", float64(published.Size))
		if published.DataThrough != nil {
			gauge("data_through_timestamp_seconds", "First day of the last month with sales.", seconds(*published.DataThrough))
		}
		quarantine := vector("quarantine_rows", "Rows in quarantine in the published file.", "table", "reason")
		for _, line := range published.Quarantine {
			quarantine.WithLabelValues(line.Table, line.Reason).Set(float64(line.Rows))
		}
	}
	if err := prometheus.WriteToTextfile(path, registry); err != nil {
		return fmt.Errorf("write metrics to %s: %w; make its folder writable, or choose another with metrics_file", path, err)
	}
	return nil
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
