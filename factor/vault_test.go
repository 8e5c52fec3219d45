package factor_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)

type fatal interface{ Fatal(...any) }

func key(src entropy.Source) seal.Key {
	k := seal.GenerateKey(src, now)
	k.State = seal.Primary
	return k
}

func ring(t fatal, p seal.Purpose, keys ...seal.Key) *seal.Ring {
	r, err := seal.NewRing(p, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newVault(t fatal) *factor.Vault {
	src := entropy.Seeded(1)
	return factor.NewVault(ring(t, seal.Data, key(src)), ring(t, seal.Index, key(src)))
}

func header(src entropy.Source) identity.Credential {
	return identity.Credential{
		ID: identity.NewCredentialID(src), Tenant: identity.NewTenantID(src), User: identity.NewUserID(src),
		Kind: factor.TOTP, State: identity.CredentialActive, Version: 1, CreatedAt: now,
		Label: "phone", LastUsedAt: now,
	}
}

func sealed(t fatal, v *factor.Vault, row identity.Credential, body string) identity.Credential {
	out, err := v.Seal(row, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// FAC-003
func TestVault_opens_what_it_sealed_and_hides_it(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	row := sealed(t, v, header(entropy.Seeded(2)), "the seed itself")
	if bytes.Contains(row.Body, []byte("seed")) || row.MAC == [32]byte{} {
		t.Fatal("the body is readable, or the row has no MAC")
	}
	row.Label, row.LastUsedAt = "new phone", now.Add(time.Hour) // outside version and MAC
	got, err := v.Open(row)
	if err != nil || string(got) != "the seed itself" {
		t.Fatalf("%q, %v", got, err)
	}
	if v.IsStale(row) {
		t.Error("a fresh row is stale")
	}
}

// The bytes in the table must stay readable: another label or prefix, a field
// more or less, and every credential ever stored is lost.
//
// FAC-003
func TestVault_reads_a_row_of_the_first_version(t *testing.T) {
	t.Parallel()
	body, err := hex.DecodeString("012001c39950e06d87d03609a322d5c5f3766a933131b1a0be1e7fae8323abf3b290eae75dc743ad0a8aa4a7eb505d18")
	if err != nil {
		t.Fatal(err)
	}
	mac, err := hex.DecodeString("d44b46ab0161389b58112e5768e33054c893642bff3cf9f98e11a1c2b8b12650")
	if err != nil {
		t.Fatal(err)
	}
	v, row := newVault(t), header(entropy.Seeded(2))
	row.Body, row.MAC = body, [32]byte(mac)
	if got, err := v.Open(row); err != nil || string(got) != "the seed itself" {
		t.Errorf("%q, %v", got, err)
	}
}

// A credential that is switched off stays readable: it may be switched on again.
func TestVault_opens_a_disabled_row(t *testing.T) {
	t.Parallel()
	v, row := newVault(t), header(entropy.Seeded(2))
	row.State = identity.CredentialDisabled
	if got, err := v.Open(sealed(t, v, row, "x")); err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
}

// FAC-I0
func TestVault_swapped_rows_are_unreadable(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	rapid.Check(t, func(t *rapid.T) {
		src := entropy.Seeded(3)
		a := header(src)
		b := a
		// Two rows that differ in at least one of the fields that name a row.
		switch rapid.IntRange(0, 4).Draw(t, "differ in") {
		case 0:
			b.ID = identity.NewCredentialID(src)
		case 1:
			b.User = identity.NewUserID(src)
		case 2:
			b.Tenant = identity.NewTenantID(src)
		case 3:
			b.Version = a.Version + 1
		case 4:
			b.Kind = factor.Password
		}
		a, b = sealed(t, v, a, "secret of a"), sealed(t, v, b, "secret of b")
		// Swap what is sealed, with the MAC or without, in every way.
		x, y := a, b
		x.Body, y.Body = b.Body, a.Body
		if rapid.Bool().Draw(t, "with the MAC") {
			x.MAC, y.MAC = b.MAC, a.MAC
		}
		for _, row := range []identity.Credential{x, y} {
			if got, err := v.Open(row); !errors.Is(err, factor.ErrForged) || got != nil {
				t.Fatalf("%q, %v", got, err)
			}
		}
	})
}

// FAC-003, FAC-I0
func TestVault_swapped_bodies_do_not_open_even_with_the_MAC_key(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	src := entropy.Seeded(4)
	a := header(src)
	for name, change := range map[string]func(*identity.Credential){
		"credential": func(c *identity.Credential) { c.ID = identity.NewCredentialID(src) },
		"user":       func(c *identity.Credential) { c.User = identity.NewUserID(src) },
		"tenant":     func(c *identity.Credential) { c.Tenant = identity.NewTenantID(src) },
		"version":    func(c *identity.Credential) { c.Version++ },
		"purpose":    func(c *identity.Credential) { c.Kind = factor.Password },
	} {
		b := a
		change(&b)
		b.Body = sealed(t, v, a, "x").Body
		got, err := v.Open(v.Remac(b))
		if !errors.Is(err, factor.ErrSealed) || !errors.Is(err, seal.ErrIntegrity) || got != nil {
			t.Errorf("a body moved to another %s: %q, %v", name, got, err)
		}
	}
}

// FAC-003
func TestVault_tells_a_lost_key_from_a_forged_row(t *testing.T) {
	t.Parallel()
	src := entropy.Seeded(4)
	index := ring(t, seal.Index, key(src))
	row := sealed(t, factor.NewVault(ring(t, seal.Data, key(src)), index), header(src), "x")
	got, err := factor.NewVault(ring(t, seal.Data, key(src)), index).Open(row)
	if !errors.Is(err, factor.ErrSealed) || !errors.Is(err, seal.ErrUnknownKey) || got != nil {
		t.Fatalf("%q, %v", got, err)
	}
}

// FAC-003
func TestVault_refuses_a_changed_row(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	src := entropy.Seeded(5)
	good := sealed(t, v, header(src), "x")
	for name, change := range map[string]func(*identity.Credential){
		"id":          func(c *identity.Credential) { c.ID = identity.NewCredentialID(src) },
		"tenant":      func(c *identity.Credential) { c.Tenant = identity.NewTenantID(src) },
		"user":        func(c *identity.Credential) { c.User = identity.NewUserID(src) },
		"kind":        func(c *identity.Credential) { c.Kind = factor.Password },
		"state":       func(c *identity.Credential) { c.State = identity.CredentialDisabled },
		"version":     func(c *identity.Credential) { c.Version++ },
		"created":     func(c *identity.Credential) { c.CreatedAt = c.CreatedAt.Add(time.Microsecond) },
		"MAC":         func(c *identity.Credential) { c.MAC[31] ^= 1 },
		"no MAC":      func(c *identity.Credential) { c.MAC = [32]byte{} },
		"body":        func(c *identity.Credential) { c.Body = append([]byte(nil), c.Body...); c.Body[9] ^= 1 },
		"no body":     func(c *identity.Credential) { c.Body = nil },
		"body longer": func(c *identity.Credential) { c.Body = append(append([]byte(nil), c.Body...), 0) },
		"zero row":    func(c *identity.Credential) { *c = identity.Credential{} },
	} {
		row := good
		change(&row)
		if got, err := v.Open(row); !errors.Is(err, factor.ErrForged) || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := v.Open(good); err != nil {
		t.Fatalf("the untouched row: %v", err)
	}
}

// IDN-004
func TestVault_seals_no_row_without_a_name(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	for name, change := range map[string]func(*identity.Credential){
		"id":            func(c *identity.Credential) { c.ID = identity.CredentialID{} },
		"tenant":        func(c *identity.Credential) { c.Tenant = identity.TenantID{} },
		"user":          func(c *identity.Credential) { c.User = identity.UserID{} },
		"kind":          func(c *identity.Credential) { c.Kind = "" },
		"state":         func(c *identity.Credential) { c.State = 0 },
		"unknown state": func(c *identity.Credential) { c.State = 9 },
		"version":       func(c *identity.Credential) { c.Version = 0 },
	} {
		row := header(entropy.Seeded(6))
		change(&row)
		if _, err := v.Seal(row, nil); err == nil {
			t.Errorf("sealed without %s", name)
		}
	}
	if _, err := v.Seal(header(entropy.Seeded(6)), make([]byte, factor.MaxBody+1)); err == nil {
		t.Error("sealed a body above the limit")
	}
	if _, err := v.Seal(header(entropy.Seeded(6)), make([]byte, factor.MaxBody)); err != nil {
		t.Errorf("a body at the limit: %v", err)
	}
	// Nor is one opened, by whomever its MAC was made.
	row := sealed(t, v, header(entropy.Seeded(6)), "x")
	row.Version = 0
	if got, err := v.Open(v.Remac(row)); !errors.Is(err, factor.ErrForged) || got != nil {
		t.Errorf("a row without version: %q, %v", got, err)
	}
}

// FAC-003
func TestVault_tells_rows_under_old_keys(t *testing.T) {
	t.Parallel()
	src := entropy.Seeded(7)
	oldData, oldIndex := key(src), key(src)
	before := factor.NewVault(ring(t, seal.Data, oldData), ring(t, seal.Index, oldIndex))
	row := sealed(t, before, header(src), "x")
	turn := func(p seal.Purpose, old seal.Key) *seal.Ring {
		r, err := ring(t, p, key(src)).WithPreviousKey(old)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for name, v := range map[string]*factor.Vault{
		"data":  factor.NewVault(turn(seal.Data, oldData), ring(t, seal.Index, oldIndex)),
		"index": factor.NewVault(ring(t, seal.Data, oldData), turn(seal.Index, oldIndex)),
	} {
		got, err := v.Open(row)
		if err != nil || string(got) != "x" || !v.IsStale(row) {
			t.Errorf("after a turn of the %s ring: %q, %v, stale %v", name, got, err, v.IsStale(row))
		}
		again := sealed(t, v, header(src), "x")
		if v.IsStale(again) {
			t.Errorf("%s: sealing again does not renew", name)
		}
	}
}

func ExampleVault() {
	src := entropy.Seeded(1) // entropy.System() in a program
	keys := func(p seal.Purpose) *seal.Ring {
		k := seal.GenerateKey(src, now)
		k.State = seal.Primary
		r, err := seal.NewRing(p, k)
		if err != nil {
			panic(err)
		}
		return r
	}
	vault := factor.NewVault(keys(seal.Data), keys(seal.Index))

	row, err := vault.Seal(header(src), []byte("seed"))
	fmt.Println(err)
	body, err := vault.Open(row)
	fmt.Printf("%s %v\n", body, err)

	row.User = identity.NewUserID(src) // the row moved to somebody else
	_, err = vault.Open(row)
	fmt.Println(errors.Is(err, factor.ErrForged))
	// Output:
	// <nil>
	// seed <nil>
	// true
}
