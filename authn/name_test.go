package authn_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// named is a name that a test knows to be well-formed.
func named(kind identity.IdentifierKind, typed string) identity.Identifier {
	name, err := identity.NewIdentifier(kind, typed)
	if err != nil {
		panic(err)
	}
	return name
}

// ada is somebody with two proven addresses and a user name.
func (r *rig) ada() identity.User {
	r.t.Helper()
	u := r.person(ada)
	next := append(u.Identifiers[:1:1], named(identity.Email, adasNew), named(identity.Username, "ada"))
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.SetIdentifiers{
		Subject: u.Subject(), Was: u.Identifiers, Next: next, By: u.ID, At: r.clock.Now(),
	}))
	u.Identifiers = next
	return u
}

func (b *browser) names(f func(context.Context, *session.Session) error) (err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { err = f(ctx, s) })
	return err
}

// wantsToo asks for a second address.
func (b *browser) wantsToo(address string) (sent authn.LinkSent, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		sent, err = b.r.accounts.BeginSecondAddress(ctx, s, address)
	})
	return sent, err
}

func (b *browser) addsUsername(name string) error {
	return b.names(func(ctx context.Context, s *session.Session) error { return b.r.accounts.AddUsername(ctx, s, name) })
}

func (b *browser) removesName(kind identity.IdentifierKind, name string) error {
	return b.names(func(ctx context.Context, s *session.Session) error {
		return b.r.accounts.RemoveName(ctx, s, named(kind, name))
	})
}

func (b *browser) makesPrimary(address string) error {
	return b.names(func(ctx context.Context, s *session.Session) error {
		return b.r.accounts.MakePrimary(ctx, s, named(identity.Email, address))
	})
}

// adds adds a second address, all the way, and returns the link that undoes it.
func (b *browser) adds(first, second string) (undo string) {
	b.r.t.Helper()
	_, err := b.wantsToo(second)
	must(b.r.t, err)
	c, err := b.confirmsAddress(b.r.linkTo(second, authn.NoteAddress))
	if err != nil || !c.SignedIn {
		b.r.t.Fatalf("%+v, %v", c, err)
	}
	return b.r.linkTo(first, authn.NoteAddressAdded)
}

// notices are the addresses and subjects of the mails since the last look, sorted.
func (r *rig) notices() string {
	var out []string
	for _, m := range r.mails() {
		out = append(out, m.To+" "+m.Subject)
	}
	slices.Sort(out)
	r.outbox.Clear()
	return strings.Join(out, ", ")
}

// IDN-027, AUN-127, IDN-025: a second address counts when it is proven where the person
// is signed in; then every name leads to the account, every other session ends, this one
// goes on, and the first address can undo it.
func TestSecondAddress_counts_when_it_is_proven(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	reset := r.asksReset(ada)
	_, err := b.wantsToo("Ada@New.example.org")
	must(t, err)
	if got := fmt.Sprint(r.addresses(u)); got != "["+ada+"]" || r.signsIn(adasNew, goodPassword) {
		t.Fatalf("before the proof: %s", got)
	}
	link := r.linkTo(adasNew, authn.NoteAddress)
	r.notices()
	thief := b.jar()
	if c, err := b.confirmsAddress(link); err != nil || !c.SignedIn {
		t.Fatalf("%+v, %v", c, err)
	}
	if got := fmt.Sprint(r.addresses(u)); got != "["+ada+" "+adasNew+"]" {
		t.Fatalf("after it: %s", got)
	}
	if got := r.notices(); got != ada+" address_added" {
		t.Errorf("told: %s", got)
	}
	if other.signedIn() || thief.signedIn() || !b.signedIn() {
		t.Errorf("other browser %v, old id %v, this one %v", other.signedIn(), thief.signedIn(), b.signedIn())
	}
	if err := r.resets(reset, betterPassword); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("a reset that was mailed before: %v", err)
	}
	if !r.signsIn(ada, goodPassword) || !r.signsIn(adasNew, goodPassword) {
		t.Error("not every name signs in")
	}
	if _, err := b.confirmsAddress(link); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("the link again: %v", err)
	}
}

