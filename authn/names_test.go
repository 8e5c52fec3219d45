package authn_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// named creates an Active account with a password under several names, the
// first being primary.
func (r *rig) named(names map[identity.IdentifierKind]string, primary identity.IdentifierKind) identity.User {
	r.t.Helper()
	now := r.clock.Now()
	u := identity.User{
		ID: identity.NewUserID(r.entropy), Tenant: r.tenant, State: identity.Active, Detail: identity.StateDetail{Since: now},
		WebAuthnHandle: entropy.Bytes32(r.entropy), AuditHandle: entropy.Bytes16(r.entropy), CreatedAt: now, UpdatedAt: now,
	}
	for kind, typed := range names {
		id, err := identity.NewIdentifier(kind, typed)
		must(r.t, err)
		if kind == primary {
			u.Identifiers = append([]identity.Identifier{id}, u.Identifiers...)
		} else {
			u.Identifiers = append(u.Identifiers, id)
		}
	}
	must(r.t, u.Validate(identity.ReservedNames{}))
	body, err := r.hasher.Hash(r.entropy, secret(goodPassword))
	must(r.t, err)
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.NewUser{User: u},
		identity.PutCredential{Credential: r.row(u.Subject(), factor.Password, body)}))
	return u
}

// IDN-027: every name that a person may type leads to the same account and the
// same allowance: five guesses under five names are five guesses.
func TestNames_share_one_allowance(t *testing.T) {
	t.Parallel()
	typed := []string{"+49 (30) 123-456", "Ada", "ada@example.org", "＋4930123456", "ADA@example.org"}
	names := map[identity.IdentifierKind]string{identity.Phone: "+4930123456", identity.Username: "ada", identity.Email: ada}
	r := newRig(t)
	r.named(names, identity.Phone)
	for i, name := range typed {
		b := r.browser()
		b.addr = fmt.Sprintf("203.0.113.%d:1", i)
		b.begin(name)
		if out := b.try(pw("not the right password")); !is[authn.Rejected](out) {
			t.Fatalf("%s: %T", name, out)
		}
	}
	for i, name := range typed {
		b := r.browser()
		b.addr = fmt.Sprintf("203.0.113.%d:1", 100+i)
		b.begin(name)
		if out := b.try(pw(goodPassword)); !is[authn.Throttled](out) {
			t.Errorf("%s: %T after five failures", name, out)
		}
	}
	r.clock.Advance(time.Hour)
	for _, name := range typed {
		b := r.browser()
		b.begin(name)
		if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
			t.Errorf("%s: %T", name, out)
		}
	}
}

// IDN-027: a name that an issuer gave is nothing that a person signs in with.
func TestNames_of_an_issuer_sign_nobody_in(t *testing.T) {
	t.Parallel()
	kind, err := identity.External("https://issuer.example")
	must(t, err)
	r := newRig(t)
	r.named(map[identity.IdentifierKind]string{kind: "42", identity.Email: ada}, kind)
	for _, typed := range []string{"42", string(kind) + "42", "external:https://issuer.example"} {
		b := r.browser()
		b.begin(typed)
		if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) {
			t.Errorf("%q: %T", typed, out)
		}
	}
}

// IDN-027: a note goes to the address that a person has, and to nobody's if
// there is none.
func TestNames_without_an_address_get_no_mail(t *testing.T) {
	t.Parallel()
	for _, address := range []bool{true, false} {
		r := newRig(t)
		names := map[identity.IdentifierKind]string{identity.Username: "ada"}
		if address {
			names[identity.Email] = ada
		}
		r.named(names, identity.Username)
		b := r.browser().signIn("ada")
		b.enrols("phone")
		mails := r.mails()
		if !address && len(mails) != 0 || address && (len(mails) != 1 || mails[0].To != ada) {
			t.Errorf("address %v: %+v", address, mails)
		}
	}
}
