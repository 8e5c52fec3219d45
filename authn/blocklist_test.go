package authn_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/seal"
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
		if got := r.metrics.Counted(authn.MetricBlocklist, metric.L(metric.Outcome, outcome)); int(got) != n {
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
