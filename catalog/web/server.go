package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Bounds on what a client may cost. A client that is slow to send or to read is given up.
const (
	headerTime  = 5 * time.Second
	requestTime = 15 * time.Second
	answerTime  = 60 * time.Second
	idleTime    = 90 * time.Second
	graceTime   = 10 * time.Second // for requests in flight when the server stops
	mostHeader  = 32 << 10
	mostBody    = 64 << 10
)

// Server serves the published file. It is an http.Handler; Run gives it a network.
type Server struct {
	config   Config
	log      *slog.Logger
	now      func() time.Time
	proxies  []netip.Prefix
	users    *users // nil: nobody logs in
	releases releases
	verified verified
	metrics  *metrics
	limits   limits
	static   *static
	messages map[string]messages
	pages    map[string]*template.Template
	openAPI  []byte
	jobs     jobs
	usage    *usage
	lately   latelyKept
	streams  streams
	places   places
	mux      *http.ServeMux

	certificate struct {
		sync.Mutex
		read time.Time
		pair *tls.Certificate
	}
}

// New makes a server and opens what is published, if anything is.
func New(ctx context.Context, config Config) (*Server, error) {
	config, err := config.settle()
	if err != nil {
		return nil, err
	}
	s := &Server{config: config, log: config.Log, now: config.Now, metrics: newMetrics(), static: newStatic(), mux: http.NewServeMux()}
	s.usage = newUsage(config.beside(".usage.json"), s.now, s.log)
	s.limits.begin()
	s.streams.begin()
	if s.proxies, err = networks(config.TrustedProxy); err != nil {
		return nil, err
	}
	if config.Users != "" {
		if s.users, err = openUsers(config.Users); err != nil {
			return nil, err
		}
	}
	if s.messages, err = loadMessages(); err != nil {
		return nil, err
	}
	if s.pages, err = loadPages(); err != nil {
		return nil, err
	}
	if s.openAPI, err = loadOpenAPI(); err != nil {
		return nil, err
	}
	if config.TLSCert != "" {
		if err := s.readCertificate(); err != nil {
			return nil, err
		}
	}
	if err := s.readVerified(false); err != nil {
		return nil, err
	}
	for _, route := range s.routes() {
		s.mux.Handle(route.method+" "+route.path, s.handle(route))
	}
	if _, err := s.follow(ctx); err != nil {
		s.log.Error("cannot serve what is published", "error", err)
	}
	return s, nil
}

// route is an address: who may ask it, how dear it is, what answers.
type route struct {
	method, path string
	need         role
	dear         bool // it asks the engine
	handler      func(*visit) error
}

