package session

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/store"
)

// failOnce makes one call of a verb fail, before it does anything or after it has
// done everything.
func (m *memStore) failOnce(verb string, after bool) {
	done := false
	hit := func(v string) error {
		if v != verb || done {
			return nil
		}
		done = true
		return errDown
	}
	if after {
		m.faults(nil, hit)
	} else {
		m.faults(func(_ context.Context, v string) error { return hit(v) }, nil)
	}
}

// SES-199: each verb that promises an end fails when any part of it does, also
// when only the answer is lost; asked again it succeeds, and then nobody is signed
// in. What was said to have ended has.
func TestEndings_fail_aloud(t *testing.T) {
	t.Parallel()
	logout := func(g *rig, b *browser) (err error) {
		b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) { err = s.Logout(r.Context()) })
		return err
	}
	others := func(g *rig, b *browser) (err error) {
		b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
			_, err = s.Transition(r.Context(), machine.Regenerate{}, Commit{Raise: true, NoGrace: true})
		})
		return err
	}
	for name, tc := range map[string]struct {
		verbs  []string
		end    func(g *rig, b *browser, ref Ref) error
		others bool
	}{
		"one":        {[]string{"load", "delete", "sessions"}, func(g *rig, _ *browser, ref Ref) error { return g.End(t.Context(), g.subj, ref) }, false},
		"a person's": {[]string{"raise"}, func(g *rig, _ *browser, _ Ref) error { return g.InvalidateUser(t.Context(), g.subj) }, false},
		"a tenant's": {[]string{"raise"}, func(g *rig, _ *browser, _ Ref) error { return g.InvalidateTenant(t.Context(), g.subj.Tenant) }, false},
		"all":        {[]string{"raise"}, func(g *rig, _ *browser, _ Ref) error { return g.InvalidateAll(t.Context()) }, false},
		"this one":   {[]string{"delete", "sessions"}, func(g *rig, b *browser, _ Ref) error { return logout(g, b) }, false},
		"the others": {[]string{"rotate"}, func(g *rig, b *browser, _ Ref) error { return others(g, b) }, true},
	} {
		for _, verb := range tc.verbs {
			for _, after := range []bool{false, true} {
				g := newRig(t)
				b, other := g.in(), g.in()
				stolen := *b
				ref := b.ref()
				g.db.failOnce(verb, after)
				if err := tc.end(g, b, ref); !errors.Is(err, ErrStoreUnavailable) {
					t.Errorf("%s, %s fails, after %v: %v", name, verb, after, err)
				}
				g.db.up()
				if tc.others {
					// With the answer lost nobody knows; this session may be gone with the
					// others, and the others are never left behind alone.
					if after && IsAuthenticated(other.state()) {
						t.Errorf("%s: done and not seen", name)
					}
					if !after && (others(g, b) != nil || IsAuthenticated(other.state()) || !IsAuthenticated(b.state())) {
						t.Errorf("%s: not done when asked again", name)
					}
					continue
				}
				if err := tc.end(g, b, ref); err != nil {
					t.Errorf("%s, %s failed, after %v, again: %v", name, verb, after, err)
				}
				if IsAuthenticated(b.state()) || IsAuthenticated(stolen.state()) {
					t.Errorf("%s, %s failed, after %v: alive", name, verb, after)
				}
			}
		}
	}
}

