package csrf

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/session"
)

const (
	// Header is where scripts put the token, and where the answer csrf_stale
	// carries a fresh one.
	Header = "X-CSRF-Token"
	// FieldName is where forms put it.
	FieldName = "_csrf"

	headerKey = "X-Csrf-Token" // as package http keeps it
)

// Protection checks requests. It is safe for concurrent use; one is enough for a
// program.
type Protection struct {
	cfg     Config
	cookie  string // name
	attr    string
	minter  minter
	origins *http.CrossOriginProtection
	trusted map[string]bool // never changed once made
	bypass  *http.ServeMux  // nil: none
	uploads *http.ServeMux  // nil: none
	hook    func(*respond.Head)
	find    func(context.Context) (binding, error)
	// outside says that an Origin layer was made. Requests with a safe method pass
	// it without a trace, so this is how Token knows with them that somebody has
	// thought of it.
	outside atomic.Bool
	// complained keeps a wrong chain from filling the log (CSR-018).
	complained atomic.Bool
}

// New checks cfg in full; an error names the field that is wrong.
func New(cfg Config) (*Protection, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("csrf: config: %w", err)
	}
	p := &Protection{
		cfg: cfg, cookie: cfg.SessionCookie + "-csrf", attr: cfg.attributes(),
		minter:  newMinter(cfg.Keys.Cookie),
		origins: http.NewCrossOriginProtection(),
		trusted: make(map[string]bool, len(cfg.TrustedOrigins)),
		find:    findSession,
	}
	p.hook = p.settle
	for i, s := range cfg.TrustedOrigins {
		o, err := canonicalOrigin(s, cfg.InsecureHTTP)
		if err == nil {
			err = p.origins.AddTrustedOrigin(o)
		}
		if err != nil {
			return nil, fmt.Errorf("csrf: config: TrustedOrigins[%d]: %q: %w", i, s, err)
		}
		p.trusted[o] = true
	}
	var err error
	if p.bypass, err = bypassMux(cfg.InsecureBypass); err != nil {
		return nil, fmt.Errorf("csrf: config: %w", err)
	}
	if p.uploads, err = uploadMux(cfg.Uploads); err != nil {
		return nil, fmt.Errorf("csrf: config: %w", err)
	}
	return p, nil
}

// state is what the two layers know of one request. It lies in
// respond.SlotCSRF.
type state struct {
	p       *Protection
	session binding // as layer 2 found it, before the hook was registered
	passage passage

	mu       sync.Mutex // never held over a call to the session
	jar      jar
	bound    session.Ref // what the token chosen is bound to; zero: none yet
	handed   session.Ref // what the last token handed out was bound to
	minted   *token      // chosen, unless kept: the cookie goes out with most answers and is its own memory
	inside   bool        // layer 2 runs
	kept     bool        // the token chosen is the one that the browser has
	issue    bool        // the answer must carry the cookie
	rejected bool
	warned   bool
}

// passage is how layer 1 let a request pass.
type passage uint8

const (
	passedSafe       passage = iota
	passedSameOrigin         // the browser says so
	passedTrusted            // another origin, which the configuration trusts
	passedUnknown            // no browser, or one that says nothing
	passedExempt             // no ambient credentials (CSR-019)
	passedBypass             // Config.InsecureBypass; runs as a guest
)

// safe are the methods that change nothing (RFC 9110 §9.2.1), without TRACE,
// which never gets here. Everything else is unsafe, known or not (CSR-001).
func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

func stateOf(ctx context.Context) (*respond.Scope, *state) {
	scope := respond.From(ctx)
	if scope == nil {
		return nil, nil
	}
	st, _ := scope.Get(respond.SlotCSRF).(*state)
	return scope, st
}

// misplaced says once that the chain is wrong.
func (p *Protection) misplaced(ctx context.Context, why string) {
	if p.complained.CompareAndSwap(false, true) {
		p.cfg.Logger.ErrorContext(ctx, "csrf: the chain is wrong, unsafe requests are refused: "+why)
	}
}
