package main

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	asking "github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/semantic"
	"github.com/fmcg/fmcg/pipeline"
)

const (
	verifiedCheck = "verified_questions"
	verifiedOff   = "off"
)

// verifiedFile is where verified questions of the company's own are.
func (a *app) verifiedFile() string {
	warehouse := a.settings.Warehouse
	return cmp.Or(a.settings.Verified, strings.TrimSuffix(warehouse, filepath.Ext(warehouse))+".verified.yaml")
}

// semanticModel is the model that is asked, with all verified questions.
func (a *app) semanticModel() (*semantic.Model, error) {
	model, err := semantic.Open(a.settings.Model)
	if err != nil {
		return nil, err
	}
	return model, model.AddVerified(a.verifiedFile())
}

// fileChecks are the checks of a refresh that the reading side makes: verified questions keep their answers.
func (a *app) fileChecks() []pipeline.FileCheck {
	if a.settings.VerifiedCheck == verifiedOff {
		return nil
	}
	return []pipeline.FileCheck{{
		Name: verifiedCheck,
		Description: "Verified questions that lose their answer: whoever asks them is told wrong figures, or none. Mend the data, the SQL tree, " +
			"or the question in its file (fmcg test " + verifiedCheck + " --rows shows all).",
		Severity: cmp.Or(pipeline.Severity(a.settings.VerifiedCheck), pipeline.SeverityWarn),
		Columns:  []string{"place", "question", "problem"},
		Run:      a.checkVerified,
	}}
}

// checkVerified asks a finished file the verified questions. A mistake in the model's files is one row too: a warning stays one.
func (a *app) checkVerified(ctx context.Context, file string) ([][]string, error) {
	model, err := a.semanticModel()
	if mistakes := semantic.Mistakes(nil); errors.As(err, &mistakes) {
		var rows [][]string
		for _, mistake := range mistakes {
			rows = append(rows, []string{mistake.File + ":" + strconv.Itoa(mistake.Line), "", mistake.Problem})
		}
		return rows, nil
	}
	if err != nil {
		return [][]string{{cmp.Or(a.settings.Model, a.verifiedFile()), "", err.Error()}}, nil
	}
	if len(model.Verified) == 0 {
		return nil, nil
	}
	db, err := guard.Open(ctx, file, guard.Limits{Threads: a.settings.Threads})
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	broken, err := asking.CheckVerified(ctx, db, model)
	var rows [][]string
	for _, b := range broken {
		rows = append(rows, []string{b.Place, b.Question, b.Problem})
	}
	return rows, err
}
