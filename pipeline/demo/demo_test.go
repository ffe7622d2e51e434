package demo

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheSameConfigGivesTheSameBytes(t *testing.T) {
	cfg := Config{Seed: 7, Days: 40, RowsPerDay: 50}
	files, sum := write(t, cfg)
	again, sumAgain := write(t, cfg)
	if diff := cmp.Diff(files, again, cmp.AllowUnexported(file{})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(sum, sumAgain); diff != "" {
		t.Error(diff)
	}
	cfg.Seed = 8
	other, _ := write(t, cfg)
	const name = landing + "orders_2025_11_20.csv"
	if files[name].body == "" || files[name].body == other[name].body {
		t.Errorf("%s: another seed must give another file", name)
	}
}

func TestEveryFileLiesInTheLakesLayout(t *testing.T) {
	layout := regexp.MustCompile(`^(` + strings.Join([]string{
		`parent/(dim_customers|dim_products|dim_gross_price|fact_orders)[a-z0-9_]*\.csv`,
		`child/(customers|products|gross_price)/[a-z0-9_]+\.csv`,
		`child/orders/(landing/|processed/)?orders_\d{4}_\d\d_\d\d([^/]*)\.csv(\.gz)?`,
	}, "|") + `)$`)
	files, sum := write(t, Config{})
	strangers := 0
	for name := range files {
		if !layout.MatchString(name) {
			strangers++
		}
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			t.Errorf("%s leaves the lake", name)
		}
	}
	if want := sum.Reasons()["file/ignored"]; strangers != want {
		t.Errorf("%d files are none of the tables', want the %d ignored ones", strangers, want)
	}
	if sum.Files != len(files) {
		t.Errorf("summary counts %d files, the sink got %d", sum.Files, len(files))
	}
}

func TestAFolderAndAnObjectStoreAgreeWhichFileIsNewer(t *testing.T) {
	files, _ := write(t, smallest)
	for _, pair := range [][2]string{
		{"parent/dim_customers.csv", "parent/dim_customers_later.csv"},
		{"parent/dim_products.csv", "parent/dim_products_later.csv"},
		{"parent/dim_gross_price_2025.csv", "parent/dim_gross_price_2025_corrected.csv"},
		{"parent/fact_orders_2025_01.csv", "parent/fact_orders_2025_01_corrected.csv"},
		{"child/customers/customers.csv", "child/customers/customers_later.csv"},
		{"child/products/products.csv", "child/products/products_later.csv"},
		{"child/gross_price/gross_price_2025.csv", "child/gross_price/gross_price_2025_corrected.csv"},
	} {
		older, newer := files[pair[0]], files[pair[1]]
		if older.body == "" || newer.body == "" {
			t.Fatalf("%q: not both are there", pair)
		}
		if !older.modified.Before(newer.modified) || pair[0] >= pair[1] || older.nth >= newer.nth {
			t.Errorf("%q: the second must have the later time, the greater path and the later place in the order of writing", pair)
		}
	}
}

func TestTheDefaultLakeIsSmall(t *testing.T) {
	_, sum := write(t, Config{})
	if sum.Files < 100 || sum.Files > 220 || sum.Bytes > 10e6 || sum.Rows["orders"] < 30e3 {
		t.Errorf("%d files, %d bytes, %d order lines", sum.Files, sum.Bytes, sum.Rows["orders"])
	}
}

func TestImpossibleSizesAreRefused(t *testing.T) {
	for _, cfg := range []Config{{Days: -1}, {RowsPerDay: -1}, {Days: 400000}, {LastDay: day(2300, time.January, 1)}} {
		if _, err := Write(t.Context(), cfg, FolderSink(t.TempDir())); err == nil {
			t.Errorf("%+v: no error", cfg)
		}
	}
}

func TestASinksErrorNamesTheFileAndStops(t *testing.T) {
	full := errors.New("disk full")
	calls := 0
	_, err := Write(t.Context(), smallest, func(_ context.Context, path string, _ []byte, _ time.Time) error {
		calls++
		if path == "child/products/products.csv" {
			return full
		}
		if calls > 100 {
			t.Errorf("%s was written after the error", path)
		}
		return nil
	})
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "child/products/products.csv") {
		t.Errorf("got %v", err)
	}
}

func TestACancelledContextStopsTheWriting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	_, err := Write(ctx, smallest, func(context.Context, string, []byte, time.Time) error {
		calls++
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || calls != 1 {
		t.Errorf("got %v after %d files", err, calls)
	}
}

func BenchmarkFiveMillionLines(b *testing.B) {
	for b.Loop() {
		_, err := Write(b.Context(), Config{Days: 365, RowsPerDay: 13700}, func(context.Context, string, []byte, time.Time) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
}
