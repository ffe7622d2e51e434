// Package browsertest drives a real Chromium in tests: one for all tests of a package, since its start takes longer than most
// pages, and for each test a profile of its own in it, with cookies of its own.
//
// New starts it with the first test; M, in TestMain, ends it. Where there is none, the test fails and says how to get it.
package browsertest

import (
	"context"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/fmcg/fmcg/catalog/browser"
)

var shared struct {
	once sync.Once
	ctx  context.Context
	stop context.CancelFunc
	err  error
}

// New returns a profile, in which chromedp.NewContext opens tabs, until the test ends.
func New(t testing.TB) context.Context {
	t.Helper()
	shared.once.Do(start)
	if shared.err != nil {
		t.Fatalf("start Chromium: %v", shared.err)
	}
	ctx, end := chromedp.NewContext(shared.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a profile of Chromium: %v", err)
	}
	return ctx
}

func start() {
	found, err := browser.Find("")
	if err != nil {
		shared.err = err
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found.Path), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocator)
	shared.ctx, shared.stop = ctx, func() { end(); stop() }
	shared.err = chromedp.Do(ctx)
}

// M runs the tests of a package, and ends the browser when they have ended.
type M struct{ *testing.M }

// Run is what TestMain calls.
func (m M) Run() int {
	code := m.M.Run()
	if shared.stop != nil {
		shared.stop()
	}
	return code
}
