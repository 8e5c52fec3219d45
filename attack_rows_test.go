package axess_test

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3/driver"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/seal"
)

// tampered is a program on a SQLite file that somebody else has open beside it:
// they can write every row, and have no key.
type tampered struct {
	*fronttest.Site
	t  *testing.T
	db *sql.DB
}

func tamper(t *testing.T, options ...func(*axess.Config)) *tampered {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.db")
	s, _ := serving(t, openFile(t, path).Stores(), options...)
	db, err := driver.Open("file:" + path + "?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &tampered{s, t, db}
}

// exec writes what a statement says, and must have found something to write.
func (f *tampered) exec(statement string, args ...any) {
	f.t.Helper()
	res, err := f.db.ExecContext(f.t.Context(), statement, args...)
	if err != nil {
		f.t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		f.t.Fatalf("%s: %d rows, %v", statement, n, err)
	}
}

// keep runs a statement that writes no row.
func (f *tampered) keep(statement string) {
	f.t.Helper()
	if _, err := f.db.ExecContext(f.t.Context(), statement); err != nil {
		f.t.Fatal(err)
	}
}

// user is the id of an account as the tables have it.
func (f *tampered) user(email string) []byte {
	f.t.Helper()
	id := f.Account(email).User.ID.Bytes()
	return id[:]
}

// opens reports how far a password leads: "in", "code" or "refused".
func (f *tampered) opens(who, word string) string {
	f.t.Helper()
	f.Clock.Advance(16 * time.Minute) // no lock of an earlier try
	a := signIn(f.Browser(), who, word)
	switch {
	case a.Status == http.StatusSeeOther && a.Header.Get("Location") == "/auth/factor/totp":
		return "code"
	case a.Status == http.StatusSeeOther:
		return "in"
	case a.Status == http.StatusUnauthorized:
		return "refused"
	}
	f.t.Errorf("a sign-in answers %d", a.Status)
	return ""
}

const mallory = "mallory@example.org"

// joined signs the attacker up, with a password of their own.
func (f *tampered) joined() *fronttest.Browser {
	f.t.Helper()
	b := f.Browser()
	b.Get("/auth/sign-up")
	b.Post("/auth/sign-up", fronttest.Form{"email": mallory, "name": "M", "password": mallorys}).Is(f.t, http.StatusSeeOther)
	b.Get(f.Link()).Is(f.t, http.StatusSeeOther)
	b.Post("/auth/verify", nil).Is(f.t, http.StatusSeeOther)
	return b
}

// FAC-003, FAC-I0, AUN-I0: rows that somebody with the database in hand writes are
// not believed where an owner, a version or a right is in them: nobody gets in, and
// the alarm goes off.
func TestAttack_rows_that_are_not_believed(t *testing.T) {
	t.Parallel()
	for name, attack := range map[string]func(t *testing.T, f *tampered){
		"the attacker's password under the victim's name": func(t *testing.T, f *tampered) {
			f.exec(`UPDATE axess_credentials SET (kind, state, version, created_at, body, mac) =
 (SELECT kind, state, version, created_at, body, mac FROM axess_credentials WHERE user_id = ? AND kind = 'password')
 WHERE user_id = ? AND kind = 'password'`, f.user(mallory), f.user(victim))
			if got := f.opens(victim, mallorys); got != "refused" {
				t.Errorf("the attacker's password: %s", got)
			}
			f.alarmed(t, "credential_unreadable")
		},
		"the attacker's row moved to the victim": func(t *testing.T, f *tampered) {
			f.exec(`UPDATE axess_credentials SET user_id = ? WHERE user_id = ? AND kind = 'password'`, f.user(victim), f.user(mallory))
			if got := f.opens(victim, mallorys); got != "refused" {
				t.Errorf("the attacker's password: %s", got)
			}
		},
		"an app of the attacker's for the victim's second step": func(t *testing.T, f *tampered) {
			f.exec(`UPDATE axess_credentials SET kind = 'totp' WHERE user_id = ?`, f.user(mallory))
			if got := f.opens(mallory, mallorys); got != "refused" {
				t.Errorf("a password row that says it is an app: %s", got)
			}
		},
		"another version": func(t *testing.T, f *tampered) {
			f.exec(`UPDATE axess_credentials SET version = version + 1 WHERE user_id = ?`, f.user(victim))
			if got := f.opens(victim, fronttest.Password); got != "refused" {
				t.Errorf("a row whose version was changed: %s", got)
			}
		},
		"a credential made to look older": func(t *testing.T, f *tampered) {
			f.exec(`UPDATE axess_credentials SET created_at = created_at - 1000000 WHERE user_id = ?`, f.user(victim))
			if got := f.opens(victim, fronttest.Password); got != "refused" {
				t.Errorf("a row whose time was changed: %s", got)
			}
		},
		"the administrator's role": func(t *testing.T, f *tampered) {
			boss := f.Browser()
			boss.Get(f.ClaimLink()).Is(t, http.StatusSeeOther)
			boss.Post("/auth/activate", fronttest.Form{"email": "boss@example.org", "name": "Boss", "password": fronttest.Password}).Is(t, http.StatusSeeOther)
			app := f.App(boss.Get("/auth/activate").Is(t, http.StatusOK))
			boss.Post("/auth/activate", fronttest.Form{"code": app()}).Is(t, http.StatusSeeOther)
			f.exec(`UPDATE axess_grants SET user_id = ?`, f.user(mallory))
			if roles := f.Auth.Authn().Roles(t.Context(), f.Account(mallory)); len(roles) != 0 {
				t.Errorf("the attacker is %v", roles)
			}
			f.alarmed(t, "grant_not_authentic")
		},
		"the attacker's name for the victim": func(t *testing.T, f *tampered) {
			f.exec(`UPDATE axess_identifiers SET user_id = ? WHERE canonical = ?`, f.user(victim), mallory)
			if got := f.opens(mallory, mallorys); got != "refused" {
				t.Errorf("the attacker's name with their password: %s", got)
			}
		},
		"the victim's name for the attacker": func(t *testing.T, f *tampered) {
			id := f.user(victim)
			f.exec(`UPDATE axess_identifiers SET user_id = ? WHERE canonical = ?`, f.user(mallory), victim)
			b := f.Browser()
			f.Clock.Advance(16 * time.Minute)
			signIn(b, victim, mallorys)
			who := f.Account(victim).User.ID.Bytes()
			if string(who[:]) == string(id) {
				t.Fatal("the row was not changed")
			}
			// They are in their own account, by another name: nothing of the victim's
			// hangs on a name.
			if page := b.Get("/auth/account"); strings.Contains(page.Body, "Somebody") {
				t.Errorf("the attacker sees the victim's account:\n%s", page.Body)
			}
		},
		"a link made up": func(t *testing.T, f *tampered) {
			f.exec(`UPDATE axess_users SET state = 1 WHERE id = ?`, f.user(victim))
			text := strings.Repeat("A", 22) + strings.Repeat("B", 42)
			selector, verifier := linkParts(t, text)
			digest := seal.Digest(seal.DigestLinkToken, verifier)
			f.exec(`INSERT INTO axess_tokens (selector, digest, purpose, tenant_id, user_id, address, created_at, expires_at) SELECT ?, ?, 'sign_up', tenant_id, id, ?, created_at, created_at + 86400000000 FROM axess_users WHERE id = ?`,
				selector, digest[:], victim, f.user(victim))
			b := f.Browser()
			b.Get("/auth/verify?token=" + text)
			b.Post("/auth/verify", fronttest.Form{"password": mallorys})
			if in(b) || f.opens(victim, mallorys) != "refused" {
				t.Error("a made-up link takes over an account")
			}
		},
		"a claim made up": func(t *testing.T, f *tampered) {
			text := strings.Repeat("C", 22) + strings.Repeat("D", 42)
			selector, verifier := linkParts(t, text)
			digest := seal.Digest(seal.DigestLinkToken, verifier)
			f.exec(`INSERT INTO axess_tokens (selector, digest, purpose, tenant_id, user_id, address, created_at, expires_at) SELECT ?, ?, 'claim', id, x'00000000000080008000000000000002', '', created_at, created_at + 86400000000 FROM axess_tenants`,
				selector, digest[:])
			b := f.Browser()
			b.Get("/auth/activate?token=" + text)
			b.Get("/auth/activate").Is(t, http.StatusNotFound)
			b.Post("/auth/activate", fronttest.Form{"email": "m2@example.org", "name": "M", "password": mallorys}).Is(t, http.StatusNotFound)
		},
		"a method without steps": func(t *testing.T, f *tampered) {
			f.exec(`INSERT INTO axess_methods (tenant_id, user_id, name, priority, enabled, reason, steps) SELECT tenant_id, id, 'password', 0, 1, '', x'0100' FROM axess_users WHERE id = ?`, f.user(victim))
			for _, word := range []string{mallorys, fronttest.Password} {
				if got := f.opens(victim, word); got != "refused" {
					t.Errorf("%q signs in without a step: %s", word, got)
				}
			}
		},
		"a tenant's method without steps": func(t *testing.T, f *tampered) {
			f.exec(`UPDATE axess_methods SET steps = x'0100'`)
			if a := signIn(f.Browser(), victim, mallorys); a.Status == http.StatusSeeOther || a.Status == http.StatusInternalServerError {
				t.Errorf("a method without steps answers %d", a.Status)
			}
		},
		"a method of steps that nobody verifies": func(t *testing.T, f *tampered) {
			// One step of the kind email_link, which a session may carry as evidence.
			f.exec(`INSERT INTO axess_methods (tenant_id, user_id, name, priority, enabled, reason, steps) SELECT tenant_id, id, 'password', 0, 1, '', x'010102010a656d61696c5f6c696e6b' FROM axess_users WHERE id = ?`, f.user(victim))
			if got := f.opens(victim, mallorys); got != "refused" {
				t.Errorf("%s", got)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := tamper(t)
			f.Person(victim)
			f.joined()
			attack(t, f)
		})
	}
}

// linkParts are what finds the row of a link and what proves it.
func linkParts(t *testing.T, text string) (selector, verifier []byte) {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != 48 {
		t.Fatal(len(b), err)
	}
	return b[:16], b[16:]
}

// alarmed fails the test unless the log has said what it found.
func (f *tampered) alarmed(t *testing.T, what string) {
	t.Helper()
	if len(f.Log.Lines(what)) == 0 {
		t.Errorf("no alarm %q", what)
	}
}

// What the design cannot know is written down where operators read: each row here
// is believed today, and docs/incidents.md says so.
func TestAttack_rows_that_are_believed_are_documented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/incidents.md")
	if err != nil {
		t.Fatal(err)
	}
	for phrase, attack := range map[string]func(t *testing.T, f *tampered) bool{
		"reactivate a suspended account": func(_ *testing.T, f *tampered) bool {
			f.exec(`UPDATE axess_users SET state = 4 WHERE id = ?`, f.user(victim))
			if f.opens(victim, fronttest.Password) == "in" {
				return false
			}
			f.exec(`UPDATE axess_users SET state = 3 WHERE id = ?`, f.user(victim))
			return f.opens(victim, fronttest.Password) == "in"
		},
		"take a second step away": func(_ *testing.T, f *tampered) bool {
			f.Enrol(f.Person("strong@example.org"))
			f.exec(`DELETE FROM axess_methods WHERE user_id = ?`, f.user("strong@example.org"))
			return f.opens("strong@example.org", fronttest.Password) == "in"
		},
		"a whole earlier credential row put back": func(t *testing.T, f *tampered) bool {
			t.Helper()
			show := f.Enrol(f.Person("strong@example.org"))
			f.keep(`CREATE TABLE kept AS SELECT * FROM axess_credentials WHERE kind = 'totp'`)
			f.Clock.Advance(fronttest.SecondStep)
			code := show()
			post(atCode(t, f.Site, "strong@example.org"), code).Is(t, http.StatusSeeOther)
			post(atCode(t, f.Site, "strong@example.org"), code).Is(t, http.StatusUnauthorized)
			f.exec(`DELETE FROM axess_credentials WHERE kind = 'totp'`)
			f.exec(`INSERT INTO axess_credentials SELECT * FROM kept`)
			return post(atCode(t, f.Site, "strong@example.org"), code).Status == http.StatusSeeOther
		},
		"a whole session row put back": func(t *testing.T, f *tampered) bool {
			t.Helper()
			b := f.Person("gone@example.org")
			thief := b.Clone()
			f.keep(`CREATE TABLE kept AS SELECT * FROM axess_sessions`)
			b.Post("/auth/sign-out", nil).Is(t, http.StatusSeeOther)
			thief.Clone().Get("/auth/account").Is(t, http.StatusSeeOther)
			f.keep(`INSERT OR IGNORE INTO axess_sessions SELECT * FROM kept`)
			return thief.Get("/auth/account").Status == http.StatusOK
		},
	} {
		t.Run(phrase, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(string(text), phrase) {
				t.Error("docs/incidents.md does not say so")
			}
			f := tamper(t)
			f.Person(victim)
			if !attack(t, f) {
				t.Error("it is not believed any more: say so in docs/incidents.md")
			}
		})
	}
}

