package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// mailed is a link in the mailbox of the owner, and the sign-up that it is of.
type mailed struct {
	link string
	user identity.UserID
}

// rivals are those who sign up with one address: its owner, who alone reads the
// mails, with two browsers, and others with one each.
type rivals struct {
	*rig
	owner, others []*browser
	inbox         []mailed
	read          int            // mails that the owner has seen
	done          map[string]int // completions by user
	last          *browser       // where the sign-up was completed
}

func passwordOf(party int) string { return fmt.Sprintf("party %d chose this long one", party) }

// begins signs up, and the owner finds what is mailed.
func (v *rivals) begins(rt *rapid.T, b *browser, secret string) {
	if _, err := b.signUp(ada, secret); err != nil && !is[session.Authenticated](b.state()) {
		rt.Fatalf("sign-up: %v", err)
	}
	all := v.mails()
	for _, m := range all[:len(all)-v.read] {
		if _, token, ok := strings.Cut(m.Text, "token="); ok {
			acct, _ := v.account(ada)
			v.inbox = append(v.inbox, mailed{strings.TrimSpace(token), acct.User.ID})
		}
	}
	v.read = len(all)
}

// expected are the refusals that a link may have.
func expected(err error) bool {
	var policy *password.PolicyError
	var throttled *authn.ThrottledError
	return err == nil || errors.Is(err, authn.ErrTokenInvalid) || errors.Is(err, authn.ErrFlowSuperseded) || errors.Is(err, authn.ErrSignedIn) ||
		errors.Is(err, authn.ErrNoFlow) || errors.Is(err, authn.ErrStepMismatch) || errors.As(err, &policy) || errors.As(err, &throttled)
}

// opensMail does what the page of a link asks for: a password, where it needs one.
func (v *rivals) opensMail(b *browser, m mailed, typed string) (signedIn bool, err error) {
	view, err := b.view(m.link)
	if err != nil {
		return false, err
	}
	if !view.NeedsPassword {
		typed = ""
	}
	done, err := b.confirm(m.link, typed)
	return done.SignedIn, err
}

// AUN-I14, AUN-I15, AUN-123, AUN-124: an owner and two others sign up with one address
// in any order, again and again; the owner alone reads the mails and opens them in the
// browser that began or in another, with passwords that are too short now and then, in
// two browsers at once and late. Nobody else is ever signed in, no sign-up is completed
// twice, and what opens the account afterwards is the owner's password alone.
func TestSignup_of_rivals_in_any_order(t *testing.T) {
	t.Parallel()
	for name, app := range map[string]bool{"by password": false, "with an app": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var completed atomic.Int32
			t.Cleanup(func() {
				if completed.Load() == 0 {
					t.Error("no sign-up was completed")
				}
			})
			onStores(t, 2, 20, func(w walk) {
				v := &rivals{rig: w.rig(), done: map[string]int{}}
				if app {
					strict(v.rig)
				}
				v.owner = []*browser{v.browser(), v.browser()}
				v.others = []*browser{v.browser(), v.browser()}
				w.Repeat(v.actions())
				v.settled(w)
				if v.last != nil {
					completed.Add(1)
				}
			})
		})
	}
}

func (v *rivals) won(rt *rapid.T, b *browser, m mailed) {
	v.done[m.user.String()]++
	if v.last != nil || v.done[m.user.String()] > 1 {
		rt.Fatalf("completed twice: %v", v.done)
	}
	v.last = b
}

