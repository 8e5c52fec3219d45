package authn_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/jwtbearer"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/jwt"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/sqlite"
	"github.com/axess-go/axess/store/storetest/fault"
)

// bearers is a rig with an issuer whose tokens are a way in of their own and a second
// step behind the password.
type bearers struct {
	*rig
	p      *authn.Provisioner
	signer *jwt.Signer
	n      int
}

// newBearers takes the issuer's word for links of owners unless a policy is given.
func newBearers(t *testing.T, stores backend.Stores, policy ...authn.ProvisioningPolicy) *bearers {
	t.Helper()
	raw := make([]byte, 32)
	raw[31] = 7
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	must(t, err)
	b := &bearers{}
	b.signer, err = jwt.NewSigner("k", jwt.ES256, key, entropy.Seeded(1))
	must(t, err)
	keys, err := jwt.NewKeySet(b.signer.Public())
	must(t, err)
	replays, err := jwt.NewReplays(stores.Throttle.KV())
	must(t, err)
	taken := ownersAlone()
	if len(policy) > 0 {
		taken = policy[0]
	}
	b.rig = newRigOn(t, stores, func(c *authn.Config, _ *authn.AccountsConfig) {
		v, err := jwtbearer.New(jwtbearer.Config{Clock: c.Clock, Replay: replays, Issuers: []jwtbearer.Issuer{
			{Issuer: issuer, Audience: []string{"https://app.example"}, Keys: keys, Proves: identity.Possession},
		}})
		must(t, err)
		c.Factors, c.Provisioning = append(c.Factors, v), taken
	})
	b.p, err = authn.NewProvisioner(authn.ProvisionerConfig{Accounts: b.accounts})
	must(t, err)
	for _, m := range []identity.Method{
		{Name: "token", Enabled: true, Priority: 1, Steps: []identity.Step{identity.Required(factor.JWTBearer)}},
		{Name: "both", Enabled: true, Priority: 2, Steps: []identity.Step{identity.Required(factor.Password), identity.Required(factor.JWTBearer)}},
	} {
		must(t, b.stores.Identity.Apply(t.Context(), identity.PutMethod{Scope: identity.TenantScope(b.tenant), Method: m}))
	}
	return b
}

// token is a fresh one for a subject, with changes.
func (b *bearers) token(sub string, change ...map[string]any) authn.Presented {
	b.t.Helper()
	b.n++
	now := b.clock.Now().Unix()
	c := map[string]any{"iss": issuer, "sub": sub, "aud": "https://app.example", "iat": now, "exp": now + 300, "jti": fmt.Sprint(b.n)}
	for _, m := range change {
		maps.Copy(c, m)
	}
	text, err := json.Marshal(c)
	must(b.t, err)
	token, err := b.signer.Sign("JWT", text)
	must(b.t, err)
	return bears(token)
}

func bears(token string) authn.Presented {
	return authn.Presented{Of: factor.JWTBearer, Secret: secret(token)}
}

func (b *browser) presents(p *authn.Provisioner, c authn.Presented) (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { out, err = p.LinkPresented(ctx, s, c) })
	return out, err
}

// linked is a person who has shown a token to be linked with it.
func (b *bearers) linked(email, sub string) identity.User {
	b.t.Helper()
	u := b.person(email)
	if out, err := b.browser().signIn(email).presents(b.p, b.token(sub)); err != nil || !is[authn.Completed](out) {
		b.t.Fatalf("link: %T %v", out, err)
	}
	b.clock.Advance(time.Second) // FAC-007
	return u
}

// chooses begins a sign-in by a method.
func (b *browser) chooses(email, method string) *browser {
	b.r.t.Helper()
	b.begin(email)
	if _, err := b.selects(method); err != nil {
		b.r.t.Fatal(err)
	}
	return b
}

func onBackends(t *testing.T, f func(t *testing.T, stores backend.Stores)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { t.Parallel(); f(t, memory.New(memory.Config{}).Stores()) })
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		b, err := sqlite.Open(filepath.Join(t.TempDir(), "app.db"))
		must(t, err)
		t.Cleanup(func() { must(t, b.Close()) })
		f(t, b.Stores())
	})
}