// IDN-027: a link that went to a stranger makes no address of theirs: it counts only
// where the person is signed in, and in nobody's name.
func TestSecondAddress_is_confirmed_by_the_person_alone(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := s.rig
	b := r.browser().signIn(bob)
	_, err := b.wantsToo(mallorys1)
	must(t, err)
	link := r.linkTo(mallorys1, authn.NoteAddress)
	r.person(mallorys2)
	must(t, s.begins(s.as(s.bob), s.approved()))
	for name, elsewhere := range map[string]*browser{
		"a guest": r.browser(), "somebody else": r.browser().signIn(mallorys2), "who acts as them": s.b,
	} {
		elsewhere.do(func(ctx context.Context, sess *session.Session) {
			if v, err := r.accounts.ViewAddress(ctx, sess, link); err != nil || !v.Second || !v.NeedsSignIn || v.Address != "m•••@example.net" {
				t.Errorf("%s: %+v, %v", name, v, err)
			}
		})
		if _, err := elsewhere.confirmsAddress(link); !errors.Is(err, authn.ErrNotAuthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := fmt.Sprint(r.addresses(s.bob)); got != "["+bob+"]" {
		t.Fatalf("has %s", got)
	}
	another := r.browser().signIn(bob)
	another.do(func(ctx context.Context, sess *session.Session) {
		if v, err := r.accounts.ViewAddress(ctx, sess, link); err != nil || v.NeedsSignIn || v.Address != mallorys1 {
			t.Errorf("another browser of theirs: %+v, %v", v, err)
		}
	})
	if _, err := another.confirmsAddress(link); err != nil {
		t.Error(err)
	}
}

// IDN-027, AUN-127, AUN-I2: whether the address has an owner shows in nothing but the
// mail that the owner gets.
func TestSecondAddress_tells_nobody_whose_it_is(t *testing.T) {
	t.Parallel()
	tellsNobodyWhoseItIs(t, (*browser).wantsToo, func(b *browser) (pending string) {
		b.do(func(ctx context.Context, s *session.Session) { pending = b.r.accounts.PendingSecondAddress(ctx, s) })
		return pending
	})
}

// IDN-027: every change of names asks for the strongest factor, lately (AUN-104).
func TestNames_ask_for_a_fresh_factor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.ada()
	b := r.browser().signIn(ada)
	r.clock.Advance(authn.DefaultMaxAge + time.Second)
	for verb, do := range map[string]func() error{
		"add a user name": func() error { return b.addsUsername("lovelace") },
		"add an address":  func() error { _, err := b.wantsToo(mallorys1); return err },
		"remove":          func() error { return b.removesName(identity.Username, "ada") },
		"make primary":    func() error { return b.makesPrimary(adasNew) },
	} {
		if err := do(); !errors.Is(err, authn.ErrStepUpRequired) {
			t.Errorf("%s: %v", verb, err)
		}
	}
	for verb, do := range map[string]func(b *browser) error{
		"add a user name": func(b *browser) error { return b.addsUsername("lovelace") },
		"remove":          func(b *browser) error { return b.removesName(identity.Username, "ada") },
		"make primary":    func(b *browser) error { return b.makesPrimary(adasNew) },
		"give up":         func(b *browser) error { return b.names(r.accounts.CancelSecondAddress) },
	} {
		if err := do(r.browser()); !errors.Is(err, authn.ErrNotAuthenticated) {
			t.Errorf("%s as a guest: %v", verb, err)
		}
	}
	if got := r.namesOf(u); got != "ada@example.org ada@new.example.org ada" {
		t.Errorf("has %s", got)
	}
}

// namesOf are the names of somebody, in their order.
func (r *rig) namesOf(u identity.User) string { return strings.Join(r.addresses(u), " ") }

// IDN-027, IDN-025: a user name counts at once, for everybody but who has it; it ends
// the other sessions and tells all addresses.
func TestUsername_counts_at_once(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.ada()
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	thief := b.jar()
	must(t, b.addsUsername("Lovelace"))
	if got := r.namesOf(u); got != "ada@example.org ada@new.example.org ada lovelace" {
		t.Errorf("has %s", got)
	}
	if other.signedIn() || thief.signedIn() || !b.signedIn() {
		t.Errorf("other browser %v, old id %v, this one %v", other.signedIn(), thief.signedIn(), b.signedIn())
	}
	if got := r.notices(); got != ada+" names, "+adasNew+" names" {
		t.Errorf("told %s", got)
	}
	for _, name := range []string{"LOVELACE", "ada", ada, adasNew} {
		if !r.signsIn(name, goodPassword) {
			t.Errorf("%s does not sign in", name)
		}
	}
	if !strings.Contains(r.audited(), `"fields":["identifiers"]`) {
		t.Error("no event")
	}
	if err := b.addsUsername("Lovelace"); !errors.Is(err, authn.ErrAddressKept) {
		t.Errorf("again: %v", err)
	}
	must(t, b.removesName(identity.Username, "lovelace"))
	if r.signsIn("lovelace", goodPassword) || !b.signedIn() {
		t.Error("removed, and signs in")
	}
}

// IDN-027, IDN-028, IDN-015: what is no user name, or not one that leads anywhere.
func TestUsername_refusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.person(bob)
	must(t, r.browser().signIn(bob).addsUsername("bob"))
	b := r.browser().signIn(ada)
	for _, name := range []string{"", "ada@example.net", "ada﹫example.net", "+49 30 123456", "＋4930123456", "root", "SYSTEM", "a\u200bda", " ada", strings.Repeat("a", 257)} {
		var field *authn.FieldError
		if err := b.addsUsername(name); !errors.As(err, &field) || field.Field != "name" {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := b.addsUsername("BOB"); !errors.Is(err, authn.ErrNameTaken) {
		t.Errorf("somebody else's: %v", err)
	}
	for i := range 7 {
		must(t, b.addsUsername(fmt.Sprintf("ada%d", i)))
	}
	if err := b.addsUsername("one-more"); !errors.Is(err, authn.ErrNamesFull) {
		t.Errorf("a ninth: %v", err)
	}
	if _, err := b.wantsToo(adasNew); !errors.Is(err, authn.ErrNamesFull) {
		t.Errorf("a ninth: %v", err)
	}
}

// IDN-027: nobody finds a list of user names: what is taken is told twenty times a day.
func TestUsername_taken_is_told_seldom(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.person(bob)
	must(t, r.browser().signIn(bob).addsUsername("bob"))
	b := r.browser().signIn(ada)
	for range 20 {
		if err := b.addsUsername("bob"); !errors.Is(err, authn.ErrNameTaken) {
			t.Fatal(err)
		}
	}
	var stop *authn.ThrottledError
	for _, name := range []string{"bob", "free"} {
		if err := b.addsUsername(name); !errors.As(err, &stop) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.clock.Advance(24*time.Hour + time.Second)
	if err := r.browser().signIn(ada).addsUsername("free"); err != nil {
		t.Error(err)
	}
}

// IDN-027, AUN-127: the primary address is changed for another one of the account, and
// the one that it was can undo that for a week.
func TestMakePrimary(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.ada()
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	must(t, b.makesPrimary(adasNew))
	if got := r.namesOf(u); got != "ada@new.example.org ada@example.org ada" || other.signedIn() || !b.signedIn() {
		t.Errorf("has %s; other %v, this %v", got, other.signedIn(), b.signedIn())
	}
	undo := r.linkTo(ada, authn.NotePrimaryChanged)
	if got := r.notices(); got != ada+" primary_changed, "+adasNew+" names" {
		t.Errorf("told %s", got)
	}
	must(t, b.makesPrimary(adasNew))
	if got := r.notices(); got != "" {
		t.Errorf("again, told %s", got)
	}
	if err := b.removesName(identity.Email, adasNew); !errors.Is(err, authn.ErrNameNeeded) {
		t.Errorf("removed the primary one: %v", err)
	}
	for _, name := range []identity.Identifier{named(identity.Email, mallorys1), named(identity.Username, "ada")} {
		err := b.names(func(ctx context.Context, s *session.Session) error { return r.accounts.MakePrimary(ctx, s, name) })
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name.Canonical, err)
		}
	}
	// Also after the former one was removed.
	must(t, b.removesName(identity.Email, ada))
	must(t, r.accounts.UndoAddress(t.Context(), undo))
	if got := r.namesOf(u); got != "ada@example.org ada" || b.signedIn() {
		t.Errorf("undone: has %s, signed in %v", got, b.signedIn())
	}
}

// AUN-127: whoever took an account over adds their address, makes it the primary one and
// removes the owner's: the owner has the links of both changes.
func TestNames_taken_over_are_given_back(t *testing.T) {
	t.Parallel()
	for i, kind := range []authn.NoteKind{authn.NoteAddressAdded, authn.NotePrimaryChanged} {
		r := newRig(t)
		u := r.person(ada)
		mallory := r.browser().signIn(ada)
		mallory.adds(ada, mallorys1)
		r.clock.Advance(time.Second)
		must(t, mallory.makesPrimary(mallorys1))
		must(t, mallory.removesName(identity.Email, ada))
		if got := r.namesOf(u); got != mallorys1 {
			t.Fatalf("%d: has %s", i, got)
		}
		undo := r.linkTo(ada, kind)
		r.notices()
		must(t, r.accounts.UndoAddress(t.Context(), undo))
		if got := r.namesOf(u); got != ada || mallory.signedIn() {
			t.Errorf("%s: has %s, thief signed in %v", kind, got, mallory.signedIn())
		}
		if got := r.notices(); got != ada+" reset" {
			t.Errorf("%s: told %s", kind, got)
		}
	}
}

// IDN-027: with an address every link goes that was mailed, and it is told, without a
// link: who removes a mailbox that a thief reads is rid of it.
func TestRemoveName_of_an_address(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.ada()
	reset := r.asksReset(adasNew)
	if m := r.mails()[0]; m.To != adasNew {
		t.Fatalf("a reset that was asked for by the second address went to %s", m.To)
	}
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	_, err := b.wantsToo(mallorys1)
	must(t, err)
	link := r.linkTo(mallorys1, authn.NoteAddress)
	r.notices()
	must(t, b.removesName(identity.Email, adasNew))
	if got := r.namesOf(u); got != "ada@example.org ada" || other.signedIn() || !b.signedIn() {
		t.Errorf("has %s; other %v, this %v", got, other.signedIn(), b.signedIn())
	}
	for _, m := range r.mails() {
		if strings.Contains(m.Text, "token=") {
			t.Errorf("%s got a link", m.To)
		}
	}
	if got := r.notices(); got != ada+" names, "+adasNew+" names" {
		t.Errorf("told %s", got)
	}
	if err := r.resets(reset, betterPassword); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("the reset: %v", err)
	}
	if _, err := b.confirmsAddress(link); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("the other link: %v", err)
	}
	if r.signsIn(adasNew, goodPassword) {
		t.Error("signs in still")
	}
	for name, want := range map[identity.Identifier]error{
		named(identity.Email, ada): authn.ErrNameNeeded, named(identity.Email, adasNew): store.ErrNotFound,
		named(identity.Email, bob): store.ErrNotFound, {Kind: "external:https://issuer.example", Canonical: "7"}: store.ErrNotFound,
	} {
		err := b.names(func(ctx context.Context, s *session.Session) error { return r.accounts.RemoveName(ctx, s, name) })
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", name.Canonical, err)
		}
	}
}

