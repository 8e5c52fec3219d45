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
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

const (
	adasNew   = "ada@new.example.org"
	mallorys1 = "mallory@example.net"
	mallorys2 = "mallory@example.com"
)

// wants begins a change of address.
func (b *browser) wants(address string) (sent authn.LinkSent, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		sent, err = b.r.accounts.BeginAddressChange(ctx, s, address)
	})
	return sent, err
}

// asksAddress has somebody sign in and ask for another address, and reads their mail.
func (r *rig) asksAddress() (u identity.User, b *browser, link string) {
	r.t.Helper()
	u = r.person(ada)
	b = r.browser().signIn(ada)
	_, err := b.wants(adasNew)
	must(r.t, err)
	return u, b, r.linkTo(adasNew, authn.NoteAddress)
}

func (b *browser) confirmsAddress(link string) (c authn.Confirmed, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { c, err = b.r.accounts.ConfirmAddress(ctx, s, link) })
	return c, err
}

// linkTo is the link of the newest mail of a kind to an address; empty if none went.
func (r *rig) linkTo(address string, kind authn.NoteKind) string {
	r.t.Helper()
	for _, m := range r.mails() {
		if _, token, ok := strings.Cut(m.Text, "token="); ok && m.To == address && m.Subject == string(kind) {
			return strings.TrimSpace(token)
		}
	}
	return ""
}

// moves changes the address of somebody who is signed in, all the way, and returns the
// link that undoes it.
func (b *browser) moves(from, to string) (undo string) {
	b.r.t.Helper()
	if _, err := b.wants(to); err != nil {
		b.r.t.Fatal(err)
	}
	c, err := b.confirmsAddress(b.r.linkTo(to, authn.NoteAddress))
	if err != nil || !c.SignedIn {
		b.r.t.Fatalf("%+v, %v", c, err)
	}
	b.r.clock.Advance(time.Second)
	return b.r.linkTo(from, authn.NoteAddressChanged)
}

func (r *rig) addresses(id identity.User) []string {
	r.t.Helper()
	acct, err := r.stores.Identity.AccountByID(r.t.Context(), id.Subject())
	must(r.t, err)
	var out []string
	for _, i := range acct.User.Identifiers {
		out = append(out, i.Canonical)
	}
	return out
}

// AUN-127, IDN-025: the new address counts when it is proven and not before; then every
// other session ends, this one goes on under a new id, what was mailed to the former
// address is void, and the former address is told.
func TestAddress_changes_when_it_is_proven(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	reset := r.asksReset(ada)
	sent, err := b.wants("Ada@New.example.org")
	if err != nil || sent.Address != "Ada@New.example.org" || sent.Works != 24*time.Hour {
		t.Fatalf("%+v, %v", sent, err)
	}
	if got := fmt.Sprint(r.addresses(u)); got != "["+ada+"]" {
		t.Fatalf("before the proof: %s", got)
	}
	link := r.linkTo(adasNew, authn.NoteAddress)
	if m := r.mails()[0]; !strings.Contains(m.Text, "http://localhost:8080/auth/address?token=") || strings.Contains(m.Text, u.ID.String()) {
		t.Errorf("mail: %s", m.Text)
	}
	thief := b.jar()
	r.clock.Advance(time.Minute)
	if c, err := b.confirmsAddress(link); err != nil || !c.SignedIn {
		t.Fatalf("%+v, %v", c, err)
	}
	if got := fmt.Sprint(r.addresses(u)); got != "["+adasNew+"]" {
		t.Fatalf("after it: %s", got)
	}
	if other.signedIn() || thief.signedIn() || !b.signedIn() {
		t.Errorf("other browser %v, old id %v, this one %v", other.signedIn(), thief.signedIn(), b.signedIn())
	}
	if err := r.resets(reset, betterPassword); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("a reset that was mailed to the former address: %v", err)
	}
	acct, _ := r.account(adasNew)
	if !acct.User.EmailVerifiedAt.Equal(r.clock.Now()) || r.signsIn(ada, goodPassword) || !r.signsIn(adasNew, goodPassword) {
		t.Errorf("verified %v", acct.User.EmailVerifiedAt)
	}
	if m := r.mails()[0]; m.To != ada || m.Subject != string(authn.NoteAddressChanged) || !strings.Contains(m.Text, "/auth/undo?token=") {
		t.Errorf("the former address got %+v", m)
	}
	for _, want := range []string{`"address_change_requested"`, `"identifiers"`} {
		if !strings.Contains(r.audited(), want) {
			t.Errorf("no event %s", want)
		}
	}
	if _, err := b.confirmsAddress(link); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("the link again: %v", err)
	}
}