// Somebody who is signed in shows a token once and is linked; from then on a token is a
// way in, a second step and a step-up, until they take the link away.
// FAC-120, FAC-127, AUN-151
func TestBearer_from_the_link_to_its_end(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		t.Helper()
		r := newBearers(t, stores)
		r.linked(ada, "Ada")
		if got := strings.Join(r.subjects(), " "); got != string(authn.NoteFactorAdded) {
			t.Errorf("told %q", got)
		}
		in := r.browser().chooses(ada, "token")
		if out := in.try(r.token("Ada")); !is[authn.Completed](out) || !in.signedIn() {
			t.Fatalf("%T", out)
		}
		if out := r.browser().chooses(ada, "token").try(r.token("Eve")); !is[authn.Rejected](out) {
			t.Errorf("a token about somebody else: %T", out)
		}
		both := r.browser().chooses(ada, "both")
		if out := both.try(pw(goodPassword)); !is[authn.StepRequired](out) {
			t.Fatalf("%T", out)
		}
		done, ok := both.try(r.token("Ada")).(authn.Completed)
		if !ok || identity.Assess(done.Proof.Evidence()).AAL != identity.AAL2 {
			t.Fatalf("%v", ok)
		}
		// A step-up to the token, and then the end of the link.
		r.clock.Advance(6 * time.Minute)
		if err := both.unlinks(r.p, "Ada"); !errors.Is(err, authn.ErrStepUpRequired) {
			t.Fatalf("without a fresh factor: %v", err)
		}
		if out, err := both.stepsUp(authn.Requirement{AnyOf: []identity.Kind{factor.JWTBearer}}); err != nil || !is[authn.StepRequired](out) {
			t.Fatalf("%T %v", out, err)
		}
		if out := both.try(r.token("Ada")); !is[authn.Completed](out) {
			t.Fatalf("step-up: %T", out)
		}
		must(t, both.unlinks(r.p, "Ada"))
		if out := r.browser().chooses(ada, "token").try(r.token("Ada")); !is[authn.Rejected](out) {
			t.Errorf("after the end: %T", out)
		}
		if out, err := r.browser().signIn(ada).stepsUp(authn.Requirement{AnyOf: []identity.Kind{factor.JWTBearer}}); err != nil || !is[authn.StepUpImpossible](out) {
			t.Errorf("step-up after the end: %T %v", out, err)
		}
	})
}

