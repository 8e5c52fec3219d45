// Package requestid gives every request one id that log, audit, problem and
// response agree on.
//
// The id is a UUIDv7 of the program's own. One that comes with the request is
// kept only from a trusted proxy and only if it is short and plain, because
// what strangers choose could collide on purpose or carry something else into
// the log.
//
//	ids, err := requestid.New(requestid.Config{Clock: clk, Entropy: src, Proxies: resolver})
//	…
//	handler := problem.Recover(ids.Wrap(mux))
//	…
//	log.Print(requestid.From(r.Context()))
//
// Nobody reads the header again: the id lies in the request's scope (MID-032).
//
// Requirements: MID-030 to MID-032, MID-081, FUZ-F07 for the request id.
package requestid

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/middleware/clientip"
)

// Header is the name of the header, inbound and outbound.
const Header = "X-Request-Id"

// ErrConfig is the class of every error of New.
var ErrConfig = errors.New("requestid: configuration")

// Accept says whose ids are kept.
type Accept uint8

// The zero Accept keeps ids of trusted proxies.
const (
	TrustedPeers Accept = iota
	Never
	// Always keeps the id of anybody. It is for programs that only their own
	// machines can reach.
	Always
)

// Config of the layer. Clock and Entropy are required.
type Config struct {
	Clock   clock.Clock
	Entropy entropy.Source
	Accept  Accept
	// Proxies tells whose ids are kept when no clientip layer ran further out.
	// Nil: then nobody's.
	Proxies *clientip.Resolver
}

// Layer gives ids. It is immutable and safe for concurrent use.
type Layer struct{ cfg Config }

// New checks the configuration.
func New(cfg Config) (*Layer, error) {
	switch {
	case cfg.Clock == nil:
		return nil, fmt.Errorf("%w: Clock is missing", ErrConfig)
	case cfg.Entropy == nil:
		return nil, fmt.Errorf("%w: Entropy is missing", ErrConfig)
	case cfg.Accept > Always:
		return nil, fmt.Errorf("%w: Accept is no known value", ErrConfig)
	}
	return &Layer{cfg: cfg}, nil
}

// From returns the id of the request, empty when no layer ran.
func From(ctx context.Context) string {
	if s := respond.From(ctx); s != nil {
		return s.RequestID()
	}
	return ""
}

// Wrap gives the request its id before next runs and writes it on the response,
// whatever the handler put there. A second Wrap on the same request changes
// nothing (MID-002).
func (l *Layer) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, w, r, made := respond.Ensure(w, r)
		if s.RequestID() == "" {
			s.SetRequestID(l.id(r))
			if err := s.Before(respond.StageHeaders, setHeader); err != nil {
				s.Logger().ErrorContext(s, "requestid: layer runs after the response began", "error", err) //nolint:contextcheck // the scope is the request's context
			}
		}
		next.ServeHTTP(w, r)
		if made {
			s.Finish()
		}
	})
}

func setHeader(h *respond.Head) {
	h.Header()[Header] = []string{h.Scope().RequestID()}
}

func (l *Layer) id(r *http.Request) string {
	if v := r.Header[Header]; len(v) == 1 && plain(v[0]) && l.accepts(r) {
		return v[0]
	}
	return identity.NewEventID(l.cfg.Clock.Now(), l.cfg.Entropy).String()
}

func (l *Layer) accepts(r *http.Request) bool {
	switch l.cfg.Accept {
	case Always:
		return true
	case Never:
		return false
	case TrustedPeers:
	}
	if clientip.From(r.Context()).PeerTrusted() {
		return true
	}
	return l.cfg.Proxies != nil && l.cfg.Proxies.Resolve(r).PeerTrusted()
}

// plain is the grammar [A-Za-z0-9._-]{8,64}.
func plain(id string) bool {
	if len(id) < 8 || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}
