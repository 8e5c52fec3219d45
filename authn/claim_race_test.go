package authn_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// PRD-062: of 64 claims one wins, with one link or with one that was void when it
// came to it; the others leave nothing.
func TestClaim_is_won_by_one(t *testing.T) {
	t.Parallel()
	const racers = 64
	r := newRig(t)
	token := r.claimToken()
	browsers, apps, emails := make([]*browser, racers), make([]func() string, racers), make([]string, racers)
	for i := range browsers {
		if i%16 == 15 {
			r.clock.Advance(61 * time.Minute) // the allowance of the link
		}
		browsers[i], emails[i] = r.browser(), fmt.Sprintf("boss%d@example.org", i)
		must(t, browsers[i].beginClaim(token, emails[i], goodPassword))
	}
	for i, b := range browsers {
		v, err := b.viewClaim("")
		must(t, err)
		apps[i] = r.codes(*v.App)
	}
	outs, errs := make([]authn.FactorOutcome, racers), make([]error, racers)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(racers)
	for i, b := range browsers {
		done.Go(func() {
			ready.Done()
			<-start
			outs[i], errs[i] = b.completeClaim("", apps[i]())
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	won := 0
	for i := range browsers {
		_, there := r.account(emails[i])
		switch {
		case errs[i] == nil && is[authn.Completed](outs[i]):
			won++
			if !there || !browsers[i].signedIn() {
				t.Errorf("the winner: account %t, signed in %t", there, browsers[i].signedIn())
			}
		case !errors.Is(errs[i], authn.ErrTokenInvalid):
			t.Errorf("%d: %T, %v", i, outs[i], errs[i])
		case there || browsers[i].signedIn():
			t.Errorf("%d has lost: account %t, signed in %t", i, there, browsers[i].signedIn())
		}
	}
	if n := strings.Count(r.audited(), `"kind":"user_created"`); won != 1 || n != 1 {
		t.Errorf("%d have won, %d events", won, n)
	}
}

// PRD-062: two tabs of one browser that send the code at once are one claim.
func TestClaim_twice_in_one_browser(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	app := b.enters(r.claimToken(), boss)
	typed, tabs := app(), make([]*browser, 8)
	for i := range tabs {
		tabs[i] = b.jar()
	}
	outs, errs := make([]authn.FactorOutcome, len(tabs)), make([]error, len(tabs))
	var done sync.WaitGroup
	for i, tab := range tabs {
		done.Go(func() { outs[i], errs[i] = tab.completeClaim("", typed) })
	}
	done.Wait()
	won := 0
	for i, tab := range tabs {
		if errs[i] == nil && is[authn.Completed](outs[i]) {
			won++
			if !tab.signedIn() {
				t.Error("who has won is not signed in")
			}
		} else if !errors.Is(errs[i], authn.ErrTokenInvalid) && !errors.Is(errs[i], authn.ErrNoEnrolment) {
			t.Errorf("%T, %v", outs[i], errs[i])
		}
	}
	if n := strings.Count(r.audited(), `"kind":"user_created"`); won != 1 || n != 1 {
		t.Errorf("%d have won, %d events", won, n)
	}
}

// PRD-060: a fault at any verb leaves no administrator and loses nothing that was
// entered; after a lost answer signing in tells.
func TestClaim_and_an_outage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	app := b.enters(r.claimToken(), boss)
	r.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Apply") {
			return store.ErrUnavailable
		}
		return nil
	})
	if _, err := b.completeClaim("", app()); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	r.nobody(boss)
	r.ident.hook(nil)
	r.store.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Rotate") {
			return store.ErrUnavailable
		}
		return nil
	})
	if out, err := b.completeClaim("", app()); err == nil {
		t.Fatalf("signed in without a session: %T", out)
	}
	r.store.hook(nil)
	r.clock.Advance(time.Minute)
	b.begin(boss)
	b.try(pw(goodPassword))
	if out := b.try(code(app())); !is[authn.Completed](out) {
		t.Errorf("%T", out)
	}
}

// GRD-031: what a later release or a flipped bit has written is no claim.
func TestClaimDetails_that_cannot_be_read_are_an_error(t *testing.T) {
	t.Parallel()
	whole := authn.EncodeClaim("link", boss, "The Boss", []byte("record"))
	if err := authn.DecodeClaim(whole); err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if err := authn.DecodeClaim(whole[:n]); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("the first %d bytes: %v", n, err)
		}
	}
	later := append([]byte(nil), whole...)
	later[1]++ // the version
	if err := authn.DecodeClaim(later); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a later version: %v", err)
	}
}

func FuzzDecodeClaim(f *testing.F) {
	f.Add(authn.EncodeClaim("link", boss, "The Boss", []byte("record")))
	f.Add([]byte{0x85})
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := authn.DecodeClaim(b); err != nil && !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%x: %v", b, err)
		}
	})
}

// PRD-062: an administrator, or a newer link, that comes to be between the look
// and the commit.
func TestClaim_while_another_commits(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(r *rig){
		"a grant": func(r *rig) {
			u := r.person("other@example.org")
			must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.PutGrant{Grant: identity.Grant{
				Tenant: u.Tenant, User: u.ID, Role: identity.RoleAdmin, Version: 1, At: r.clock.Now(), By: identity.SystemUser,
			}}))
		},
		"a newer link": func(r *rig) { r.claimToken() },
	} {
		r := newRig(t)
		b := r.browser()
		app := b.enters(r.claimToken(), boss)
		typed, once := app(), false
		r.ident.hook(func(verb string) error {
			if !once && verb == "AccountByIdentifier" {
				once = true
				meanwhile(r)
			}
			return nil
		})
		_, err := b.completeClaim("", typed)
		r.ident.hook(nil)
		if !errors.Is(err, authn.ErrTokenInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		if _, there := r.account(boss); there || b.signedIn() {
			t.Errorf("%s: the loser has an account", name)
		}
	}
}

// PRD-062, AUN-047: completed means signed in.
func TestClaim_of_an_account_that_is_stopped_at_once(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	app := b.enters(r.claimToken(), boss)
	r.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Record/identity.RecordLogin") {
			return store.ErrConflict
		}
		return nil
	})
	out, err := b.completeClaim("", app())
	r.ident.hook(nil)
	if !errors.Is(err, authn.ErrFlowSuperseded) || b.signedIn() {
		t.Errorf("%T, %v, signed in %t", out, err, b.signedIn())
	}
}