// A mail that waits says what it said when it was written, to whom it was written,
// or nothing: rows of the outbox whose parts were exchanged are not sent.
func TestAttack_mails_exchanged_in_the_outbox(t *testing.T) {
	t.Parallel()
	sender := &slowPost{sent: make(chan string, 16)}
	f := tamper(t, func(c *axess.Config) { c.Mail = sender })
	ask := func(who string) {
		b := f.Browser()
		b.Get("/auth/sign-up")
		b.Post("/auth/sign-up", fronttest.Form{"email": who, "name": "Somebody", "password": mallorys}).Is(t, http.StatusSeeOther)
	}
	ask(victim)
	ask(mallory)
	// Each row gets the body of the other.
	f.keep(`CREATE TABLE kept AS SELECT id, body FROM axess_outbox WHERE topic = 'mail'`)
	f.exec(`UPDATE axess_outbox SET body = (SELECT kept.body FROM kept WHERE kept.id != axess_outbox.id) WHERE topic = 'mail'`)
	sender.open.Store(true)
	f.Clock.Advance(10 * time.Minute)
	// A round that sends what is written now has seen the two rows as well.
	for _, who := range []string{"third@example.org", "fourth@example.org"} {
		ask(who)
		if got := <-sender.sent; got != who {
			t.Fatalf("sent to %s", got)
		}
	}
}

// slowPost tells to whom it has sent, once it is open.
type slowPost struct {
	open atomic.Bool
	sent chan string
}

func (p *slowPost) Send(_ context.Context, m mail.Message) error {
	if !p.open.Load() {
		return errors.New("closed")
	}
	p.sent <- m.To
	return nil
}
