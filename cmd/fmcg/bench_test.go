//go:build unix

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/fmcg/fmcg/pipeline/demo"
)

const (
	linesVariable = "FMCG_BENCH_LINES" // about how many order lines the lake has
	defaultLines  = 5_000_000
	benchDays     = 365
	benchMemory   = "1GB" // a limit below what a full refresh takes when it may take all

	// How often each thing is done; the median counts.
	fullRuns, dayRuns, idleRuns = 3, 3, 5
)

// The lake ends late in a month, so that one more day finds a month of lines to judge again.
var benchLastDay = time.Date(2025, time.November, 25, 0, 0, 0, 0, time.UTC)

// BenchmarkWarehouse measures refreshes of a large lake by the program itself, each in a process of its own, against what
// the machine does at the same time: parsing the same files, copying the same file. Times of one run compare with each
// other only, and they are printed, not judged: a machine that is busy would fail for no fault of the program.
func BenchmarkWarehouse(b *testing.B) {
	w := newBenchHouse(b)
	for b.Loop() {
		w.full(b)
		w.limited(b)
		w.moreDays(b)
		w.idle(b)
	}
	w.report(b)
}

// benchHouse is a lake, a warehouse, the program, and what was measured.
type benchHouse struct {
	dir, program string
	lines        int
	lakeBytes    int64
	nextDays     []nextDay

	floors, fulls, lean []measure
	copies, days, idles []measure
	published           int64 // bytes of the published file after a full refresh
}

// nextDay is a daily order file that the lake does not have yet.
type nextDay struct {
	path string
	body []byte
}

// measure is what one piece of work took. On a machine that others use too, the time of the processors says more than the
// time on the clock.
type measure struct {
	clock, processors time.Duration
	peak              int64 // bytes of memory, of a process of its own
}

func newBenchHouse(b *testing.B) *benchHouse {
	b.Helper()
	lines := defaultLines
	if text := os.Getenv(linesVariable); text != "" {
		var err error
		if lines, err = strconv.Atoi(text); err != nil || lines < benchDays {
			b.Fatalf("%s=%q is no number of lines from %d on", linesVariable, text, benchDays)
		}
	}
	w := &benchHouse{dir: b.TempDir()}
	w.program = filepath.Join(w.dir, "fmcg")
	if output, err := exec.Command("go", "build", "-o", w.program, ".").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, output)
	}
	config := demo.Config{Days: benchDays, RowsPerDay: lines / benchDays, LastDay: benchLastDay}
	summary, err := demo.Write(b.Context(), config, demo.FolderSink(w.lake()))
	if err != nil {
		b.Fatal(err)
	}
	w.lines, w.lakeBytes = summary.Rows["orders"], summary.Bytes
	for i := range dayRuns {
		w.nextDays = append(w.nextDays, dayAfter(b, config, i+1))
	}
	return w
}

