package seal

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

// SES-128, SES-129: what is no ring.
func TestNewRingRefuses(t *testing.T) {
	t.Parallel()
	p := testKey("p", Primary)
	master := func(b []byte) Key { return Key{Master: NewSecret(b), State: Primary, Created: t0} }
	seven := bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7, 7}, 4)
	eight := bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7, 8}, 4)
	for _, c := range []struct {
		name    string
		purpose Purpose
		keys    []Key
		want    error
	}{
		{"no key", Cookie, nil, ErrRing},
		{"no primary", Cookie, []Key{testKey("a", Pending)}, ErrRing},
		{"two primaries", Cookie, []Key{p, testKey("a", Primary)}, ErrRing},
		{"one key twice", Session, []Key{p, testKey("p", Pending)}, ErrRing},
		{"state zero", Cookie, []Key{p, testKey("a", 0)}, ErrRing},
		{"state beyond", Cookie, []Key{p, testKey("a", Retiring+1)}, ErrRing},
		{"no purpose", 0, []Key{p}, ErrRing},
		{"purpose beyond", Index + 1, []Key{p}, ErrRing},
		{"retiring cookie key for ever", Cookie, []Key{p, testKey("a", Retiring)}, ErrRing},
		{"primary with an end", Cookie, []Key{{Master: p.Master, State: Primary, NotAfter: t0}}, ErrRing},
		{"stored data with an end", Session, []Key{p, retiringUntil("a", t0)}, ErrRing},
		{"five cookie keys", Cookie, []Key{p, testKey("1", Pending), testKey("2", Pending), testKey("3", Pending), testKey("4", Pending)}, ErrRing},
		{"nine session keys", Session, append([]Key{p}, many(8)...), ErrRing},
		{"31 bytes", Cookie, []Key{master(p.Master.Reveal()[:31])}, ErrWeakKey},
		{"33 bytes", Cookie, []Key{master(append(bytes.Clone(p.Master.Reveal()), 9))}, ErrWeakKey},
		{"no bytes", Cookie, []Key{{State: Primary}}, ErrWeakKey},
		{"all zero", Cookie, []Key{master(make([]byte, 32))}, ErrWeakKey},
		{"seven distinct bytes", Cookie, []Key{master(seven)}, ErrWeakKey},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := NewRing(c.purpose, c.keys...); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
	if _, err := NewRing(Cookie, master(eight)); err != nil {
		t.Errorf("eight distinct bytes: %v", err)
	}
	mustRing(t, Cookie, p, testKey("1", Pending), testKey("2", Pending), testKey("3", Pending))
	mustRing(t, Session, append([]Key{p}, many(7)...)...)
}

func many(n int) []Key {
	keys := make([]Key, n)
	for i := range keys {
		keys[i] = testKey(strings.Repeat("m", i+1), Pending)
	}
	return keys
}

// SES-128: pending and retiring keys verify, only the primary signs.
func TestRotationSignsNobodyOut(t *testing.T) {
	t.Parallel()
	msg := []byte("a cookie")
	oldP, newP := testKey("old", Primary), testKey("new", Primary)
	newPending := testKey("new", Pending)

	ring := mustRing(t, Cookie, oldP)
	mac := ring.MAC(LabelSessionCookie)
	kidOld, tagOld := mac.Sum(msg)

	replace(t, ring, oldP, newPending) // published ahead
	if kid, _ := mac.Sum(msg); kid != kidOld {
		t.Fatal("a pending key signs")
	}
	other := mustRing(t, Cookie, newP, retiringUntil("old", t0.Add(time.Hour))) // an instance that has promoted
	kidNew, tagNew := other.MAC(LabelSessionCookie).Sum(msg)
	if err := mac.Verify(kidNew, tagNew[:], msg); err != nil {
		t.Fatalf("pending key does not verify: %v", err)
	}

	replace(t, ring, newP, retiringUntil("old", t0.Add(time.Hour)))
	if kid, _ := mac.Sum(msg); kid != kidNew || ring.Primary() != kidNew {
		t.Fatal("the promoted key does not sign")
	}
	if err := mac.Verify(kidOld, tagOld[:], msg); err != nil {
		t.Fatalf("retiring key does not verify: %v", err)
	}
	if kid, err := mac.VerifyAny(tagOld[:], msg); err != nil || kid != kidOld {
		t.Fatalf("retiring key by trial: %v, %v", kid, err)
	}

	replace(t, ring, newP)
	if err := mac.Verify(kidOld, tagOld[:], msg); !errors.Is(err, ErrUnknownKey) {
		t.Fatalf("removed key: %v", err)
	}
	if _, err := mac.VerifyAny(tagOld[:], msg); !errors.Is(err, ErrIntegrity) {
		t.Fatalf("removed key by trial: %v", err)
	}
}

