package authn_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

func (b *browser) history(q authn.HistoryQuery) (page authn.HistoryPage, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { page, err = b.r.accounts.History(ctx, s, q) })
	return page, err
}

// recorder writes events past the service, at the time of the fake clock.
func (r *rig) recorder() *audit.Log {
	r.t.Helper()
	l, err := audit.New(audit.Config{Clock: r.clock, Entropy: r.entropy, Keys: r.index})
	must(r.t, err)
	return l
}

func (r *rig) happened(ctx context.Context, l *audit.Log, of audit.Of, ev audit.Event) {
	r.t.Helper()
	row, err := l.Row(ctx, of, ev)
	must(r.t, err)
	must(r.t, r.stores.Identity.Append(r.t.Context(), row))
}

// AUN-160, AUN-I17: everybody sees what happened to them, and nothing else: a
// sign-in, a guess at their password, an administrator in their name.
func TestHistory_shows_what_happened_to_somebody(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	thief := s.browser()
	thief.addr = "198.51.100.9:1"
	thief.begin(bob)
	thief.try(pw("wrong wrong wrong"))
	s.clock.Advance(time.Minute)
	theirs := s.browser().signIn(bob)
	s.clock.Advance(time.Minute)
	must(t, s.begins(s.as(s.bob), s.approved()))
	s.entries()
	page, err := theirs.history(authn.HistoryQuery{})
	must(t, err)
	var got []string
	for _, e := range page.Entries {
		got = append(got, fmt.Sprint(e.Kind, " ", e.Outcome, " ", e.Factor, " ", e.By, " ", e.Address))
	}
	want := []string{
		"impersonation_started success  admin ",
		"authenticated success  self 192.0.2.7",
		"factor_verified success password self 192.0.2.7",
		"login_attempt success  self 192.0.2.7",
		"factor_verified failure password self 198.51.100.9",
		"login_attempt success  self 198.51.100.9",
	}
	if !slices.Equal(got, want) || page.Next != "" {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// Whoever acts as them sees the same, of them and not of themselves.
	if acting, err := s.b.history(authn.HistoryQuery{}); err != nil || !slices.Equal(acting.Entries, page.Entries) {
		t.Errorf("%+v, %v", acting, err)
	}
	if _, err := s.browser().history(authn.HistoryQuery{}); !errors.Is(err, authn.ErrNotAuthenticated) {
		t.Errorf("a guest: %v", err)
	}
}

// AUN-160: after 30 days the network is left of an address, after 90 nothing of an
// event; and what somebody else did is without their address and browser.
func TestHistory_forgets(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	l := r.recorder()
	of := audit.Of{Tenant: u.Tenant, Subject: u.ID, Handle: u.AuditHandle}
	from := audit.With(t.Context(), audit.Context{UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
	r.happened(from, l, of, audit.LogoutAttempt{Outcome: audit.Success, Cause: audit.CauseLogout, Scope: audit.ScopeSession})
	of.Actor = identity.SystemUser
	r.happened(from, l, of, audit.LockoutCleared{Scope: audit.ScopeUser, ClearedBy: audit.BySystem})
	r.browser().signIn(ada)
	look := func() (page authn.HistoryPage) {
		t.Helper()
		r.entries()
		page, err := r.browser().signIn(ada).history(authn.HistoryQuery{Kinds: []audit.Kind{"logout_attempt", "lockout_cleared", "authenticated"}})
		must(t, err)
		return page
	}
	page := look()
	if e := page.Entries; len(e) != 3 || e[2].Client != "Firefox on Linux" || e[1].Client != "" || e[1].By != audit.BySystem || e[0].Address != "192.0.2.7" {
		t.Errorf("%+v", e)
	}
	r.clock.Advance(30 * 24 * time.Hour)
	if e := look().Entries; len(e) != 4 || e[1].Address != "192.0.2.7" {
		t.Errorf("after 30 days: %+v", e)
	}
	r.clock.Advance(time.Second)
	if e := look().Entries; len(e) != 5 || e[2].Address != "192.0.2.0/24" || e[0].Address != "192.0.2.7" {
		t.Errorf("after that: %+v", e)
	}
	r.clock.Advance(60*24*time.Hour - 2*time.Second)
	if e := look().Entries; len(e) != 6 {
		t.Errorf("after almost 90 days: %+v", e)
	}
	r.clock.Advance(3 * time.Second)
	if p := look(); len(p.Entries) != 3 || p.Next != "" {
		t.Errorf("after 90 days: %+v", p)
	}
}

// AUN-160, AUN-I17: pages of any size, clamped to a hundred, make one list; a cursor
// opens the list that it was given out for, and no other.
func TestHistory_pages_and_cursors(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u, v := r.person(ada), r.person(bob)
	l := r.recorder()
	for i := range 130 {
		r.clock.Advance(time.Second)
		who := u
		if i%3 == 0 {
			who = v
		}
		r.happened(t.Context(), l, audit.Of{Tenant: who.Tenant, Subject: who.ID, Handle: who.AuditHandle},
			audit.LogoutAttempt{Outcome: audit.Success, Cause: audit.CauseLogout, Scope: audit.ScopeSession})
	}
	a, b := r.browser().signIn(ada), r.browser().signIn(bob)
	r.entries()
	all, err := a.history(authn.HistoryQuery{Limit: 1000})
	must(t, err)
	if len(all.Entries) != 89 || all.Next != "" { // 86 and the three of a sign-in
		t.Fatalf("%d, next %q", len(all.Entries), all.Next)
	}
	for _, limit := range []int{1, 7, 88, 89, 90} {
		var got []authn.HistoryEntry
		q := authn.HistoryQuery{Limit: limit}
		for {
			page, err := a.history(q)
			must(t, err)
			if len(page.Entries) > limit {
				t.Fatalf("%d entries of %d", len(page.Entries), limit)
			}
			got = append(got, page.Entries...)
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		if !slices.Equal(got, all.Entries) {
			t.Errorf("by %d: %d entries", limit, len(got))
		}
	}
	first, err := a.history(authn.HistoryQuery{Limit: 5})
	must(t, err)
	raw := []byte(first.Next)
	raw[3] ^= 1
	for name, refused := range map[string]func() error{
		"somebody else's": func() error { return after(b.history(authn.HistoryQuery{Cursor: first.Next})) },
		"of other kinds": func() error {
			return after(a.history(authn.HistoryQuery{Cursor: first.Next, Kinds: []audit.Kind{"logout_attempt"}}))
		},
		"changed":  func() error { return after(a.history(authn.HistoryQuery{Cursor: string(raw)})) },
		"too long": func() error { return after(a.history(authn.HistoryQuery{Cursor: first.Next + "AAAA"})) },
		"no text":  func() error { return after(a.history(authn.HistoryQuery{Cursor: strings.Repeat("!", len(raw))})) },
	} {
		if err := refused(); !errors.Is(err, authn.ErrCursor) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := a.history(authn.HistoryQuery{Kinds: make([]audit.Kind, 33)}); err == nil {
		t.Error("33 kinds")
	}
}

// AUN-I17, AUN-161, IDN-I7: whatever is written while somebody turns pages, they see
// what was there when they began, once and in the order of time, what came behind
// their place at most once, and nothing of anybody else or of another tenant.
func TestHistory_stands_while_events_come(t *testing.T) {
	t.Parallel()
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		r := newRig(outer)
		u, v := r.person(ada), r.person(bob)
		b := r.browser().signIn(ada)
		r.clock.Advance(time.Hour)
		base := r.clock.Now()
		src := entropy.Seeded(rapid.Uint64().Draw(t, "seed"))
		l, err := audit.New(audit.Config{Clock: r.clock, Entropy: src, Keys: r.index, Node: "n" + fmt.Sprint(rapid.Uint32().Draw(t, "node"))})
		if err != nil {
			t.Fatal(err)
		}
		mine := 0
		write := func(label string) {
			r.clock.Advance(time.Duration(rapid.IntRange(1, 50).Draw(t, label+" ms")) * time.Millisecond)
			who, tenant := u, u.Tenant
			switch rapid.IntRange(0, 3).Draw(t, label+" of") {
			case 0:
				who = v
			case 1:
				tenant = identity.NewTenantID(src)
			}
			row, err := l.Row(context.Background(), audit.Of{Tenant: tenant, Subject: who.ID, Handle: who.AuditHandle},
				audit.LogoutAttempt{Outcome: audit.Success, Cause: audit.CauseLogout, Scope: audit.ScopeSession})
			if err != nil {
				t.Fatal(err)
			}
			if err := r.stores.Identity.Append(context.Background(), row); err != nil {
				t.Fatal(err)
			}
			r.relay()
			if who.ID == u.ID && tenant == u.Tenant {
				mine++
			}
		}
		for range rapid.IntRange(0, 20).Draw(t, "before") {
			write("before")
		}
		there := mine
		limit := rapid.IntRange(1, 7).Draw(t, "limit")
		q := authn.HistoryQuery{Limit: limit, Kinds: []audit.Kind{"logout_attempt"}}
		var got []authn.HistoryEntry
		for {
			page, err := b.history(q)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page.Entries...)
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
			for range rapid.IntRange(0, 3).Draw(t, "meanwhile") {
				write("meanwhile")
			}
		}
		own := 0
		for i, e := range got {
			if i > 0 && !e.At.Before(got[i-1].At) {
				t.Fatalf("entry %d is not older than the one before", i)
			}
			if e.At.After(base) {
				own++
			}
		}
		if own != there {
			t.Fatalf("%d of %d events are there", own, there)
		}
	})
}

// AUN-160: a row that somebody has changed beside the program is no part of a
// history, and an alarm.
func TestHistory_of_a_changed_row(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser().signIn(ada)
	r.entries()
	_, err := r.stores.Audit.Append(t.Context(), audit.Record{
		ID: identity.NewEventID(r.clock.Now(), r.entropy), Tenant: u.Tenant, At: r.clock.Now(), Node: "n", Boot: [16]byte{1},
		Kind: "logout_attempt", Outcome: audit.Success, Handle: u.AuditHandle, Body: []byte(`{"a":1}`),
	})
	must(t, err)
	page, err := b.history(authn.HistoryQuery{})
	if err != nil || len(page.Entries) != 3 || !strings.Contains(r.logs.String(), "event_unreadable") {
		t.Errorf("%+v, %v", page, err)
	}
}

// AUN-160: without a store of events there is no history, and no empty one either.
func TestHistory_without_events(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(_ *authn.Config, a *authn.AccountsConfig) { a.Events = nil })
	r.person(ada)
	if _, err := r.browser().signIn(ada).history(authn.HistoryQuery{}); !errors.Is(err, authn.ErrNoEvents) {
		t.Errorf("%v", err)
	}
}