// IDN-027: the address that mails go to stays, also where a user name is the primary one.
func TestRemoveName_leaves_an_address(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.named(map[identity.IdentifierKind]string{identity.Username: "ada", identity.Email: ada, identity.Phone: "+4930123456"}, identity.Username)
	b := r.browser().signIn(ada)
	for _, name := range []string{"ada", ada} {
		kind := identity.Username
		if strings.Contains(name, "@") {
			kind = identity.Email
		}
		if err := b.removesName(kind, name); !errors.Is(err, authn.ErrNameNeeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, b.removesName(identity.Phone, "+4930123456"))
	// What was never proven is never the primary one.
	if err := b.makesPrimary(ada); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
}

// AUN-131, AUN-127: a reset goes to the address that was typed if it is one of the
// account's, else to the first one; the new password is told to all.
func TestReset_by_any_address(t *testing.T) {
	t.Parallel()
	for typed, to := range map[string]string{ada: ada, adasNew: adasNew, "ada": ada} {
		r := newRig(t)
		r.ada()
		link := r.asksReset(typed)
		if m := r.mails()[0]; m.To != to {
			t.Errorf("%s: to %s", typed, m.To)
		}
		r.notices()
		must(t, r.resets(link, betterPassword))
		if got := r.notices(); got != ada+" password_set, "+adasNew+" password_set" {
			t.Errorf("%s: told %s", typed, got)
		}
	}
}

// IDN-027: an address that was never proven is proven by its own link, and none that was
// not stays beside one that is.
func TestSecondAddress_of_an_account_that_has_proven_none(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{ada: "ada@example.org ada", adasNew: "ada@new.example.org ada"} {
		r := newRig(t)
		u := r.named(map[identity.IdentifierKind]string{identity.Username: "ada", identity.Email: ada}, identity.Email)
		b := r.browser().signIn(ada)
		_, err := b.wantsToo(typed)
		must(t, err)
		_, err = b.confirmsAddress(r.linkTo(typed, authn.NoteAddress))
		must(t, err)
		acct, _ := r.account(typed)
		if got := r.namesOf(u); got != want || acct.User.EmailVerifiedAt.IsZero() {
			t.Errorf("%s: has %s, proven %v", typed, got, acct.User.EmailVerifiedAt)
		}
	}
}

// IDN-I5: of 64 people who ask for one user name at once one gets it.
func TestUsername_race(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const n = 64
	people := make([]*browser, n)
	for i := range people {
		address := fmt.Sprintf("p%d@example.org", i)
		r.person(address)
		people[i] = r.browser()
		people[i].addr = fmt.Sprintf("198.51.100.%d:1", i)
		people[i].signIn(address)
	}
	errs := make([]error, n)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Go(func() {
			start.Wait()
			errs[i] = people[i].addsUsername("the-one")
		})
	}
	start.Done()
	done.Wait()
	won := 0
	for i, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, authn.ErrNameTaken):
			t.Errorf("%d: %v", i, err)
		}
		if !people[i].signedIn() {
			t.Errorf("%d is signed out", i)
		}
	}
	if won != 1 {
		t.Errorf("%d got it", won)
	}
}

