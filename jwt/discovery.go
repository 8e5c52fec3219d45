package jwt

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/axess-go/axess/internal/strictjson"
)

// ErrDiscovery is a document of an issuer that cannot be used.
var ErrDiscovery = errors.New("jwt: discovery document")

// discoveredFor is how long the address of a key set is believed.
const discoveredFor = 24 * time.Hour

// location is where the keys of an issuer were found to be.
type location struct {
	url     string
	at      time.Duration // Mono
	doubted bool          // nothing was there: ask again
}

// address returns where the key set is. It runs inside the flight, so one at a time.
func (r *RemoteKeys) address(ctx context.Context) (string, error) {
	if r.cfg.URL != "" {
		return r.cfg.URL, nil
	}
	now := r.cfg.Clock.Mono()
	if r.location.url != "" && !r.location.doubted && now-r.location.at < discoveredFor {
		return r.location.url, nil
	}
	url, err := discover(ctx, r.cfg.Fetch, r.cfg.Issuer)
	switch {
	case err == nil:
		r.location = location{url: url, at: now}
	case r.location.url == "":
		return "", err
	}
	// A document that cannot be had any more leaves the address that was good so far.
	return r.location.url, nil
}

// discover asks an issuer where its keys are: at the address of OpenID Connect
// Discovery §4, and if nothing is there, at that of RFC 8414 §3.1.
func discover(ctx context.Context, f Fetcher, issuer string) (string, error) {
	base := strings.TrimSuffix(issuer, "/")
	doc, err := f.Fetch(ctx, FetchRequest{URL: base + "/.well-known/openid-configuration"})
	if errors.Is(err, ErrNoDocument) {
		scheme, rest, _ := strings.Cut(base, "://")
		host, path, _ := strings.Cut(rest, "/")
		inserted := scheme + "://" + host + "/.well-known/oauth-authorization-server"
		if path != "" {
			inserted += "/" + path
		}
		doc, err = f.Fetch(ctx, FetchRequest{URL: inserted})
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrDiscovery, err)
	}
	if err := strictjson.Object(doc.Body, strictjson.Limits{Bytes: maxSet, Depth: maxNesting, Members: maxMembers}); err != nil {
		return "", fmt.Errorf("%w: %w", ErrDiscovery, err)
	}
	var says, url string
	for name, value := range strictjson.Members(doc.Body) {
		switch string(name) {
		case "issuer":
			says, _ = strictjson.String(value)
		case "jwks_uri":
			url, _ = strictjson.String(value)
		}
	}
	// Byte for byte (WKL-034, OAU-020): whoever can make a document appear under some
	// address of a host must not speak for another issuer.
	if says != issuer {
		return "", fmt.Errorf("%w: of another issuer", ErrDiscovery)
	}
	if url == "" {
		return "", fmt.Errorf("%w: no jwks_uri", ErrDiscovery)
	}
	return url, nil
}
