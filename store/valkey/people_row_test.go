package valkey

import (
	"bytes"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

var (
	aTenant  = identity.FromNamespaced[identity.TenantID]("test", "tenant")
	aUser    = identity.FromNamespaced[identity.UserID]("test", "user")
	aSubject = identity.Subject{Tenant: aTenant, User: aUser}
	aMoment  = time.Date(2026, 3, 1, 12, 0, 0, 1000, time.UTC)
	aMethod  = identity.Method{
		Name: "m", Priority: -7, Enabled: true, Reason: "self", ExpiresAt: time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC),
		Steps: []identity.Step{identity.Required("password"), identity.AnyOf("totp"), identity.AnyOf("totp", "recovery")},
	}
)

func fullTenant() *changeset.Tenant {
	return &changeset.Tenant{
		Tenant: identity.Tenant{
			ID: aTenant, Slug: "acme", DisplayName: "Acme", Status: identity.TenantDeleting, CreatedAt: aMoment, Version: 300,
			Detail:   identity.TenantDetail{Reason: "over", Since: aMoment, PurgeAt: aMoment.Add(time.Hour)},
			Settings: identity.TenantSettings{Friendly: true, Network: identity.NetworkPolicy{Deny: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}},
			Secrets:  []byte("sealed"),
		},
		Methods:  []identity.Method{aMethod},
		Policies: []identity.Policy{{Scope: identity.TenantScope(aTenant), Kind: "lockout", Version: 1, Body: []byte("b"), By: aUser, At: aMoment}},
	}
}

func fullUser() *changeset.User {
	return &changeset.User{
		User: identity.User{
			ID: aUser, Tenant: aTenant, DisplayName: "Ada", Language: "de-AT", State: identity.Suspended,
			Identifiers:    []identity.Identifier{{Kind: identity.Email, Typed: "Ada@example.test", Canonical: "ada@example.test"}},
			Detail:         identity.StateDetail{Reason: "away", Since: aMoment, Until: aMoment.Add(time.Hour)},
			WebAuthnHandle: [32]byte{1}, AuditHandle: [16]byte{2}, CreatedBy: identity.SystemUser, CreatedAt: aMoment,
			UpdatedBy: aUser, UpdatedAt: aMoment, EmailVerifiedAt: aMoment,
		},
		Creds: []identity.Credential{{
			ID: identity.FromNamespaced[identity.CredentialID]("test", "credential"), Tenant: aTenant, User: aUser, Kind: "password",
			State: identity.CredentialActive, Version: 300, CreatedAt: aMoment, Body: []byte("sealed"), MAC: [32]byte{3}, Label: "a label",
		}},
		Methods: []identity.Method{aMethod},
		Grants:  []identity.Grant{{Tenant: aTenant, User: aUser, Role: "editor", Version: 2, At: aMoment, By: aUser, MAC: [32]byte{4}}},
		Policies: []identity.Policy{{
			Scope: identity.UserScope(aSubject), Kind: "lockout", Version: 3, Body: []byte("body"), Reason: "asked for", ExpiresAt: aMoment, By: aUser, At: aMoment,
		}},
		Links: []identity.Link{{Tenant: aTenant, User: aUser, Issuer: "issuer.example", External: "ada", At: aMoment, By: aUser, MAC: [32]byte{9}}},
	}
}

func fullToken() identity.Token {
	return identity.Token{
		Selector: [16]byte{5}, Digest: [32]byte{6}, Purpose: identity.TokenSignUp, Tenant: aTenant, User: aUser,
		Address: "ada@example.test", CreatedAt: aMoment, ExpiresAt: aMoment.Add(time.Hour), Tries: 300,
	}
}

func fullRow(body []byte) store.Row {
	return store.Row{ID: [16]byte{7}, At: aMoment, Topic: store.TopicMail, Body: body}
}

// anEnvelope is sealed as far as a backend can see.
func anEnvelope() []byte {
	return append([]byte{seal.EnvelopeFormat, 1, 2, 3, 4}, make([]byte, seal.Overhead)...)
}