// IDN-025: what changes the account meanwhile is noticed: a change of names neither
// survives it nor undoes it.
func TestNames_overtaken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.ada()
	b := r.browser().signIn(ada)
	once := false
	r.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Apply") && !once {
			once = true
			must(t, r.stores.Identity.Apply(t.Context(), identity.RaiseEpoch{Scope: identity.UserScope(u.Subject())}))
		}
		return nil
	})
	if err := b.addsUsername("lovelace"); !errors.Is(err, authn.ErrFlowSuperseded) || !once {
		t.Errorf("%v", err)
	}
	if b.signedIn() || strings.Contains(r.namesOf(u), "lovelace") {
		t.Error("it was made, or the session goes on")
	}
}

// UIX-039: the session of who changes a name calls the person by the one that they have.
func TestNames_are_shown_in_the_session_that_changes_them(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.ada()
	must(t, r.stores.Identity.Apply(t.Context(), identity.SetDisplayName{Subject: u.Subject(), By: u.ID, At: r.clock.Now()}))
	shown := func(b *browser) string {
		st, _ := b.state().(session.Authenticated)
		return st.DisplayName()
	}
	b := r.browser().signIn(ada)
	if got := shown(b); got != ada {
		t.Fatal(got)
	}
	must(t, b.makesPrimary(adasNew))
	if got := shown(b); got != adasNew {
		t.Errorf("after another primary address: %s", got)
	}
	b.moves(adasNew, mallorys2)
	if got := shown(b); got != mallorys2 {
		t.Errorf("after a change of address: %s", got)
	}
}
