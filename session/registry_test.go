package session

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/store"
)

// SES-205: the list a person sees.
func TestSessions(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	a := g.in()
	g.fake.Advance(time.Hour)
	b := g.in()
	off := false
	b.must(machine.Regenerate{}, Commit{Persistent: &off, NoGrace: true})
	g.fake.Advance(time.Hour)
	a.state() // touched
	infos, err := g.Sessions(t.Context(), g.subj, Ref{}, 10)
	if err != nil || len(infos) != 2 {
		t.Fatal(infos, err)
	}
	first, second := infos[0], infos[1]
	if first.Ref != b.view().Ref || second.Ref != a.view().Ref {
		t.Fatal("not newest first")
	}
	if first.Persistent || !second.Persistent || first.Client != (Client{"Chrome", "Linux"}) || first.Login.IsZero() || first.Unreadable {
		t.Fatalf("%+v", first)
	}
	if !second.AuthTime.Equal(t0) || !second.CreatedAt.Equal(t0) || !second.AbsUntil.Equal(t0.AddDate(0, 0, 7)) || len(second.Kinds) != 1 || second.Kinds[0] != "password" {
		t.Fatalf("%+v", second)
	}
	if !second.Seen.Equal(g.now()) {
		t.Fatalf("seen %v", second.Seen)
	}
	page, err := g.Sessions(t.Context(), g.subj, first.Ref, 1)
	if err != nil || len(page) != 1 || page[0].Ref != second.Ref {
		t.Fatal(page, err)
	}
	g.db.edit(second.Ref, func(r *Record) { r.Sealed = []byte("damaged") })
	if infos, err = g.Sessions(t.Context(), g.subj, Ref{}, 10); err != nil || !infos[1].Unreadable || infos[1].Client != (Client{}) || infos[1].Ref != second.Ref {
		t.Fatalf("%+v, %v", infos, err)
	}
	if _, err := g.Sessions(t.Context(), identity.Subject{}, Ref{}, 10); !errors.Is(err, ErrBadSubject) {
		t.Fatal(err)
	}
	g.db.down("sessions")
	if _, err := g.Sessions(t.Context(), g.subj, Ref{}, 10); !errors.Is(err, ErrStoreUnavailable) {
		t.Fatal("an outage reads as no sessions", err)
	}
}

// SES-198: ending one session, and nobody else's.
func TestEnd(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	mine, theirs := g.in(), g.browser()
	theirs.must(machine.Adopt{Login: g.login(g.other())})
	row := store.Row{ID: [16]byte{1}}
	if err := g.End(t.Context(), g.subj, theirs.ref(), row); err != nil || !IsAuthenticated(theirs.state()) {
		t.Fatal("somebody else's session ended", err)
	}
	if err := g.End(t.Context(), g.subj, secretID{9}.ref(), row); err != nil {
		t.Fatal(err)
	}
	// Nothing ended, so nothing is reported, and the two cost the same.
	if n := g.db.count("delete", "append"); n != 0 || len(g.db.rows) != 0 {
		t.Fatalf("%d writes, %d rows for sessions that are absent or foreign", n, len(g.db.rows))
	}
	g.db.down("delete")
	if err := g.End(t.Context(), g.subj, mine.ref(), row); !errors.Is(err, ErrStoreUnavailable) {
		t.Fatal("a failed revocation is acknowledged", err)
	}
	g.db.up()
	// A rotation between the list and the end does not save the session.
	listed := mine.ref()
	mine.must(machine.Regenerate{})
	if err := g.End(t.Context(), g.subj, listed, row); err != nil || IsAuthenticated(mine.state()) {
		t.Fatal("alive under its next id", err)
	}
	if len(g.db.rows) != 1 {
		t.Fatalf("%d rows", len(g.db.rows))
	}
	if err := g.End(t.Context(), identity.Subject{User: g.subj.User}, listed); !errors.Is(err, ErrBadSubject) {
		t.Fatal(err)
	}
	// A scope with a hole in it would be a wider one.
	if err := g.InvalidateUser(t.Context(), identity.Subject{Tenant: g.subj.Tenant}); !errors.Is(err, ErrBadSubject) {
		t.Error("a user without name: ", err)
	}
	if err := g.InvalidateTenant(t.Context(), identity.TenantID{}); !errors.Is(err, ErrBadSubject) {
		t.Error("a tenant without name: ", err)
	}
}