// dayAfter makes the daily file of a day after the lake's last.
func dayAfter(b *testing.B, config demo.Config, days int) nextDay {
	b.Helper()
	config.LastDay, config.Days = config.LastDay.AddDate(0, 0, days), 1
	var found nextDay
	name := config.LastDay.Format("orders_2006_01_02.csv")
	_, err := demo.Write(b.Context(), config, func(_ context.Context, file string, body []byte, _ time.Time) error {
		if path.Base(strings.TrimSuffix(file, ".gz")) == name {
			found = nextDay{file, body}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	if found.body == nil {
		b.Fatalf("the demo lake has no file of %s", name)
	}
	return found
}

func (w *benchHouse) lake() string      { return filepath.Join(w.dir, "lake") }
func (w *benchHouse) warehouse() string { return filepath.Join(w.dir, "warehouse", "fmcg.duckdb") }

// full builds the warehouse from nothing, by turns with the floor, so that a busy minute slows both.
func (w *benchHouse) full(b *testing.B) {
	b.Helper()
	query := floorQuery(b, w.lake())
	for range fullRuns {
		w.floors = append(w.floors, parseOnly(b, query, w.lines))
		w.fulls = append(w.fulls, w.fullRefresh(b))
	}
	w.published = sizeOf(b, w.warehouse())
}

// limited builds it once more, within a memory limit.
func (w *benchHouse) limited(b *testing.B) {
	b.Helper()
	w.lean = append(w.lean, w.fullRefresh(b, "--memory-limit", benchMemory))
}

func (w *benchHouse) fullRefresh(b *testing.B, flags ...string) measure {
	b.Helper()
	if err := os.RemoveAll(filepath.Dir(w.warehouse())); err != nil {
		b.Fatal(err)
	}
	return w.refresh(b, "Published", flags...)
}

// moreDays delivers days one by one. A refresh begins with a copy of the published file, so such a copy is timed beside it.
func (w *benchHouse) moreDays(b *testing.B) {
	b.Helper()
	for _, day := range w.nextDays {
		w.copies = append(w.copies, copyOf(b, w.warehouse()))
		if err := os.WriteFile(filepath.Join(w.lake(), filepath.FromSlash(day.path)), day.body, 0o644); err != nil {
			b.Fatal(err)
		}
		w.days = append(w.days, w.refresh(b, "Published"))
	}
}

// idle refreshes when there is nothing new.
func (w *benchHouse) idle(b *testing.B) {
	b.Helper()
	for range idleRuns {
		w.idles = append(w.idles, w.refresh(b, "Nothing new"))
	}
}

// refresh runs the program, which must say a word. Nothing but its flags configures it: it runs where no fmcg.yaml lies
// and without the FMCG_* variables of whoever measures.
func (w *benchHouse) refresh(b *testing.B, word string, flags ...string) measure {
	b.Helper()
	command := exec.CommandContext(b.Context(), w.program, append([]string{"refresh", "--lake", w.lake(), "--warehouse", w.warehouse()}, flags...)...)
	command.Dir = w.dir
	command.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, envPrefix) })
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	start := time.Now()
	err := command.Run()
	clock := time.Since(start)
	if err != nil || !strings.HasPrefix(stdout.String(), word) {
		b.Fatalf("%s: %v\n%s%s", command, err, stderr.String(), stdout.String())
	}
	if testing.Verbose() {
		b.Logf("%s\n%s", command, stderr.String())
	}
	usage := command.ProcessState.SysUsage().(*syscall.Rusage)
	peak := int64(usage.Maxrss) * 1024
	if runtime.GOOS == "darwin" { // which counts bytes
		peak = int64(usage.Maxrss)
	}
	return measure{clock, command.ProcessState.UserTime() + command.ProcessState.SystemTime(), peak}
}

// floorQuery parses all order files that have the columns of one, in one query: the least that a refresh must do. Files of
// as many columns are read together.
func floorQuery(b *testing.B, lake string) string {
	b.Helper()
	byWidth := map[int][]string{}
	seen := map[string]bool{} // a file may lie in landing and in processed
	for _, pattern := range []string{"orders/landing/*.csv*", "orders/processed/*.csv*", "orders/*.csv*"} {
		files, err := filepath.Glob(filepath.Join(lake, "child", filepath.FromSlash(pattern)))
		if err != nil {
			b.Fatal(err)
		}
		for _, file := range files {
			width := widthOf(b, file)
			if name := filepath.Base(file); !seen[name] && width >= 5 {
				seen[name] = true
				byWidth[width] = append(byWidth[width], "'"+strings.ReplaceAll(file, "'", "''")+"'")
			}
		}
	}
	var parts []string
	for width, files := range byWidth {
		var columns []string
		for i := range width {
			columns = append(columns, fmt.Sprintf("c%d: 'varchar'", i+1))
		}
		parts = append(parts, fmt.Sprintf("select c1, c2, c3, c4, c5 from read_csv([%s], columns = {%s}, header = true, delim = ',', quote = '\"', "+
			"escape = '\"', auto_detect = false, ignore_errors = true)", strings.Join(files, ", "), strings.Join(columns, ", ")))
	}
	return fmt.Sprintf("select count(*), count(c1), count(c2), count(c3), count(c4), count(c5) from (%s)", strings.Join(parts, " union all "))
}

// widthOf counts the columns of a CSV file's header.
func widthOf(b *testing.B, name string) int {
	b.Helper()
	file, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	body := io.Reader(file)
	if strings.HasSuffix(name, ".gz") {
		if body, err = gzip.NewReader(file); err != nil {
			b.Fatal(err)
		}
	}
	line, err := bufio.NewReader(body).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		b.Fatal(err)
	}
	return strings.Count(line, ",") + 1
}

// parseOnly has the engine read the order files and keep nothing.
func parseOnly(b *testing.B, query string, lines int) measure {
	b.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := db.PingContext(b.Context()); err != nil {
		b.Fatal(err)
	}
	var counts [6]int64
	start, before := time.Now(), processors(b)
	err = db.QueryRowContext(b.Context(), query).Scan(&counts[0], &counts[1], &counts[2], &counts[3], &counts[4], &counts[5])
	took := measure{clock: time.Since(start), processors: processors(b) - before}
	if err != nil {
		b.Fatal(err)
	}
	if least := int64(lines) * 99 / 100; counts[0] < least {
		b.Fatalf("the engine parsed %d order lines, want %d or more", counts[0], least)
	}
	return took
}

