package authn_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// IDN-061, IDN-027, IDN-025: an administrator gives and takes names: sessions end, all
// addresses are told, and the event says who did it.
func TestAdmin_gives_and_takes_names(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.rig.ada()
	in := o.browser().signIn(ada)
	must(t, o.admin.AddName(t.Context(), o.order(u), named(identity.Username, "Lovelace")))
	must(t, o.admin.AddName(t.Context(), o.order(u), named(identity.Phone, "+49 30 123456")))
	if got := o.namesOf(u); got != "ada@example.org ada@new.example.org ada lovelace +4930123456" || in.signedIn() {
		t.Errorf("has %s, signed in %v", got, in.signedIn())
	}
	if got := o.notices(); got != "ada@example.org names, ada@example.org names, ada@new.example.org names, ada@new.example.org names" {
		t.Errorf("told %s", got)
	}
	if got := o.audited(); !strings.Contains(got, `"by":"admin"`) || !strings.Contains(got, o.boss.ID.String()) || !strings.Contains(got, `"fields":["identifiers"]`) {
		t.Errorf("events:\n%s", got)
	}
	in = o.browser().signIn("lovelace")
	reset := o.asksReset(ada)
	// The primary one, too: the next address is the first then.
	must(t, o.admin.RemoveName(t.Context(), o.order(u), named(identity.Email, ada)))
	if in.signedIn() || o.signsIn(ada, goodPassword) || !o.signsIn(adasNew, goodPassword) || o.read(u).Primary().Canonical != adasNew {
		t.Errorf("has %s, signed in %v", o.namesOf(u), in.signedIn())
	}
	if err := o.resets(reset, betterPassword); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("what was mailed: %v", err)
	}
	if err := o.admin.RemoveName(t.Context(), o.order(u), named(identity.Email, adasNew)); !errors.Is(err, authn.ErrNameNeeded) {
		t.Errorf("the last address: %v", err)
	}
	o.person(bob)
	must(t, o.browser().signIn(bob).addsUsername("bob"))
	for name, want := range map[identity.Identifier]error{
		named(identity.Username, "BOB"):                                       authn.ErrNameTaken,
		named(identity.Email, bob):                                            authn.ErrNameTaken,
		named(identity.Username, "ada"):                                       authn.ErrAddressKept,
		named(identity.Phone, "+4930123456"):                                  authn.ErrAddressKept,
		named(identity.Email, adasNew):                                        authn.ErrAddressKept,
		named(identity.Username, "root"):                                      nil,
		{Kind: identity.Email, Typed: "nowhere"}:                              nil,
		{Kind: "external:https://issuer.example", Typed: "7", Canonical: "7"}: nil,
	} {
		err := o.admin.AddName(t.Context(), o.order(u), name)
		var field *authn.FieldError
		if want == nil && !errors.As(err, &field) || want != nil && !errors.Is(err, want) {
			t.Errorf("%s %s: %v", name.Kind, name.Typed, err)
		}
	}
	if err := o.admin.RemoveName(t.Context(), o.order(u), named(identity.Username, "bob")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("somebody else's: %v", err)
	}
}

// AUN-115, AUN-127: an address that an administrator gives counts when the person
// confirms it where they are signed in: who reads the mail alone has nothing by it.
func TestAdmin_gives_an_address(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(ada)
	must(t, o.admin.AddName(t.Context(), o.order(u), named(identity.Email, adasNew)))
	link := o.linkTo(adasNew, authn.NoteAddress)
	if got := o.audited(); !strings.Contains(got, "address_change_requested") || !strings.Contains(got, o.boss.ID.String()) {
		t.Errorf("events:\n%s", got)
	}
	boss := o.browser().signIn(eve)
	for _, b := range []*browser{boss, o.browser()} {
		if _, err := b.confirmsAddress(link); !errors.Is(err, authn.ErrNotAuthenticated) {
			t.Errorf("not the person: %v", err)
		}
	}
	if got := o.namesOf(u); got != ada || o.asksReset(adasNew) != "" {
		t.Errorf("has %s", got)
	}
	c, err := o.browser().signIn(ada).confirmsAddress(link)
	if err != nil || !c.SignedIn || o.namesOf(u) != ada+" "+adasNew {
		t.Errorf("%+v, %v, %s", c, err, o.namesOf(u))
	}
}
