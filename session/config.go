package session

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// Config is what a [Manager] is made of. Store, Keys, Clock and Entropy are
// required.
type Config struct {
	Store Store
	// Keys are the rings of the program; Cookie signs, Session seals.
	Keys    seal.Keys
	Clock   clock.Clock
	Entropy entropy.Source
	// Metrics is [metric.Discard] and Logger is [slog.Default] unless given.
	Metrics metric.Sink
	Logger  *slog.Logger

	// Bindings are the traits of a browser that a session is bound to at its
	// beginning, and what a request meets that shows others: [DefaultBindings] unless
	// given (SES-175). WithoutBinding, a reason, is none: a cookie that was taken is
	// then good in every browser.
	Bindings       []Binding
	WithoutBinding string
	// ClientIP finds the address of a request; [BindIPPrefix] needs it (SES-181).
	ClientIP *clientip.Resolver

	Cookie   CookieConfig
	Timeouts Timeouts
	// TenantTimeouts, unless nil, says what a tenant asks for. Of Idle, Absolute and
	// Grace the shorter one holds, field by field: a longer one is no extension, a
	// zero one says nothing (SES-231). It is asked several times with every request
	// of somebody who is signed in, and must not wait for anything; what it says
	// holds for the sessions that exist as well.
	TenantTimeouts func(identity.TenantID) Timeouts
	// Tenant, unless nil, says which tenant a request is about: the sessions of another
	// one are a guest's there, as if they had been taken to another browser. It is asked
	// with every request that has a session and must not wait; zero is no tenant's.
	Tenant func(*http.Request) identity.TenantID
	// Device, unless nil, recognizes the device behind a request of a session that
	// has a subject (SES-086).
	Device DeviceResolver
	// Limit bounds the sessions of one subject.
	Limit LimitPolicy
	// CarryOnLogin names the custom keys that survive a login (SES-014). Whoever
	// sat at the browser before may have set them: carry a cart, not a role.
	CarryOnLogin []string
	// CustomMax bounds the encoded custom data of a session in bytes: 65,536
	// unless given, at most 1 MiB.
	CustomMax int
	// Memo bounds the memory, in bytes, in which opened bodies wait for the next
	// request of their session: 32 MiB unless given, at least 1 MiB and at most 1
	// GiB, [WithoutMemo] for none. It spares opening and decoding what was opened
	// before, byte for byte, under the same keys, and decides nothing: the record is
	// read, and judged, with every request all the same.
	//
	// What it costs is secrecy of memory: the plaintext of sessions in use lies there
	// beside the keys that open it. It goes when the session ends in this process or
	// gets a new id, when the ring changes, and else after an hour with the next
	// [Manager.Reseal]; it is left to the collector and not overwritten, because
	// requests share it.
	Memo int

	// Events turns an event into outbox rows; nil means none. Rows go into the
	// commit of the change that the event belongs to where there is one, else
	// through Outbox, which is then required.
	Events func(ctx context.Context, e Event) []store.Row
	Outbox store.Outbox
}

const (
	defaultCustomMax = 65_536
	maxCustomMax     = 1 << 20
)

// complete fills in the defaults and names the first field that is wrong.
func (c *Config) complete() error {
	switch {
	case c.Store == nil:
		return wrong("Store", "missing")
	case c.Clock == nil:
		return wrong("Clock", "missing")
	case c.Entropy == nil:
		return wrong("Entropy", "missing")
	case c.Keys.Cookie == nil || c.Keys.Cookie.Purpose() != seal.Cookie:
		return wrong("Keys.Cookie", "missing or of another purpose")
	case c.Keys.Session == nil || c.Keys.Session.Purpose() != seal.Session:
		return wrong("Keys.Session", "missing or of another purpose")
	case c.Limit.Max < 0 || c.Limit.Max > HardSessionLimit:
		return wrong("Limit.Max", "%d, want 0 to %d", c.Limit.Max, HardSessionLimit)
	case c.CustomMax < 0 || c.CustomMax > maxCustomMax:
		return wrong("CustomMax", "%d, want 0 to %d", c.CustomMax, maxCustomMax)
	case c.Memo != 0 && c.Memo != WithoutMemo && (c.Memo < minMemo || c.Memo > maxMemo):
		return wrong("Memo", "%d, want %d to %d, or WithoutMemo", c.Memo, minMemo, maxMemo)
	case c.Events != nil && c.Outbox == nil:
		return wrong("Outbox", "missing, Events needs it")
	}
	for _, k := range c.CarryOnLogin {
		if err := checkKey(k); err != nil {
			return wrong("CarryOnLogin", "%w", err)
		}
	}
	for _, a := range c.Keys.Cookie.Keys() {
		for _, b := range c.Keys.Session.Keys() {
			if a.Master.Equal(b.Master) { // SES-159
				return wrong("Keys", "%w: %s signs and seals", seal.ErrKeyReuse, a.ID())
			}
		}
	}
	if c.CustomMax == 0 {
		c.CustomMax = defaultCustomMax
	}
	if c.Memo == 0 {
		c.Memo = defaultMemo
	}
	if c.Metrics == nil {
		c.Metrics = metric.Discard{}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Events == nil {
		c.Events = func(context.Context, Event) []store.Row { return nil }
	}
	if err := c.completeBindings(); err != nil {
		return err
	}
	return c.Timeouts.complete()
}

// wrong names the field that is at fault.
func wrong(field, format string, args ...any) error {
	return fmt.Errorf("%s: "+format, append([]any{field}, args...)...)
}