// copyOf times a plain copy of a file.
func copyOf(b *testing.B, name string) measure {
	b.Helper()
	target := filepath.Join(b.TempDir(), "copy")
	start, before := time.Now(), processors(b)
	from, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(target)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		b.Fatal(err)
	}
	if err := to.Close(); err != nil {
		b.Fatal(err)
	}
	took := measure{clock: time.Since(start), processors: processors(b) - before}
	if err := os.Remove(target); err != nil {
		b.Fatal(err)
	}
	return took
}

func sizeOf(b *testing.B, name string) int64 {
	b.Helper()
	info, err := os.Stat(name)
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}

// processors is the time that this process has had of all processors.
func processors(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// report prints the measures with their ratios, the aims of the project beside them, and gives them to the benchmark.
func (w *benchHouse) report(b *testing.B) {
	b.Helper()
	floor, full, copied, day, idle := clock(w.floors), clock(w.fulls), clock(w.copies), clock(w.days), clock(w.idles)
	line := func(what string, measures []measure, ratio, aim string) []any {
		best := slices.MinFunc(measures, func(a, b measure) int { return cmp.Compare(a.clock, b.clock) })
		return []any{what, fmt.Sprintf("%.3f", clock(measures)), fmt.Sprintf("%.3f", best.clock.Seconds()), fmt.Sprintf("%.3f", cpu(measures)), ratio, aim}
	}
	perFloor := func(measures []measure) string {
		return fmt.Sprintf("%.1f x floor (%.1f x by CPU)", clock(measures)/floor, cpu(measures)/cpu(w.floors))
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "\n%s order lines, %s of CSV, %d CPUs\n", thousands(int64(w.lines)), bytesText(w.lakeBytes), runtime.NumCPU())
	printTable(&text, []string{"", "median s", "best s", "CPU s", "ratio", "aim"}, [][]any{
		line("the engine parses the order files (floor)", w.floors, "", ""),
		line("full refresh", w.fulls, perFloor(w.fulls), "8 x floor"),
		line("full refresh, memory_limit "+benchMemory, w.lean, perFloor(w.lean), ""),
		line("copy of the published file", w.copies, "", ""),
		line("one more day, late in a month", w.days, fmt.Sprintf("copy + %.3f s", day-copied), "copy + 0.6 s"),
		line("nothing new", w.idles, "", "0.150 s"),
	})
	sized := func(what string, size int64) []any {
		return []any{what, bytesText(size), fmt.Sprintf("%.2f x CSV", float64(size)/float64(w.lakeBytes))}
	}
	fmt.Fprintln(&text)
	printTable(&text, []string{"", "size", "ratio"}, [][]any{
		sized("published file", w.published),
		sized("peak memory, full refresh", peak(w.fulls)),
		sized("peak memory, full refresh, memory_limit "+benchMemory, peak(w.lean)),
		sized("peak memory, one more day", peak(w.days)),
	})
	fmt.Println(text.String()) // what a benchmark logs is cut off after ten lines

	b.ReportMetric(0, "ns/op") // of all of it together: says nothing
	b.ReportMetric(full, "full-s")
	b.ReportMetric(full/floor, "full/floor")
	b.ReportMetric(day-copied, "day-copy-s")
	b.ReportMetric(1000*idle, "nothing-new-ms")
	b.ReportMetric(float64(peak(w.fulls))/(1<<20), "peak-MiB")
	b.ReportMetric(float64(w.published)/float64(w.lakeBytes), "file/CSV")
}

// clock is the median of the times on the clock, in seconds.
func clock(measures []measure) float64 {
	return median(measures, func(m measure) time.Duration { return m.clock })
}

// cpu is the median of the times of the processors, in seconds.
func cpu(measures []measure) float64 {
	return median(measures, func(m measure) time.Duration { return m.processors })
}

func median(measures []measure, of func(measure) time.Duration) float64 {
	var times []time.Duration
	for _, m := range measures {
		times = append(times, of(m))
	}
	slices.Sort(times)
	return times[len(times)/2].Seconds()
}

func peak(measures []measure) int64 {
	var most int64
	for _, m := range measures {
		most = max(most, m.peak)
	}
	return most
}
