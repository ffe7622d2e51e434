package web

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace is how often something may be done: so many at once, then so many a second.
type pace struct {
	every rate.Limit
	burst int
}

// Paces of one client; of one name too, for logins.
var (
	anyPace   = pace{50, 300}
	dearPace  = pace{10, 60}
	loginPace = pace{0.1, 5}
	namePace  = pace{0.2, 20}
)

// forgetAfter is how long nothing must be heard of a client before it has its whole burst again; all paces are full by then.
const forgetAfter = 5 * time.Minute

// limits holds who did how much lately.
type limits struct {
	mu    sync.Mutex
	kinds map[string]*limited
}

type limited struct {
	*rate.Limiter
	last time.Time
}

func (l *limits) begin() { l.kinds = map[string]*limited{} }

// allow says that a client may go on.
func (l *limits) allow(client string, dear bool, now time.Time) bool {
	who := neighbourhood(client)
	return l.take("any "+who, anyPace, now) && (!dear || l.take("dear "+who, dearPace, now))
}

// allowLogin says that a client may try a password for a name, and gives what takes the try off the count when it was right.
func (l *limits) allowLogin(client, name string, now time.Time) (right func(), allowed bool) {
	byClient, byName := l.of("login "+neighbourhood(client), loginPace, now), l.of("name "+name, namePace, now)
	first := byClient.ReserveN(now, 1)
	second := byName.ReserveN(now, 1)
	right = func() {
		first.CancelAt(now)
		second.CancelAt(now)
	}
	if first.DelayFrom(now) > 0 || second.DelayFrom(now) > 0 {
		right()
		return nil, false
	}
	return right, true
}

func (l *limits) take(key string, pace pace, now time.Time) bool {
	return l.of(key, pace, now).AllowN(now, 1)
}

// of is the limiter of a key.
func (l *limits) of(key string, pace pace, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.kinds[key]
	if found == nil {
		found = &limited{Limiter: rate.NewLimiter(pace.every, pace.burst)}
		l.kinds[key] = found
	}
	found.last = now
	return found.Limiter
}

// sweep forgets clients that were not heard of.
func (l *limits) sweep(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, found := range l.kinds {
		if now.Sub(found.last) > forgetAfter {
			delete(l.kinds, key)
		}
	}
}

// neighbourhood is what one client is: an address, or the network that one gets of IPv6.
func neighbourhood(client string) string {
	if address, err := netip.ParseAddr(client); err == nil && address.Is6() {
		if network, err := address.Prefix(64); err == nil {
			return network.String()
		}
	}
	return client
}
