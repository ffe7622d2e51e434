package browser_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"image/png"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fmcg/fmcg/catalog/ask/asktest"
	"github.com/fmcg/fmcg/catalog/browser"
	"github.com/fmcg/fmcg/catalog/web"
)

// found is the browser of this machine.
func found(t *testing.T) browser.Browser {
	t.Helper()
	b, err := browser.Find("")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// report is a report of a small release.
func report(t *testing.T, pages ...string) []byte {
	t.Helper()
	made, err := web.MakeReport(t.Context(), web.Config{Warehouse: asktest.File(t)}, web.ReportOptions{Pages: pages, Select: url.Values{"year": {"2025"}}})
	if err != nil {
		t.Fatal(err)
	}
	return made.HTML
}

var (
	pdfPage   = regexp.MustCompile(`/Type\s*/Page\b[^s]`)
	pdfBox    = regexp.MustCompile(`/MediaBox\s*\[\s*0 0 ([0-9.]+) ([0-9.]+)\s*\]`)
	pdfStream = regexp.MustCompile(`(?s)/FlateDecode.{0,80}?stream\r?\n(.*?)endstream`)
)

func TestAPDFHasSheetsThatLieAcrossOnePageAfterTheOther(t *testing.T) {
	b := found(t)
	one, err := b.PDF(t.Context(), report(t, "seasons"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := b.PDF(t.Context(), report(t))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(all, []byte("%PDF-")) || !bytes.Contains(all[len(all)-32:], []byte("%%EOF")) {
		t.Errorf("it is no whole PDF: %.20q … %.20q", all, all[len(all)-20:])
	}
	few, many := len(pdfPage.FindAll(one, -1)), len(pdfPage.FindAll(all, -1))
	if few < 1 || few > 3 || many < few+3 || many > 20 {
		t.Errorf("one page takes %d sheets, four take %d", few, many)
	}
	for _, box := range pdfBox.FindAllSubmatch(all, -1) {
		width, _ := strconv.ParseFloat(string(box[1]), 64)
		height, _ := strconv.ParseFloat(string(box[2]), 64)
		if width < 840 || width > 843 || height < 594 || height > 597 { // A4 in points
			t.Errorf("a sheet is %v by %v points", width, height)
		}
	}
	drawn := 0 // the bars of a heatmap of months are filled rectangles of the page's content
	for _, stream := range pdfStream.FindAllSubmatch(one, -1) {
		if reader, err := zlib.NewReader(bytes.NewReader(stream[1])); err == nil {
			content, _ := io.ReadAll(reader)
			drawn = max(drawn, len(content))
		}
	}
	if drawn < 20_000 {
		t.Errorf("the largest content of a sheet has %d bytes: its charts are not drawn", drawn)
	}
}

func TestAPictureIsOfTheWholePageWithItsCharts(t *testing.T) {
	taken, err := found(t).PNG(t.Context(), report(t, "overview"))
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(taken))
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != 2560 || size.Y < 2400 {
		t.Errorf("the picture is %v", size)
	}
	colours := map[[3]uint32]int{}
	for y := 0; y < picture.Bounds().Dy(); y += 4 {
		for x := 0; x < picture.Bounds().Dx(); x += 4 {
			r, g, b, _ := picture.At(x, y).RGBA()
			colours[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	if marks := colours[[3]uint32{0x0f, 0x6e, 0x6e}]; marks < 2000 { // chart-1 of app.css
		t.Errorf("%d of its points are of the charts' colour", marks)
	}
}

func TestAPageThatNeverStandsStillIsGivenUpAndNothingIsLeft(t *testing.T) {
	dir, err := os.MkdirTemp("", "b") // short: a browser makes a socket in it
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	t.Setenv("TMPDIR", dir)
	b := found(t)
	b.Time = 4 * time.Second
	for name, html := range map[string]string{
		"a chart that is never drawn": `<!doctype html><div class="canvas"></div>`,
		"a script without an end":     `<!doctype html><script>for (;;) {}</script>`,
	} {
		if _, err := b.PDF(t.Context(), []byte(html)); err == nil || !strings.Contains(err.Error(), "given up after 4s") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.PDF(cancelled, []byte("<!doctype html>")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
	processes, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, process := range processes {
		if line, err := os.ReadFile(process); err == nil && bytes.Contains(line, []byte(dir+"/")) {
			t.Errorf("still running: %s", bytes.ReplaceAll(line, []byte{0}, []byte(" ")))
		}
	}
}

func TestWithoutABrowserItIsSaidWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := browser.Find(""); !errors.Is(err, browser.ErrNone) || !strings.Contains(err.Error(), "apt-get install chromium") {
		t.Errorf("got %v", err)
	}
	if _, err := browser.Find("no-such-browser"); err == nil || !strings.Contains(err.Error(), "no-such-browser") {
		t.Errorf("got %v", err)
	}
	program := filepath.Join(os.Getenv("PATH"), "google-chrome")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	b, err := browser.Find("")
	if err != nil || b.Path != program {
		t.Fatalf("found %v (%v)", b, err)
	}
	if _, err := b.PDF(t.Context(), []byte("<!doctype html>")); err == nil || !strings.Contains(err.Error(), program) {
		t.Errorf("a browser that does not start: %v", err)
	}
}
