package authn_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// common is a password of 16 characters that is on the list in the program.
const common = "ManchesterUnited"

// house is a list that knows one password, or does not answer.
type house struct {
	word  string
	err   error
	asked []string
}

func (h *house) Contains(_ context.Context, secret seal.Secret) (bool, error) {
	h.asked = append(h.asked, string(secret.Reveal()))
	return h.word != "" && string(secret.Reveal()) == h.word, h.err
}

func blocking(lists ...password.Blocklist) option {
	return func(c *authn.Config, _ *authn.AccountsConfig) { c.Blocklists = lists }
}

// choices are the ways to choose a password, each with what it answers.
func choices(t *testing.T, opts ...option) map[string]func(next string) error {
	return map[string]func(string) error{
		"sign up": func(next string) error {
			_, err := newRig(t, opts...).browser().signUp(ada, next)
			return err
		},
		"sign-up link in another browser": func(next string) error {
			r := newRig(t, opts...)
			_, err := r.browser().confirm(r.browser().asks(ada, mallorys), next)
			return err
		},
		"sign-up link in another browser, with an app": func(next string) error {
			r := strict(newRig(t, opts...))
			_, err := r.browser().confirm(r.browser().asks(ada, mallorys), next)
			return err
		},
		"claim": func(next string) error {
			r := newRig(t, opts...)
			return r.browser().beginClaim(r.claimToken(), boss, next)
		},
		"change": func(next string) error {
			r := newRig(t, opts...)
			r.person(ada)
			_, err := r.browser().signIn(ada).changes(goodPassword, next)
			return err
		},
		"reset": func(next string) error {
			r := newRig(t, opts...)
			r.person(ada)
			return r.resets(r.asksReset(ada), next)
		},
		"replacement": func(next string) error {
			o, u := known(t, opts...)
			o.marks(u)
			_, err := o.browser().owes().replaces(next)
			return err
		},
	}
}

// FAC-021: every way to choose a password asks the list in the program, unless told
// otherwise, and says why it refuses one.
func TestBlocklist_is_asked_wherever_a_password_is_chosen(t *testing.T) {
	t.Parallel()
	for verb, choose := range choices(t) {
		if err := choose(common); !broke(err, password.RuleCommon) || strings.Contains(err.Error(), common) {
			t.Errorf("%s: %v", verb, err)
		}
		if err := choose("violet anchor seven lanterns"); err != nil {
			t.Errorf("%s: %v", verb, err)
		}
	}
	without := func(c *authn.Config, _ *authn.AccountsConfig) { c.WithoutBlocklists = "why" }
	for verb, choose := range choices(t, without) {
		if err := choose(common); err != nil {
			t.Errorf("%s without lists: %v", verb, err)
		}
	}
}

// FAC-021: the lists of the configuration take the place of the one in the program, in
// their order; one that does not answer is an alarm and keeps nobody from choosing, and
// the next one is asked all the same.
func TestBlocklist_that_does_not_answer_keeps_nobody_out(t *testing.T) {
	t.Parallel()
	const down, word = "the list is down", "violet anchor seven lanterns"
	broken, own := &house{err: errors.New(down)}, &house{word: word}
	r := newRig(t, blocking(broken, own))
	if _, err := r.browser().signUp(ada, common); err != nil {
		t.Errorf("known to no list: %v", err)
	}
	if _, err := r.browser().signUp(ada, word); !broke(err, password.RuleCommon) {
		t.Errorf("known to the second: %v", err)
	}
	if len(broken.asked) != 2 || len(own.asked) != 2 {
		t.Errorf("asked %d and %d times", len(broken.asked), len(own.asked))
	}
	if got := r.alarms(); got != "blocklist=2" {
		t.Errorf("alarms %q", got)
	}
	for outcome, n := range map[string]int{"failure": 2, "success": 1, "known": 1} {
		if got := r.metrics.Counted(authn.MetricBlocklist, metric.L(metric.Outcome, outcome)); got != n {
			t.Errorf("%s: %v, want %d", outcome, got, n)
		}
	}
	if log := r.logs.String(); !strings.Contains(log, down) || strings.Contains(log, word) || strings.Contains(log, common) {
		t.Error("the log does not say what is down, or holds a password")
	}
}

