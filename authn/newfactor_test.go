package authn_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// paper is a factor that a program brings: a printed list of codes, each good once.
// docs/factors.md says how to add one; the tests below are its worked example, with
// everything of the product but pages and enrolment.
var paper = factor.Custom("paper")

// paperVerifier is the whole of a verifier: records, input and time in, verdict out. What
// it spends is a change of the record.
type paperVerifier struct{}

func (paperVerifier) Traits() factor.Traits {
	return factor.Traits{Kind: paper, Class: identity.Possession, AMR: []string{"otp"}}
}

func (paperVerifier) Works(r factor.Record) bool { return len(r.Body) > 0 }

func (paperVerifier) Verify(_ context.Context, a factor.Attempt) factor.Result {
	for i, r := range a.Records {
		for line := range bytes.Lines(r.Body) {
			if seal.Equal(bytes.TrimSpace(line), a.Secret.Reveal()) {
				left := bytes.Replace(r.Body, line, nil, 1)
				return factor.Result{Verdict: factor.Accepted, Of: i, Changes: []factor.Change{{Of: i, Body: left}}}
			}
		}
	}
	return factor.Result{Verdict: factor.Rejected}
}

// judging is a verifier with these traits that answers so.
type judging struct {
	traits factor.Traits
	answer func(factor.Attempt) factor.Result
}

func (j judging) Traits() factor.Traits { return j.traits }

func (judging) Works(factor.Record) bool { return true }

func (j judging) Verify(_ context.Context, a factor.Attempt) factor.Result { return j.answer(a) }

// with registers verifiers of the program.
func with(more ...factor.Verifier) option {
	return func(c *authn.Config, _ *authn.AccountsConfig) { c.Factors = append(c.Factors, more...) }
}

// withPaper is a person who signs in with a password and a code of the list.
func (r *rig) withPaper(email string) identity.User {
	r.t.Helper()
	u := r.person(email)
	must(r.t, r.stores.Identity.Apply(r.t.Context(),
		identity.PutCredential{Credential: r.row(u.Subject(), paper, []byte("apple-7\nbirch-3\n"))},
		identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: identity.Method{
			Name: "password", Enabled: true, Reason: "self",
			Steps: []identity.Step{identity.Required(factor.Password), identity.Required(paper)},
		}}))
	return u
}

func listed(code string) authn.Code { return authn.Code{Of: paper, Secret: secret(code)} }

// AUN-010, AUN-042: the pipeline takes a factor that it does not know from one
// registration, and its evidence counts.
func TestNewFactor_signs_in(t *testing.T) {
	t.Parallel()
	r := newRig(t, with(paperVerifier{}))
	r.withPaper("ada@example.org")
	b := r.browser()
	b.begin("ada@example.org")
	if out := b.try(pw(goodPassword)); !is[authn.StepRequired](out) {
		t.Fatalf("after the password: %T", out)
	}
	if out := b.try(listed("cedar-1")); !is[authn.Rejected](out) {
		t.Errorf("a code that is not on the list: %T", out)
	}
	done, ok := b.try(listed("apple-7")).(authn.Completed)
	if !ok || !b.signedIn() {
		t.Fatal("a code of the list does not sign in")
	}
	if got := identity.Assess(done.Proof.Evidence()).AAL; got != identity.AAL2 {
		t.Errorf("assurance %v", got)
	}
}

// AUN-043, AUN-I3: what it spends is spent once, in turn and at once.
func TestNewFactor_code_counts_once(t *testing.T) {
	t.Parallel()
	r := newRig(t, with(paperVerifier{}))
	r.withPaper("ada@example.org")
	var browsers []*browser
	for range 8 {
		b := r.browser()
		b.begin("ada@example.org")
		b.try(pw(goodPassword))
		browsers = append(browsers, b)
	}
	var wg sync.WaitGroup
	passed := make([]bool, len(browsers))
	for i, b := range browsers {
		wg.Go(func() {
			out, err := b.verify(listed("birch-3"))
			passed[i] = err == nil && is[authn.Completed](out)
		})
	}
	wg.Wait()
	n := 0
	for _, p := range passed {
		if p {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of %d signed in with one code", n, len(browsers))
	}
}

// AUN-050: guesses are charged to the person, and the right code fails
// while locked.
func TestNewFactor_locks(t *testing.T) {
	t.Parallel()
	r := newRig(t, with(paperVerifier{}))
	r.withPaper("ada@example.org")
	b := r.browser()
	b.begin("ada@example.org")
	b.try(pw(goodPassword))
	for range authn.UserLock().Threshold {
		b.try(listed("wrong"))
	}
	if out := b.try(listed("apple-7")); !is[authn.Throttled](out) {
		t.Errorf("the right code while locked: %T", out)
	}
}

// AUN-011: a method names what somebody judges, and nothing else.
func TestFactors_every_step_has_a_verifier(t *testing.T) {
	t.Parallel()
	for _, k := range []identity.Kind{factor.Password, factor.TOTP} {
		if !slices.Contains(newRig(t).accounts.Kinds(), k) {
			t.Errorf("%s has no verifier", k)
		}
	}
	m := []identity.Method{{Name: "list", Enabled: true, Steps: []identity.Step{identity.Required(paper)}}}
	if err := authn.CheckMethods(m); !errors.Is(err, authn.ErrKindNotConfigured) {
		t.Errorf("a method of a kind that nobody judges: %v", err)
	}
	if err := authn.CheckMethods(m, paperVerifier{}); err != nil {
		t.Errorf("a method of a kind that the program judges: %v", err)
	}
}
