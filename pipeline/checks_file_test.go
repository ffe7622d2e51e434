package pipeline_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline"
)

const manyDays = "select count(distinct file_name) from bronze.orders where file_name like 'orders_%'"

// counting is a check that is handed over. It opens the file as a reader in another engine, and fails with a row for each
// day beyond most.
func counting(severity pipeline.Severity, most int, files *[]string) func(*pipeline.Config) {
	check := pipeline.FileCheck{Name: "few_days", Description: "There are more days than somebody can look at.", Severity: severity, Columns: []string{"day", "why"},
		Run: func(ctx context.Context, file string) (rows [][]string, err error) {
			*files = append(*files, file)
			db, err := sql.Open("duckdb", "")
			if err != nil {
				return nil, err
			}
			defer func() { err = errors.Join(err, db.Close()) }()
			days := 0
			if _, err := db.ExecContext(ctx, "attach '"+file+"' as built (read_only)"); err != nil {
				return nil, err
			}
			if err := db.QueryRowContext(ctx, strings.Replace(manyDays, "bronze.", "built.bronze.", 1)).Scan(&days); err != nil {
				return nil, err
			}
			for range days - most {
				rows = append(rows, []string{"a day", strings.Repeat("é", 200)})
			}
			return rows, nil
		}}
	return func(config *pipeline.Config) { config.FileChecks = append(config.FileChecks, check) }
}

func TestACheckThatIsHandedOverSeesTheBuildAndGatesIt(t *testing.T) {
	h := newDemoHouse(t, small)
	var files []string
	first := h.refresh(counting(pipeline.SeverityError, 1000, &files))
	if got := first.Checks[len(first.Checks)-1]; got.Name != "few_days" || !got.Held {
		t.Errorf("the last check is %+v", got)
	}
	if got, want := h.rows("select severity, state, failing_rows from ops.check_results where check_name = 'few_days'"), []string{"error | held | 0"}; !cmp.Equal(got, want) {
		t.Errorf("recorded %v", got)
	}
	before, err := os.ReadFile(h.warehouse)
	if err != nil {
		t.Fatal(err)
	}

	h.put("child/orders/landing/orders_2025_12_01.csv", "order_id,order_placement_date,customer_id,product_id,order_qty\nNEW1,2025-12-01,789420,25891101,5\n")
	files = nil
	result, err := h.tryRefresh(counting(pipeline.SeverityError, 43, &files))
	if pipeline.CodeOf(err) != pipeline.ChecksFailed {
		t.Fatalf("refresh: %v", err)
	}
	for _, want := range []string{"few_days: 1 rows. There are more days", "day a day, why " + strings.Repeat("é", 120) + "…", "nothing was published"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	if len(files) != 1 || !strings.Contains(files[0], result.Run) {
		t.Errorf("it saw %v, not the build of %s", files, result.Run)
	}
	after, err := os.ReadFile(h.warehouse)
	if err != nil || string(after) != string(before) {
		t.Errorf("the published file is another (%v)", err)
	}

	// A repair takes over what was built, and the check may pass or warn this time.
	files = nil
	h.refresh(repair, counting(pipeline.SeverityWarn, 43, &files))
	if got, want := h.rows("select severity, state, failing_rows from ops.check_results where check_name = 'few_days' order by run_id desc limit 1"), []string{"warn | failed | 1"}; !cmp.Equal(got, want) {
		t.Errorf("recorded %v", got)
	}
	if got, want := h.rows(manyDays), []string{"44"}; !cmp.Equal(got, want) {
		t.Errorf("published %v days", got)
	}
	want := h.contents()
	h.refresh(full)
	h.wantContents(want)
}

func TestACheckThatIsHandedOverRunsOnThePublishedFileByItsName(t *testing.T) {
	h := newDemoHouse(t, small)
	h.refresh()
	var files []string
	config := h.config()
	counting(pipeline.SeverityError, 42, &files)(&config)
	results, err := pipeline.Test(t.Context(), config, "few_days")
	if pipeline.CodeOf(err) != pipeline.ChecksFailed || len(results) != 1 || results[0].FailingRows != 1 {
		t.Errorf("%+v, %v", results, err)
	}
	if results, err := pipeline.Test(t.Context(), config); pipeline.CodeOf(err) != pipeline.ChecksFailed || len(results) < 30 {
		t.Errorf("%d results, %v", len(results), err)
	}
	if results, err := pipeline.Test(t.Context(), config, "row_accounts_balance"); err != nil || len(results) != 1 {
		t.Errorf("%+v, %v", results, err)
	}
}

func TestACheckThatCannotRunPublishesNothing(t *testing.T) {
	h := newDemoHouse(t, small)
	broken := pipeline.FileCheck{Name: "broken", Severity: pipeline.SeverityWarn, Run: func(context.Context, string) ([][]string, error) { return nil, os.ErrDeadlineExceeded }}
	_, err := h.tryRefresh(func(config *pipeline.Config) { config.FileChecks = []pipeline.FileCheck{broken} })
	if !errors.Is(err, os.ErrDeadlineExceeded) || !strings.Contains(err.Error(), "run the check broken") {
		t.Errorf("refresh: %v", err)
	}
	if _, err := os.Lstat(h.warehouse); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("published: %v", err)
	}
}
