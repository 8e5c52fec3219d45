package attack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/session"
)

// refOf is the name of the row behind a cookie, as whoever has both computes it:
// a digest of the id in the cookie, made here apart from the product.
func refOf(t *testing.T, b *fronttest.Browser) session.Ref {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(sessionOf(b))
	if err != nil || len(raw) != 54 {
		t.Fatalf("cookie %q: %v", sessionOf(b), err)
	}
	sum := sha256.Sum256(append([]byte("axess/session/ref/v1"), raw[6:22]...))
	return identity.FromBytes[session.Ref]([16]byte(sum[:16]))
}

// forger stands between the program and its sessions and changes rows on the way
// out: whatever a writer of the database can do to one, the program reads it here.
type forger struct {
	backend.Session
	mu   sync.Mutex
	rows map[session.Ref]func(*session.Record)
}

func (f *forger) Load(ctx context.Context, ref session.Ref, now time.Time) (session.Record, session.Current, error) {
	rec, cur, err := f.Session.Load(ctx, ref, now)
	f.mu.Lock()
	edit := f.rows[ref]
	f.mu.Unlock()
	if err == nil && edit != nil {
		rec.Sealed = bytes.Clone(rec.Sealed)
		edit(&rec)
		if rec.Subject.Valid() {
			// The database joins the epochs of whom the row names.
			cur.Epochs, err = f.Session.Epochs(ctx, rec.Subject)
		}
	}
	return rec, cur, err
}

func (f *forger) forge(ref session.Ref, edit func(*session.Record)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows[ref] = edit
}

