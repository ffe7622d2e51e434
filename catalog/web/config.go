package web

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/dashboard"
	"github.com/fmcg/fmcg/catalog/guard"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// DefaultAddress can be reached from this machine alone.
const DefaultAddress = "127.0.0.1:8080"

// Config says what is served, where, and to whom. The zero value but for Warehouse, which must be given, serves the built-in
// model at DefaultAddress to whoever is at this machine.
type Config struct {
	Warehouse string          // the published path; what it leads to is followed
	Model     *semantic.Model // nil: the built-in one
	Limits    guard.Limits    // of a query
	Verified  string          // file of verified questions; default: beside Warehouse
	Drafter   *ask.Drafter    // asked about what the grammar asks back; nil is none

	Dashboards []*dashboard.Board // nil: the built-in one

	Address   string   // host:port
	Hosts     []string // names that the server goes by; beside those of loopback
	Users     string   // an htpasswd file of bcrypt lines, "" for none
	Operators []string // users who may do what viewers may not

	TrustedProxy []string // addresses or networks of a proxy that says who the user is
	ProxyHeader  string   // in which it says so; believed from TrustedProxy alone

	TLSCert, TLSKey string // PEM files, read anew when they change

	Alerts     []string   // names of the alerts of the configuration, which a saved query's may not have
	Operations Operations // run, cancel, pause ...; what is not given cannot be done from here

	Follow  time.Duration // how often to look for a new release; default a second
	Version string        // of the program, for /api/status
	Now     func() time.Time
	Log     *slog.Logger
}

// Defaults of a Config.
const (
	defaultFollow      = time.Second
	defaultProxyHeader = "X-Forwarded-User"
)

// ErrOpenToOthers says that the address can be reached from other machines, and nothing says who may.
var ErrOpenToOthers = errors.New("it can be reached from other machines, and nothing says who may: give users (an htpasswd file of bcrypt " +
	"lines, htpasswd -B), or trusted_proxy, or an address of this machine alone (127.0.0.1:8080)")

// settle fills in the defaults and says what does not go together.
func (c Config) settle() (Config, error) {
	c.Address, c.Follow = cmp.Or(c.Address, DefaultAddress), cmp.Or(c.Follow, defaultFollow)
	c.ProxyHeader = cmp.Or(c.ProxyHeader, defaultProxyHeader)
	c.Verified = cmp.Or(c.Verified, c.beside(".verified.yaml"))
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Model == nil {
		var err error
		if c.Model, err = semantic.Open(""); err != nil {
			return c, err
		}
	}
	if len(c.Dashboards) == 0 {
		var err error
		if c.Dashboards, err = dashboard.Open("", c.Model); err != nil {
			return c, err
		}
	}
	c.Limits.Keep = cmp.Or(c.Limits.Keep, dashboard.RowsInMemory)
	host, _, err := net.SplitHostPort(c.Address)
	switch {
	case err != nil:
		return c, fmt.Errorf("address %q is no host:port, such as %s", c.Address, DefaultAddress)
	case !isLoopback(host) && c.Users == "" && len(c.TrustedProxy) == 0:
		return c, fmt.Errorf("address %s: %w", c.Address, ErrOpenToOthers)
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return c, errors.New("tls_cert and tls_key belong together: give both or none")
	case len(c.Operators) > 0 && c.Users == "" && len(c.TrustedProxy) == 0:
		return c, errors.New("operators are users: give users, or trusted_proxy")
	}
	return c, nil
}

// beside is the path of a file beside the published one: fmcg.usage.json beside fmcg.duckdb.
func (c Config) beside(ending string) string {
	return strings.TrimSuffix(c.Warehouse, filepath.Ext(c.Warehouse)) + ending
}

// isLoopback says that a host can be reached from this machine alone.
func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// networks parses addresses and networks.
func networks(texts []string) (found []netip.Prefix, err error) {
	for _, text := range texts {
		network, failed := netip.ParsePrefix(text)
		if failed != nil {
			var address netip.Addr
			if address, failed = netip.ParseAddr(text); failed == nil {
				network = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen())
			}
		}
		if failed != nil {
			return nil, fmt.Errorf("trusted_proxy %q is no address or network, such as 10.0.0.7 or 10.0.0.0/24", text)
		}
		found = append(found, network.Masked())
	}
	return found, nil
}

// modified is when files were last changed; zero if one is not there.
func modified(paths ...string) time.Time {
	var last time.Time
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return time.Time{}
		}
		if info.ModTime().After(last) {
			last = info.ModTime()
		}
	}
	return last
}

// knownHost says that the server goes by a name, given with or without a port. Where nobody has to say who they are, a page of
// another site could otherwise have its name lead here, and read the answers as its own (DNS rebinding).
func (s *Server) knownHost(given string) bool {
	host := given
	if name, _, err := net.SplitHostPort(given); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	if slices.ContainsFunc(s.config.Hosts, func(known string) bool { return strings.EqualFold(known, host) }) {
		return true
	}
	if len(s.config.Hosts) > 0 || s.isOpen() {
		return isLoopback(host)
	}
	return host != ""
}
