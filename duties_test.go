package axess_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/internal/logtest"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/sqlite"
	"github.com/axess-go/axess/store/storetest/fault"
)

// mixture is accounts on SQLite and sessions in memory.
func mixture(t *testing.T) backend.Stores {
	t.Helper()
	b, err := sqlite.Open(filepath.Join(t.TempDir(), "app.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b.Stores().WithSession(memory.New(memory.Config{}).Stores())
}

// People sign up, in and out, and change their factors on two backends as on one:
// a new app ends the other browser's session and keeps the own. PRD-021, PRD-022
func TestMixture_of_backends_serves(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, func(c *axess.Config) { c.Stores = mixture(t) })
	own := s.Person("ada@example.org")
	other := s.SignIn("ada@example.org")
	other.Get("/auth/account").Is(t, http.StatusOK)
	s.Enrol(own)
	own.Get("/auth/account").Is(t, http.StatusOK)
	other.Get("/auth/account").Is(t, http.StatusSeeOther)
	own.Post("/auth/sign-out", nil).Is(t, http.StatusSeeOther)
	own.Get("/auth/account").Is(t, http.StatusSeeOther)

	top := s.Auth.Topology().String()
	for _, part := range []string{"identity.Admin  sqlite (durable", "session.Store   memory (not durable", "not one transaction: a change of an account"} {
		if !strings.Contains(top, part) {
			t.Errorf("the topology does not say %q:\n%s", part, top)
		}
	}
	if lines := s.Log.Lines("not one transaction on these stores"); len(lines) != 2 {
		t.Errorf("%d downgrades are logged, want 2", len(lines))
	}
}

// A process that dies between a suspension and its raise: the next one does it
// before it serves anybody. PRD-022
func TestMixture_settles_at_the_start_what_a_crash_left(t *testing.T) {
	t.Parallel()
	stores := mixture(t)
	faults := fault.New(stores)
	s := fronttest.New(t, func(c *axess.Config) { c.Stores = faults.Stores() })
	who := s.Person("ada@example.org")
	view, err := stores.Identity.TenantBySlug(t.Context(), identity.DefaultSlug)
	if err != nil {
		t.Fatal(err)
	}
	acct, err := stores.Identity.AccountByIdentifier(t.Context(), view.Tenant.ID, identity.Email, "ada@example.org")
	if err != nil {
		t.Fatal(err)
	}
	faults.Use(fault.Always("session.Raise", fault.Injection{Before: store.ErrUnavailable}))
	err = axess.Privileged(s.Auth).Apply(t.Context(),
		identity.Transition{Subject: acct.User.Subject(), From: identity.Active, To: identity.Suspended},
		identity.RaiseEpoch{Scope: identity.UserScope(acct.User.Subject())})
	if !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("a revocation that nobody acknowledged: %v", err)
	}
	who.Get("/auth/account/sessions").Is(t, http.StatusOK) // what the test stands on: it has not happened

	// The next process, on the same stores and keys.
	next, err := axess.New(t.Context(), axess.Config{Origin: s.Origin, Stores: stores, Clock: s.Clock, Entropy: entropy.Seeded(2), Mail: s.Mail, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := next.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	who.Get("/auth/account/sessions").Is(t, http.StatusSeeOther)
}

// A start that cannot see what is owed still starts, says so, and the job does it
// later: never before its caller must have given up. PRD-022
func TestMixture_job_does_what_the_start_could_not(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wait := func(d time.Duration) {
			if err := clock.System().Sleep(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		faults := fault.New(memory.New(memory.Config{}).Stores().WithSession(memory.New(memory.Config{}).Stores()))
		faults.Use(fault.Always("outbox.Lease", fault.Injection{Before: store.ErrUnavailable}))
		var log logtest.Buffer
		auth, err := axess.New(t.Context(), axess.Config{
			Origin: "http://localhost:8080", Stores: faults.Stores(), Entropy: entropy.Seeded(1), Logger: slog.New(slog.NewJSONHandler(&log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(log.Lines("left behind are not done yet")) != 1 {
			t.Error("nothing is said about it")
		}
		faults.Reset()
		faults.Use(fault.On("session.Raise", 1, fault.Injection{Before: store.ErrUnavailable}))
		who := identity.Subject{Tenant: identity.NewTenantID(entropy.Seeded(1)), User: identity.NewUserID(entropy.Seeded(2))}
		if err := axess.Privileged(auth).Apply(t.Context(), identity.RaiseEpoch{Scope: identity.UserScope(who)}); err == nil {
			t.Error("acknowledged")
		}
		wait(14 * time.Second)
		if e, err := faults.Stores().Session.Epochs(t.Context(), who); err != nil || e.User != 0 {
			t.Errorf("after 14 s: %+v, %v; want it left to its caller", e, err)
		}
		wait(10 * time.Minute)
		if e, err := faults.Stores().Session.Epochs(t.Context(), who); err != nil || e.User != 1 {
			t.Errorf("in the end: %+v, %v; want it done, once", e, err)
		}
		if err := auth.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