func replace(t *testing.T, r *Ring, keys ...Key) {
	t.Helper()
	before := r.Generation()
	if err := r.Replace(mustRing(t, r.Purpose(), keys...)); err != nil {
		t.Fatal(err)
	}
	if r.Generation() <= before {
		t.Fatal("the generation did not rise")
	}
}

// SES-128: the not-after of a retiring key ends it to the microsecond.
func TestExpireDropsRetiringKeysAtTheirEnd(t *testing.T) {
	t.Parallel()
	end := t0.Add(8 * 24 * time.Hour)
	ring := mustRing(t, Cookie, testKey("new", Primary), retiringUntil("later", end.Add(time.Hour)), retiringUntil("old", end), testKey("next", Pending))
	mac := ring.MAC(LabelSessionCookie)
	old, later := retiringUntil("old", end).ID(), retiringUntil("later", end).ID()
	tag, err := mac.SumWith(old, []byte("m"))
	if err != nil {
		t.Fatal(err)
	}
	ring.Expire(end.Add(-time.Microsecond))
	if err := mac.Verify(old, tag[:], []byte("m")); err != nil {
		t.Fatalf("before its end: %v", err)
	}
	ring.Expire(end)
	if err := mac.Verify(old, tag[:], []byte("m")); !errors.Is(err, ErrUnknownKey) {
		t.Fatalf("at its end: %v", err)
	}
	if _, err := mac.SumWith(later, nil); err != nil {
		t.Fatalf("the later one went too: %v", err)
	}
	ring.Expire(end.Add(time.Hour))
	if _, err := mac.SumWith(later, nil); !errors.Is(err, ErrUnknownKey) {
		t.Fatalf("the later one stays: %v", err)
	}
	turned := mustRing(t, Cookie, retiringUntil("old", end), retiringUntil("later", end.Add(time.Hour)), testKey("new", Primary))
	turned.Expire(end)
	if len(turned.Keys()) != 2 || turned.Primary() != testKey("new", Primary).ID() {
		t.Fatalf("the order of keys decides: %v", turned.Keys())
	}
	g := ring.Generation()
	ring.Expire(end.Add(1000 * time.Hour))
	if len(ring.Keys()) != 2 || ring.Generation() != g {
		t.Fatal("keys without an end went")
	}
}

// SES-131
func TestRevokeEndsAKeyAtOnce(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, Cookie, testKey("p", Primary), retiringUntil("old", t0.Add(time.Hour)))
	mac := ring.MAC(LabelSessionCookie)
	box := ring.Sealer(LabelLinkCookie)
	old := testKey("old", Retiring).ID()
	tag, err := mac.SumWith(old, []byte("m"))
	if err != nil {
		t.Fatal(err)
	}
	oldBox := mustRing(t, Cookie, testKey("old", Primary)).Sealer(LabelLinkCookie)
	env, err := oldBox.Seal([]byte("i"), nil, []byte("p"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := box.Open([]byte("i"), nil, env); err != nil {
		t.Fatal(err)
	}
	if err := ring.Revoke(old); err != nil {
		t.Fatal(err)
	}
	if err := mac.Verify(old, tag[:], []byte("m")); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("verify after revoke: %v", err)
	}
	if _, _, err := box.Open([]byte("i"), nil, env); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("open after revoke: %v", err)
	}
	next := mustRing(t, Cookie, testKey("p", Primary), retiringUntil("old", t0.Add(time.Hour)))
	if err := ring.Replace(next); !errors.Is(err, ErrRevoked) {
		t.Errorf("a reload brings the key back: %v", err)
	}
	if err := ring.Revoke(KeyID{1}); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("unknown id: %v", err)
	}
}