// row is a session as it is stored.
func (s *site) row(t *testing.T, b *fronttest.Browser) session.Record {
	t.Helper()
	rec, _, err := s.stores.Session.Load(t.Context(), refOf(t, b), s.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	rec.Sealed = bytes.Clone(rec.Sealed)
	return rec
}

// Whoever can write the table of sessions, and has a session of their own, can
// make no row that the program believes: not by copying another's, not by going
// back, not by changing what stands beside the seal. The request is nobody's, the
// browser keeps its cookie, and the log tells. SES-031, SES-062, SES-066, SES-152
func TestRows_forged(t *testing.T) {
	t.Parallel()
	type rows struct{ own, victim, before session.Record }
	forgeries := map[string]func(*session.Record, rows){
		"the victim's whole row under my name": func(r *session.Record, o rows) {
			ref := r.Ref
			*r = o.victim
			r.Ref = ref
		},
		"the victim's row": func(r *session.Record, o rows) { *r = o.victim },
		"the victim's body": func(r *session.Record, o rows) {
			r.Sealed, r.Kid = bytes.Clone(o.victim.Sealed), o.victim.Kid
		},
		"the victim in the columns": func(r *session.Record, o rows) { r.Subject = o.victim.Subject },
		"the victim's login":        func(r *session.Record, o rows) { r.Subject, r.Login = o.victim.Subject, o.victim.Login },
		"another tenant": func(r *session.Record, o rows) {
			r.Subject.Tenant = identity.FromBytes[identity.TenantID]([16]byte{15: 9})
		},
		"an administrator acting": func(r *session.Record, o rows) { r.Actor = o.victim.Subject },
		"an older body, the present revision": func(r *session.Record, o rows) {
			r.Sealed = bytes.Clone(o.before.Sealed)
		},
		"the present body, an older revision": func(r *session.Record, o rows) { r.Rev = o.before.Rev },
		"a later end":                         func(r *session.Record, _ rows) { r.AbsUntil = r.AbsUntil.AddDate(1, 0, 0) },
		"an earlier beginning":                func(r *session.Record, _ rows) { r.CreatedAt = r.CreatedAt.Add(-time.Hour) },
		"a fresher sign-in":                   func(r *session.Record, _ rows) { r.AuthAt = r.AuthAt.Add(time.Hour) },
		"higher epochs":                       func(r *session.Record, _ rows) { r.Epochs.User += 10 },
		"a guest's columns": func(r *session.Record, _ rows) {
			r.Subject, r.Login, r.AuthAt = identity.Subject{}, identity.LoginID{}, time.Time{}
		},
		"no body":           func(r *session.Record, _ rows) { r.Sealed = nil },
		"half a body":       func(r *session.Record, _ rows) { r.Sealed = r.Sealed[:len(r.Sealed)/2] },
		"a byte less":       func(r *session.Record, _ rows) { r.Sealed = r.Sealed[:len(r.Sealed)-1] },
		"a byte more":       func(r *session.Record, _ rows) { r.Sealed = append(r.Sealed, 0) },
		"a bit of the text": func(r *session.Record, _ rows) { r.Sealed[20] ^= 1 },
		"a bit of the tag":  func(r *session.Record, _ rows) { r.Sealed[len(r.Sealed)-1] ^= 1 },
		"plain text":        func(r *session.Record, _ rows) { r.Sealed = []byte{0xa1, 0x01, 0x01} },
	}
	onEachForged(t, func(t *testing.T, s *site, own *forger) {
		attacker, victim := s.Person("mallory@example.org"), s.Person("ada@example.org")
		mallory, ada := who(attacker), who(victim)
		o := rows{before: s.row(t, attacker)}
		// A later revision of the same row: a choice that is kept with the session.
		attacker.Fetch("GET", "/count").Is(t, http.StatusOK)
		o.own, o.victim = s.row(t, attacker), s.row(t, victim)
		if o.own.Rev == o.before.Rev {
			t.Fatal("the row has one revision only")
		}
		for _, name := range slices.Sorted(maps.Keys(forgeries)) {
			// Believed a moment ago, and so perhaps remembered.
			own.forge(o.own.Ref, nil)
			if who(attacker) != mallory {
				t.Fatalf("before %s: the session is gone", name)
			}
			own.forge(o.own.Ref, func(r *session.Record) { forgeries[name](r, o) })
			s.Log.Take()
			a := attacker.Clone().Fetch("GET", "/notes")
			if got := strings.TrimPrefix(a.Body, "notes of "); got == ada || a.Status == http.StatusOK {
				t.Errorf("%s: believed, %q", name, a.Body)
			}
			if a.Status != http.StatusUnauthorized || a.Sets(attacker.Cookie("")) {
				t.Errorf("%s: %s, cookies %q", name, code(a), a.Header["Set-Cookie"])
			}
			if log := s.Log.Take(); !strings.Contains(log, "integrity failure") {
				t.Errorf("%s: the log does not tell:\n%s", name, log)
			}
		}
		// Nothing was ended by it: the row as it was is still a session.
		own.forge(o.own.Ref, nil)
		if who(attacker) != mallory {
			t.Error("a forged row ended the session that it stood for")
		}
	})
}

// A revocation is not undone by whoever can write rows: the epoch that a row was
// stamped with stands under the seal, and pointing the row at somebody who was not
// revoked contradicts it. SES-031, SES-195, SES-228
func TestRows_outlive_no_revocation(t *testing.T) {
	t.Parallel()
	onEachForged(t, func(t *testing.T, s *site, own *forger) {
		attacker := s.Person("mallory@example.org")
		bystander := s.Person("ada@example.org")
		row, other := s.row(t, attacker), s.row(t, bystander)
		s.SignIn("mallory@example.org").Post("/auth/account/sessions/end-others", nil).Is(t, http.StatusSeeOther)
		for name, edit := range map[string]func(*session.Record){
			"as it was":                    func(r *session.Record) { *r = row },
			"stamped anew":                 func(r *session.Record) { r.Epochs.User++ },
			"as somebody who is not ended": func(r *session.Record) { r.Subject = other.Subject },
			"as nobody":                    func(r *session.Record) { r.Subject = identity.Subject{} },
		} {
			own.forge(row.Ref, edit)
			if got := attacker.Clone().Fetch("GET", "/notes"); got.Status != http.StatusUnauthorized {
				t.Errorf("%s: %s", name, code(got))
			}
		}
	})
}

// Nor does a session live longer than the sign-in that it was made for, whatever is
// written over its times: that end stands under the seal. SES-228
func TestRows_that_never_end(t *testing.T) {
	t.Parallel()
	stores, db := openFile(t)
	s := newSite(t, stores, db, nil)
	b := s.Person("ada@example.org")
	const years = `UPDATE axess_sessions SET idle_until = idle_until + 315360000000000, ends_at = ends_at + 315360000000000, sweep_at = sweep_at + 315360000000000`
	if res, err := db.ExecContext(t.Context(), years); err != nil {
		t.Fatal(err)
	} else if n, err := res.RowsAffected(); err != nil || n != 1 {
		t.Fatalf("%d rows written, %v", n, err)
	}
	for range 6 {
		s.Clock.Advance(27 * time.Hour)
		b.Fetch("GET", "/notes").Is(t, http.StatusOK)
	}
	s.Clock.Advance(30 * time.Hour)
	if who(b) != "" {
		t.Error("alive after eight days")
	}
}

// The same with the file in hand and SQL. SES-031, SES-062, SES-152
func TestRows_written_by_sql(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"swap the bodies": `UPDATE axess_sessions SET sealed = (SELECT o.sealed FROM axess_sessions o WHERE o.ref <> axess_sessions.ref LIMIT 1)`,
		"swap the people": `UPDATE axess_sessions SET user_id = (SELECT o.user_id FROM axess_sessions o WHERE o.ref <> axess_sessions.ref LIMIT 1)`,
		"all of the victim's but the name": `UPDATE axess_sessions SET (rev, tenant_id, user_id, login_id, auth_at, created_at, idle_until, abs_until, ends_at, epoch_g, epoch_t, epoch_u, kid, sealed) =
 (SELECT o.rev, o.tenant_id, o.user_id, o.login_id, o.auth_at, o.created_at, o.idle_until, o.abs_until, o.ends_at, o.epoch_g, o.epoch_t, o.epoch_u, o.kid, o.sealed FROM axess_sessions o WHERE o.ref <> axess_sessions.ref LIMIT 1)`,
		"the names exchanged": `UPDATE axess_sessions SET ref = CAST(substr(ref, 2) || substr(ref, 1, 1) AS BLOB)`,
		"longer":              `UPDATE axess_sessions SET abs_until = abs_until + 86400000000`,
		"another tenant":      `UPDATE axess_sessions SET tenant_id = CAST(substr(tenant_id, 2) || x'07' AS BLOB)`,
		"no seal":             `UPDATE axess_sessions SET sealed = x''`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stores, db := openFile(t)
			s := newSite(t, stores, db, nil)
			attacker, victim := s.Person("mallory@example.org"), s.Person("ada@example.org")
			people := []string{who(attacker), who(victim)}
			if slices.Contains(people, "") {
				t.Fatal("nobody is signed in")
			}
			res, err := db.ExecContext(t.Context(), statement)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := res.RowsAffected(); err != nil || n < 2 {
				t.Fatalf("%d rows written, %v", n, err)
			}
			refused := 0
			for i, b := range []*fronttest.Browser{attacker, victim} {
				got := b.Clone().Fetch("GET", "/notes")
				if got.Status == http.StatusUnauthorized {
					refused++
				} else if got.Body != "notes of "+people[i] {
					// The database writes one row after the other: the first may have kept
					// what it had.
					t.Errorf("%s %q", code(got), got.Body)
				}
				if got.Sets(b.Cookie("")) {
					t.Errorf("cookies %q", got.Header["Set-Cookie"])
				}
			}
			if refused == 0 {
				t.Error("both rows are believed: nothing was forged")
			}
		})
	}
}

// onEachForged is onEach with a forger before the sessions, and a route that
// writes the session anew.
func onEachForged(t *testing.T, attack func(*testing.T, *site, *forger)) {
	t.Helper()
	for name, open := range map[string]func(*testing.T) backend.Stores{
		"memory": memoryStores,
		"sqlite": func(t *testing.T) backend.Stores { stores, _ := openFile(t); return stores },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stores := open(t)
			f := &forger{Session: stores.Session, rows: map[session.Ref]func(*session.Record){}}
			s := newSite(t, stores, nil, []func(*axess.Config){func(c *axess.Config) { c.Stores.Session = f }})
			count := session.NewKey[int]("test.count")
			s.Routes.Authn("GET /count", func(w http.ResponseWriter, r *http.Request, _ axess.Authenticated) {
				sess, err := session.From(r.Context())
				if err != nil {
					t.Error(err)
					return
				}
				n, _, err := count.Get(sess)
				if err == nil {
					err = count.Set(sess, n+1)
				}
				if err != nil {
					t.Error(err)
				}
			})
			attack(t, s, f)
		})
	}
}
