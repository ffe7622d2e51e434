package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

func queryEscape(text string) string { return url.QueryEscape(text) }

// policy is what a page may load and run: files of this server. Styles are set by scripts through the CSSOM, which it lets.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// setHeaders says to a browser what it may do with an answer.
func (s *Server) setHeaders(v *visit) {
	header := v.Header()
	for name, value := range map[string]string{
		"Content-Security-Policy":      policy,
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
		"Referrer-Policy":              "same-origin",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy":           "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
		"Cache-Control":                "no-store",
		"X-Request-Id":                 v.ID,
	} {
		header.Set(name, value)
	}
	if v.Request.TLS != nil {
		header.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// Refusals of admission.
var (
	wrongHost       = refusal{status: http.StatusMisdirectedRequest, code: "wrong_host"}
	crossOrigin     = refusal{status: http.StatusForbidden, code: "cross_origin"}
	tooMany         = refusal{status: http.StatusTooManyRequests, code: "too_many"}
	unauthenticated = refusal{status: http.StatusUnauthorized, code: "unauthenticated"}
	forbidden       = refusal{status: http.StatusForbidden, code: "forbidden"}
)

// admit leads a visit through all that must hold before its handler runs.
func (s *Server) admit(v *visit) error {
	for _, step := range []func(*visit) error{s.readClient, s.readPrefs, s.checkHost, s.checkOrigin, s.checkRate, s.boundBody, s.identify, s.checkRole} {
		if err := step(v); err != nil {
			return err
		}
	}
	return nil
}

// readClient finds out who is at the other end: of the connection, or of the proxy's if it is one that is believed.
func (s *Server) readClient(v *visit) error {
	v.client, v.secure = remoteHost(v.RemoteAddr), v.Request.TLS != nil
	if !s.isProxy(v.client) {
		return nil
	}
	if v.Request.Header.Get("X-Forwarded-Proto") == "https" {
		v.secure = true
	}
	// From the right: what the proxy itself added, then what the proxies before it did, if they are ours too.
	hops := strings.Split(strings.Join(v.Request.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		address, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		if v.client = address.Unmap().String(); !s.isProxy(v.client) {
			break
		}
	}
	return nil
}

func remoteHost(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	if address, err := netip.ParseAddr(host); err == nil {
		return address.Unmap().WithZone("").String()
	}
	return host
}

// isProxy says that an address is of the proxy that is believed.
func (s *Server) isProxy(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && slices.ContainsFunc(s.proxies, func(network netip.Prefix) bool { return network.Contains(address.Unmap()) })
}

// isOpen says that nobody has to say who they are.
func (s *Server) isOpen() bool { return s.users == nil && len(s.proxies) == 0 }

func (s *Server) checkHost(v *visit) error {
	if !s.knownHost(v.Host) {
		return wrongHost.because("host %q", v.Host)
	}
	return nil
}

// checkOrigin refuses what another site has a browser send: all that changes something is no GET.
func (s *Server) checkOrigin(v *visit) error {
	if err := new(http.CrossOriginProtection).Check(v.Request); err != nil {
		return crossOrigin.because("%w", err)
	}
	return nil
}

func (s *Server) checkRate(v *visit) error {
	if !s.limits.allow(v.client, v.route.dear, s.now()) {
		s.metrics.limited.Inc()
		return tooMany
	}
	return nil
}

func (s *Server) boundBody(v *visit) error {
	v.Body = http.MaxBytesReader(v.ResponseWriter, v.Body, mostBody)
	return nil
}

// identify finds out who the visitor is: by the proxy's word, a session, or a name and password sent along.
func (s *Server) identify(v *visit) error {
	if s.isOpen() {
		v.role = operator
		return nil
	}
	if s.isProxy(remoteHost(v.RemoteAddr)) {
		names := v.Request.Header.Values(s.config.ProxyHeader)
		if len(names) > 1 {
			return unauthenticated.because("%d headers %s", len(names), s.config.ProxyHeader)
		}
		if len(names) == 1 && strings.TrimSpace(names[0]) != "" {
			v.user = strings.TrimSpace(names[0])
		}
	}
	if v.user == "" && s.users != nil {
		var err error
		if v.user, err = s.users.visitor(v); err != nil {
			return err
		}
	}
	if v.user != "" {
		v.role = viewer
		if slices.Contains(s.config.Operators, v.user) {
			v.role = operator
		}
	}
	return nil
}

func (s *Server) checkRole(v *visit) error {
	switch {
	case v.role >= v.route.need:
		return nil
	case v.role == anybody:
		return unauthenticated
	}
	return forbidden.because("%s is needed", v.route.need)
}

// role is what a visitor may do; each may what those before it may.
type role int

const (
	anybody role = iota
	viewer
	operator
)

func (r role) String() string { return [...]string{"anybody", "viewer", "operator"}[r] }