// SES-131: the primary goes only when something takes its place.
func TestRevokeOfThePrimary(t *testing.T) {
	t.Parallel()
	lone := mustRing(t, Cookie, testKey("p", Primary))
	if err := lone.Revoke(lone.Primary()); !errors.Is(err, ErrRing) || len(lone.Keys()) != 1 {
		t.Fatalf("lone primary: %v", err)
	}
	// A refused revocation must not block the reload that is its cure.
	if err := lone.Replace(mustRing(t, Cookie, testKey("p", Primary))); err != nil {
		t.Fatal(err)
	}
	young := testKey("young", Pending)
	young.Created = t0.Add(time.Hour)
	younger := retiringUntil("old", t0.Add(24*time.Hour))
	younger.Created = t0.Add(2 * time.Hour)
	ring := mustRing(t, Cookie, younger, testKey("p", Primary), young, testKey("b", Pending))
	p := ring.Primary()
	if err := ring.Revoke(p); err != nil {
		t.Fatal(err)
	}
	if ring.Primary() != young.ID() || len(ring.Keys()) != 3 {
		t.Fatalf("primary is %s of %v", ring.Primary(), ring.Keys())
	}
	if promoted := ring.Keys()[1]; promoted.ID() != young.ID() || promoted.State != Primary {
		t.Fatalf("a key file of this ring would have no primary: %v", ring.Keys())
	}
	if kid, _ := ring.MAC(LabelCSRF).Sum(); kid != young.ID() {
		t.Fatal("the promoted key does not sign")
	}
}

// SES-155
func TestWithPreviousKeyIsTheSameRing(t *testing.T) {
	t.Parallel()
	old := testKey("old", Primary)
	env, err := mustRing(t, Session, old).Sealer(LabelSessionBody).Seal([]byte("ref"), nil, []byte("body"))
	if err != nil {
		t.Fatal(err)
	}
	base := mustRing(t, Session, testKey("new", Primary))
	ring, err := base.WithPreviousKey(old)
	if err != nil {
		t.Fatal(err)
	}
	got, kid, err := ring.Sealer(LabelSessionBody).Open([]byte("ref"), nil, env)
	if err != nil || string(got) != "body" || kid != old.ID() || ring.Primary() == kid {
		t.Fatalf("%q %v %v", got, kid, err)
	}
	if len(base.Keys()) != 1 || ring.Keys()[1].State != Retiring {
		t.Fatal("the old ring changed, or the old key is not retiring")
	}
	if _, err := mustRing(t, Cookie, testKey("new", Primary)).WithPreviousKey(old); !errors.Is(err, ErrRing) {
		t.Fatalf("a cookie key without an end: %v", err)
	}
}

func TestReplaceRefusesAnotherPurpose(t *testing.T) {
	t.Parallel()
	r := mustRing(t, Cookie, testKey("a", Primary))
	if err := r.Replace(mustRing(t, Data, testKey("b", Primary))); !errors.Is(err, ErrRing) {
		t.Fatal(err)
	}
	if err := r.Replace(nil); !errors.Is(err, ErrRing) {
		t.Fatal(err)
	}
	if r.Primary() != testKey("a", Primary).ID() || r.Generation() != 1 {
		t.Fatal("a refused replacement changed the ring")
	}
}

