package axess_test

import (
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
)

// PRD-017: of a role that comes and an app that goes, 64 at once, one wins, with
// sessions beside the accounts and in a place of their own: never is there an
// administrator without a second factor.
func TestRole_and_the_removal_of_the_app_64_at_once(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) backend.Stores{
		"memory": func(*testing.T) backend.Stores { return memory.New(memory.Config{}).Stores() },
		"sqlite": func(t *testing.T) backend.Stores {
			t.Helper()
			return openFile(t, filepath.Join(t.TempDir(), "app.db")).Stores()
		},
		"split": func(*testing.T) backend.Stores {
			return memory.New(memory.Config{}).Stores().WithSession(memory.New(memory.Config{}).Stores())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 4 {
				roleRace(t, open(t))
			}
		})
	}
}

func roleRace(t *testing.T, stores backend.Stores) {
	t.Helper()
	s := fronttest.New(t, func(c *axess.Config) { c.Stores = stores })
	b := s.Person("ada@example.org")
	s.Enrol(b)
	_, rest, _ := strings.Cut(b.Get("/auth/account").Is(t, http.StatusOK).Body, "/auth/account/factors/totp/")
	ref, _, _ := strings.Cut(rest, "/")
	view, err := stores.Identity.TenantBySlug(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	look := func() identity.Account {
		acct, err := stores.Identity.AccountByIdentifier(t.Context(), view.Tenant.ID, identity.Email, "ada@example.org")
		if err != nil {
			t.Fatal(err)
		}
		return acct
	}
	change := authn.RoleChange{Subject: look().User.Subject(), Role: identity.RoleAdmin}
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(64)
	for i := range 64 {
		own := b.Clone()
		done.Go(func() {
			ready.Done()
			<-start
			if i%2 == 0 {
				own.Post("/auth/account/factors/totp/"+ref+"/remove", nil)
				return
			}
			err := s.Auth.Authn().GrantRole(t.Context(), change)
			if err != nil && !errors.Is(err, authn.ErrRoleNeedsMFA) && !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) {
				t.Errorf("grant: %v", err)
			}
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	acct, apps := look(), 0
	for _, c := range acct.Credentials {
		if c.Kind == factor.TOTP {
			apps++
		}
	}
	if (len(acct.Grants) == 1) != (apps == 1) {
		t.Errorf("%d roles, %d apps", len(acct.Grants), apps)
	}
}