// form is one kind of row: again decodes and encodes.
type form struct {
	sample []byte
	again  func(b []byte) ([]byte, bool)
}

func forms() map[string]form {
	token, row, plain := fullToken(), fullRow(anEnvelope()), fullRow([]byte("plain"))
	rowAgain := func(b []byte) ([]byte, bool) { r, fine := decodeRow(b); return encodeRow(&r), fine }
	return map[string]form{
		"tenant": {encodeTenant(fullTenant()), func(b []byte) ([]byte, bool) {
			t, fine := decodeTenant(aTenant, b)
			return encodeTenant(t), fine
		}},
		"user": {encodeUser(fullUser()), func(b []byte) ([]byte, bool) { u, fine := decodeUser(aSubject, b); return encodeUser(u), fine }},
		"token": {encodeToken(&token), func(b []byte) ([]byte, bool) {
			t, fine := decodeToken([16]byte{5}, b)
			return encodeToken(&t), fine
		}},
		"id":         {encodeID([16]byte{8}), func(b []byte) ([]byte, bool) { id, fine := decodeID(b); return encodeID(id), fine }},
		"ids":        {encodeIDs([][16]byte{{9}, {8}}), func(b []byte) ([]byte, bool) { ids, fine := decodeIDs(b); return encodeIDs(ids), fine }},
		"count":      {encodeCount(300), func(b []byte) ([]byte, bool) { n, fine := decodeCount(b); return encodeCount(n), fine }},
		"sealed row": {encodeRow(&row), rowAgain},
		"plain row":  {encodeRow(&plain), rowAgain},
	}
}

// IDN-060
func TestRows_come_back_as_they_were(t *testing.T) {
	t.Parallel()
	if got, fine := decodeUser(aSubject, encodeUser(fullUser())); !fine || !reflect.DeepEqual(got, fullUser()) {
		t.Errorf("user: %t\n got %+v\nwant %+v", fine, got, fullUser())
	}
	if got, fine := decodeTenant(aTenant, encodeTenant(fullTenant())); !fine || !reflect.DeepEqual(got, fullTenant()) {
		t.Errorf("tenant: %t\n got %+v\nwant %+v", fine, got, fullTenant())
	}
	for name, f := range forms() {
		if again, fine := f.again(f.sample); !fine || !bytes.Equal(again, f.sample) {
			t.Errorf("%s: %t\n got %x\nwant %x", name, fine, again, f.sample)
		}
	}
}

// A row that was cut, prolonged or moved is corrupt, never somebody's.
//
// STO-029, IDN-032
func TestRows_that_are_damaged_are_refused(t *testing.T) {
	t.Parallel()
	for name, f := range forms() {
		for n := range f.sample {
			if again, fine := f.again(f.sample[:n]); fine && !bytes.Equal(again, f.sample[:n]) {
				t.Errorf("%s: cut to %d bytes it passes", name, n)
			}
		}
		if _, fine := f.again(append(bytes.Clone(f.sample), 0)); fine {
			t.Errorf("%s: one more byte passes", name)
		}
		newer := bytes.Clone(f.sample)
		newer[0]++
		if _, fine := f.again(newer); fine {
			t.Errorf("%s: a newer form passes", name)
		}
	}
	other := aSubject
	other.User = identity.SystemUser
	if _, fine := decodeUser(other, encodeUser(fullUser())); fine {
		t.Error("somebody else's row passes")
	}
	if _, fine := decodeToken([16]byte{6}, forms()["token"].sample); fine {
		t.Error("another token's row passes")
	}
	unordered := fullUser()
	unordered.Creds = append(unordered.Creds, unordered.Creds[0])
	if _, fine := decodeUser(aSubject, encodeUser(unordered)); fine {
		t.Error("a credential twice passes")
	}
}

// FUZ-053: no bytes make a decoder panic, and what passes is what the encoder writes.
func FuzzRows(f *testing.F) {
	for _, one := range forms() {
		f.Add(one.sample)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, one := range forms() {
			if again, fine := one.again(b); fine && !bytes.Equal(again, b) {
				t.Errorf("%s:\n read %x\nwrote %x", name, b, again)
			}
		}
	})
}