// One token, many browsers at once: one of them is signed in. FAC-123, AUN-043
func TestBearer_signs_in_once_of_many_at_once(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		t.Helper()
		r := newBearers(t, stores)
		r.linked(ada, "Ada")
		token := string(r.token("Ada").Secret.Reveal())
		const many = 16
		var each [many]*browser
		for i := range each {
			each[i] = r.browser().chooses(ada, "token")
			each[i].addr = fmt.Sprintf("192.0.2.%d:1", i+1)
		}
		var wg sync.WaitGroup
		for _, b := range each {
			wg.Go(func() {
				if _, err := b.verify(bears(token)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		n := 0
		for _, b := range each {
			if b.signedIn() {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d of %d are signed in by one token", n, many)
		}
		if !strings.Contains(r.audited(), `"reason":"replay"`) {
			t.Error("nobody is told of the others")
		}
	})
}

// What cannot be judged lets nobody in, takes nothing of a guess, and says what is down
// to whoever runs the program. FAC-123, AUN-045
func TestBearer_is_not_charged_for_an_outage(t *testing.T) {
	t.Parallel()
	f := fault.New(memory.New(memory.Config{}).Stores())
	r := newBearers(t, f.Stores())
	r.linked(ada, "Ada")
	b := r.browser().chooses(ada, "token")
	token := string(r.token("Ada").Secret.Reveal())
	f.Use(fault.Always("values.PutIfAbsent", fault.Injection{Before: fault.ErrLost}))
	for range 30 { // more than any address may fail
		if out := b.try(bears(token)); !is[authn.Unavailable](out) {
			t.Fatalf("%T", out)
		}
	}
	r.person(bob)
	if out, err := r.browser().signIn(bob).presents(r.p, r.token("Bob")); err != nil || !is[authn.Unavailable](out) {
		t.Errorf("to be linked: %T %v", out, err)
	}
	f.Use(nil)
	if out := b.try(bears(token)); !is[authn.Completed](out) {
		t.Errorf("when it is back: %T", out)
	}
	// Nor may the tenant's policy be passed over because it cannot be read.
	b = r.browser().chooses(ada, "token")
	f.Use(fault.Always("identity.TenantByID", fault.Injection{Before: fault.ErrLost}))
	if out := b.try(r.token("Ada")); !is[authn.Unavailable](out) {
		t.Errorf("without the tenant's policy: %T", out)
	}
}

// A link leads in as long as the tenant takes the issuer's word, and not to a sign-in
// that began before it. AUN-150, FAC-007
func TestBearer_counts_while_the_tenant_takes_the_issuers_word(t *testing.T) {
	t.Parallel()
	r := newBearers(t, memory.New(memory.Config{}).Stores())
	r.person(ada)
	waiting := r.browser().chooses(ada, "token")
	r.clock.Advance(time.Second)
	if out, err := r.browser().signIn(ada).presents(r.p, r.token("Ada")); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T %v", out, err)
	}
	if out, err := waiting.verify(r.token("Ada")); err == nil && is[authn.Completed](out) {
		t.Error("a sign-in that began before the link is completed by it")
	}
	r.clock.Advance(time.Second)
	if out := r.browser().chooses(ada, "token").try(r.token("Ada")); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	tenants := authn.NewTenants(r.accounts)
	none := authn.ProvisioningPolicy{Issuers: []authn.IssuerPolicy{{Issuer: "https://another.example"}}}
	must(t, tenants.SetProvisioning(t.Context(), opScope(t), r.tenant, 0, none))
	if out := r.browser().chooses(ada, "token").try(r.token("Ada")); !is[authn.Rejected](out) {
		t.Errorf("after the tenant took its word back: %T", out)
	}
	b := r.browser().signIn(ada)
	if out, err := b.stepsUp(authn.Requirement{AnyOf: []identity.Kind{factor.JWTBearer}}); err != nil || !is[authn.StepUpImpossible](out) {
		t.Errorf("a step-up: %T %v", out, err)
	}
	if _, err := b.presents(r.p, r.token("Ada2")); !errors.Is(err, authn.ErrLinkRefused) {
		t.Errorf("another link: %v", err)
	}
}

// Whoever is not signed in, has not lately proved their strongest factor or acts for
// somebody links nothing; what is refused is refused alike, and told in the event.
// AUN-151, FAC-005
func TestBearer_links_for_the_owner_alone(t *testing.T) {
	t.Parallel()
	r := newBearers(t, memory.New(memory.Config{}).Stores())
	r.linked(bob, "Bob")
	r.person(ada)
	if _, err := r.browser().presents(r.p, r.token("Ada")); !errors.Is(err, authn.ErrNotAuthenticated) {
		t.Errorf("nobody: %v", err)
	}
	b := r.browser().signIn(ada)
	for name, c := range map[string]authn.Presented{
		"no token":      bears("x"),
		"nothing":       bears(""),
		"of eve":        bears(strings.Repeat("a", jwtbearer.MaxToken+1)),
		"expired":       r.token("Ada", map[string]any{"iat": 1, "exp": 2}),
		"an ID token":   r.token("Ada", map[string]any{"nonce": "n"}),
		"of nobody":     r.token("Ada", map[string]any{"iss": "https://eve.example"}),
		"not for us":    r.token("Ada", map[string]any{"aud": "x"}),
		"of a long ago": r.token("Ada", map[string]any{"iat": r.clock.Now().Unix() - 700}),
	} {
		if out, err := b.presents(r.p, c); err != nil || !is[authn.Rejected](out) {
			t.Errorf("%s: %T %v", name, out, err)
		}
	}
	for _, reason := range []string{"malformed", "bad_input", "expired", "token_class", "issuer", "audience", "lifetime"} {
		if !strings.Contains(r.audited(), `"reason":"`+reason+`"`) {
			t.Errorf("no event says %s", reason)
		}
	}
	used := string(r.token("Bob").Secret.Reveal())
	if _, err := b.presents(r.p, bears(used)); !errors.Is(err, authn.ErrLinkRefused) {
		t.Errorf("what is somebody else's: %v", err)
	}
	if out, err := b.presents(r.p, bears(used)); err != nil || !is[authn.Rejected](out) {
		t.Errorf("a token that was used: %T %v", out, err)
	}
	if _, err := b.presents(r.p, authn.Presented{Of: factor.TOTP, Secret: secret("123456")}); !errors.Is(err, authn.ErrStepMismatch) {
		t.Errorf("a kind that identifies nobody: %v", err)
	}
	if got := r.p.Identifies(); len(got) != 1 || got[0] != factor.JWTBearer {
		t.Errorf("identifies %v", got)
	}
	r.clock.Advance(6 * time.Minute)
	if _, err := b.presents(r.p, r.token("Ada")); !errors.Is(err, authn.ErrStepUpRequired) {
		t.Errorf("after six minutes: %v", err)
	}
	if got := b.listsLinks(r.p); len(got) != 0 {
		t.Errorf("linked with %q", got)
	}
}

// A token for nobody asks every port for as much as one for somebody whom it is not
// about, and looks the same. AUN-033, AUN-I2
func TestBearer_does_equal_work_for_nobody(t *testing.T) {
	t.Parallel()
	r := newBearers(t, memory.New(memory.Config{}).Stores())
	r.linked(ada, "Ada")
	r.person(bob) // without a link
	var first string
	for i, email := range []string{ada, bob, "nobody@example.org"} {
		for _, c := range []authn.Presented{r.token("Eve"), bears("x"), r.token("Ada", map[string]any{"exp": 1, "iat": 0})} {
			b := r.browser()
			b.addr = fmt.Sprintf("192.0.2.%d:1", 100+i)
			b.chooses(email, "token")
			r.work.take()
			out := b.try(c)
			got := fmt.Sprintf("%T %s", out, r.work.take())
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("%s: %s\nwant %s", email, got, first)
			}
		}
	}
	// Failures of tokens lock nobody out of their account. AUN-054
	for i := range 40 {
		b := r.browser()
		b.addr = fmt.Sprintf("198.51.100.%d:1", i+1)
		b.chooses(ada, "token").try(r.token("Eve"))
	}
	if b := r.browser().signIn(ada); !b.signedIn() {
		t.Error("locked out by tokens")
	}
}
