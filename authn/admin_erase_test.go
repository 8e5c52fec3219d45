package authn_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// noted remembers which keys of people were guessed at, and which were cleared.
type noted struct {
	authn.Ledger
	guessed, cleared map[authn.Key]bool
}

func (n *noted) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	if a.Flow != [16]byte{} {
		n.guessed[a.Levers[len(a.Levers)-1].Key] = true
	}
	return n.Ledger.Reserve(ctx, a, now)
}

func (n *noted) Clear(ctx context.Context, k authn.Key, now time.Time) error {
	n.cleared[k] = true
	return n.Ledger.Clear(ctx, k, now)
}

// AUN-113, AUN-114: after an erasure nothing finds the account, its names are free,
// guesses at it are forgotten, and its events stay under the handle.
func TestErase(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	guesses := &noted{o.ledger.Ledger, map[authn.Key]bool{}, map[authn.Key]bool{}}
	o.ledger.Ledger = guesses
	u := o.person(ada)
	o.app(u)
	b := o.browser()
	b.begin(ada)
	b.try(pw(goodPassword))
	b.try(code(o.codesOf(ada)))
	_, err := o.accounts.BeginReset(t.Context(), ada)
	must(t, err)
	link := o.link()
	before := maps.Clone(guesses.guessed)
	must(t, o.admin.Erase(t.Context(), o.order(u)))
	for k := range before {
		if !guesses.cleared[k] {
			t.Error("guesses are remembered")
		}
	}
	if len(before) != 1 {
		t.Errorf("%d keys", len(before))
	}
	if _, found := o.account(ada); found || b.signedIn() || o.opens(ada, goodPassword) {
		t.Error("something of the account is left")
	}
	if _, err := o.accounts.ViewReset(t.Context(), link); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("the link works: %v", err)
	}
	if err := o.admin.Erase(t.Context(), o.order(u)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	if o.eventsOf("account_deleted") != 1 || o.eventsOf("user_erased") != 1 {
		t.Errorf("events: %s", o.audited())
	}
	next := o.person(ada)
	if next.ID == u.ID || !o.opens(ada, goodPassword) {
		t.Error("the name is not free")
	}
}

var errObjection = errors.New("an invoice is open")

// AUN-113: a veto comes before anything is changed, and never once it has begun.
func TestErase_veto(t *testing.T) {
	t.Parallel()
	var asked int
	veto := errObjection
	o := newOffice(t, func(c *authn.AdminConfig) {
		c.Veto = func(_ context.Context, s identity.Subject) error { asked++; return veto }
	})
	u := o.person(ada)
	b := o.browser().signIn(ada)
	if err := o.admin.Erase(t.Context(), o.order(u)); !errors.Is(err, errObjection) || !b.signedIn() || o.read(u).State != identity.Active {
		t.Errorf("%v, state %d", err, o.read(u).State)
	}
	veto = nil
	applies := 0
	o.ident.hook(func(v string) error { // the process dies between the steps
		if strings.HasPrefix(v, "Apply/") {
			if applies++; applies == 2 {
				return errPlug
			}
		}
		return nil
	})
	if err := o.admin.Erase(t.Context(), o.order(u)); !errors.Is(err, errPlug) {
		t.Fatal(err)
	}
	o.ident.hook(nil)
	if o.read(u).State != identity.Erasing || b.signedIn() || o.opens(ada, goodPassword) {
		t.Errorf("state %d, signed in %v", o.read(u).State, b.signedIn())
	}
	for verb, do := range o.verbs() {
		if verb == "erase" || verb == "clear_attempts" {
			continue
		}
		x := o.order(u)
		x.Actor = operator(t)
		if err := do(t.Context(), x); !errors.Is(err, identity.ErrStateTransition) {
			t.Errorf("%s leads back: %v", verb, err)
		}
	}
	veto = errObjection
	must(t, o.admin.Erase(t.Context(), o.order(u)))
	if _, found := o.account(ada); found || asked != 2 {
		t.Errorf("found %v, asked %d times", found, asked)
	}
}

// AUN-113: whoever finds that somebody else has finished the erasure that they began
// has done what was asked.
func TestErase_is_finished_by_somebody_else(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(ada)
	applies := 0
	o.ident.hook(func(v string) error {
		if !strings.HasPrefix(v, "Apply/") {
			return nil
		}
		if applies++; applies == 2 {
			return o.admin.Erase(context.Background(), o.order(u))
		}
		return nil
	})
	must(t, o.admin.Erase(t.Context(), o.order(u)))
	if n := o.eventsOf("user_erased"); applies != 3 || n != 1 {
		t.Errorf("%d commits, %d events", applies, n)
	}
}

// AUN-059: an administrator lifts a lock, an activation does not (AUN-112), and both
// leave the address alone.
func TestClearAttempts(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(ada)
	b := o.browser()
	b.begin(ada)
	for range 5 {
		b.try(pw("wrong horse battery staple"))
	}
	if out := b.try(pw(goodPassword)); !is[authn.Throttled](out) {
		t.Fatalf("%T", out)
	}
	must(t, o.admin.Suspend(t.Context(), o.order(u)))
	must(t, o.admin.Activate(t.Context(), o.order(u)))
	b = o.browser()
	b.begin(ada)
	if out := b.try(pw(goodPassword)); !is[authn.Throttled](out) {
		t.Fatalf("an activation lifts the lock: %T", out)
	}
	must(t, o.admin.ClearAttempts(t.Context(), o.order(u)))
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Errorf("%T", out)
	}
	if got := o.audited(); o.eventsOf("lockout_cleared") != 1 || !strings.Contains(got, `"cleared_by":"admin"`) {
		t.Error(got)
	}
}

// AUN-I6: after an acknowledged suspension, end or erasure nobody is signed in, with
// 64 sign-ins and orders at once.
func TestAdmin_races_sign_ins(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"suspend", "terminate", "archive", "erase"} {
		o := newOffice(t)
		u := o.person(ada)
		old := o.browser().signIn(ada)
		const n = 64
		racers := make([]*browser, n)
		for i := range racers {
			racers[i] = o.browser()
			if i%2 == 0 {
				racers[i].begin(ada)
			}
		}
		var wg sync.WaitGroup
		start := make(chan struct{})
		errs := make([]error, n)
		for i, b := range racers {
			wg.Go(func() {
				<-start
				switch {
				case i%8 == 7:
					errs[i] = o.verbs()[verb](context.Background(), authn.Order{Actor: human(t, o.boss.Subject()), Subject: u.Subject(), Reason: "ticket 7"})
				case i%2 == 0:
					_, _ = b.verify(pw(goodPassword)) // what it led to is looked at below
				default:
					b.begin(ada)
					_, _ = b.verify(pw(goodPassword))
				}
			})
		}
		close(start)
		wg.Wait()
		done := 0
		for i := 7; i < n; i += 8 {
			switch err := errs[i]; {
			case err == nil:
				done++
			case verb == "erase" && errors.Is(err, store.ErrNotFound):
			default:
				t.Errorf("%s: %v", verb, err)
			}
		}
		if done == 0 {
			t.Errorf("%s: nobody was told of success", verb)
		}
		for i, b := range slices.Concat(racers, []*browser{old}) {
			if b.signedIn() {
				t.Errorf("%s: %d is signed in", verb, i)
			}
		}
		kind := map[string]string{"suspend": "account_suspended"}[verb]
		if kind == "" {
			kind = "account_deleted"
		}
		if k := o.eventsOf(kind); k != 1 {
			t.Errorf("%s: %d events", verb, k)
		}
	}
}