// AUN-127: the link works in any browser, and signs nobody in there.
func TestAddress_confirmed_elsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	r.person(bob)
	b := r.browser().signIn(ada)
	for name, elsewhere := range map[string]*browser{"a guest": r.browser(), "somebody else": r.browser().signIn(bob)} {
		_, err := b.wants(adasNew)
		must(t, err)
		link := r.linkTo(adasNew, authn.NoteAddress)
		elsewhere.do(func(ctx context.Context, s *session.Session) {
			if v, err := r.accounts.ViewAddress(ctx, s, link); err != nil || v.Address != "a•••@new.example.org" {
				t.Errorf("%s: %+v, %v", name, v, err)
			}
		})
		b.do(func(ctx context.Context, s *session.Session) {
			if v, err := r.accounts.ViewAddress(ctx, s, link); err != nil || v.Address != adasNew {
				t.Errorf("her own browser: %+v, %v", v, err)
			}
		})
		was := elsewhere.signedIn()
		if c, err := elsewhere.confirmsAddress(link); err != nil || c.SignedIn || elsewhere.signedIn() != was {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
		if b.signedIn() || fmt.Sprint(r.addresses(u)) != "["+adasNew+"]" {
			t.Errorf("%s: signed in %v, %v", name, b.signedIn(), r.addresses(u))
		}
		must(t, r.accounts.UndoAddress(t.Context(), r.linkTo(ada, authn.NoteAddressChanged)))
		r.clock.Advance(time.Hour + time.Second)
		b = r.browser().signIn(ada)
	}
}

// AUN-127, AUN-122, AUN-I2: whether the address has an owner shows in nothing but the
// mail that the owner gets.
func TestAddress_tells_nobody_whose_it_is(t *testing.T) {
	t.Parallel()
	tellsNobodyWhoseItIs(t, (*browser).wants, (*browser).pendingAddress)
}

// tellsNobodyWhoseItIs asks for an address that is free, that is somebody's, and that
// waits for a sign-up: what comes back, the work, the events and what then waits are the
// same.
func tellsNobodyWhoseItIs(t *testing.T, asks func(*browser, string) (authn.LinkSent, error), waiting func(*browser) string) {
	t.Helper()
	var first string
	for _, who := range []string{"free", "taken", "waiting"} {
		r := newRig(t)
		r.person(ada)
		switch who {
		case "taken":
			r.person(adasNew)
		case "waiting":
			r.browser().asks(adasNew, goodPassword)
		}
		b := r.browser().signIn(ada)
		r.audited()
		r.work.take()
		sent, err := asks(b, adasNew)
		must(t, err)
		got := fmt.Sprint(sent, r.work.take(), strings.Count(r.audited(), "address_change_requested"), waiting(b))
		if first == "" {
			first = got
		}
		if got != first || waiting(b) != adasNew {
			t.Errorf("%s:\n%s\nwant\n%s", who, got, first)
		}
		link := r.linkTo(adasNew, authn.NoteAddress)
		if (link == "") != (who == "taken") {
			t.Errorf("%s: link %v", who, link != "")
		}
		if m := r.mails()[0]; who == "taken" && (m.To != adasNew || m.Subject != string(authn.NoteAddressTaken)) {
			t.Errorf("its owner got %+v", m)
		}
		if who == "taken" {
			continue
		}
		if _, err := b.confirmsAddress(link); err != nil {
			t.Errorf("%s: %v", who, err)
		}
		// Who has proven nothing keeps nothing.
		if acct, ok := r.account(adasNew); !ok || acct.User.State != identity.Active {
			t.Errorf("%s: %+v", who, acct.User)
		}
	}
}

