package problem

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/axess-go/axess/internal/respond"
)

// FieldError is one entry of errors: which field broke which rule. Detail is a
// sentence for people and never repeats the value.
type FieldError struct{ Field, Rule, Detail string }

// Problem is one refusal with everything that an answer may show.
type Problem struct {
	Code       Code
	RequestID  string
	Errors     []FieldError
	RetryAt    time.Time     // zero: not known
	RetryAfter time.Duration // zero: the default of the status
	allow      []string
}

// Option adds to a refusal.
type Option func(*Problem)

// RetryAt says when trying again makes sense; now is the caller's clock.
func RetryAt(at, now time.Time) Option {
	return func(p *Problem) { p.RetryAt, p.RetryAfter = at, max(at.Sub(now), time.Second) }
}

// RetryAfter says after how long trying again makes sense.
func RetryAfter(d time.Duration) Option { return func(p *Problem) { p.RetryAfter = d } }

// Allow lists the methods of a route that refuses another one.
func Allow(methods ...string) Option { return func(p *Problem) { p.allow = methods } }

// Fields lists what is wrong with the input.
func Fields(errs ...FieldError) Option {
	return func(p *Problem) { p.Errors = append(p.Errors, errs...) }
}

// Renderer writes a problem as a page. It lies in respond.SlotRenderer. An
// error makes the answer a problem document instead.
type Renderer interface {
	RenderProblem(r *http.Request, p Problem) ([]byte, error)
}

// Write answers the request with the refusal. What the handler set for its own
// body is removed; nothing can be written after it.
func Write(w http.ResponseWriter, r *http.Request, c Code, opts ...Option) {
	status, header, body := build(r, c, opts)
	h := w.Header()
	for _, k := range []string{"Content-Length", "Content-Encoding", "Content-Range", "Accept-Ranges",
		"Content-Disposition", "Etag", "Last-Modified"} {
		h.Del(k)
	}
	for k, v := range header {
		if k == "Vary" {
			h[k] = append(h[k], v...)
			continue
		}
		h[k] = v
	}
	w.WriteHeader(status)
	if len(body) > 0 {
		_, _ = w.Write(body) // the client may be gone; nobody is left to tell
	}
}

// Replace puts the refusal in the place of the response that a hook holds
// (SES-075).
func Replace(h *respond.Head, c Code, opts ...Option) {
	h.Replace(build(h.Scope().Request(), c, opts))
}

func build(r *http.Request, c Code, opts []Option) (int, http.Header, []byte) {
	if c.Status() == 0 {
		c = Internal
	}
	p := Problem{Code: c}
	s := respond.From(r.Context())
	if s != nil {
		p.RequestID = s.RequestID()
	}
	for _, o := range opts {
		o(&p)
	}
	h := http.Header{
		"Cache-Control":          {"no-store"},
		"Vary":                   {"Accept"},
		"X-Content-Type-Options": {"nosniff"},
	}
	switch c.Status() {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Axess")
	case http.StatusMethodNotAllowed:
		h.Set("Allow", strings.Join(p.allow, ", "))
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		p.RetryAfter = max(p.RetryAfter, time.Second)
	}
	if p.RetryAfter > 0 {
		seconds := int64((p.RetryAfter + time.Second - 1) / time.Second)
		h.Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	body := render(s, r, p)
	if body != nil {
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Add("Vary", "Accept-Language, Cookie") // pages speak the reader's language (UIX-086)
	} else {
		h.Set("Content-Type", "application/problem+json")
		body = p.AppendJSON(nil)
	}
	if r.Method == http.MethodHead {
		body = nil
	}
	return c.Status(), h, body
}

// render returns the page, or nil when the answer is a document.
func render(s *respond.Scope, r *http.Request, p Problem) []byte {
	if s == nil || !WantsHTML(r) {
		return nil
	}
	page, ok := s.Get(respond.SlotRenderer).(Renderer)
	if !ok {
		return nil
	}
	body, err := page.RenderProblem(r, p)
	if err != nil {
		s.Logger().ErrorContext(s, "problem: page not rendered", "code", p.Code.String(), "request_id", p.RequestID, "error", err)
		return nil
	}
	return body
}
