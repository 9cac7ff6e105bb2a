package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/wire"
)

// MaxBody is the longest request body in bytes. The longest legitimate one is
// a policy document of 131,072 characters, percent-encoded.
const MaxBody = 2 << 20

// bodyAtOnce is the most bytes that are set aside for a body on its length alone.
const bodyAtOnce = 16 << 10

// maxHeaderText bounds what of a header goes to the audit event.
const maxHeaderText = 1024

// ServeHTTP answers one AWS request.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := g.newCall(r)
	h := w.Header()
	h["X-Amzn-Requestid"] = []string{c.ID}
	g.cors(h, r)
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	started := g.Now()
	body, err := readBody(w, r)
	c.Now = g.Now().UTC() // a slow body must not carry an old time in
	var out any
	if err == nil {
		out, err = g.doSafely(c, r, body)
	}
	status := g.answer(w, r, c, out, err)
	if g.Observe != nil {
		g.Observe(c, status, awserr.From(err), g.Now().Sub(started))
	}
}

// doSafely turns a panic into an error: the client is told that the server
// failed, and the log says where.
func (g *Gate) doSafely(c *Call, r *http.Request, body []byte) (out any, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("api: panic: %v\n%s", p, debug.Stack())
			if rerr := g.recordPanic(c, err); rerr != nil {
				err = fmt.Errorf("%w\nand its event can't be written: %v", err, rerr)
			}
		}
	}()
	return g.Do(c, r, body)
}

// recordPanic records a call that panicked like any that failed, unless the
// event itself is what can't be made.
func (g *Gate) recordPanic(c *Call, cause error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("api: panic in the event: %v", p)
		}
	}()
	return g.recordFailure(c, cause)
}

// encode writes an answer in its wire form; a panic is an error, as above.
func encode(asJSON bool, c *Call, out any) (body []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			body, err = nil, fmt.Errorf("api: panic: %v\n%s", p, debug.Stack())
		}
	}()
	buf := make([]byte, 0, 1024)
	if asJSON {
		return wire.AppendJSON(buf, c.Shape, out, c.ID)
	}
	return wire.AppendXML(buf, c.Shape, out, c.ID)
}

func (g *Gate) newCall(r *http.Request) *Call {
	c := &Call{
		Context: r.Context(), Now: g.Now().UTC(), Rand: g.Rand, ID: awsid.NewRequestID(g.Rand),
		UserAgent: clip(r.UserAgent()), Referer: clip(r.Referer()), Secure: r.TLS != nil, TLS: r.TLS, Host: clip(r.Host),
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		if ip, err := netip.ParseAddr(host); err == nil {
			c.SourceIP = ip.Unmap().WithZone("")
		}
	}
	return c
}

func clip(s string) string {
	if len(s) > maxHeaderText {
		s = s[:maxHeaderText]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > MaxBody {
		w.Header().Set("Connection", "close")
		return nil, errTooLarge
	}
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	if n := r.ContentLength; n > 0 && n <= bodyAtOnce {
		// The server ends the body at its length.
		body := make([]byte, n)
		if _, err := io.ReadFull(r.Body, body); err != nil {
			return nil, errBody
		}
		return body, nil
	}
	// A length is but a claim: what it asks for is given as bytes come.
	var buf bytes.Buffer
	_, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errTooLarge
	case errors.Is(err, io.ErrUnexpectedEOF), err != nil:
		return nil, errBody
	}
	return buf.Bytes(), nil
}

// answer writes the response and returns its status.
func (g *Gate) answer(w http.ResponseWriter, r *http.Request, c *Call, out any, err error) int {
	asJSON := wire.WantsJSON(r.Header.Get("Accept"))
	status, kind := http.StatusOK, "text/xml"
	if asJSON {
		kind = "application/json"
	}
	var body []byte
	if e := awserr.From(err); e != nil {
		status = wire.Status(e)
		if status >= 500 {
			g.logFailure(c, e)
		}
		namespace := ""
		if c.Shape != nil {
			namespace = c.Shape.Namespace
		}
		if asJSON {
			body = wire.AppendErrorJSON(nil, e, c.ID)
		} else {
			body = wire.AppendErrorXML(nil, namespace, e, c.ID)
		}
		if status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", "GET, POST")
		}
		if c.denial != "" {
			w.Header().Set("X-Aratame-Encoded-Message", c.denial)
		}
	} else {
		if body, err = encode(asJSON, c, out); err != nil {
			return g.answer(w, r, c, nil, err)
		}
		if c.TradeIn != "" {
			w.Header().Set("X-Aratame-Trade-In-Token", c.TradeIn)
			w.Header().Set("Cache-Control", "no-store")
		}
	}
	h := w.Header()
	h["Content-Type"] = []string{kind}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may be gone; there is nobody to tell
	}
	return status
}

func (g *Gate) logFailure(c *Call, e *awserr.Error) {
	name := ""
	if c.Shape != nil {
		name = c.Shape.Name
	}
	g.Log.LogAttrs(context.WithoutCancel(c.Context), slog.LevelError, "request failed",
		slog.String("requestID", c.ID), slog.String("operation", name), slog.String("code", e.Code), slog.Any("cause", e.Cause))
}

// cors lets the browsers of configured origins read answers.
func (g *Gate) cors(h http.Header, r *http.Request) {
	origin := r.Header.Get("Origin")
	if origin == "" || len(g.Origins) == 0 {
		return
	}
	h.Add("Vary", "Origin")
	for _, o := range g.Origins {
		if o == origin || o == "*" {
			h.Set("Access-Control-Allow-Origin", o)
			h.Set("Access-Control-Expose-Headers", "x-amzn-requestid,x-aratame-encoded-message")
			if r.Method == http.MethodOptions {
				h.Set("Access-Control-Allow-Methods", "GET, POST")
				if want := r.Header.Get("Access-Control-Request-Headers"); len(want) <= maxHeaderText {
					h.Set("Access-Control-Allow-Headers", want)
				}
				h.Set("Access-Control-Max-Age", strconv.Itoa(int((10 * time.Minute).Seconds())))
			}
			return
		}
	}
}