func (b *browser) pendingAddress() (address string) {
	b.do(func(ctx context.Context, s *session.Session) { address = b.r.accounts.PendingAddress(ctx, s) })
	return address
}

// AUN-127, IDN-I5: an address that somebody has proven meanwhile is theirs.
func TestAddress_loses_to_who_proves_it_first(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u, b, link := r.asksAddress()
	owner := r.browser()
	_, err := owner.confirm(owner.asks(adasNew, goodPassword), "")
	must(t, err)
	if _, err := b.confirmsAddress(link); !errors.Is(err, authn.ErrTokenInvalid) || !b.signedIn() {
		t.Errorf("%v, signed in %v", err, b.signedIn())
	}
	// Also when it happens between the look and the write.
	_, err = b.wants(mallorys1)
	must(t, err)
	link = r.linkTo(mallorys1, authn.NoteAddress)
	once := false
	r.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Apply") && !once {
			once = true
			r.person(mallorys1)
		}
		return nil
	})
	if _, err := b.confirmsAddress(link); !errors.Is(err, authn.ErrTokenInvalid) || !once {
		t.Errorf("%v", err)
	}
	if got := fmt.Sprint(r.addresses(u)); got != "["+ada+"]" {
		t.Errorf("has %s", got)
	}
}

// AUN-127: the former address gets its account back for a week: sessions end, what is
// out is void, a reset goes there, and the new address leads nowhere.
func TestAddress_undo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	mallory := r.browser().signIn(ada)
	undo := mallory.moves(ada, mallorys1)
	theirs := r.asksReset(mallorys1)
	r.clock.Advance(7*24*time.Hour - time.Minute)
	if v, err := r.accounts.ViewUndo(t.Context(), undo); err != nil || v.Address != "a•••@example.org" {
		t.Fatalf("%+v, %v", v, err)
	}
	mallory = r.browser().signIn(mallorys1)
	must(t, r.accounts.UndoAddress(t.Context(), undo))
	if got := fmt.Sprint(r.addresses(u)); got != "["+ada+"]" || mallory.signedIn() {
		t.Errorf("has %s, and the thief is signed in: %v", got, mallory.signedIn())
	}
	if err := r.resets(theirs, betterPassword); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("the reset of the thief: %v", err)
	}
	must(t, r.resets(r.linkTo(ada, authn.NoteReset), betterPassword))
	if !r.signsIn(ada, betterPassword) || r.signsIn(mallorys1, betterPassword) {
		t.Error("the owner is not the owner")
	}
	if err := r.accounts.UndoAddress(t.Context(), undo); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("a second time: %v", err)
	}
}

// AUN-127: the week is a week.
func TestAddress_undo_ends(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	undo := r.browser().signIn(ada).moves(ada, adasNew)
	r.clock.Advance(7 * 24 * time.Hour)
	if err := r.accounts.UndoAddress(t.Context(), undo); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("%v", err)
	}
}

// AUN-127: who took an account over and moved it twice cannot undo the undoing: links
// of older changes outlive younger ones, never the other way round.
func TestAddress_undo_of_two_changes(t *testing.T) {
	t.Parallel()
	for name, order := range map[string][]int{"the owner first": {0, 1}, "the thief first": {1, 0}} {
		r := newRig(t)
		u := r.person(ada)
		mallory := r.browser().signIn(ada)
		links := []string{mallory.moves(ada, mallorys1), mallory.moves(mallorys1, mallorys2)}
		var errs [2]error
		for _, i := range order {
			errs[i] = r.accounts.UndoAddress(t.Context(), links[i])
		}
		if got := fmt.Sprint(r.addresses(u)); got != "["+ada+"]" || errs[0] != nil {
			t.Errorf("%s: has %s, %v", name, got, errs)
		}
		if order[0] == 0 && !errors.Is(errs[1], authn.ErrTokenInvalid) {
			t.Errorf("%s: the thief undoes it: %v", name, errs[1])
		}
	}
}