// SES-204: where the limit cannot be judged nobody signs in; it is not skipped,
// whether the store fails before it looked or its answer is lost.
func TestLogin_needs_the_limit(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		for _, fault := range []error{errDown, errors.New("what no store should say"), context.DeadlineExceeded} {
			for _, limit := range []LimitPolicy{{Max: 1}, {Max: 1, RefuseNew: true}, {}} {
				for _, verb := range []string{"create", "rotate"} {
					g := newRig(t, func(c *Config) { c.Limit = limit })
					b := g.browser()
					if verb == "rotate" {
						b.must(machine.Begin{Flow: g.flow(g.subj)})
					}
					before := b.cookie
					hit := func(v string) error {
						if v == verb {
							return fault
						}
						return nil
					}
					if after {
						g.db.faults(nil, hit)
					} else {
						g.db.faults(func(_ context.Context, v string) error { return hit(v) }, nil)
					}
					err := b.move(machine.Adopt{Login: g.login(g.subj)})
					if err == nil || !errors.Is(err, fault) || b.sets() {
						t.Errorf("%s, after %v, %+v: %v, cookie %v", verb, after, limit, err, b.sets())
					}
					g.db.up()
					if b.cookie != before || IsAuthenticated(b.state()) {
						t.Errorf("%s, after %v, %+v: signed in", verb, after, limit)
					}
				}
			}
		}
	}
	// And a refusal is one.
	g := newRig(t, func(c *Config) { c.Limit = LimitPolicy{Max: 1, RefuseNew: true} })
	g.in()
	if err := g.browser().move(machine.Adopt{Login: g.login(g.subj)}); !errors.Is(err, ErrSessionLimit) || errors.Is(err, store.ErrUnavailable) {
		t.Error(err)
	}
}

// A form that begins and completes a login in one request: if nobody knows whether
// the last write took effect, the cookie of the record in between does not go out,
// since that record may be gone. The browser keeps what it had, a guest's anchor, a
// dead session's trace or nothing, and posting the form again works. A write that was
// refused by the store's own word leaves the record, and its cookie goes out.
// SES-074, STO-061
func TestCookie_of_a_record_in_doubt_is_taken_back(t *testing.T) {
	t.Parallel()
	for before, prepare := range map[string]func(g *rig, b *browser){
		"nothing": func(*rig, *browser) {},
		"an anchor": func(_ *rig, b *browser) {
			b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
				if _, err := s.Anchor(r.Context()); err != nil {
					t.Error(err)
				}
			})
		},
		"a dead session": func(g *rig, b *browser) {
			b.must(machine.Adopt{Login: g.login(g.subj)})
			if err := g.InvalidateUser(t.Context(), g.subj); err != nil {
				t.Error(err)
			}
		},
		"an older flow": func(g *rig, b *browser) { b.must(machine.Begin{Flow: g.flow(g.subj)}) },
	} {
		for _, ends := range []bool{false, true} {
			for fault, doubt := range map[error]bool{
				errDown: true, store.ErrExists: true, store.ErrConflict: true, context.DeadlineExceeded: true, ErrEpoch: false,
			} {
				g := newRig(t)
				b := g.browser()
				prepare(g, b)
				had := b.cookie
				var handle, after Ref
				b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
					handle, _ = s.Ref()
					if _, err := s.Transition(r.Context(), machine.Begin{Flow: g.flow(g.subj)}, Commit{}); err != nil {
						t.Fatal(err)
					}
					g.db.faults(nil, func(string) error { return fault })
					var err error
					if ends {
						err = s.Logout(r.Context())
					} else {
						_, err = s.Transition(r.Context(), machine.Adopt{Login: g.login(g.subj)}, Commit{})
					}
					if err == nil {
						t.Error("the fault was not injected")
					}
					after, _ = s.Ref()
					g.db.up()
				})
				switch {
				case doubt && (b.sets() || b.cookie != had):
					t.Errorf("%s, %v: a cookie goes out", before, fault)
				case doubt && before != "an older flow" && after != handle:
					t.Errorf("%s, %v: the handle is not the one that the browser's forms are bound to", before, fault)
				case !doubt && !b.sets():
					t.Errorf("%s, %v: the store has said no, and the record's cookie is kept back", before, fault)
				}
				if err := b.move(machine.Begin{Flow: g.flow(g.subj)}); err != nil {
					t.Errorf("%s, %v: again: %v", before, fault, err)
				}
			}
		}
	}
}

// A message that arrived twice: what is new is there already. It is an outage to
// whoever asks, never a fault of the program, and never a success. STO-061
func TestWrite_that_arrived_twice_is_an_outage(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	g.db.faults(nil, func(string) error { return store.ErrExists })
	if err := b.move(machine.Adopt{Login: g.login(g.subj)}); !errors.Is(err, ErrStoreUnavailable) || b.sets() {
		t.Errorf("%v, cookie %v", err, b.sets())
	}
}