// SES-195, SES-196, SES-197: raising an epoch ends what is in its scope, at
// once, on every instance, and nothing else; its rows are in the same commit.
func TestInvalidate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		raise func(m *Manager, s identity.Subject, r store.Row) error
		label string
		alive [3]bool // the user's, another of the tenant, of another tenant
	}{
		"user": {func(m *Manager, s identity.Subject, r store.Row) error { return m.InvalidateUser(t.Context(), s, r) }, "user", [3]bool{false, true, true}},
		"tenant": {func(m *Manager, s identity.Subject, r store.Row) error {
			return m.InvalidateTenant(t.Context(), s.Tenant, r)
		}, "tenant", [3]bool{false, false, true}},
		"all": {func(m *Manager, _ identity.Subject, r store.Row) error { return m.InvalidateAll(t.Context(), r) }, "global", [3]bool{}},
	} {
		g := newRig(t)
		second := g.manager()
		colleague := identity.Subject{Tenant: g.subj.Tenant, User: identity.NewUserID(g.src)}
		var all []*browser
		for _, s := range []identity.Subject{g.subj, colleague, g.other()} {
			b := g.browser()
			b.must(machine.Adopt{Login: g.login(s)})
			all = append(all, b)
		}
		g.db.down("raise")
		if err := tc.raise(g.Manager, g.subj, store.Row{}); !errors.Is(err, ErrStoreUnavailable) {
			t.Fatalf("%s: a failed revocation is acknowledged: %v", name, err)
		}
		g.db.up()
		if err := tc.raise(second, g.subj, store.Row{ID: [16]byte{1}}); err != nil || len(g.db.rows) != 1 {
			t.Fatal(err)
		}
		for i, b := range all {
			if got := IsAuthenticated(b.state()); got != tc.alive[i] {
				t.Errorf("%s: session %d alive: %v", name, i, got)
			}
		}
		if g.rec.Counted("axess.session.revocations", metric.L(metric.Reason, tc.label)) != 1 {
			t.Error(g.rec.Series())
		}
	}
	g := newRig(t)
	if err := errors.Join(g.InvalidateUser(t.Context(), identity.Subject{}), g.InvalidateTenant(t.Context(), identity.TenantID{})); !errors.Is(err, ErrBadSubject) {
		t.Fatal(err)
	}
	if err := g.InvalidateUser(t.Context(), g.other()); err != nil {
		t.Fatal("an unknown user is an oracle", err)
	}
}

// SES-195: a step-up and a workflow over a login die with the login's epochs.
func TestInvalidate_reaches_what_stands_on_a_login(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	up, wf := g.in(), g.in()
	up.must(machine.StepUp{Flow: g.flow(g.subj)})
	wf.must(machine.StartWorkflow{Flow: machine.WorkflowData{Subject: g.subj, Kind: "terms", Total: 1, Deadline: g.now().Add(time.Hour), Then: machine.ThenAuthenticated}})
	if infos, err := g.Sessions(t.Context(), g.subj, Ref{}, 10); err != nil || len(infos) != 2 {
		t.Fatal("not listed", len(infos), err)
	}
	if err := g.InvalidateUser(t.Context(), g.subj); err != nil {
		t.Fatal(err)
	}
	if up.state() != (machine.Guest{}) || wf.state() != (machine.Guest{}) {
		t.Fatal("alive")
	}
}

// SES-201
func TestEpochs(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	_ = g.InvalidateUser(t.Context(), g.subj)
	if e, err := g.Epochs(t.Context(), g.subj); err != nil || e != (identity.Epochs{User: 1}) {
		t.Fatal(e, err)
	}
	if _, err := g.Epochs(t.Context(), identity.Subject{}); !errors.Is(err, ErrBadSubject) {
		t.Fatal(err)
	}
	g.db.down("epochs")
	if _, err := g.Epochs(t.Context(), g.subj); !errors.Is(err, ErrStoreUnavailable) {
		t.Fatal(err)
	}
	// A flow that names somebody needs the global epoch, and fails without it.
	b := g.browser()
	if err := b.move(machine.Identify{Subject: g.subj, Deadline: g.now().Add(time.Minute)}); !errors.Is(err, ErrStoreUnavailable) || b.sets() {
		t.Fatal(err)
	}
}

// SES-203: what the limit evicted is said even when the outbox is out: the log
// has it.
func TestEvicted_without_outbox(t *testing.T) {
	t.Parallel()
	g := newRig(t, func(c *Config) { c.Limit.Max = 1 })
	g.in()
	g.db.down("append")
	b := g.browser()
	b.must(machine.Adopt{Login: g.login(g.subj)})
	if !IsAuthenticated(b.state()) || b.last.StatusCode != http.StatusOK {
		t.Fatal("the login failed with its event")
	}
}
