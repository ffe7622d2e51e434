package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/wneessen/go-mail"
)

// Notifiers are all that is configured, ready to send.
type Notifiers struct {
	list            []notifier
	heartbeat       *webhookURL
	quarantineAbove *int64
	timeout         time.Duration
	firstPause      time.Duration // before the second attempt; it doubles from then on
	secrets         secrets
	post            func(context.Context, *mail.Msg) error // one attempt by the mail server; nil where there is none
}

// notifier is one way to tell people.
type notifier struct {
	name string
	on   []Kind
	send func(context.Context, Event) error // one attempt; permanent errors are not tried again
}

// Delivery says what became of a message at one notifier.
type Delivery struct {
	Notifier string
	Err      error // nil: it was taken
}

// New makes ready what is configured. environment looks up the variables that stand for secrets; a notifier whose variable
// is not set is left out and named in the error, and the others work.
func New(config Config, environment func(string) (string, bool)) (*Notifiers, error) {
	n := &Notifiers{timeout: config.Timeout, firstPause: time.Second, quarantineAbove: config.QuarantineAbove}
	if n.timeout == 0 {
		n.timeout = DefaultTimeout
	}
	on := config.On
	if len(on) == 0 {
		on = slices.DeleteFunc(slices.Clone(kinds), func(kind Kind) bool { return kind == Success })
	}
	var problems []error
	add := func(name string, own []Kind, send func(context.Context, Event) error, err error) {
		if len(own) == 0 {
			own = on
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s is left out: %w", name, err))
			return
		}
		n.list = append(n.list, notifier{name: name, on: own, send: send})
	}
	if config.Webhook.URL != "" {
		send, err := n.webhook(config.Webhook, environment)
		add("webhook", config.Webhook.On, send, err)
	}
	if config.Email.Host != "" {
		send, err := n.email(config.Email, environment)
		add("email", config.Email.On, send, err)
	}
	if len(config.Command.Run) > 0 {
		add("command", config.Command.On, config.Command.send, nil)
	}
	if config.HeartbeatURL != "" {
		heartbeat, err := n.url(config.HeartbeatURL, environment)
		if err != nil {
			problems = append(problems, fmt.Errorf("heartbeat is left out: %w", err))
		}
		n.heartbeat = heartbeat
	}
	return n, errors.Join(problems...)
}

// Empty says that nobody is to be told of anything.
func (n *Notifiers) Empty() bool { return len(n.list) == 0 && n.heartbeat == nil }

// Tell sends what a run and its figures call for, and the heartbeat, and remembers what was told. Its errors are to be
// logged; they are none of the run.
func (n *Notifiers) Tell(ctx context.Context, run Run, figures []Figure) []error {
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	var problems []error
	note := func(err error) {
		if err != nil {
			problems = append(problems, err)
		}
	}
	note(n.beat(ctx, run))
	told, err := readTold(run.Warehouse)
	note(err)
	before := told.text()
	if n.quarantineAbove != nil && run.endedWell() {
		figures = append([]Figure{run.quarantineFigure(*n.quarantineAbove)}, figures...)
	}
	for _, event := range told.judge(run, figures) {
		deliveries := n.Send(ctx, event)
		taken := len(deliveries) == 0 // wanted by nobody
		for _, delivery := range deliveries {
			if note(delivery.Err); delivery.Err == nil {
				taken = true
			}
		}
		if taken && event.settle != nil {
			event.settle(&told)
		}
	}
	if told.text() != before {
		note(told.write(run.Warehouse))
	}
	return problems
}

// Send gives a message to each notifier that wants its kind, all at once, and tries again what fails in passing.
func (n *Notifiers) Send(ctx context.Context, event Event) []Delivery {
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	var wanted []notifier
	for _, notifier := range n.list {
		if event.Kind == Test || slices.Contains(notifier.on, event.Kind) {
			wanted = append(wanted, notifier)
		}
	}
	deliveries := make([]Delivery, len(wanted))
	var sending sync.WaitGroup
	for i, notifier := range wanted {
		sending.Go(func() {
			err := n.retry(ctx, func(ctx context.Context) error { return notifier.send(ctx, event) })
			if err != nil {
				err = n.secrets.scrub(fmt.Errorf("%s: message %q is not sent: %w", notifier.name, event.Kind, err))
			}
			deliveries[i] = Delivery{Notifier: notifier.name, Err: err}
		})
	}
	sending.Wait()
	return deliveries
}

// retry tries until it is done, the error is permanent, or time is up; a silent receiver gets a third of the time.
func (n *Notifiers) retry(ctx context.Context, attempt func(context.Context) error) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier = n.firstPause, 2
	var last error
	tries := 0
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		tries++
		limited, cancel := context.WithTimeout(ctx, n.timeout/3)
		defer cancel()
		last = attempt(limited)
		return struct{}{}, last
	}, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(n.timeout))
	if err == nil {
		return nil
	}
	if permanent := new(backoff.PermanentError); errors.As(last, &permanent) {
		last = permanent.Unwrap()
	}
	if tries > 1 {
		return fmt.Errorf("%w (%d attempts)", last, tries)
	}
	return last
}