// AUN-127: whoever signs up with an address that has just become free, and proves
// nothing, does not stand in the way of its owner.
func TestAddress_undo_against_a_sign_up(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	undo := r.browser().signIn(ada).moves(ada, mallorys1)
	link := r.browser().asks(ada, mallorysOwn)
	must(t, r.accounts.UndoAddress(t.Context(), undo))
	if got := fmt.Sprint(r.addresses(u)); got != "["+ada+"]" {
		t.Errorf("has %s", got)
	}
	if _, err := r.browser().confirm(link, mallorysOwn); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("the sign-up goes on: %v", err)
	}
}

const mallorysOwn = "mallory has a staple, too"

// AUN-127: an account that may not sign in gets no other address, and every link says
// the same.
func TestAddress_of_an_account_that_is_stopped(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser().signIn(ada)
	undo := b.moves(ada, adasNew)
	_, err := b.wants(mallorys1)
	must(t, err)
	link := r.linkTo(mallorys1, authn.NoteAddress)
	must(t, r.suspend(u.Subject(), identity.Active))
	if _, err := r.browser().confirmsAddress(link); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("confirms: %v", err)
	}
	if err := r.accounts.UndoAddress(t.Context(), undo); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("undoes: %v", err)
	}
	for _, wrong := range []string{"", "x", strings.Repeat("A", 64), link + "A"} {
		if err := r.accounts.UndoAddress(t.Context(), wrong); !errors.Is(err, authn.ErrTokenInvalid) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if err := r.accounts.UndoAddress(t.Context(), link); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("a link of another kind: %v", err)
	}
}

// AUN-127, AUN-I15: of 64 at once one changes it.
func TestAddress_confirmed_64_times_at_once(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u, b, link := r.asksAddress()
	errs := make([]error, 64)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range errs {
		wg.Go(func() {
			<-start
			_, errs[i] = r.browser().confirmsAddress(link)
		})
	}
	close(start)
	wg.Wait()
	won := 0
	for i, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, authn.ErrTokenInvalid) && !errors.Is(err, authn.ErrFlowSuperseded):
			t.Errorf("%d: %v", i, err)
		}
	}
	if got := fmt.Sprint(r.addresses(u)); won != 1 || got != "["+adasNew+"]" || b.signedIn() {
		t.Errorf("%d won, has %s, signed in %v", won, got, b.signedIn())
	}
}

// AUN-127: a revocation that lands in between ends this session and leaves the address.
func TestAddress_racing_a_revocation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u, b, link := r.asksAddress()
	once := false
	r.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Apply") && !once {
			once = true
			return r.stores.Session.Raise(context.Background(), identity.UserScope(u.Subject()))
		}
		return nil
	})
	if _, err := b.confirmsAddress(link); !errors.Is(err, authn.ErrFlowSuperseded) || !once {
		t.Errorf("%v", err)
	}
	if got := fmt.Sprint(r.addresses(u)); got != "["+ada+"]" || b.signedIn() {
		t.Errorf("has %s, signed in %v", got, b.signedIn())
	}
	if _, err := r.browser().confirmsAddress(link); err != nil {
		t.Errorf("the link still works: %v", err)
	}
}

