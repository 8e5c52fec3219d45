package authn_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// FAC-085, FAC-I11
func TestConfirm_works_once(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	link := b.asks(ada, goodPassword)
	if _, err := b.confirm(link, ""); err != nil {
		t.Fatal(err)
	}
	for who, again := range map[string]*browser{"same": b, "other": r.browser()} {
		if _, err := again.confirm(link, owners); !errors.Is(err, authn.ErrTokenInvalid) {
			t.Errorf("%s browser: %v", who, err)
		}
		if _, err := again.view(link); !errors.Is(err, authn.ErrTokenInvalid) {
			t.Errorf("%s browser views a used link: %v", who, err)
		}
	}
	if !b.signedIn() || r.opens(ada, owners) {
		t.Fatal("a used link did something")
	}
}

// AUN-126, FAC-085
func TestConfirm_expires(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	link := b.asks(ada, goodPassword)
	r.clock.Advance(24*time.Hour - time.Second)
	if _, err := r.browser().view(link); err != nil {
		t.Fatalf("a second before: %v", err)
	}
	r.clock.Advance(time.Second)
	for _, who := range []*browser{b, r.browser()} {
		if _, err := who.view(link); !errors.Is(err, authn.ErrTokenInvalid) {
			t.Fatalf("view: %v", err)
		}
		if _, err := who.confirm(link, owners); !errors.Is(err, authn.ErrTokenInvalid) || who.signedIn() {
			t.Fatalf("confirm: %v", err)
		}
	}
	if acct, _ := r.account(ada); acct.User.State != identity.Candidate {
		t.Fatal("an expired link activated an account")
	}
}

// AUN-121: after the day of the workflow the browser that began is one like any
// other, however long links live.
func TestConfirm_after_the_workflow_needs_a_password(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(_ *authn.Config, a *authn.AccountsConfig) { a.LinkLife = 7 * 24 * time.Hour })
	b := r.browser()
	link := b.asks(ada, goodPassword)
	r.clock.Advance(25 * time.Hour)
	var policy *password.PolicyError
	if _, err := b.confirm(link, ""); !errors.As(err, &policy) {
		t.Fatalf("got %v", err)
	}
}

// FAC-085: every single character counts, and nothing but the one encoding.
func TestConfirm_tampered_link(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	link := b.asks(ada, goodPassword)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	bad := []string{
		"", " ", link + "A", link[:63], link + "=", "=" + link, link + "\n", " " + link, link[:32] + "\n" + link[32:],
		link[:40] + "\r\n" + link[40:], strings.Repeat("A", 64), strings.Repeat("A", 128), strings.Repeat("A", 129), strings.Repeat("A", 1<<20),
		strings.ToUpper(link), strings.ToLower(link), link[32:] + link[:32], link + link, "\x00" + link[1:], strings.Repeat("é", 32),
	}
	for i := range len(link) {
		at := strings.IndexByte(alphabet, link[i])
		for _, other := range []int{at ^ 1, at ^ 32, (at + 7) % 64} {
			bad = append(bad, link[:i]+string(alphabet[other])+link[i+1:])
		}
	}
	b.do(func(ctx context.Context, s *session.Session) {
		for _, text := range bad {
			if _, err := r.accounts.ConfirmSignup(ctx, s, text, secret(owners)); !errors.Is(err, authn.ErrTokenInvalid) {
				t.Fatalf("%q: %v", text, err)
			}
			if _, err := r.accounts.ViewLink(ctx, s, text); !errors.Is(err, authn.ErrTokenInvalid) {
				t.Fatalf("view %q: %v", text, err)
			}
		}
	})
	if _, err := b.confirm(link, ""); err != nil {
		t.Fatalf("the real link after %d others: %v", len(bad), err)
	}
}

// forge stores a token that could be mailed, and returns its text.
func forge(r *rig, change func(*identity.Token)) string {
	r.t.Helper()
	acct, _ := r.account(ada)
	selector, verifier := entropy.Bytes16(r.entropy), entropy.Bytes32(r.entropy)
	text := base64.RawURLEncoding.EncodeToString(append(selector[:], verifier[:]...))
	token := identity.Token{
		Purpose: identity.TokenSignUp,
		Tenant:  r.tenant, User: acct.User.ID, Address: ada, CreatedAt: r.clock.Now(), ExpiresAt: r.clock.Now().Add(time.Hour),
	}
	change(&token)
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.PutToken{Token: authn.SealToken(r.index, token, text)}))
	return text
}

