package jwtbearer_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/jwtbearer"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/jwt"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// FAC-120, FAC-122, FAC-124, FAC-127
func TestVerify_holds_a_token_to_what_a_sign_in_asks(t *testing.T) {
	t.Parallel()
	r := setup(t)
	at := r.now.Now().Unix()
	tok := func(change map[string]any) string { return r.token(r.ci, "JWT", r.but(change)) }
	parts := strings.Split(r.good(), ".")
	for _, tc := range []struct{ name, token, want string }{
		{"no exp", tok(map[string]any{"exp": nil}), "rejected missing"},
		{"exp in words", tok(map[string]any{"exp": "tomorrow"}), "rejected missing"},
		{"exp as text", tok(map[string]any{"exp": fmt.Sprint(at + 300)}), "rejected missing"},
		{"no iat", tok(map[string]any{"iat": nil}), "rejected missing"},
		{"no jti", tok(map[string]any{"jti": nil}), "rejected missing"},
		{"empty jti", tok(map[string]any{"jti": ""}), "rejected missing"},
		{"no sub", tok(map[string]any{"sub": nil}), "rejected missing"},
		{"sub of 256 bytes", tok(map[string]any{"sub": strings.Repeat("a", 256)}), "rejected missing"},
		{"no iss", tok(map[string]any{"iss": nil}), "rejected missing"},
		{"no aud", tok(map[string]any{"aud": nil}), "rejected missing"},
		{"SUB beside nothing", tok(map[string]any{"sub": nil, "SUB": "ada"}), "rejected missing"},
		{"Sub for somebody else", tok(map[string]any{"sub": "eve", "Sub": "ada"}), "rejected unlinked"},
		{"sub twice", r.token2(`{"iss":"` + ci + `","sub":"eve","sub":"ada","aud":"` + app + `","jti":"1","iat":` + fmt.Sprint(at) + `,"exp":` + fmt.Sprint(at+60) + `}`), "rejected malformed"},
		{"expired", tok(map[string]any{"iat": at - 300, "exp": at - 61}), "rejected expired"},
		{"expired by a fraction less than a second", tok(map[string]any{"iat": at - 300, "exp": float64(at-61) + 0.9}), "rejected expired"},
		{"an hour and a second", tok(map[string]any{"exp": at + 3601}), "rejected lifetime"},
		{"eleven minutes and a second old", tok(map[string]any{"iat": at - 661}), "rejected lifetime"},
		{"of the future", tok(map[string]any{"iat": at + 61}), "rejected lifetime"},
		{"not yet", tok(map[string]any{"nbf": at + 61}), "rejected lifetime"},
		{"for somebody else", tok(map[string]any{"aud": "https://other.example"}), "rejected audience"},
		{"of an issuer that nobody knows", tok(map[string]any{"iss": "https://eve.example"}), "rejected issuer"},
		{"of another issuer, with our key", tok(map[string]any{"iss": hr}), "rejected signature"},
		{"of another signer", r.token(r.hr, "JWT", r.claims()), "rejected signature"},
		{"not signed", b64(`{"alg":"none"}`) + "." + parts[1] + ".AA", "rejected malformed"},
		{"with a password for a key", b64(`{"alg":"HS256","kid":"ci"}`) + "." + parts[1] + "." + parts[2], "rejected malformed"},
		{"with another kind of key", b64(`{"alg":"RS256","kid":"ci"}`) + "." + parts[1] + "." + parts[2], "rejected signature"},
		{"with a key of its own", b64(`{"alg":"ES256","kid":"ci","jwk":{}}`) + "." + parts[1] + "." + parts[2], "rejected token_class"},
		{"encrypted", parts[0] + "..a.b.c", "rejected malformed"},
		{"not a token", "correct horse battery staple", "rejected malformed"},
		{"an ID token by its nonce", tok(map[string]any{"nonce": "n"}), "rejected token_class"},
		{"an ID token by its at_hash", tok(map[string]any{"at_hash": "h"}), "rejected token_class"},
		{"an ID token by its c_hash", tok(map[string]any{"c_hash": "h"}), "rejected token_class"},
		{"an ID token by its s_hash", tok(map[string]any{"s_hash": nil, "s_hash ": "h", "nonce": nil, "typ": "ID"}), "rejected token_class"},
		{"an ID token of Cognito", tok(map[string]any{"token_use": "id"}), "rejected token_class"},
		{"a logout token without typ", r.token(r.ci, "", r.but(map[string]any{"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}})), "rejected token_class"},
		{"a logout token", r.token(r.ci, "logout+jwt", r.claims()), "rejected token_class"},
		{"an access token", r.token(r.ci, "at+jwt", r.claims()), "rejected token_class"},
		{"bound to a key", tok(map[string]any{"cnf": map[string]any{"jkt": "x"}}), "rejected binding"},
		{"of somebody else", tok(map[string]any{"sub": "eve"}), "rejected unlinked"},
		{"as large as it gets, and a byte", strings.Repeat("a", jwtbearer.MaxToken+1), "rejected malformed"},
		// None of them has taken the use of the token that they resemble.
		{"good", r.good(), "accepted"},
		{"again", r.good(), "replayed"},
		{"exp with a fraction", tok(map[string]any{"jti": "fraction", "exp": float64(at) + 0.5}), "accepted"},
		{"an hour", tok(map[string]any{"jti": "hour", "exp": at + 3600}), "accepted"},
		{"eleven minutes old", tok(map[string]any{"jti": "old", "iat": at - 660}), "accepted"},
		{"for two", tok(map[string]any{"jti": "two", "aud": []string{app, "https://other.example"}}), "accepted"},
		{"without typ", r.token(r.ci, "", r.but(map[string]any{"jti": "typ"})), "accepted"},
		{"sub of 255 bytes", tok(map[string]any{"jti": "long", "sub": strings.Repeat("a", 255)}), "rejected unlinked"},
	} {
		if got := says(r.verify(tc.token)); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// token2 signs a payload as it stands, which the signer would refuse to.
func (r *rig) token2(payload string) string {
	r.t.Helper()
	text := b64(`{"alg":"ES256","kid":"ci"}`) + "." + b64(payload)
	return text + "." + b64(string(rawSign(r.t, key("ci"), text)))
}

// FAC-122
func TestVerify_holds_several_audiences_to_a_party(t *testing.T) {
	t.Parallel()
	r := setup(t, func(c *jwtbearer.Config) { c.Issuers[0].Parties = []string{"deploy", "build"} })
	both := []string{app, "https://other.example"}
	for i, tc := range []struct {
		aud, azp any
		want     string
	}{
		{both, "deploy", "accepted"},
		{both, "build", "accepted"},
		{both, nil, "rejected audience"},
		{both, "eve", "rejected audience"},
		{both, 7, "rejected audience"},
		{app, nil, "accepted"},
		{app, "deploy", "accepted"},
		{app, "eve", "rejected audience"},
	} {
		token := r.token(r.ci, "JWT", r.but(map[string]any{"jti": fmt.Sprint(i), "aud": tc.aud, "azp": tc.azp}))
		if got := says(r.verify(token)); got != tc.want {
			t.Errorf("aud %v, azp %v: %s, want %s", tc.aud, tc.azp, got, tc.want)
		}
	}
}

// FAC-127, AUN-150
func TestVerify_maps_by_the_link_of_the_tenant_alone(t *testing.T) {
	t.Parallel()
	src := entropy.Seeded(9)
	other := identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}
	r := setup(t, func(c *jwtbearer.Config) {
		c.Issuers[0].TenantClaim, c.Issuers[0].Tenants = "tid", map[string]identity.TenantID{"blue": other.Tenant}
		c.Issuers[1].TenantClaim = "tid"
	})
	theirs := identity.Link{Tenant: other.Tenant, User: other.User, Issuer: ci, External: "ada"}
	byID := identity.Link{Tenant: other.Tenant, User: other.User, Issuer: hr, External: "ada"}
	ours := r.links[0]
	for i, tc := range []struct {
		name  string
		iss   string
		tid   any
		sub   identity.Subject
		links []identity.Link
		want  string
	}{
		{"their tenant, their link", ci, "blue", other, []identity.Link{theirs}, "accepted"},
		{"their tenant, our sign-in", ci, "blue", r.sub, []identity.Link{ours}, "rejected cross_tenant"},
		{"a tenant that nobody is", ci, "red", other, []identity.Link{theirs}, "rejected cross_tenant"},
		{"an id where words are agreed on", ci, other.Tenant.String(), other, []identity.Link{theirs}, "rejected cross_tenant"},
		{"no tenant", ci, nil, other, []identity.Link{theirs}, "rejected cross_tenant"},
		{"no tenant, and no sign-in", ci, "red", identity.Subject{}, []identity.Link{{Issuer: ci, External: "ada"}}, "rejected cross_tenant"},
		{"a tenant that is no text", ci, 7, other, []identity.Link{theirs}, "rejected cross_tenant"},
		{"by its id", hr, other.Tenant.String(), other, []identity.Link{byID}, "accepted"},
		{"another id", hr, r.sub.Tenant.String(), other, []identity.Link{byID}, "rejected cross_tenant"},
		{"a link of another tenant", ci, "blue", other, []identity.Link{ours}, "rejected unlinked"},
		{"a link of another user", ci, "blue", identity.Subject{Tenant: other.Tenant, User: r.sub.User}, []identity.Link{theirs}, "rejected unlinked"},
		{"a link with another issuer", ci, "blue", other, []identity.Link{byID}, "rejected unlinked"},
		{"no link", ci, "blue", other, nil, "rejected unlinked"},
	} {
		s := r.ci
		if tc.iss == hr {
			s = r.hr
		}
		token := r.token(s, "JWT", r.but(map[string]any{"iss": tc.iss, "jti": fmt.Sprint(i), "tid": tc.tid}))
		if got := says(r.as(t.Context(), tc.sub, tc.links, token)); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// What a token proves is what its issuer was said to prove. FAC-120
func TestVerify_gives_what_the_issuer_proves(t *testing.T) {
	t.Parallel()
	r := setup(t)
	if res := r.verify(r.good()); res.Verdict != factor.Accepted || res.Class != identity.Possession {
		t.Errorf("%v %v", res.Verdict, res.Class)
	}
	if c := r.v.Traits().Class; c != 0 {
		t.Errorf("a kind that one issuer proves nothing with is a second factor: %v", c)
	}
	if r.v.Works(factor.Record{Body: []byte("x")}) {
		t.Error("a record counts")
	}
	for _, tc := range []struct {
		issuer string
		want   bool
	}{{ci, true}, {hr, true}, {"https://eve.example", false}} {
		if got := r.v.Holds(factor.Attempt{Links: []identity.Link{{Issuer: tc.issuer}}}); got != tc.want {
			t.Errorf("linked with %s: %v", tc.issuer, got)
		}
	}
	if _, err := factor.NewRegistry(r.v); err != nil {
		t.Error(err)
	}
}

// FAC-I10
func TestVerify_takes_no_token_with_a_bit_flipped(t *testing.T) {
	t.Parallel()
	r := setup(t)
	good := r.good()
	rapid.Check(t, func(rt *rapid.T) {
		b := []byte(good)
		i, bit := rapid.IntRange(0, len(b)-1).Draw(rt, "byte"), rapid.IntRange(0, 7).Draw(rt, "bit")
		b[i] ^= 1 << bit
		if res := r.verify(string(b)); res.Verdict != factor.Rejected {
			rt.Fatalf("byte %d, bit %d: %s", i, bit, says(res))
		}
	})
	if res := r.verify(good); res.Verdict != factor.Accepted {
		t.Fatalf("the token itself: %s", says(res))
	}
}

// Of any claims, signed with any key but the issuer's own, none is taken, whatever names
// the issuers give their keys. FAC-I10
func TestVerify_takes_no_key_of_another_issuer(t *testing.T) {
	t.Parallel()
	same := func(name string) *jwt.Signer {
		s, err := jwt.NewSigner("the same name", jwt.ES256, key(name), entropy.Seeded(1))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a, b := same("a"), same("b")
	r := setup(t, func(c *jwtbearer.Config) { c.Issuers[0].Keys, c.Issuers[1].Keys = keysOf(t, a), keysOf(t, b) })
	r.links = append(r.links, identity.Link{Tenant: r.sub.Tenant, User: r.sub.User, Issuer: hr, External: "ada"})
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		iss := rapid.SampledFrom([]string{ci, hr}).Draw(rt, "issuer")
		by := rapid.SampledFrom([]string{ci, hr}).Draw(rt, "key of")
		s := map[string]*jwt.Signer{ci: a, hr: b}[by]
		res := r.verify(r.token(s, "JWT", r.but(map[string]any{"iss": iss, "jti": fmt.Sprint(n)})))
		if want := map[bool]string{true: "accepted", false: "rejected signature"}[iss == by]; says(res) != want {
			rt.Fatalf("a token of %s with a key of %s: %s", iss, by, says(res))
		}
	})
}

// FAC-123
func TestVerify_takes_a_token_once_of_many_at_once(t *testing.T) {
	t.Parallel()
	r := setup(t)
	token := r.good()
	const many = 64
	var each [many]factor.Verdict
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() { each[i] = r.verify(token).Verdict })
	}
	wg.Wait()
	count := map[factor.Verdict]int{}
	for _, v := range each {
		count[v]++
	}
	if count[factor.Accepted] != 1 || count[factor.Replayed] != many-1 {
		t.Errorf("%v", count)
	}
	// To the end of the skew the token is still good by its times, and still used.
	r.now.Advance(6 * time.Minute)
	if got := says(r.verify(token)); got != "replayed" {
		t.Errorf("at its end: %s", got)
	}
	r.now.Advance(time.Second)
	if got := says(r.verify(token)); got != "rejected expired" {
		t.Errorf("behind its end: %s", got)
	}
}

// FAC-123
func TestVerify_fails_closed(t *testing.T) {
	t.Parallel()
	broken := errors.New("the store is away")
	for name, change := range map[string]func(*jwtbearer.Config){
		"the memory of what was used": func(c *jwtbearer.Config) {
			c.Replay = claimFunc(func() (bool, error) { return true, errors.Join(store.ErrUnavailable, broken) })
		},
		"the keys": func(c *jwtbearer.Config) {
			c.Issuers[0].Keys = keyFunc(func() (*jwt.KeySet, error) { return nil, broken })
		},
	} {
		r := setup(t, change)
		res := r.verify(r.good())
		if res.Verdict != factor.Unavailable || !errors.Is(res.Err, broken) {
			t.Errorf("without %s: %s, %v", name, says(res), res.Err)
		}
		if res.Verdict.Charged() {
			t.Errorf("without %s: charged", name)
		}
		if _, res := r.v.Identify(t.Context(), factor.Attempt{Subject: r.sub, Secret: seal.NewSecret([]byte(r.good()))}); res.Verdict != factor.Unavailable {
			t.Errorf("to be linked, without %s: %s", name, says(res))
		}
	}
}

// A token that is refused stays good for whom it is about. WKL-023, FAC-123
func TestVerify_takes_the_one_use_last(t *testing.T) {
	t.Parallel()
	claimed := 0
	r := setup(t, func(c *jwtbearer.Config) {
		c.Replay = claimFunc(func() (bool, error) { claimed++; return true, nil })
		c.Issuers[0].Parties, c.Issuers[0].TenantClaim = []string{"deploy"}, "tid"
	})
	tid := r.sub.Tenant.String()
	for name, c := range map[string]map[string]any{
		"another party": {"tid": tid, "azp": "eve"}, "another tenant": {"tid": "x"}, "another subject": {"tid": tid, "sub": "eve"},
		"another class": {"tid": tid, "nonce": "n"}, "expired": {"tid": tid, "exp": 1},
	} {
		if res := r.verify(r.token(r.ci, "JWT", r.but(c))); res.Verdict != factor.Rejected || claimed != 0 {
			t.Errorf("%s: %s, claimed %d times", name, says(res), claimed)
		}
	}
	if res := r.verify(r.token(r.ci, "JWT", r.but(map[string]any{"tid": tid}))); res.Verdict != factor.Accepted || claimed != 1 {
		t.Errorf("%s, claimed %d times", says(res), claimed)
	}
}

// Which account somebody names makes no difference to what is asked for: neither to the
// keys, nor to the memory of what was used. AUN-033
func TestVerify_asks_the_same_for_nobody(t *testing.T) {
	t.Parallel()
	asked, claimed := 0, 0
	var set *jwt.KeySet
	r := setup(t, func(c *jwtbearer.Config) {
		set = c.Issuers[0].Keys.(*jwt.KeySet) //nolint:forcetypeassert // the rig made it
		c.Issuers[0].Keys = keyFunc(func() (*jwt.KeySet, error) { asked++; return set, nil })
		c.Replay = claimFunc(func() (bool, error) { claimed++; return true, nil })
	})
	foreign := []identity.Link{{Tenant: r.sub.Tenant, User: r.sub.User, Issuer: ci, External: "eve"}}
	for _, token := range []string{r.good(), r.token(r.hr, "JWT", r.claims()), "x"} {
		var each []string
		for _, links := range [][]identity.Link{nil, foreign} {
			asked, claimed = 0, 0
			res := r.as(t.Context(), r.sub, links, token)
			each = append(each, fmt.Sprint(says(res), asked, claimed))
		}
		if each[0] != each[1] {
			t.Errorf("nobody: %s; somebody whom the token is not about: %s", each[0], each[1])
		}
	}
}

func TestIdentify_says_whom_a_token_is_about(t *testing.T) {
	t.Parallel()
	r := setup(t)
	identify := func(token string) (identity.Link, factor.Result) {
		return r.v.Identify(t.Context(), factor.Attempt{Subject: r.sub, Secret: seal.NewSecret([]byte(token))})
	}
	h, res := identify(r.good())
	if res.Verdict != factor.Accepted || h != (identity.Link{Issuer: ci, External: "ada"}) {
		t.Errorf("%v, %s", h, says(res))
	}
	if h, res := identify(r.good()); res.Verdict != factor.Replayed || h != (identity.Link{}) {
		t.Errorf("again: %v, %s", h, says(res))
	}
	// What it was linked with does not sign in as well.
	if res := r.verify(r.good()); res.Verdict != factor.Replayed {
		t.Errorf("as a sign-in: %s", says(res))
	}
	if h, res := identify(r.token(r.ci, "JWT", r.but(map[string]any{"jti": "ü", "sub": "Müller"}))); says(res) != "rejected malformed" || h != (identity.Link{}) {
		t.Errorf("a subject that no link can have: %v, %s", h, says(res))
	}
	if h, res := identify("x"); res.Verdict != factor.Rejected || h != (identity.Link{}) {
		t.Errorf("no token: %v, %s", h, says(res))
	}
}

// FAC-120, FAC-122
func TestNew_names_what_is_missing(t *testing.T) {
	t.Parallel()
	replay := claimFunc(func() (bool, error) { return true, nil })
	whole := func() jwtbearer.Config {
		r := setup(t)
		return jwtbearer.Config{Clock: r.now, Replay: replay, Issuers: []jwtbearer.Issuer{{Issuer: ci, Audience: []string{app}, Keys: keysOf(t, r.ci)}}}
	}
	for want, change := range map[string]func(*jwtbearer.Config){
		"":               func(*jwtbearer.Config) {},
		"Replay":         func(c *jwtbearer.Config) { c.Replay = nil },
		"Config.Issuers": func(c *jwtbearer.Config) { c.Issuers = nil },
		"Clock":          func(c *jwtbearer.Config) { c.Clock = nil },
		"Issuer.Issuer":  func(c *jwtbearer.Config) { c.Issuers[0].Issuer = "" },
		"visible ASCII":  func(c *jwtbearer.Config) { c.Issuers[0].Issuer = "https://müller.example" },
		"Audience":       func(c *jwtbearer.Config) { c.Issuers[0].Audience = nil },
		"Keys":           func(c *jwtbearer.Config) { c.Issuers[0].Keys = nil },
		"Algorithms":     func(c *jwtbearer.Config) { c.Issuers[0].Algorithms = []jwt.Algorithm{"HS256"} },
		"2 minutes":      func(c *jwtbearer.Config) { c.Issuers[0].Skew = jwtbearer.MaxSkew + 1 },
		"Parties":        func(c *jwtbearer.Config) { c.Issuers[0].Parties = []string{""} },
		"Tenants":        func(c *jwtbearer.Config) { c.Issuers[0].Tenants = map[string]identity.TenantID{} },
		"Proves":         func(c *jwtbearer.Config) { c.Issuers[0].Proves = identity.PhishingResistant },
		"two verifiers":  func(c *jwtbearer.Config) { c.Issuers = append(c.Issuers, c.Issuers[0]) },
	} {
		cfg := whole()
		change(&cfg)
		_, err := jwtbearer.New(cfg)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", want, err)
		}
	}
	cfg := whole()
	cfg.Issuers[0].Skew = jwtbearer.MaxSkew
	if _, err := jwtbearer.New(cfg); err != nil {
		t.Error(err)
	}
}

// Results say nothing of a token, not even to a log.
func TestVerify_keeps_the_token_to_itself(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, token := range []string{"canary", r.token(r.ci, "JWT", r.but(map[string]any{"sub": "canary"})), r.token(r.ci, "JWT", r.but(map[string]any{"iss": "canary"}))} {
		if res := r.verify(token); strings.Contains(fmt.Sprint(res.Reason, res.Err), "canary") {
			t.Errorf("%+v", res)
		}
	}
}
