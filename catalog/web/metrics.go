package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what an operator's monitoring reads at /metrics.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	limited  prometheus.Counter
	switches prometheus.Counter
	open     prometheus.Gauge
	release  *prometheus.GaugeVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "fmcg_http_requests_total", Help: "Requests answered, by route and status."}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "fmcg_http_request_seconds", Help: "Time to an answer, by route.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"method", "route"}),
		limited:  prometheus.NewCounter(prometheus.CounterOpts{Name: "fmcg_http_limited_total", Help: "Requests refused because the client asked too often."}),
		switches: prometheus.NewCounter(prometheus.CounterOpts{Name: "fmcg_release_switches_total", Help: "Releases that were taken up."}),
		open:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "fmcg_releases_open", Help: "Releases open: the newest, and those that requests still need."}),
		release:  prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "fmcg_release_info", Help: "1 for the release that is served."}, []string{"run"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.limited, m.switches, m.open, m.release,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) answered(route route, status int, took time.Duration) {
	method := route.method
	if method == "" {
		method = "other"
	}
	m.requests.WithLabelValues(method, route.path, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(method, route.path).Observe(took.Seconds())
}

func (m *metrics) opened() { m.open.Inc() }

func (m *metrics) closed() { m.open.Dec() }

func (m *metrics) switched(run string) {
	m.switches.Inc()
	m.release.Reset()
	m.release.WithLabelValues(run).Set(1)
}

func (s *Server) serveMetrics(v *visit) error {
	promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(v, v.Request)
	return nil
}

// healthy says that the process answers.
func (s *Server) healthy(v *visit) error { return v.json(health{Status: "ok"}) }

// ready says that there is something to show.
func (s *Server) ready(v *visit) error {
	release, done, err := s.releases.acquire()
	if err != nil {
		return v.jsonStatus(http.StatusServiceUnavailable, health{Status: "nothing_published"})
	}
	defer done()
	return v.json(health{Status: "ready", Run: release.Data.RunID})
}

// health is what probes read.
type health struct {
	Status string `json:"status"`
	Run    string `json:"run,omitempty"`
}
