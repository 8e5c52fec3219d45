package authn_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
)

// linkOf splits the text of a link into what finds its row and what proves it.
func linkOf(t *testing.T, text string) (selector [16]byte, verifier [32]byte) {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	must(t, err)
	copy(selector[:], b)
	copy(verifier[:], b[16:])
	return selector, verifier
}

// textOf is the text of a link.
func textOf(selector [16]byte, verifier [32]byte) string {
	return base64.RawURLEncoding.EncodeToString(append(selector[:], verifier[:]...))
}

// invented is a row that somebody writes who knows everything but the keys, with
// a link to it of their own making.
func invented(r *rig, row identity.Token) string {
	r.t.Helper()
	row.Selector = entropy.Bytes16(r.entropy)
	verifier := entropy.Bytes32(r.entropy)
	row.Digest = seal.Digest(seal.DigestLinkToken, verifier[:])
	row.CreatedAt, row.ExpiresAt = r.clock.Now(), r.clock.Now().Add(time.Hour)
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.PutToken{Token: row}))
	return textOf(row.Selector, verifier)
}

// FAC-085: whoever can write the table of tokens makes no administrator.
func TestToken_invented_claims_nothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	link := invented(r, identity.Token{Purpose: identity.TokenClaim, Tenant: r.tenant, User: identity.SystemUser})
	if _, err := b.viewClaim(link); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("view: %v", err)
	}
	if err := b.beginClaim(link, "mallory@example.org", goodPassword); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("begin: %v", err)
	}
	if _, err := b.completeClaim(link, "000000"); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("complete: %v", err)
	}
}

// FAC-085: whoever can write the tables sets an account back to Candidate and
// still has no link that gives it a password of theirs.
func TestToken_invented_takes_over_no_account(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	must(t, r.stores.Identity.Apply(t.Context(), identity.EraseUser{Subject: u.Subject(), From: identity.Active}))
	u.State = identity.Candidate
	must(t, r.stores.Identity.Apply(t.Context(), identity.NewUser{User: u}))
	link := invented(r, identity.Token{Purpose: identity.TokenSignUp, Tenant: r.tenant, User: u.ID, Address: ada})
	thief := r.browser()
	if _, err := thief.confirm(link, owners); !errors.Is(err, authn.ErrTokenInvalid) || thief.signedIn() || r.opens(ada, owners) {
		t.Fatalf("an invented link: %v", err)
	}
}

// FAC-085: a genuine link whose row was edited opens nothing, whatever was
// edited and whichever verb it is shown to.
func TestToken_edited_opens_nothing(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(r *rig, row *identity.Token){
		"into a claim": func(_ *rig, row *identity.Token) {
			row.Purpose, row.User, row.Address = identity.TokenClaim, identity.SystemUser, ""
		},
		"for another account": func(r *rig, row *identity.Token) {
			acct, _ := r.account(bob)
			row.User, row.Address = acct.User.ID, bob
		},
		"for another address": func(_ *rig, row *identity.Token) { row.Address = bob },
		"for another tenant":  func(r *rig, row *identity.Token) { row.Tenant = identity.NewTenantID(r.entropy) },
		"for longer":          func(_ *rig, row *identity.Token) { row.ExpiresAt = row.ExpiresAt.Add(time.Hour) },
		"made later":          func(_ *rig, row *identity.Token) { row.CreatedAt = row.CreatedAt.Add(time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.browser().asks(bob, goodPassword)
			mallory := r.browser()
			link := mallory.asks("mallory@example.org", "the password of mallory")
			selector, _ := linkOf(t, link)
			row, err := r.stores.Identity.TokenBySelector(t.Context(), selector)
			must(t, err)
			genuine := row
			edit(r, &row)
			swap := func(from, to identity.Token) {
				must(t, r.stores.Identity.Apply(t.Context(), identity.ConsumeToken{
					Selector: from.Selector, Digest: from.Digest, Purpose: from.Purpose, Now: r.clock.Now(),
				}, identity.PutToken{Token: to}))
			}
			swap(genuine, row)
			for who, b := range map[string]*browser{"the one that asked": mallory, "another": r.browser()} {
				if _, err := b.confirm(link, owners); !errors.Is(err, authn.ErrTokenInvalid) || b.signedIn() {
					t.Errorf("%s: confirm: %v", who, err)
				}
				if err := b.beginClaim(link, "m@example.org", goodPassword); !errors.Is(err, authn.ErrTokenInvalid) {
					t.Errorf("%s: claim: %v", who, err)
				}
			}
			if r.opens(bob, owners) {
				t.Error("the account has the attacker's password")
			}
			swap(row, genuine)
			if _, err := mallory.confirm(link, ""); err != nil {
				t.Errorf("the genuine one: %v", err)
			}
		})
	}
}

// FAC-085: a link that was mailed before a change of keys works after it.
func TestToken_outlives_a_change_of_keys(t *testing.T) {
	t.Parallel()
	var rings seal.Keys
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { rings = c.Keys })
	b := r.browser()
	link := b.asks(ada, goodPassword)
	turn(t, r, rings.Index)
	if _, err := b.confirm(link, ""); err != nil || !b.signedIn() {
		t.Fatalf("after the change: %v", err)
	}
}

// FAC-085: the MAC of a stored token is pinned, and every field moves it.
func TestToken_MAC_is_pinned(t *testing.T) {
	t.Parallel()
	rings, err := keys.Ephemeral(entropy.Seeded(11)).Load(t.Context())
	must(t, err)
	at := time.Date(2026, 5, 4, 12, 0, 0, 7000, time.UTC)
	other := identity.FromNamespaced[identity.UserID]("test", "other")
	selector, verifier := [16]byte{1}, [32]byte{2}
	seen := map[string]string{}
	mac := func(name string, edit func(row *identity.Token), text string) string {
		row := identity.Token{
			Purpose: identity.TokenSignUp, Tenant: identity.FromNamespaced[identity.TenantID]("test", "tenant"),
			User: identity.FromNamespaced[identity.UserID]("test", "user"), Address: ada, CreatedAt: at, ExpiresAt: at.Add(time.Hour),
		}
		edit(&row)
		row = authn.SealToken(rings.Index, row, text)
		got := hex.EncodeToString(row.Digest[:])
		if twin, twice := seen[got]; twice {
			t.Errorf("%s has the MAC of %s", name, twin)
		}
		seen[got] = name
		return got
	}
	text := textOf(selector, verifier)
	if got := mac("as it is", func(*identity.Token) {}, text); got != goldenToken {
		t.Errorf("got %s", got)
	}
	mac("another purpose", func(row *identity.Token) { row.Purpose = identity.TokenClaim }, text)
	mac("another tenant", func(row *identity.Token) { row.Tenant = identity.FromNamespaced[identity.TenantID]("test", "other") }, text)
	mac("another user", func(row *identity.Token) { row.User = other }, text)
	mac("another address", func(row *identity.Token) { row.Address = bob }, text)
	mac("made at another time", func(row *identity.Token) { row.CreatedAt = at.Add(time.Microsecond) }, text)
	mac("ends at another time", func(row *identity.Token) { row.ExpiresAt = at }, text)
	mac("another selector", func(*identity.Token) {}, textOf([16]byte{9}, verifier))
	mac("another verifier", func(*identity.Token) {}, textOf(selector, [32]byte{9}))
}

const goldenToken = "509ef6697830f257c1695e4cd29c40003d10921263aced53935b4d225a79a434"
