package clientip

import (
	"context"
	"net/netip"
)

// Source says how an address became known. It is stored with audit rows.
type Source uint8

// The sources.
const (
	SourceUnknown    Source = iota // no address
	SourcePeer                     // the other end of the connection
	SourceForwarded                // a header entry that a trusted proxy wrote
	SourceSupplied                 // handed in by the program
	SourceUnverified               // from a header that anybody may have written
)

// String returns the name that audit rows use.
func (s Source) String() string {
	switch s {
	case SourcePeer:
		return "peer"
	case SourceForwarded:
		return "forwarded"
	case SourceSupplied:
		return "supplied"
	case SourceUnverified:
		return "unverified"
	default:
		return "unknown"
	}
}

// Addr is the answer for one request. Only a Resolver makes one that is not
// zero; the zero Addr is of unknown source.
type Addr struct {
	ip      netip.Addr
	host    string
	source  Source
	trusted bool
	https   bool
}

// IP returns the client's address, IPv4 in its short form and without zone.
// It is not valid when the source is unknown.
func (a Addr) IP() netip.Addr { return a.ip }

// Source says how the address became known.
func (a Addr) Source() Source { return a.source }

// PeerTrusted reports whether the other end of the connection is a trusted
// proxy: what it says about the client may be believed.
func (a Addr) PeerTrusted() bool { return a.trusted }

// HTTPS reports whether the client used https, by the connection itself or by
// a trusted proxy's word.
func (a Addr) HTTPS() bool { return a.https }

// Scheme returns "https" or "http".
func (a Addr) Scheme() string {
	if a.https {
		return "https"
	}
	return "http"
}

// Host returns the host, with port if any, that the client asked for.
func (a Addr) Host() string { return a.host }

// Key is the context key under which a pointer to the Addr of a request lies,
// which nobody changes any more, for chains that keep several values in one
// context. Others use With.
type Key struct{}

// With returns a context that carries a.
func With(ctx context.Context, a Addr) context.Context {
	return context.WithValue(ctx, Key{}, &a)
}

// From returns the address of the request, or the zero Addr when no resolver
// ran.
func From(ctx context.Context) Addr {
	if a, ok := ctx.Value(Key{}).(*Addr); ok {
		return *a
	}
	return Addr{}
}