// FAC-021, AUN-122: what breaks another rule is not shown to a list, and an address that
// is taken is answered like one that is not.
func TestBlocklist_sees_no_more_than_it_must(t *testing.T) {
	t.Parallel()
	own := &house{word: common}
	r := newRig(t, blocking(own))
	r.person(ada)
	for _, bad := range []string{"short", "fresh@example.org", ""} {
		if _, err := r.browser().signUp("fresh@example.org", bad); !errors.Is(err, password.ErrPolicy) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if len(own.asked) != 0 {
		t.Errorf("asked for %q", own.asked)
	}
	for _, email := range []string{ada, "fresh@example.org"} {
		if _, err := r.browser().signUp(email, common); !broke(err, password.RuleCommon) {
			t.Errorf("%s: %v", email, err)
		}
	}
}

// FAC-021
func TestNew_blocklists(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*authn.Config){
		"Blocklists":        func(c *authn.Config) { c.Blocklists = []password.Blocklist{nil} },
		"WithoutBlocklists": func(c *authn.Config) { c.Blocklists, c.WithoutBlocklists = []password.Blocklist{&house{}}, "why" },
	} {
		var cfg authn.Config
		edit(&cfg)
		_, err := authn.New(cfg)
		if err == nil || !strings.Contains(err.Error(), "authn: "+name+" ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func atSignIn(lists ...password.Blocklist) option {
	return func(c *authn.Config, _ *authn.AccountsConfig) {
		c.Blocklists, c.BlocklistsAtSignIn = lists, true
	}
}

// FAC-025: a password that a list knows, typed right, leads to another one after the last
// step, and from then on without the list too. Nobody is refused, and who types a wrong
// one or has none is asked about at no list.
func TestBlocklist_at_sign_in(t *testing.T) {
	t.Parallel()
	own := &house{word: goodPassword}
	r := newRig(t, atSignIn(own))
	u := r.person(ada)
	show := r.app(u)
	for _, name := range []string{ada, "nobody@example.org"} {
		b := r.browser()
		b.begin(name)
		b.try(pw("a wrong one, and long enough"))
	}
	if len(own.asked) != 0 {
		t.Fatalf("asked for %q", own.asked)
	}
	b := r.browser()
	b.begin(ada)
	if out := b.try(pw(goodPassword)); !is[authn.StepRequired](out) || b.signedIn() {
		t.Fatalf("the password: %T", out)
	}
	out := b.try(code(show()))
	if w, ok := out.(authn.Workflow); !ok || w.Kind != authn.WorkflowChangePassword || b.signedIn() {
		t.Fatalf("the last step: %#v", out)
	}
	if n := r.eventsOf("password_compromised"); n != 1 {
		t.Errorf("%d events", n)
	}
	own.word = ""
	if _, err := b.replaces("violet anchor seven lanterns"); err != nil || !b.signedIn() {
		t.Fatalf("%v", err)
	}
}

// FAC-025: where the password is the last step the same sign-in asks; a list that is
// down, or a mark that cannot be written, signs in.
func TestBlocklist_at_sign_in_refuses_nobody(t *testing.T) {
	t.Parallel()
	own := &house{word: goodPassword}
	r := newRig(t, atSignIn(own))
	r.person(ada)
	r.browser().owes()
	if body, err := r.vault.Open(r.held(ada, factor.Password)[0]); err != nil || !password.IsCompromised(body) {
		t.Errorf("not marked: %v", err)
	}
	asked := len(own.asked)
	r.browser().owes() // the mark is enough
	if len(own.asked) != asked {
		t.Error("asked about a password that is marked")
	}

	down := newRig(t, atSignIn(&house{err: errors.New("down")}))
	down.person(ada)
	if down.browser().signIn(ada); down.alarms() != "blocklist=1" {
		t.Errorf("alarms %q", down.alarms())
	}

	full := newRig(t, atSignIn(&house{word: goodPassword}))
	full.person(ada)
	full.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Record/identity.AdvanceCredential") {
			return store.ErrUnavailable
		}
		return nil
	})
	full.browser().signIn(ada)
}

// FAC-025: a step-up has no page on which to replace a password, and asks no list; a
// program that does not ask at sign-ins asks none there.
func TestBlocklist_at_sign_in_alone(t *testing.T) {
	t.Parallel()
	own := &house{}
	r := newRig(t, atSignIn(own))
	r.person(ada)
	b := r.browser().signIn(ada)
	own.word = goodPassword
	asked := len(own.asked)
	r.clock.Advance(10 * time.Minute)
	b.proves(ada, nil)
	if !b.signedIn() || len(own.asked) != asked {
		t.Errorf("asked %d times in a step-up", len(own.asked)-asked)
	}
	quiet := newRig(t, blocking(own))
	quiet.person(ada)
	asked = len(own.asked)
	if quiet.browser().signIn(ada); len(own.asked) != asked {
		t.Error("asked at a sign-in")
	}
}