// AUN-104, AUN-127, AUN-142: what a change asks for, and what is refused before
// anything is sent.
func TestAddress_refusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	target := r.person(bob)
	b := r.browser().signIn(ada)
	for _, bad := range []string{"", "ada", "a@@b.example", strings.Repeat("a", 300) + "@example.org", "a\u202eb@example.org"} {
		var field *authn.FieldError
		if _, err := b.wants(bad); !errors.As(err, &field) || field.Field != "email" {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	if _, err := b.wants("ADA@example.org"); !errors.Is(err, authn.ErrAddressKept) {
		t.Errorf("the same: %v", err)
	}
	if _, err := r.browser().wants(adasNew); !errors.Is(err, authn.ErrNotAuthenticated) {
		t.Errorf("a guest: %v", err)
	}
	r.clock.Advance(authn.DefaultMaxAge + time.Second)
	if _, err := b.wants(adasNew); !errors.Is(err, authn.ErrStepUpRequired) {
		t.Errorf("with an old proof: %v", err)
	}
	acting := r.browser().signIn(ada).acts(target)
	if _, err := acting.wants(mallorys1); !errors.Is(err, authn.ErrImpersonating) {
		t.Errorf("in another's name: %v", err)
	}
	if got := r.mails(); len(got) != 0 {
		t.Errorf("mails: %v", got)
	}
	b.proves(ada, nil)
	for i := range 5 {
		if _, err := b.wants(fmt.Sprintf("ada-%d@example.org", i)); err != nil {
			t.Fatal(err)
		}
	}
	var stop *authn.ThrottledError
	if _, err := b.wants("ada-6@example.org"); !errors.As(err, &stop) || !stop.Until.After(r.clock.Now()) {
		t.Errorf("the sixth of a day: %v", err)
	}
}

// AUN-127, UIX-039: a change that waits is seen in its session, replaced by the next
// one, and can be given up.
func TestAddress_waits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b, other := r.browser().signIn(ada), r.browser().signIn(ada)
	if got := b.pendingAddress(); got != "" {
		t.Errorf("waits: %q", got)
	}
	_, err := b.wants(mallorys1)
	must(t, err)
	first := r.linkTo(mallorys1, authn.NoteAddress)
	_, err = b.wants(adasNew)
	must(t, err)
	link := r.linkTo(adasNew, authn.NoteAddress)
	if _, err := r.browser().confirmsAddress(first); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("the one before: %v", err)
	}
	if mine, theirs := b.pendingAddress(), other.pendingAddress(); mine != adasNew || theirs != "" {
		t.Errorf("waits: %q here, %q there", mine, theirs)
	}
	_, err = b.act(r.accounts.CancelAddressChange)
	must(t, err)
	if _, err := r.browser().confirmsAddress(link); !errors.Is(err, authn.ErrTokenInvalid) || b.pendingAddress() != "" {
		t.Errorf("given up: %v", err)
	}
	if _, err := r.browser().act(r.accounts.CancelAddressChange); !errors.Is(err, authn.ErrNotAuthenticated) {
		t.Errorf("a guest gives up: %v", err)
	}
}

// AUN-127: names that are no address stay where they are.
func TestAddress_leaves_other_names(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	name, err := identity.NewIdentifier(identity.Username, "ada")
	must(t, err)
	next := append([]identity.Identifier{name}, u.Identifiers...)
	must(t, r.stores.Identity.Apply(t.Context(), identity.SetIdentifiers{
		Subject: u.Subject(), Was: u.Identifiers, Next: next, By: u.ID, At: r.clock.Now(),
	}))
	undo := r.browser().signIn("ada").moves(ada, adasNew)
	if got := r.addresses(u); !slices.Equal(got, []string{"ada", adasNew}) {
		t.Errorf("after the change: %v", got)
	}
	must(t, r.accounts.UndoAddress(t.Context(), undo))
	if got := r.addresses(u); !slices.Equal(got, []string{"ada", ada}) {
		t.Errorf("after the undoing: %v", got)
	}
}

// AUN-127: whose former address was never proven, nobody gets a link there: it may be
// a stranger's.
func TestAddress_never_proven_is_not_given_back(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	r.person(bob)
	u.ID, u.EmailVerifiedAt = identity.NewUserID(r.entropy), time.Time{}
	u.WebAuthnHandle, u.AuditHandle = entropy.Bytes32(r.entropy), entropy.Bytes16(r.entropy)
	other, err := identity.NewIdentifier(identity.Email, "cleo@example.org")
	must(t, err)
	u.Identifiers = []identity.Identifier{other}
	body, err := r.hasher.Hash(r.entropy, secret(goodPassword))
	must(t, err)
	must(t, r.stores.Identity.Apply(t.Context(), identity.NewUser{User: u},
		identity.PutCredential{Credential: r.row(u.Subject(), factor.Password, body)}))
	for from, to := range map[string]string{bob: mallorys1, "cleo@example.org": adasNew} {
		undo := r.browser().signIn(from).moves(from, to)
		if (undo != "") != (from == bob) {
			t.Errorf("%s: a link back: %v", from, undo != "")
		}
	}
}
