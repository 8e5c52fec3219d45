package authn_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// AUN-113: an erasure that a crash has left in between is finished unasked, not before
// its own caller has had time to, and what reminds of one that is complete goes.
func TestFinishErasures_ends_what_was_left(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u, whole := o.person(ada), o.person("whole@example.org")
	must(t, o.admin.Erase(t.Context(), o.order(whole)))
	applies := 0
	o.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Apply") {
			if applies++; applies == 2 {
				return errPlug
			}
		}
		return nil
	})
	if err := o.admin.Erase(t.Context(), o.order(u)); !errors.Is(err, errPlug) || o.read(u).State != identity.Erasing {
		t.Fatalf("nothing was cut: %v, state %d", err, o.read(u).State)
	}
	o.mend()
	finish := func() error {
		return o.admin.FinishErasures(t.Context(), o.stores.Identity, o.clock.Now())
	}
	must(t, finish())
	if o.read(u).State != identity.Erasing {
		t.Error("finished before its caller could")
	}
	o.clock.Advance(10 * time.Minute)
	o.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Apply") {
			return errPlug
		}
		return nil
	})
	if err := finish(); !errors.Is(err, errPlug) {
		t.Errorf("an outage is swallowed: %v", err)
	}
	o.mend()
	o.clock.Advance(10 * time.Minute)
	must(t, finish())
	if _, there := o.account(ada); there || !o.read(u).ID.IsZero() {
		t.Error("still there")
	}
	if got := o.audited(); strings.Count(got, `"kind":"user_erased"`) != 2 || !strings.Contains(got, `"by":"system"`) {
		t.Error("events")
	}
	o.clock.Advance(time.Hour)
	left, err := o.stores.Identity.Lease(t.Context(), store.TopicErasure, 10, o.clock.Now(), o.clock.Now().Add(time.Minute))
	if err != nil || len(left) != 0 {
		t.Errorf("%d reminders are left, %v", len(left), err)
	}
}

// AUN-113: a reminder of what is no erasure any more, or of nothing, erases nobody.
func TestFinishErasures_erases_only_who_is_being_erased(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(ada)
	tenant, user := u.Tenant.Bytes(), u.ID.Bytes()
	nobody := identity.NewUserID(o.entropy).Bytes()
	for _, body := range [][]byte{append(tenant[:], user[:]...), append(tenant[:], nobody[:]...), nil, {1}, make([]byte, 32)} {
		must(t, o.stores.Identity.Append(t.Context(), store.Row{
			ID: identity.NewEventID(o.clock.Now(), o.entropy).Bytes(), At: o.clock.Now(), Topic: store.TopicErasure, Body: body,
		}))
	}
	o.clock.Advance(time.Hour)
	for range 2 {
		must(t, o.admin.FinishErasures(t.Context(), o.stores.Identity, o.clock.Now()))
	}
	if o.read(u).State != identity.Active {
		t.Error("somebody was erased")
	}
}

// AUN-I7: a link that is asked for while the account goes leaves no row with the
// address behind, and the answer is that of nobody.
func TestErase_leaves_no_link_of_who_was_about_to_ask(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(ada)
	var erased error
	once := false
	o.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Apply") && !once {
			once = true
			erased = errors.Join(
				o.stores.Identity.Apply(context.Background(), identity.EraseUser{Subject: u.Subject(), From: identity.Active}))
		}
		return nil
	})
	_, err := o.accounts.BeginReset(t.Context(), ada)
	must(t, err)
	must(t, erased)
	o.mend()
	for _, m := range o.mails() {
		if m.To == ada {
			t.Errorf("a mail: %+v", m)
		}
	}
}
