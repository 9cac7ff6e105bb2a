package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
)

// metrics are the counters of a server. Their labels take values from the
// contract's tables alone, so that no client can make series.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aratame_requests_total", Help: "Requests answered, by service, operation, HTTP status and error code.",
		}, []string{"service", "operation", "status", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "aratame_request_duration_seconds", Help: "Time from the request's headers to its answer.",
			Buckets: []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}, []string{"service"}),
	}
	m.registry.MustRegister(m.requests, m.duration, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observe(c *api.Call, status int, failure *awserr.Error, took time.Duration) {
	service, operation, code := "none", "none", ""
	if c.Shape != nil {
		service, operation = c.Shape.Service, c.Shape.Name
	}
	if failure != nil {
		code = failure.Code
	}
	m.requests.WithLabelValues(service, operation, strconv.Itoa(status), code).Inc()
	m.duration.WithLabelValues(service).Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