func (v *rivals) actions() map[string]func(*rapid.T) {
	mail := func(rt *rapid.T) (mailed, *browser, bool) {
		if len(v.inbox) == 0 {
			return mailed{}, nil, false
		}
		return v.inbox[rapid.IntRange(0, len(v.inbox)-1).Draw(rt, "mail")], v.owner[rapid.IntRange(0, 1).Draw(rt, "browser")], true
	}
	return map[string]func(*rapid.T){
		"the owner begins": func(rt *rapid.T) {
			v.begins(rt, v.owner[rapid.IntRange(0, 1).Draw(rt, "browser")], passwordOf(0))
		},
		"another begins": func(rt *rapid.T) {
			i := rapid.IntRange(0, 1).Draw(rt, "party")
			v.begins(rt, v.others[i], passwordOf(i+1))
		},
		"opens a mail": func(rt *rapid.T) {
			m, b, ok := mail(rt)
			if !ok {
				return
			}
			in, err := v.opensMail(b, m, chance(rt, "password", passwordOf(0), passwordOf(0), "short"))
			if !expected(err) {
				rt.Fatal(err)
			}
			if in {
				v.won(rt, b, m)
			}
		},
		"opens a mail twice at once": func(rt *rapid.T) {
			m, _, ok := mail(rt)
			if !ok {
				return
			}
			var wg sync.WaitGroup
			in, errs := make([]bool, 2), make([]error, 2)
			for i, b := range v.owner {
				wg.Go(func() { in[i], errs[i] = v.opensMail(b, m, passwordOf(0)) })
			}
			wg.Wait()
			for i, b := range v.owner {
				if !expected(errs[i]) {
					rt.Fatal(errs[i])
				}
				if in[i] {
					v.won(rt, b, m)
				}
			}
		},
		"the app shows a code": func(rt *rapid.T) {
			m, b, ok := mail(rt)
			if !ok {
				return
			}
			view, err := b.view(m.link)
			if err != nil || view.App == nil {
				return
			}
			typed := chance(rt, "code", v.codes(*view.App)(), v.codes(*view.App)(), "000000")
			out, err := b.completes(m.link, typed)
			if !expected(err) {
				rt.Fatal(err)
			}
			if is[authn.Completed](out) {
				v.won(rt, b, m)
			}
		},
		"a stranger opens a link": func(rt *rapid.T) {
			// A scanner of mails looks and presses nothing; the others guess.
			if m, _, ok := mail(rt); ok {
				v.browser().view(m.link) //nolint:errcheck // dead by now, perhaps
			}
			b := v.others[rapid.IntRange(0, 1).Draw(rt, "party")]
			if done, err := b.confirm(strings.Repeat("A", 64), passwordOf(1)); !errors.Is(err, authn.ErrTokenInvalid) || done.SignedIn {
				rt.Fatalf("a guessed link: %+v, %v", done, err)
			}
		},
		"another signs in": func(rt *rapid.T) {
			i := rapid.IntRange(0, 1).Draw(rt, "party")
			if b := v.browser(); !is[authn.StepRequired](b.begin(ada)) || !is[authn.Rejected](b.try(pw(passwordOf(i+1)))) {
				if b.signedIn() {
					rt.Fatal("another's password opens the account")
				}
			}
		},
		"time": func(rt *rapid.T) {
			v.clock.Advance(chance(rt, "wait", time.Second, 20*time.Minute, 2*time.Hour, 23*time.Hour))
		},
		"": func(rt *rapid.T) {
			for i, b := range v.others {
				if b.signedIn() {
					rt.Fatalf("party %d is signed in", i+1)
				}
				b.do(func(ctx context.Context, s *session.Session) {
					if _, err := v.accounts.Self(ctx, s); !errors.Is(err, authn.ErrNotAuthenticated) {
						rt.Fatalf("party %d reads the account: %v", i+1, err)
					}
				})
			}
			if acct, ok := v.account(ada); ok && (acct.User.State == identity.Active) != (v.last != nil) {
				rt.Fatalf("the account is %v, completed %v", acct.User.State, v.done)
			}
		},
	}
}

// settled looks at what is left when everything is over, and every lock too.
func (v *rivals) settled(w walk) {
	for _, m := range v.inbox {
		if _, err := v.owner[0].view(m.link); v.last != nil && !errors.Is(err, authn.ErrTokenInvalid) {
			w.Fatalf("a link is left: %v", err)
		}
	}
	v.clock.Advance(50 * time.Hour)
	for party := range 3 {
		if got, want := v.opens(ada, passwordOf(party)), party == 0 && v.last != nil; got != want {
			w.Fatalf("the password of party %d opens the account: %v, completed %v", party, got, v.done)
		}
	}
	acct, ok := v.account(ada)
	if v.last == nil {
		return
	}
	kinds := map[identity.Kind]int{}
	for _, c := range acct.Credentials {
		kinds[c.Kind]++
	}
	if !ok || kinds[factor.Password] != 1 || kinds[factor.TOTP] > 1 {
		w.Fatalf("credentials %v", kinds)
	}
	for _, m := range v.inbox {
		if m.user != acct.User.ID {
			if _, err := v.stores.Identity.AccountByID(w.t.Context(), identity.Subject{Tenant: v.tenant, User: m.user}); !errors.Is(err, store.ErrNotFound) {
				w.Fatalf("another sign-up is left: %v", err)
			}
		}
	}
}
