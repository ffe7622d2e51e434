package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// A run is stopped by its context (Ctrl-C, SIGTERM), by its time limit, or by a request that lies beside the warehouse, so
// that another terminal, another user of the folder and another host that shares it can stop it.

// cancelRequest asks a run to stop.
type cancelRequest struct {
	Run string    `json:"run"`
	By  string    `json:"by"` // user@host
	At  time.Time `json:"at"`
	How string    `json:"how"` // the command, or the page
}

func cancelPath(warehouse string) string { return warehouse + ".cancel" }

// lookForRequest is how often a run looks for a request to stop, and Cancel whether it has ended.
const lookForRequest = 200 * time.Millisecond

// stoppable returns the context of the run's work. Its cause is the error that the run ends with where it is stopped.
func (r *refresh) stoppable(ctx context.Context) (context.Context, func()) {
	working, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	limited, release := limit(working, r.config.RunTimeout, "run "+r.run)
	_ = os.Remove(cancelPath(r.config.Warehouse)) // of a run before
	watched, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(lookForRequest)
		defer ticker.Stop()
		for {
			by, how := r.config.StartedBy, ""
			select {
			case <-watched.Done():
				return
			case <-ctx.Done():
				how = context.Cause(ctx).Error()
			case <-ticker.C:
				request, found := r.requested()
				if !found {
					continue
				}
				by, how = request.By, request.How
			}
			r.event(journal.Event{Kind: journal.CancelRequested, By: by, Detail: how})
			cancel(&Error{Op: "refresh", Subject: r.config.Warehouse, Code: Cancelled, Err: fmt.Errorf("cancelled by %s (%s)", by, how)})
			return
		}
	}()
	return limited, func() {
		stop()
		<-ended
		release()
		cancel(nil)
	}
}

// requested returns the request to stop this run, if there is one.
func (r *refresh) requested() (request cancelRequest, found bool) {
	text, err := os.ReadFile(cancelPath(r.config.Warehouse))
	if err != nil || json.Unmarshal(text, &request) != nil || request.Run != r.run {
		return request, false
	}
	return request, true
}

// limit bounds the time of a piece of work; 0 does not.
func limit(ctx context.Context, most time.Duration, what string) (context.Context, context.CancelFunc) {
	if most <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, most, &Error{Op: "run", Subject: what, Err: fmt.Errorf("it took longer than its limit of %s", most),
		Hint: "see with fmcg runs what took the time; raise run_timeout or task_timeout if it is right"})
}

// wasCancelled is an error where a run ended by itself before it saw the request.
func wasCancelled(warehouse, run string) error {
	events, err := journal.Read(filepath.Dir(warehouse), run)
	if err != nil {
		return err
	}
	for _, event := range events {
		if event.Kind == journal.RunFinished && event.State != journal.Cancelled {
			return &Error{Op: "cancel", Subject: run, Err: fmt.Errorf("it ended before it could be stopped: %s", event.State), Hint: "fmcg runs " + run}
		}
	}
	return nil
}

// Cancel stops the refresh that runs on a warehouse and returns when it has ended, with its published file as it was.
// It fails with the code WrongUse where none runs. The run's journal says who asked for it (StartedBy) and how (Trigger, if
// that is another than the default).
func Cancel(ctx context.Context, config Config) (journal.Holder, error) {
	config = config.withDefaults()
	holder, running := journal.RunningNow(config.Warehouse)
	if !running {
		return holder, &Error{Op: "cancel", Subject: config.Warehouse, Code: WrongUse, Err: errors.New("no refresh runs"), Hint: "fmcg runs shows how the last one ended"}
	}
	how := "fmcg cancel"
	if config.Trigger != triggerRefresh {
		how = config.Trigger
	}
	text, err := json.Marshal(cancelRequest{Run: holder.Run, By: config.StartedBy, At: config.Now().UTC(), How: how})
	if err != nil {
		return holder, err
	}
	path := cancelPath(config.Warehouse)
	writing := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err = os.WriteFile(writing, text, 0o644); err == nil {
		err = os.Rename(writing, path)
	}
	if err != nil {
		return holder, &Error{Op: "cancel", Subject: holder.Run, Hint: "write access to the folder of the warehouse is needed; or interrupt the process", Err: err}
	}
	ticker := time.NewTicker(lookForRequest)
	defer ticker.Stop()
	for {
		if now, running := journal.RunningNow(config.Warehouse); !running || now.Run != holder.Run {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return holder, err
			}
			return holder, wasCancelled(config.Warehouse, holder.Run)
		}
		select {
		case <-ctx.Done():
			return holder, &Error{Op: "cancel", Subject: holder.Run, Err: ctx.Err(), Hint: fmt.Sprintf("it was asked to stop and has not ended yet; its process is %d on %s", holder.PID, holder.Host)}
		case <-ticker.C:
		}
	}
}