// SES-128: a change is seen whole; nobody verifies with half of it.
func TestRingUnderChangeAlwaysVerifiesWhatItSigned(t *testing.T) {
	t.Parallel()
	a := mustRing(t, Cookie, testKey("a", Primary), testKey("b", Pending))
	b := mustRing(t, Cookie, testKey("b", Primary), testKey("a", Pending))
	ring := mustRing(t, Cookie, a.Keys()...)
	mac, box := ring.MAC(LabelSessionCookie), ring.Sealer(LabelLinkCookie)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				kid, tag := mac.Sum([]byte("m"))
				if err := mac.Verify(kid, tag[:], []byte("m")); err != nil {
					t.Error(err)
				}
				env, err := box.Seal([]byte("i"), nil, []byte("m"))
				if err != nil {
					t.Error(err)
				}
				if _, _, err := box.Open([]byte("i"), nil, env); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 200 {
			next := a
			if i%2 == 0 {
				next = b
			}
			if err := ring.Replace(next); err != nil {
				t.Error(err)
			}
			ring.Expire(t0)
		}
	})
	wg.Wait()
}

// SES-129: the id of a known key.
func TestKeyIDIsTheStartOfADigest(t *testing.T) {
	t.Parallel()
	k := testKey("cookie-1", Primary)
	d := Digest("axess/kid/v1", k.Master.Reveal())
	if got := k.ID(); !bytes.Equal(got[:], d[:4]) {
		t.Fatal(got)
	}
}

// SES-159
func TestKeysRefuseOneMasterInTwoRings(t *testing.T) {
	t.Parallel()
	good := func() Keys {
		return Keys{
			Cookie: mustRing(t, Cookie, testKey("c", Primary)), Session: mustRing(t, Session, testKey("s", Primary)),
			Data: mustRing(t, Data, testKey("d", Primary)), Index: mustRing(t, Index, testKey("i", Primary)),
		}
	}
	if err := good().Check(); err != nil {
		t.Fatal(err)
	}
	shared := good()
	shared.Session = mustRing(t, Session, testKey("s", Primary), testKey("c", Pending))
	if err := shared.Check(); !errors.Is(err, ErrKeyReuse) {
		t.Errorf("signing and sealing master equal: %v", err)
	}
	retired := good()
	retired.Index = mustRing(t, Index, testKey("i", Primary), testKey("d", Retiring))
	if err := retired.Check(); !errors.Is(err, ErrKeyReuse) {
		t.Errorf("a retiring key shared: %v", err)
	}
	missing := good()
	missing.Data = nil
	if err := missing.Check(); !errors.Is(err, ErrRing) {
		t.Errorf("missing ring: %v", err)
	}
	swapped := good()
	swapped.Data, swapped.Index = swapped.Index, swapped.Data
	if err := swapped.Check(); !errors.Is(err, ErrRing) {
		t.Errorf("swapped rings: %v", err)
	}
}

// SES-131: all instances promote the same key: the youngest, of equals the one
// with the greatest id, whatever the order in which a ring lists them.
func TestRevokeOfThePrimaryPromotesTheSameKeyEverywhere(t *testing.T) {
	t.Parallel()
	older, a, b := testKey("older", Pending), testKey("a", Pending), testKey("b", Pending)
	older.Created = t0.Add(-time.Hour)
	idA, idB := a.ID(), b.ID()
	want := idA
	if bytes.Compare(idB[:], idA[:]) > 0 {
		want = idB
	}
	for _, keys := range [][]Key{{older, a, b}, {older, b, a}, {a, b, older}, {b, a, older}, {a, older, b}, {b, older, a}} {
		ring := mustRing(t, Cookie, append([]Key{testKey("p", Primary)}, keys...)...)
		if err := ring.Revoke(ring.Primary()); err != nil {
			t.Fatal(err)
		}
		if ring.Primary() != want {
			t.Errorf("of %v: %s, want %s", keys, ring.Primary(), want)
		}
	}
}

// SES-131: revoking another key promotes nobody.
func TestRevokeLeavesThePrimary(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, Cookie, testKey("p", Primary), testKey("next", Pending), retiringUntil("old", t0.Add(time.Hour)))
	if err := ring.Revoke(testKey("old", Retiring).ID()); err != nil {
		t.Fatal(err)
	}
	if ring.Primary() != testKey("p", Primary).ID() || ring.Keys()[1].State != Pending {
		t.Errorf("%v", ring.Keys())
	}
}
