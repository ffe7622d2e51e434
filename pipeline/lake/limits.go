package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// How long S3 may take. A refusal ends at once, or when the credentials' time is over; a store that is down is tried for
// some 40 seconds, one that is silent for 4 attempts, and nothing waits longer than 150 seconds without a byte.
const (
	DefaultTimeout = 30 * time.Second // longest silence of the server within one attempt

	connectTimeout   = 5 * time.Second   // for a connection, and again for its TLS handshake
	requestLimit     = 150 * time.Second // one request with all its attempts, and one read without progress
	credentialsLimit = 20 * time.Second  // all providers of the chain, the machine's metadata service and STS among them

	attempts       = 10 // of a request that meets errors which may pass; AWS_MAX_ATTEMPTS overrides it
	silentAttempts = 4  // of these, how many may end in silence
	firstBackoff   = 200 * time.Millisecond
	longestBackoff = 10 * time.Second

	idleConnections = 64 // kept to one host, for that many readers at a time
)

// backoff returns how long to wait after an attempt, the first being 1: doubling, the upper half of it by chance.
func backoff(attempt int) time.Duration {
	wait := min(firstBackoff<<min(attempt-1, 16), longestBackoff)
	return wait/2 + rand.N(wait/2)
}

// newRetryer returns the patience for one request, as the SDK's standard mode has it, except that silence counts apart:
// ten times 30 seconds would be too long. There is no quota over all requests: many readers meet one bad moment together.
// retrying is called before each wait.
func newRetryer(maxAttempts int, retrying func(wait time.Duration, err error)) aws.Retryer {
	silent := 0
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts
		o.RateLimiter = ratelimit.None
		o.Backoff = retry.BackoffDelayerFunc(func(attempt int, err error) (time.Duration, error) {
			wait := backoff(attempt)
			retrying(wait, err)
			return wait, nil
		})
		o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
			var silence *silenceError
			switch {
			case errors.As(err, &silence):
				silent++
				return aws.BoolTernary(silent < silentAttempts)
			case errors.Is(err, io.ErrUnexpectedEOF):
				return aws.TrueTernary
			}
			return aws.UnknownTernary
		})}, o.Retryables...)
	})
}

// silenceError ends an attempt in which the server said nothing for too long.
type silenceError struct{ limit time.Duration }

func (e *silenceError) Error() string { return fmt.Sprintf("the server was silent for %s", e.limit) }
func (e *silenceError) Timeout() bool { return true }

// watched is a transport that ends requests which stand still: no byte sent, no byte received for the limit. A total
// limit would end large files on slow lines, too.
type watched struct {
	next  http.RoundTripper
	limit time.Duration
}

func (w *watched) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	silence := &silenceError{w.limit}
	watch := &watch{limit: w.limit, timer: time.AfterFunc(w.limit, func() { cancel(silence) })}
	watched := request.WithContext(ctx)
	if request.Body != nil && request.Body != http.NoBody {
		watched.Body = &watchedBody{ReadCloser: request.Body, watch: watch, ctx: ctx}
	}
	response, err := w.next.RoundTrip(watched)
	if err != nil {
		watch.stop()
		defer cancel(nil)
		if cause := context.Cause(ctx); errors.Is(cause, silence) {
			return nil, silence
		}
		return nil, err
	}
	watch.progress()
	response.Body = &watchedBody{ReadCloser: response.Body, watch: watch, ctx: ctx, end: func() { cancel(nil) }}
	return response, nil
}

// watch runs down unless there is progress.
type watch struct {
	mutex   sync.Mutex
	limit   time.Duration
	timer   *time.Timer
	stopped bool
}

func (w *watch) progress() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if !w.stopped {
		w.timer.Reset(w.limit)
	}
}

func (w *watch) stop() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.stopped = true
	w.timer.Stop()
}

// watchedBody is a body whose every read is progress.
type watchedBody struct {
	io.ReadCloser
	watch *watch
	ctx   context.Context
	end   func() // nil for the body of a request, whose answer is still to come
}

func (b *watchedBody) Read(into []byte) (int, error) {
	b.watch.progress()
	n, err := b.ReadCloser.Read(into)
	b.watch.progress()
	if err == nil {
		return n, nil
	}
	var silence *silenceError
	if errors.As(context.Cause(b.ctx), &silence) {
		return n, silence
	}
	return n, err
}

func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	if b.end != nil {
		b.watch.stop()
		b.end()
	}
	return err
}
