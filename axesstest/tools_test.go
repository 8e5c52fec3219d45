package axesstest_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/axesstest"
	"github.com/axess-go/axess/factor"
)

// TKT-003: what hashes passwords cheaply works in no program.
func TestNew_works_in_tests_alone(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "run", "./testdata/outside").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "too cheaply for anything but a test") {
		t.Errorf("%v: %s", err, out)
	}
}

// TKT-010: time is the test's.
func TestClock_stands_until_it_is_moved(t *testing.T) {
	t.Parallel()
	k := axesstest.New(t, app)
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if now := k.Clock.Now(); !now.Equal(start) {
		t.Fatalf("begins at %v", now)
	}
	ada := k.SignIn("ada@example.org")
	if now := k.Clock.Now(); now.Sub(start) > time.Minute {
		t.Errorf("a sign-in took %v", now.Sub(start))
	}
	ada.Get("/notes").Want(200)
	k.Clock.Advance(25 * time.Hour)
	ada.Get("/notes").WantSignIn()
}

// TKT-011: the mailbox holds what has been sent by now, and says what it holds when
// that is something else.
func TestMailbox(t *testing.T) {
	t.Parallel()
	k := axesstest.New(t, app)
	b := k.Browser()
	for _, email := range []string{"ada@example.org", "bob@example.org"} {
		b.Get("/auth/sign-up").Submit("/auth/sign-up", axesstest.Form{"email": email, "password": axesstest.Password})
		k.Clock.Advance(time.Second) // mails of one moment leave in no order
	}
	all := k.Mail.All()
	if len(all) != 2 || all[0].To != "ada@example.org" || all[1].To != "bob@example.org" {
		t.Fatalf("mails: %+v", all)
	}
	if last := k.Mail.Last("ada@example.org"); last.Subject != all[0].Subject {
		t.Errorf("last: %+v", last)
	}
	if link := k.Mail.Link("bob@example.org"); !strings.HasPrefix(link, k.URL+"/auth/verify?") || !strings.Contains(all[1].Text, link) {
		t.Errorf("link: %s", link)
	}
	x := expected{TB: t}
	mails := axesstest.MailboxOf(k, &x, all...)
	if said := x.fails(func() { mails.Last("eve@example.org") }); !strings.Contains(said, "to ada@example.org: "+all[0].Subject) {
		t.Errorf("no mail: %q", said)
	}
}

// TKT-012: a code is never shown twice, however often it is asked for.
func TestCode_is_new_each_time(t *testing.T) {
	t.Parallel()
	k := axesstest.New(t, app)
	k.SignIn("ada@example.org", axesstest.With(factor.Password, factor.TOTP))
	before := k.Clock.Now()
	seen := map[string]bool{}
	for range 5 {
		code := k.Code("ada@example.org")
		if len(code) != 6 || seen[code] {
			t.Fatalf("code %q after %v", code, seen)
		}
		seen[code] = true
	}
	if k.Clock.Now().Equal(before) {
		t.Error("five codes within one step")
	}
}
