package browser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// ErrNone says that there is no browser to print with.
var ErrNone = errors.New("PDF and PNG need Chromium, Chrome or Edge: install one (apt-get install chromium), or name it (browser in fmcg.yaml, " +
	"FMCG_BROWSER, --browser); the HTML file needs none, and prints from any browser")

// names are those under which it is found in PATH.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "microsoft-edge-stable", "msedge"}

// DefaultTime limits one PDF or PNG, the start of the browser included.
const DefaultTime = 90 * time.Second

// Browser is a Chromium that is installed.
type Browser struct {
	Path string        // the program
	Time time.Duration // limit of one PDF or PNG; 0: DefaultTime
}

// Find returns the program that is named, a path or one of PATH, else the first of PATH that will do. ErrNone says that there is none.
func Find(name string) (Browser, error) {
	if name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			return Browser{}, fmt.Errorf("browser %s: %w", name, err)
		}
		return Browser{Path: path}, nil
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return Browser{Path: path}, nil
		}
	}
	return Browser{}, ErrNone
}

// A sheet is A4 across with margins of 10 mm: what is printed is 277 mm wide, and the window is made so, since charts are drawn for
// a width.
const (
	sheetWidth   = 1047
	pictureWidth = 1280
	windowHeight = 900
	mostPixels   = 16000 // of a picture's height: more than this a Chromium does not paint
)

// PDF prints a page of one file on A4 sheets, as its own style says.
func (b Browser) PDF(ctx context.Context, html []byte) ([]byte, error) {
	return b.visit(ctx, html, sheetWidth, "beforeprint", func(ctx context.Context) ([]byte, error) {
		return chromedp.Run(ctx, chromedp.PrintToPDF(func(p *page.PrintToPDFParams) {
			p.Landscape, p.PaperWidth, p.PaperHeight = is(true), chromedp.PaperA4.Width, chromedp.PaperA4.Height
			p.PrintBackground, p.PreferCSSPageSize, p.GenerateTaggedPDF, p.GenerateDocumentOutline = is(true), is(true), is(true), is(true)
		}))
	})
}

// PNG takes a picture of a whole page of one file, twice as fine as a plain screen unless it is too long for that.
func (b Browser) PNG(ctx context.Context, html []byte) ([]byte, error) {
	return b.visit(ctx, html, pictureWidth, "fmcg:whole", func(ctx context.Context) ([]byte, error) {
		height, err := chromedp.Run(ctx, chromedp.Evaluate[float64]("document.documentElement.scrollHeight"))
		if err != nil {
			return nil, err
		}
		if height > mostPixels {
			return nil, fmt.Errorf("the page is %.0f pixels high, and a picture has at most %d: take fewer pages (--page), or a PDF", height, mostPixels)
		}
		if 2*height > mostPixels {
			if err := chromedp.Do(ctx, window(pictureWidth, windowHeight, 1)); err != nil {
				return nil, err
			}
		}
		return chromedp.Run(ctx, chromedp.FullScreenshot(100))
	})
}

func is(value bool) *bool { return &value }

// visit opens a page of one file in a browser of its own, tells it what for, so that it draws what is not in view too, and, once its
// charts stand still, takes what is wanted of it.
func (b Browser) visit(ctx context.Context, html []byte, width int64, what string, take func(context.Context) ([]byte, error)) (taken []byte, err error) {
	limit := cmp.Or(b.Time, DefaultTime)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it was given up after %s", limit))
	defer cancel()
	dir, err := os.MkdirTemp("", "fmcg-report-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "report.html")
	if err := os.WriteFile(file, html, 0o600); err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(b.Path), chromedp.UserDataDir(filepath.Join(dir, "profile")), chromedp.Env("TMPDIR="+dir),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"), chromedp.Flag("no-sandbox", os.Geteuid() == 0)) // as root it has no sandbox
	allocator, stop := chromedp.NewExecAllocator(ctx, options...)
	defer stop()
	tab, end := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {})) // what matters is in the error
	defer end()
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(file)}
	err = chromedp.Do(tab,
		window(width, windowHeight, 2),
		call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: "light"}, {Name: "prefers-reduced-motion", Value: "reduce"}}}),
		chromedp.Navigate(address.String()),
		chromedp.Evaluate[chromedp.Void]("dispatchEvent(new Event('"+what+"'))"),
		stands,
	)
	if err == nil {
		taken, err = take(tab)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.Path, cmp.Or(context.Cause(ctx), err))
	}
	return taken, nil
}

// stands waits until each chart of the page is drawn and stands still.
var stands = chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
	_, err := chromedp.Run(ctx, chromedp.Poll[bool]("document.readyState === 'complete' && !document.querySelector('.canvas:not([data-drawn])')"))
	return err
})

func window(width, height int64, scale float64) chromedp.Action[chromedp.Void] {
	return call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: scale})
}

// call sends a command of the browser's protocol.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}