// AUN-126, FAC-085: purpose, address and account of a link are what was asked for.
func TestConfirm_link_of_something_else(t *testing.T) {
	t.Parallel()
	cases := map[string]func(r *rig, tok *identity.Token){
		"purpose": func(_ *rig, tok *identity.Token) { tok.Purpose = identity.TokenVoid },
		"address": func(_ *rig, tok *identity.Token) { tok.Address = bob },
		"nobody":  func(r *rig, tok *identity.Token) { tok.User = identity.NewUserID(r.entropy) },
		"tenant":  func(r *rig, tok *identity.Token) { tok.Tenant = identity.NewTenantID(r.entropy) },
		"active": func(r *rig, tok *identity.Token) {
			acct, _ := r.account("active@example.org")
			tok.User, tok.Address = acct.User.ID, "active@example.org"
		},
	}
	for name, change := range cases {
		r := newRig(t)
		r.person("active@example.org")
		b := r.browser()
		b.asks(ada, goodPassword)
		link := forge(r, func(tok *identity.Token) { change(r, tok) })
		for _, who := range []*browser{b, r.browser()} {
			if _, err := who.view(link); name == "purpose" && !errors.Is(err, authn.ErrTokenInvalid) {
				t.Errorf("%s: view: %v", name, err)
			}
			if _, err := who.confirm(link, owners); !errors.Is(err, authn.ErrTokenInvalid) || who.signedIn() {
				t.Errorf("%s: %v", name, err)
			}
		}
		if r.opens("active@example.org", owners) || r.opens(ada, owners) {
			t.Errorf("%s: the password was set", name)
		}
	}
	// The same token unchanged works, or the cases above show nothing.
	r := newRig(t)
	b := r.browser()
	b.asks(ada, goodPassword)
	if _, err := b.confirm(forge(r, func(*identity.Token) {}), ""); err != nil {
		t.Fatalf("unchanged: %v", err)
	}
}

// AUN-124: only the workflow that asked for a link owns it.
func TestViewLink_in_a_workflow_of_another_kind(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(bob)
	b := r.browser()
	link := b.asks(ada, goodPassword)
	acct, _ := r.account(ada)
	resetting := r.browser()
	resetting.do(func(ctx context.Context, s *session.Session) {
		_, err := s.Transition(ctx, machine.StartWorkflow{Flow: machine.WorkflowData{
			Kind: machine.WorkflowPasswordReset, Subject: acct.User.Subject(), Total: 1,
			Deadline: r.clock.Now().Add(time.Hour), Then: machine.ThenAuthenticated,
		}}, session.Commit{})
		must(t, err)
	})
	decoy := r.browser()
	_, err := decoy.signUp(bob, mallorys)
	must(t, err)
	nobodys := forge(r, func(tok *identity.Token) { tok.User = decoy.state().(session.PendingWorkflow).Subject().User })
	for name, v := range map[string]struct {
		b    *browser
		link string
	}{"reset": {resetting, link}, "decoy": {decoy, nobodys}} {
		if view, err := v.b.view(v.link); err != nil || !view.NeedsPassword {
			t.Errorf("%s: %+v, %v", name, view, err)
		}
	}
	if done, err := resetting.confirm(link, "short"); err == nil {
		t.Fatalf("another workflow activated the account: %+v", done)
	}
}

// FAC-085: with one link of an account go all the others.
func TestConfirm_voids_every_link_of_the_account(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	link := b.asks(ada, goodPassword)
	other := forge(r, func(*identity.Token) {})
	_, err := b.confirm(link, "")
	must(t, err)
	for _, text := range []string{link, other} {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		must(t, err)
		if _, err := r.stores.Identity.TokenBySelector(t.Context(), [16]byte(raw)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a link is left: %v", err)
		}
	}
}

// AUN-126: a mail scanner may look as often as it likes.
func TestViewLink_consumes_nothing_and_masks_elsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, other := r.browser(), r.browser()
	link := b.asks(ada, goodPassword)
	before, _ := r.account(ada)
	for range 20 {
		if v, err := b.view(link); err != nil || v.NeedsPassword || v.Address != ada {
			t.Fatalf("here: %+v, %v", v, err)
		}
		if v, err := other.view(link); err != nil || !v.NeedsPassword || strings.Contains(v.Address, "ada") {
			t.Fatalf("elsewhere: %+v, %v", v, err)
		}
	}
	after, _ := r.account(ada)
	if fmt.Sprintf("%+v", before) != fmt.Sprintf("%+v", after) || !is[session.Guest](other.state()) || len(other.cookies) != 0 {
		t.Fatal("looking changed something")
	}
	if _, err := b.confirm(link, ""); err != nil {
		t.Fatal(err)
	}
}

// Whatever stands in the place of a link's token, it is the one text of a link or it
// is none. FUZ-F04
func FuzzLink(f *testing.F) {
	f.Add(strings.Repeat("A", 64))
	f.Add(strings.Repeat("_", 63) + "-")
	f.Add(strings.Repeat("A", 63) + "=")
	f.Add(strings.Repeat("A", 129))
	f.Fuzz(func(t *testing.T, s string) {
		if again, ok := authn.LinkText(s); ok && again != s {
			t.Fatalf("two texts of one link: %q and %q", s, again)
		} else if !ok && len(s) == 64 && !strings.ContainsFunc(s, func(r rune) bool {
			return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", r)
		}) {
			t.Fatalf("%q is refused", s)
		}
	})
}
