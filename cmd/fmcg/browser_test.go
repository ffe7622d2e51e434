package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/fmcg/fmcg/catalog/browser/browsertest"
)

// patience is that with a page; a test that needs it has failed.
const patience = 2 * time.Minute

// person is somebody at a browser, logged in at a server.
type person struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string // of the console
}

// visits opens a browser profile of their own for a user of the server.
func (s *serving) visits(user string) *person {
	s.t.Helper()
	ctx, giveUp := context.WithTimeout(browsertest.New(s.t), patience)
	s.t.Cleanup(giveUp)
	p := &person{t: s.t, ctx: ctx}
	p.listen()
	p.does(
		chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
			_, err := cdp.Call(ctx, to, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1280, Height: 900, DeviceScaleFactor: 1})
			return err
		}),
		chromedp.Navigate(s.url+"/login"), chromedp.WaitVisible(chromedp.CSS("[name=name]")),
		chromedp.SendKeys(chromedp.CSS("[name=name]"), user), chromedp.SendKeys(chromedp.CSS("[name=password]"), servedPassword+"\r"), chromedp.WaitVisible(chromedp.CSS(".tabs")),
	)
	return p
}

// listen notes what a console would complain of. (A page that has nothing to show yet is a 503, which is no complaint.)
func (p *person) listen() {
	complain := func(format string, args ...any) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.complaints = append(p.complaints, fmt.Sprintf(format, args...))
	}
	if err := chromedp.Listen(p.ctx, func(event any) {
		switch event := event.(type) {
		case *cdplog.EventEntryAdded:
			if event.Entry.Level == "error" && !strings.Contains(event.Entry.Text, "503") {
				complain("%s: %s %s", event.Entry.Source, event.Entry.Text, event.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			complain("exception: %s", event.ExceptionDetails.Text)
		}
	}); err != nil {
		p.t.Fatal(err)
	}
	p.does(
		chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
			_, err := cdp.Call(ctx, to, cdplog.Enable, cdp.Empty{})
			return err
		}),
		chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
			_, err := cdp.Call(ctx, to, runtime.Enable, cdp.Empty{})
			return err
		}),
	)
}

// wantNoComplaint fails the test for what the console complained of.
func (p *person) wantNoComplaint() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.complaints) > 0 {
		p.t.Errorf("the console complains:\n%s", strings.Join(p.complaints, "\n"))
	}
}

// does something at the page.
func (p *person) does(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// opens a page and waits for a part of it.
func (p *person) opens(url, part string) {
	p.t.Helper()
	p.does(chromedp.Navigate(url), chromedp.WaitVisible(chromedp.CSS(part)))
}

func (p *person) clicks(part string) {
	p.t.Helper()
	p.does(chromedp.WaitVisible(chromedp.CSS(part)), chromedp.Click(chromedp.CSS(part)))
}

// writes into a field, in place of what is there.
func (p *person) writes(name, text string) {
	p.t.Helper()
	p.does(chromedp.SetValue(chromedp.CSS("form [name="+name+"]"), text))
}

// types into a field, key by key, in place of what is there.
func (p *person) types(name, text string) {
	p.t.Helper()
	evaluates[chromedp.Void](p, fmt.Sprintf("document.querySelector('form [name=%s]').select()", name))
	p.does(chromedp.SendKeys(chromedp.CSS("form [name="+name+"]"), text))
}

// sees waits until a part of the page says something, whichever page it is by then.
func (p *person) sees(part, text string) {
	p.t.Helper()
	for {
		_, err := chromedp.Run(p.ctx, chromedp.Poll[bool](fmt.Sprintf("document.querySelector(%q)?.textContent.includes(%q)", part, text), chromedp.WithPollingTimeout(0)))
		switch {
		case err == nil:
			return
		case p.ctx.Err() != nil: // else another page was opened meanwhile
			p.t.Fatalf("%s does not say %q: %v; the page says\n%s", part, text, err, p.said())
		}
	}
}

// reads is what a part of the page says.
func (p *person) reads(part string) string {
	p.t.Helper()
	return evaluates[string](p, fmt.Sprintf("document.querySelector(%q).innerText", part))
}

// said is what the page says when patience has ended.
func (p *person) said() string {
	ctx, stop := context.WithTimeout(context.WithoutCancel(p.ctx), time.Second)
	defer stop()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.querySelector('main').innerText"))
	if err != nil {
		return err.Error()
	}
	return text
}

// evaluates a script of the page.
func evaluates[T any](p *person, script string) T {
	p.t.Helper()
	found, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatal(err)
	}
	return found
}

// pictures keeps a picture of what the window shows in FMCG_PICTURES, for README and for people to look at.
func (p *person) pictures(name string) {
	p.t.Helper()
	dir := os.Getenv("FMCG_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}
