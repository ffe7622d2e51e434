package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/fmcg/fmcg/catalog"
	"github.com/fmcg/fmcg/pipeline/journal"
)

// Bounds on streams of events. A stream that is cut off is asked for again by the browser, from where it was: so it also
// learns that its session has ended.
const (
	mostStreams   = 100
	lookAtRun     = 200 * time.Millisecond
	slowestClient = 10 * time.Second // for a client to take what it is sent
	silentFor     = 15 * time.Second // after which the client is sent something, to see whether it is there
	longestStream = 5 * time.Minute
	comeBack      = 2 * time.Second
)

// streams are the answers that go on until a run ends. They end when the server stops.
type streams struct {
	places  chan struct{}
	stopped context.Context
	end     func()
}

func (s *streams) begin() {
	s.places = make(chan struct{}, mostStreams)
	s.stopped, s.end = context.WithCancel(context.Background())
}

var tooManyStreams = refusal{status: http.StatusServiceUnavailable, code: "too_many_streams"}

// apiEvents sends the events of a run as they come (server-sent events): each line of its journal as a message, whose id is
// how many there were, and at the end of the run an event "end". Last-Event-ID says from where on.
func (s *Server) apiEvents(v *visit) error {
	id, err := v.findRun(v.PathValue("id"))
	if err != nil {
		return err
	}
	from := 0
	if given := v.Request.Header.Get("Last-Event-ID"); given != "" {
		if from, err = strconv.Atoi(given); err != nil || from < 0 {
			return badRequest.because("Last-Event-ID %q", given)
		}
	}
	follower, err := catalog.Follow(s.config.Warehouse, id)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	select {
	case s.streams.places <- struct{}{}:
		defer func() { <-s.streams.places }()
	default:
		return tooManyStreams
	}
	stream, err := v.beginStream()
	if err != nil {
		return err
	}
	if follower == nil { // its journal is gone: it ended long ago
		return stream.end(id, "")
	}
	defer func() { _ = follower.Close() }()
	return s.follows(v.Context(), stream, follower, from)
}

// follows sends what a journal holds from an event on, until its run has ended, the client is gone or the server stops.
func (s *Server) follows(ctx context.Context, stream *stream, follower *catalog.Follower, from int) error {
	ticks := time.NewTicker(lookAtRun)
	defer ticks.Stop()
	over := time.NewTimer(longestStream)
	defer over.Stop()
	count := 0
	for {
		events, err := follower.Next()
		if err != nil {
			return err
		}
		for _, event := range events {
			if count++; count > from {
				stream.message(count, s.shownEvent(event))
			}
		}
		if run := follower.Run(); run.FinishedAt != nil {
			return stream.end(run.ID, run.State)
		}
		if err := stream.flush(); err != nil {
			return nil // the client is gone, or too slow
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.streams.stopped.Done():
			return nil
		case <-over.C:
			return nil
		case <-ticks.C:
		}
	}
}

// shownEvent is an event as a client may see it.
func (s *Server) shownEvent(event journal.Event) journal.Event {
	event.Detail, event.Name = s.plain(event.Detail), s.plain(event.Name)
	return event
}

// stream writes server-sent events.
type stream struct {
	visit   *visit
	control *http.ResponseController
	quiet   time.Duration // since something was sent
	pending bool
	err     error // the first; nothing is sent after it
}

// beginStream begins an answer that has no end of its own.
func (v *visit) beginStream() (*stream, error) {
	s := &stream{visit: v, control: http.NewResponseController(v.ResponseWriter)}
	if err := s.control.SetReadDeadline(time.Time{}); err != nil { // the server's own would end the request
		return nil, err
	}
	v.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	v.Header().Set("X-Accel-Buffering", "no") // nginx sends on what it gets
	v.WriteHeader(http.StatusOK)
	s.write("retry: %d\n\n", comeBack.Milliseconds())
	return s, s.flush()
}

func (s *stream) write(format string, args ...any) {
	if s.err != nil {
		return
	}
	_ = s.control.SetWriteDeadline(time.Now().Add(slowestClient)) // by the connection's clock, which is the machine's
	_, s.err = fmt.Fprintf(s.visit, format, args...)
	s.pending = true
}

func (s *stream) message(id int, event journal.Event) {
	body, err := json.Marshal(event) // one line
	if err == nil {
		s.write("id: %d\ndata: %s\n\n", id, body)
	}
}

// end says that the run is over, and how it ended; "" where that is not told.
func (s *stream) end(run, state string) error {
	body, err := json.Marshal(map[string]string{"run": run, "state": state})
	if err != nil {
		return err
	}
	s.write("event: end\ndata: %s\n\n", body)
	_ = s.flush()
	return nil
}

// flush sends what was written, and now and then something where nothing was.
func (s *stream) flush() error {
	if !s.pending {
		if s.quiet += lookAtRun; s.quiet < silentFor {
			return nil
		}
		s.write(": still here\n\n")
	}
	s.pending, s.quiet = false, 0
	if s.err == nil {
		s.err = s.control.Flush()
	}
	return s.err
}
