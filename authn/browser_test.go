package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

const (
	firefox  = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	firefox2 = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"
	chrome   = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)

// with is a browser that says which one it is.
func (r *rig) with(agent string) *browser {
	b := r.browser()
	b.agent = agent
	return b
}

// relays brings what waits to those who read it, and to who tells of it.
func (r *rig) relays() error {
	r.t.Helper()
	relay, err := audit.NewRelay(audit.RelayConfig{
		Outbox: r.stores.Identity, Store: r.stores.Audit, Clock: r.clock, Stored: r.accounts.TellNewBrowsers,
	})
	must(r.t, err)
	return relay.Run(r.t.Context())
}

// told are the mails about new browsers so far, after a relay, oldest first.
func (r *rig) told() (out []string) {
	r.t.Helper()
	must(r.t, r.relays())
	for _, m := range r.mails() {
		if m.Kind == string(authn.NoteNewDevice) {
			out = append([]string{m.To + strings.TrimSuffix(m.Text, "\n")}, out...)
		}
	}
	return out
}

// signIns are the sign-ins that ada has made, the newest with another browser.
func (r *rig) signIns(browser string) (list []audit.Entry) {
	r.t.Helper()
	acct, _ := r.account(ada)
	records, err := r.stores.Audit.Query(r.t.Context(), r.tenant, audit.Filter{Handle: acct.User.AuditHandle, Kinds: []audit.Kind{"authenticated"}})
	must(r.t, err)
	for i, rec := range records {
		e, err := rec.Open()
		must(r.t, err)
		if i == 0 {
			e.Client.Summary = browser
		}
		list = append(list, e)
	}
	return list
}

// AUN-162: a browser that somebody has not signed in with in the last 90 days is told
// to them, and not the first sign-in of all, another version, or a sign-up.
func TestTellNewBrowsers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.person(bob)
	tell := func(what string, want ...string) {
		t.Helper()
		if got := fmt.Sprint(r.told()); got != fmt.Sprint(want) {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
		r.clock.Advance(time.Hour)
	}
	r.with(firefox).signIn(ada)
	tell("the first of all")
	r.with(firefox2).signIn(ada)
	tell("another version")
	r.with(chrome).signIn(bob)
	tell("the first of somebody else")
	r.with(chrome).signIn(ada)
	one := ada + " Chrome on Windows "
	tell("another browser", one)
	r.with(chrome).signIn(ada)
	tell("the same again", one)
	wrong := r.with("curl/8.5.0")
	wrong.begin(ada)
	wrong.try(pw(mallorys))
	tell("one that did not get in", one)

	r.clock.Advance(80 * 24 * time.Hour)
	r.with(chrome).signIn(ada)
	tell("after 80 days", one)
	r.with(firefox).signIn(ada)
	tell("a browser of 80 days ago", one)
	r.clock.Advance(89 * 24 * time.Hour)
	r.with(firefox).signIn(ada)
	tell("after 89 days", one)
	r.clock.Advance(2 * 24 * time.Hour)
	r.with(chrome).signIn(ada)
	tell("after 91 days, 2 after another", one, one)
	r.clock.Advance(200 * 24 * time.Hour)
	r.with(firefox).signIn(ada)
	tell("after all that is remembered", one, one, ada+" Firefox on Linux ")

	b := r.with(firefox)
	link := b.asks("new@example.org", goodPassword)
	if _, err := b.confirm(link, ""); err != nil {
		t.Fatal(err)
	}
	tell("a sign-up", one, one, ada+" Firefox on Linux ")
	r.with(chrome).signIn("new@example.org")
	tell("the next sign-in elsewhere", one, one, ada+" Firefox on Linux ", "new@example.org Chrome on Windows ")
}

