package main

import (
	"context"

	"github.com/fmcg/fmcg/pipeline/notify"
)

// reportConfig is a report that is made after each run that published.
type reportConfig struct {
	Name string `koanf:"name"`
}

func validateReports(reports []reportConfig, told notify.Config) error { return nil }

func (a *app) sendReport(ctx context.Context, name string) error { return nil }
