package identity_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/axess-go/axess/identity"
)

// PRN-020
func TestParseTrustDomain(t *testing.T) {
	t.Parallel()
	for _, ok := range []string{"a", "example.org", "_x", "-", ".", "a_b-c.9", strings.Repeat("a", 255)} {
		d, err := identity.ParseTrustDomain(ok)
		if err != nil || d.String() != ok || d.IsZero() {
			t.Errorf("%q: %v", ok, err)
		}
	}
	for _, bad := range []string{"", "A", "a b", "a/b", "a:1", "a@b", "ä", "a%61", "a\x00", "spiffe://a", strings.Repeat("a", 256)} {
		if d, err := identity.ParseTrustDomain(bad); !errors.Is(err, identity.ErrWorkloadID) || !d.IsZero() {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// PRN-021, PRN-022, PRN-023
func TestParseWorkloadID(t *testing.T) {
	t.Parallel()
	fill := "spiffe://td/" + strings.Repeat("a", 2048-len("spiffe://td/"))
	for in, leaf := range map[string]bool{
		"spiffe://td": false, "spiffe://example.org/api": true, "spiffe://td/a/B/c_d-e.f/...": true, "spiffe://td/.a/..b": true, fill: true,
	} {
		w, err := identity.ParseWorkloadID(in)
		if err != nil || w.String() != in || w.IsLeaf() != leaf || w.IsZero() {
			t.Errorf("%.40q: leaf %v, %v", in, w.IsLeaf(), err)
		}
		if got := "spiffe://" + w.TrustDomain().String() + w.Path(); got != in {
			t.Errorf("parts give %.40q", got)
		}
	}
	for _, bad := range []string{
		"", "spiffe:", "spiffe://", "spiffe:///a", "SPIFFE://td/a", "spiffe://TD/a", "https://td/a", " spiffe://td/a",
		"spiffe://td/", "spiffe://td/a/", "spiffe://td//a", "spiffe://td/a//b", "spiffe://td/.", "spiffe://td/../a", "spiffe://td/a/..",
		"spiffe://td/a~b", "spiffe://td/a%62", "spiffe://td/a?b", "spiffe://td/a#b", "spiffe://td/ä", "spiffe://td:443/a",
		"spiffe://user@td/a", "spiffe://td/a b", "spiffe://td/a\n", fill + "a",
	} {
		if w, err := identity.ParseWorkloadID(bad); !errors.Is(err, identity.ErrWorkloadID) || !w.IsZero() {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
}

// PRN-024
func TestBuildWorkloadID_never_repairs(t *testing.T) {
	t.Parallel()
	td, err := identity.ParseTrustDomain("td")
	if err != nil {
		t.Fatal(err)
	}
	w, err := identity.BuildWorkloadID(td, "ns", "shop")
	if err != nil || w.String() != "spiffe://td/ns/shop" || w.TrustDomain() != td {
		t.Fatalf("%v, %v", w, err)
	}
	if w, err := identity.BuildWorkloadID(td); err != nil || w.IsLeaf() {
		t.Errorf("a whole trust domain: %v, %v", w, err)
	}
	for _, bad := range []string{"", ".", "..", "a/b", "a%2fb", "a b", "é", strings.Repeat("a", 2048)} {
		if w, err := identity.BuildWorkloadID(td, "ns", bad); !errors.Is(err, identity.ErrWorkloadID) || !w.IsZero() {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	if _, err := identity.BuildWorkloadID(identity.TrustDomain{}, "a"); !errors.Is(err, identity.ErrWorkloadID) {
		t.Errorf("without trust domain: %v", err)
	}
}

// PRN-025
func TestWorkloadID_compares_bytes(t *testing.T) {
	t.Parallel()
	a, errA := identity.ParseWorkloadID("spiffe://td/API")
	b, errB := identity.ParseWorkloadID("spiffe://td/api")
	if errA != nil || errB != nil || a == b {
		t.Errorf("two ids are one: %v, %v, %v, %v", a, b, errA, errB)
	}
}

// PRN-021: what parses is built again of its parts, byte for byte.
func FuzzParseWorkloadID(f *testing.F) {
	for _, s := range []string{"spiffe://td", "spiffe://td/a/b", "spiffe://td/../a", "spiffe://td/", "spiffe://TD/a", "spiffe://td/a%20", " spiffe://"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := identity.ParseWorkloadID(s)
		if err != nil {
			// The end of one refusal names the scheme; who sends just that finds it there.
			told := strings.TrimSuffix(err.Error(), " with spiffe://")
			if !errors.Is(err, identity.ErrWorkloadID) || strings.Contains(told, s) && len(s) > 9 {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		var segments []string
		if w.IsLeaf() {
			segments = strings.Split(w.Path()[1:], "/")
		}
		again, err := identity.BuildWorkloadID(w.TrustDomain(), segments...)
		if err != nil || again != w || again.String() != s {
			t.Fatalf("%q became %q: %v", s, again, err)
		}
	})
}