// AUN-162: nobody is told of what another person did, in whichever tenant, and who acts
// as somebody is no sign-in of theirs.
func TestTellNewBrowsers_of_their_own_alone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	boss, target := r.person(ada), r.person(bob)
	r.with(firefox).signIn(bob)
	b := r.with(chrome).signIn(ada)
	r.clock.Advance(time.Minute)
	_, err := b.act(func(ctx context.Context, s *session.Session) error {
		_, err := s.Transition(ctx, machine.Impersonate{
			By: boss.Subject(), Target: target.Subject(), Login: identity.NewLoginID(r.entropy),
			Reason: "ticket 7", Until: r.clock.Now().Add(time.Hour),
		}, session.Commit{})
		return err
	})
	must(t, err)
	if got := r.told(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// AUN-162: three an hour, and then no more, whatever signs in.
func TestTellNewBrowsers_is_throttled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.with(firefox).signIn(ada)
	for i := range 8 {
		r.with(fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64) Other%c/1.0", 'A'+i)).signIn(ada)
		r.with([]string{chrome, firefox}[i%2]).signIn(ada)
		r.with(fmt.Sprintf("tool%c/1.0", 'a'+i)).signIn(ada)
		r.clock.Advance(time.Second)
	}
	if got := r.told(); len(got) > 3 || len(got) == 0 {
		t.Errorf("%d mails: %v", len(got), got)
	}
}

// AUN-162, AUD-034: what is handed over again is told once; a store that does not
// answer loses nothing, and nobody who was erased is told.
func TestTellNewBrowsers_after_a_crash(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(r *rig, u identity.User){
		"nothing": func(*rig, identity.User) {},
		"the account cannot be read": func(r *rig, _ identity.User) {
			r.failing(map[string]error{"AccountByID": store.ErrUnavailable})
		},
		"the mail cannot be queued": func(r *rig, _ identity.User) {
			r.failing(map[string]error{"Record/identity.Append": store.ErrUnavailable})
		},
	} {
		r := newRig(t)
		u := r.person(ada)
		r.with(firefox).signIn(ada)
		r.clock.Advance(time.Minute)
		r.with(chrome).signIn(ada)
		fault(r, u)
		err := r.relays()
		if (err != nil) != (name != "nothing") {
			t.Fatalf("%s: %v", name, err)
		}
		r.failing(nil)
		r.clock.Advance(time.Minute) // the lease of the relay that died is over
		must(t, r.relays())
		if got := r.told(); len(got) != 1 {
			t.Errorf("%s: %v", name, got)
		}
	}

	// The process died behind the mail, before the events left the outbox.
	r := newRig(t)
	r.person(ada)
	r.with(firefox).signIn(ada)
	r.clock.Advance(time.Minute)
	r.with(chrome).signIn(ada)
	relay, err := audit.NewRelay(audit.RelayConfig{
		Outbox: r.stores.Identity, Store: r.stores.Audit, Clock: r.clock,
		Stored: func(ctx context.Context, events []audit.Entry) error {
			return errors.Join(r.accounts.TellNewBrowsers(ctx, events), store.ErrUnavailable)
		},
	})
	must(t, err)
	if err := relay.Run(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Fatal(err)
	}
	r.clock.Advance(time.Minute)
	if got := r.told(); len(got) != 1 {
		t.Errorf("handed over twice: %v", got)
	}
}

// AUN-162, AUN-I7: somebody who is not there any more is told nothing, and holds
// nothing up.
func TestTellNewBrowsers_of_nobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	log := r.recorder()
	handle := [16]byte{1}
	for _, agent := range []string{firefox, chrome} {
		ctx := audit.With(t.Context(), audit.Context{UserAgent: agent})
		r.happened(ctx, log, audit.Of{Tenant: r.tenant, Subject: identity.NewUserID(r.entropy), Handle: handle}, audit.Authenticated{
			Method: "password", Factors: []identity.Kind{"password"}, Flow: audit.FlowInteractive, Login: identity.NewLoginID(r.entropy),
		})
		r.clock.Advance(time.Second)
	}
	if got := r.told(); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if rows := r.rows(store.TopicAudit); len(rows) != 0 {
		t.Errorf("%d events wait", len(rows))
	}
}
