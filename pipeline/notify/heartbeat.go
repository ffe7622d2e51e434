package notify

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// timeToStart limits how long a heartbeat that is away can hold a run up.
const timeToStart = 5 * time.Second

// Started tells the heartbeat that a run begins (healthchecks.io's convention: URL/start).
func (n *Notifiers) Started(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, timeToStart)
	defer cancel()
	return n.ping(ctx, "start", "")
}

// beat tells it how the run ended: URL when well, otherwise URL/CODE, which counts as a failure; the body is the summary.
func (n *Notifiers) beat(ctx context.Context, run Run) error {
	suffix := ""
	if run.Code != 0 {
		suffix = strconv.Itoa(run.Code)
	}
	event := run.event(Success, run.Job+" "+run.State, "")
	return n.ping(ctx, suffix, event.Title+"\n\n"+event.plain())
}

func (n *Notifiers) ping(ctx context.Context, suffix, body string) error {
	if n.heartbeat == nil {
		return nil
	}
	target := n.heartbeat
	if suffix != "" {
		target = &webhookURL{n.heartbeat.JoinPath(suffix)}
	}
	ctx, cancel := context.WithTimeout(ctx, n.timeout/3) // it comes before the messages, and leaves them their time
	defer cancel()
	err := n.retry(ctx, func(ctx context.Context) error { return target.post(ctx, "text/plain; charset=utf-8", []byte(body)) })
	if err != nil {
		return n.secrets.scrub(fmt.Errorf("heartbeat is not sent: %w", err))
	}
	return nil
}