// routes are all addresses.
func (s *Server) routes() []route {
	return []route{
		{"GET", "/{$}", viewer, false, s.home},
		{"GET", "/dashboard", viewer, false, s.dashboardHome},
		{"GET", "/dashboard/{board}", viewer, false, s.dashboardHome},
		{"GET", "/dashboard/{board}/{page}", viewer, true, s.dashboardPage},
		{"GET", "/dashboard/{board}/{page}/rows", viewer, true, s.rowsPage},
		{"GET", "/ask", viewer, true, s.askPage},
		{"GET", "/review", operator, false, s.reviewPage},
		{"GET", "/review/known", operator, false, s.onRelease(s.knownPage)},
		{"GET", "/review/{id}", operator, true, s.onRelease(s.reviewItemPage)},
		{"POST", "/review/{id}", operator, true, s.onRelease(s.reviewItemPage)},
		{"GET", "/sql", viewer, true, s.sqlPage},
		{"GET", "/about", viewer, false, s.aboutPage},
		{"GET", "/runs", viewer, true, s.runsPage},
		{"GET", "/runs/{id}", viewer, true, s.runPage},
		{"GET", "/runs/{id}/live", viewer, false, s.runPart},
		{"GET", "/job", viewer, true, s.jobPage},
		{"POST", "/runs", operator, true, s.startFromPage},
		{"POST", "/runs/{id}/repair", operator, true, s.repairFromPage},
		{"POST", "/runs/{id}/cancel", operator, true, s.cancelFromPage},
		{"POST", "/job/pause", operator, false, s.pauseFromPage},
		{"POST", "/job/resume", operator, false, s.resumeFromPage},
		{"GET", "/job/run", operator, true, s.runForm},
		{"GET", "/job/schedule", operator, true, s.scheduleForm},
		{"POST", "/job/schedules", operator, true, s.scheduleFromPage},
		{"POST", "/job/schedules/{name}/switch", operator, false, s.switchFromPage},
		{"POST", "/job/schedules/{name}/remove", operator, false, s.removeFromPage},
		{"GET", "/catalog", viewer, true, s.onCatalog(s.catalogPage)},
		{"GET", "/catalog/{table}", viewer, true, s.onCatalog(s.tablePage)},
		{"GET", "/catalog/quality", viewer, true, s.onCatalog(s.qualityPage)},
		{"GET", "/catalog/quality/{check}", viewer, true, s.onCatalog(s.checkPage)},
		{"GET", "/catalog/quarantine", viewer, true, s.onCatalog(s.quarantinePage)},
		{"GET", "/catalog/quarantine/row", viewer, true, s.onCatalog(s.quarantineRowPage)},
		{"GET", "/catalog/trace", viewer, true, s.onCatalog(s.tracePage)},
		{"GET", "/login", anybody, false, s.loginPage},
		{"POST", "/login", anybody, false, s.login},
		{"POST", "/logout", anybody, false, s.logout},
		{"POST", "/preferences", anybody, false, s.setPreferences},
		{"GET", "/static/{build}/{file...}", anybody, false, s.serveStatic},

		{"GET", "/api/status", viewer, false, s.apiStatus},
		{"POST", "/api/ask", viewer, true, s.onRelease(s.apiAsk)},
		{"GET", "/api/ask/export", viewer, true, s.onRelease(s.apiExport)},
		{"POST", "/api/sql", viewer, true, s.onRelease(s.apiSQL)},
		{"POST", "/api/sql/export", viewer, true, s.onRelease(s.apiExportSQL)},
		{"GET", "/api/sql/schema", viewer, false, s.onRelease(s.apiSchema)},
		{"GET", "/api/queries", viewer, false, s.apiQueries},
		{"POST", "/api/queries", viewer, false, s.apiSaveQuery},
		{"GET", "/api/queries/{id}", viewer, false, s.apiQuery},
		{"POST", "/api/queries/{id}", viewer, true, s.onRelease(s.apiChangeQuery)},
		{"POST", "/api/queries/{id}/delete", viewer, false, s.apiDeleteQuery},
		{"GET", "/api/queries/{id}/alert", viewer, true, s.onRelease(s.apiAlert)},
		{"POST", "/api/queries/{id}/alert", operator, true, s.onRelease(s.apiSetAlert)},
		{"POST", "/api/queries/{id}/alert/remove", operator, false, s.apiRemoveAlert},
		{"POST", "/api/feedback", viewer, true, s.onRelease(s.apiFeedback)},
		{"GET", "/api/review", operator, false, s.apiWaiting},
		{"POST", "/api/review/{id}", operator, true, s.onRelease(s.apiReview)},
		{"GET", "/api/complete", viewer, false, s.onRelease(s.apiComplete)},
		{"GET", "/api/values", viewer, false, s.onRelease(s.apiValues)},
		{"GET", "/api/model", viewer, false, s.onRelease(s.apiModel)},
		{"GET", "/api/dashboards", viewer, false, s.apiDashboards},
		{"GET", "/api/dashboards/{board}/report", viewer, true, s.onRelease(s.apiReport)},
		{"GET", "/api/dashboards/{board}/{page}", viewer, true, s.onRelease(s.apiDashboardPage)},
		{"GET", "/api/dashboards/{board}/{page}/tiles/{tile}", viewer, true, s.onRelease(s.apiTile)},
		{"GET", "/api/dashboards/{board}/filters/{dimension}", viewer, true, s.onRelease(s.apiFilter)},
		{"GET", "/api/rows", viewer, true, s.onRelease(s.apiRows)},
		{"GET", "/api/openapi.json", anybody, false, s.apiDocument},
		{"GET", "/api/runs", viewer, true, s.apiRuns},
		{"POST", "/api/runs", operator, true, s.apiStart},
		{"GET", "/api/runs/{id}", viewer, true, s.apiRun},
		{"GET", "/api/runs/{id}/events", viewer, true, s.apiEvents},
		{"POST", "/api/runs/{id}/repair", operator, true, s.apiRepair},
		{"POST", "/api/runs/{id}/cancel", operator, true, s.apiCancel},
		{"GET", "/api/job", viewer, true, s.apiJob},
		{"GET", "/api/catalog", viewer, true, s.onRelease(s.apiCatalog)},
		{"GET", "/api/catalog/tables/{table}", viewer, true, s.onRelease(s.apiTable)},
		{"GET", "/api/catalog/tables/{table}/rows", viewer, true, s.onRelease(s.apiSample)},
		{"GET", "/api/catalog/lineage", viewer, true, s.onRelease(s.apiLineage)},
		{"GET", "/api/catalog/checks", viewer, true, s.onRelease(s.apiChecks)},
		{"GET", "/api/catalog/checks/{check}", viewer, true, s.onRelease(s.apiCheck)},
		{"GET", "/api/catalog/accounts", viewer, true, s.onRelease(s.apiAccounts)},
		{"GET", "/api/catalog/quarantine", viewer, true, s.onRelease(s.apiQuarantine)},
		{"GET", "/api/catalog/quarantine/rows", viewer, true, s.onRelease(s.apiQuarantineRows)},
		{"GET", "/api/catalog/quarantine/row", viewer, true, s.onRelease(s.apiQuarantineRow)},
		{"GET", "/api/catalog/trace", viewer, true, s.onRelease(s.apiTrace)},
		{"POST", "/api/job/pause", operator, false, s.apiPause},
		{"POST", "/api/job/resume", operator, false, s.apiResume},
		{"PUT", "/api/job/schedules/{name}", operator, false, s.apiSetSchedule},
		{"DELETE", "/api/job/schedules/{name}", operator, false, s.apiRemoveSchedule},
		{"GET", "/api/job/next", viewer, false, s.apiNext},
		{"GET", "/api/job/activity", viewer, false, s.apiActivity},

		{"GET", "/healthz", anybody, false, s.healthy},
		{"GET", "/readyz", anybody, false, s.ready},
		{"GET", "/metrics", viewer, false, s.serveMetrics},
		{"", "/", anybody, false, func(*visit) error { return notFound }},
	}
}

