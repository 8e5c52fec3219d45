package authn_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// AUN-I0, AUN-032: whatever method is accepted, whatever somebody has and whatever they
// present in whatever order, whoever is in has passed each step by a credential of its
// own, in the order of the steps; what was set up on the way in is the last of them.
func TestSteps_take_one_credential_each(t *testing.T) {
	t.Parallel()
	in, enrolled, refused := 0, 0, 0
	kinds := []identity.Kind{factor.Password, factor.TOTP, paper}
	rapid.Check(t, func(rt *rapid.T) {
		m := identity.Method{Name: "password", Enabled: true}
		// Mostly a way in that there is: each step has a kind that no other needs.
		order, most := rapid.Permutation(kinds).Draw(rt, "order"), 3
		late := rapid.Bool().Draw(rt, "late") // a password, and then an app is asked for
		if late {
			order, most = kinds, 2
		}
		for i := range rapid.IntRange(1, most).Draw(rt, "steps") {
			options := order[i : i+1 : i+1]
			if more := rapid.SampledFrom(kinds).Draw(rt, "or"); rapid.Bool().Draw(rt, "choice") && more != options[0] {
				options = append(options, more)
			}
			m.Steps = append(m.Steps, identity.AnyOf(options...))
		}
		if rapid.IntRange(0, 9).Draw(rt, "spoilt") == 0 {
			m.Steps = append(m.Steps, rapid.SampledFrom([]identity.Step{identity.AnyOf(), m.Steps[0], identity.Required(m.Steps[0].At(0))}).Draw(rt, "by"))
		}
		if authn.CheckMethodsWith([]identity.Method{m}, kinds...) != nil {
			refused++
			return
		}
		r := newRig(t)
		r.accounts.Teach(paperVerifier{})
		u := r.bare(ada, identity.Active)
		var seeds []totp.Record
		add := func(kind identity.Kind, body []byte) {
			must(t, r.stores.Identity.Apply(t.Context(), identity.PutCredential{Credential: r.row(u.Subject(), kind, body)}))
		}
		password, err := r.hasher.Hash(r.entropy, secret(goodPassword))
		must(t, err)
		if late {
			add(factor.Password, password)
		}
		for _, kind := range rapid.SliceOfN(rapid.SampledFrom([]identity.Kind{factor.Password, factor.Password, factor.Password, paper, factor.TOTP}), 0, map[bool]int{false: 4, true: 1}[late]).Draw(rt, "has") {
			switch kind {
			case factor.TOTP:
				rec, err := totp.New(r.entropy, totp.Policy{})
				must(t, err)
				seeds = append(seeds, rec)
				add(kind, rec.Encode())
			case paper:
				add(kind, []byte("apple-7\nbirch-3\ncedar-1\nelder-9\n"))
			default:
				add(kind, password)
			}
		}
		if rapid.IntRange(0, 3).Draw(rt, "marked") == 0 {
			r.stored(identity.UserScope(u.Subject()), "had_totp", "")
		}
		r.offers(m)
		r.clock.Advance(time.Minute)
		b := r.browser()
		b.begin(ada)
		for range 10 {
			r.clock.Advance(31 * time.Second)
			var c authn.Credential
			switch rapid.SampledFrom(kinds).Draw(rt, "presents") {
			case factor.Password:
				c = pw(goodPassword)
			case paper:
				c = listed(rapid.SampledFrom([]string{"apple-7", "birch-3", "cedar-1"}).Draw(rt, "line"))
			default:
				typed := "000000"
				if len(seeds) > 0 {
					typed = codeFor(rapid.SampledFrom(seeds).Draw(rt, "app"), r.clock.Now())
				}
				c = code(typed)
			}
			out, err := b.verify(c)
			if err == nil && is[authn.Workflow](out) {
				e, err := b.pendingEnrolment()
				must(t, err)
				if out, err := b.completeEnrolment(r.codes(e)()); err != nil || !is[authn.Completed](out) {
					rt.Fatalf("the app: %T, %v", out, err)
				}
				enrolled++
			}
		}
		login, ok := b.state().(session.Authenticated)
		if !ok {
			return
		}
		in++
		acct, _ := r.account(ada)
		theirs := map[identity.CredentialID]identity.Kind{}
		for _, c := range acct.Credentials {
			theirs[c.ID] = c.Kind
		}
		evidence, used := login.Evidence(), map[identity.CredentialID]bool{}
		if len(evidence) != len(m.Steps) {
			rt.Fatalf("%d steps, passed by %v", len(m.Steps), evidence)
		}
		for i, e := range evidence {
			if !m.Steps[i].Has(e.Kind) || used[e.Credential] || theirs[e.Credential] != e.Kind {
				rt.Fatalf("step %d of %s: %+v", i+1, strings.TrimSpace(fmt.Sprint(m.Steps)), evidence)
			}
			used[e.Credential] = true
		}
	})
	t.Logf("%d in, %d enrolled, %d methods refused", in, enrolled, refused)
	if in == 0 || enrolled == 0 || refused == 0 {
		t.Errorf("%d in, %d enrolled, %d methods refused", in, enrolled, refused)
	}
}
