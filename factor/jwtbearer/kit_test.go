package jwtbearer_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/jwtbearer"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/jwt"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store/memory"
)

const (
	ci  = "https://ci.example"
	hr  = "https://hr.example"
	app = "https://app.example"
)

var start = time.Unix(1790000000, 0).UTC()

func key(name string) *ecdsa.PrivateKey {
	sum := sha256.Sum256([]byte(name))
	sum[0] &= 0x7f
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:])
	if err != nil {
		panic(err)
	}
	return k
}

func signer(t testing.TB, name string) *jwt.Signer {
	t.Helper()
	s, err := jwt.NewSigner(name, jwt.ES256, key(name), entropy.Seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keysOf(t testing.TB, of ...*jwt.Signer) *jwt.KeySet {
	t.Helper()
	var keys []jwt.Key
	for _, s := range of {
		keys = append(keys, s.Public())
	}
	set, err := jwt.NewKeySet(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// rig is a verifier of two issuers, and somebody who is linked with one of them.
type rig struct {
	t      testing.TB
	v      *jwtbearer.Verifier
	now    *clock.Fake
	ci, hr *jwt.Signer
	sub    identity.Subject
	links  []identity.Link
}

func setup(t testing.TB, change ...func(*jwtbearer.Config)) *rig {
	t.Helper()
	src := entropy.Seeded(7)
	r := &rig{t: t, now: clock.NewFake(start), ci: signer(t, "ci"), hr: signer(t, "hr"),
		sub: identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}}
	r.links = []identity.Link{{Tenant: r.sub.Tenant, User: r.sub.User, Issuer: ci, External: "ada"}}
	replays, err := jwt.NewReplays(memory.New(memory.Config{}).KV())
	if err != nil {
		t.Fatal(err)
	}
	cfg := jwtbearer.Config{Clock: r.now, Replay: replays, Issuers: []jwtbearer.Issuer{
		{Issuer: ci, Audience: []string{app}, Keys: keysOf(t, r.ci), Proves: identity.Possession},
		{Issuer: hr, Audience: []string{app}, Keys: keysOf(t, r.hr)},
	}}
	for _, f := range change {
		f(&cfg)
	}
	if r.v, err = jwtbearer.New(cfg); err != nil {
		t.Fatal(err)
	}
	return r
}

// claims are those of a token that is taken, made now.
func (r *rig) claims() map[string]any {
	now := r.now.Now().Unix()
	return map[string]any{"iss": ci, "sub": "ada", "aud": app, "iat": now, "exp": now + 300, "jti": "one"}
}

// but is claims with changes; nil removes.
func (r *rig) but(change map[string]any) map[string]any {
	c := r.claims()
	maps.Copy(c, change)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func (r *rig) token(s *jwt.Signer, typ string, claims any) string {
	r.t.Helper()
	text, ok := claims.(string)
	if !ok {
		b, err := json.Marshal(claims)
		if err != nil {
			r.t.Fatal(err)
		}
		text = string(b)
	}
	token, err := s.Sign(typ, []byte(text))
	if err != nil {
		r.t.Fatal(err)
	}
	return token
}

func (r *rig) good() string { return r.token(r.ci, "JWT", r.claims()) }

func (r *rig) verify(token string) factor.Result {
	return r.as(context.Background(), r.sub, r.links, token)
}

func (r *rig) as(ctx context.Context, sub identity.Subject, links []identity.Link, token string) factor.Result {
	return r.v.Verify(ctx, factor.Attempt{Now: r.now.Now(), Subject: sub, Links: links, Secret: seal.NewSecret([]byte(token))})
}

// says is a result in short: the verdict, and why.
func says(res factor.Result) string {
	if res.Reason != "" {
		return fmt.Sprint(res.Verdict, " ", res.Reason)
	}
	return res.Verdict.String()
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// keyFunc is keys that change or fail under the test's hand.
type keyFunc func() (*jwt.KeySet, error)

func (f keyFunc) Current(context.Context) (*jwt.KeySet, error)                    { return f() }
func (f keyFunc) Newer(context.Context, *jwt.KeySet, string) (*jwt.KeySet, error) { return f() }

// claimFunc is a memory of what was used, under the test's hand.
type claimFunc func() (bool, error)

func (f claimFunc) Claim(context.Context, jwt.ReplayKey, time.Time, time.Time) (bool, error) {
	return f()
}

// rawSign is the signature of ES256.
func rawSign(t testing.TB, k *ecdsa.PrivateKey, text string) []byte {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 64)
	r.FillBytes(out[:32])
	s.FillBytes(out[32:])
	return out
}