// onRelease holds the newest release open for a handler.
func (s *Server) onRelease(handler func(*visit, *Release) error) func(*visit) error {
	return func(v *visit) error {
		release, done, err := s.releases.acquire()
		if err != nil {
			return err
		}
		defer done()
		return handler(v, release)
	}
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Run serves until the context ends; requests in flight are then given time to end. listening is called with the address once
// it can be reached.
func (s *Server) Run(ctx context.Context, listening func(address string)) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.config.Address)
	if err != nil {
		return fmt.Errorf("listen at %s: %w", s.config.Address, err)
	}
	server := s.httpServer()
	stopped := make(chan error, 1)
	go func() { stopped <- s.serveOn(server, listener) }()
	scheme := "http"
	if s.config.TLSCert != "" {
		scheme = "https"
	}
	listening(scheme + "://" + listener.Addr().String())
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var following sync.WaitGroup
	following.Go(func() { s.watch(ctx) })
	defer func() {
		stop()
		following.Wait()
		s.Close()
	}()
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
	}
	s.streams.end() // they would not end by themselves
	grace, end := context.WithTimeout(context.WithoutCancel(ctx), graceTime)
	defer end()
	if err := server.Shutdown(grace); err != nil {
		s.log.Warn("requests were cut off", "error", err)
		return server.Close()
	}
	return nil
}

// Close lets go of the release; the last request on it closes it.
func (s *Server) Close() {
	s.usage.flush(true)
	s.releases.put(nil)
}

func (s *Server) httpServer() *http.Server {
	return &http.Server{
		Handler: s, ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: answerTime, IdleTimeout: idleTime, MaxHeaderBytes: mostHeader,
		ErrorLog:  slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), // what clients do wrong at the level of connections
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.currentCertificate},
	}
}

func (s *Server) serveOn(server *http.Server, listener net.Listener) error {
	var err error
	if s.config.TLSCert != "" {
		err = server.ServeTLS(listener, "", "")
	} else {
		err = server.Serve(listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// watch follows what changes beside the server: the published file, the users, the certificate.
func (s *Server) watch(ctx context.Context) {
	ticker := time.NewTicker(s.config.Follow)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if _, err := s.follow(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("cannot serve the new release; the one before it stays", "error", err)
		}
		if err := s.readVerified(false); err != nil {
			s.log.Error("cannot read the verified questions; those known stay", "error", err)
		}
		if s.users != nil {
			if err := s.users.reload(); err != nil {
				s.log.Error("cannot read the users; those known stay", "error", err)
			}
		}
		if s.config.TLSCert != "" {
			if err := s.readCertificate(); err != nil {
				s.log.Error("cannot read the certificate; the one before it stays", "error", err)
			}
		}
		s.usage.flush(false)
		s.limits.sweep(s.now())
	}
}

// readCertificate reads the TLS files if they changed.
func (s *Server) readCertificate() error {
	at := modified(s.config.TLSCert, s.config.TLSKey)
	s.certificate.Lock()
	defer s.certificate.Unlock()
	if s.certificate.pair != nil && at.Equal(s.certificate.read) {
		return nil
	}
	s.certificate.read = at
	pair, err := tls.LoadX509KeyPair(s.config.TLSCert, s.config.TLSKey)
	if err != nil {
		return fmt.Errorf("read %s and %s: %w", s.config.TLSCert, s.config.TLSKey, err)
	}
	s.certificate.pair = &pair
	return nil
}

func (s *Server) currentCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.certificate.Lock()
	defer s.certificate.Unlock()
	return s.certificate.pair, nil
}
