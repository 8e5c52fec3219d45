package authn_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/ncruces/go-sqlite3/driver"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/duty"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/sqlite"
	"github.com/axess-go/axess/store/storetest/fault"
)

// on moves an office to other stores, with its people.
func (o *office) on(stores backend.Stores) {
	o.t.Helper()
	o.stores = stores
	o.ident.Admin, o.ledger.Ledger, o.store.Store = stores.Identity, stores.Throttle, stores.Session
	must(o.t, stores.Identity.Apply(o.t.Context(), identity.NewTenant{
		Tenant: identity.Tenant{
			ID: o.tenant, Slug: "default", Status: identity.TenantActive, CreatedAt: o.clock.Now(), UpdatedAt: o.clock.Now(),
		},
		Methods: authn.DefaultMethods(),
	}))
	o.boss = o.person(eve)
}

// foundIn is found for one table.
func foundIn(t *testing.T, db *sql.DB, name string, marks []string) (at []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT * FROM "`+name+`"`)
	must(t, err)
	defer func() { must(t, rows.Close()) }()
	cols, err := rows.Columns()
	must(t, err)
	for rows.Next() {
		cells := make([]sql.RawBytes, len(cols))
		into := make([]any, len(cols))
		for i := range cells {
			into[i] = &cells[i]
		}
		must(t, rows.Scan(into...))
		for i, cell := range cells {
			for _, m := range marks {
				if bytes.Contains(bytes.ToLower(cell), []byte(strings.ToLower(m))) {
					at = append(at, fmt.Sprintf("%s.%s holds %q", name, cols[i], m))
				}
			}
		}
	}
	must(t, rows.Err())
	return at
}

// found lists where in the tables a text is, in any column.
func found(t *testing.T, db *sql.DB, marks ...string) (at []string) {
	t.Helper()
	tables, err := db.QueryContext(t.Context(), `SELECT name FROM sqlite_schema WHERE type = 'table'`)
	must(t, err)
	defer func() { must(t, tables.Close()) }()
	n := 0
	for ; tables.Next(); n++ {
		var name string
		must(t, tables.Scan(&name))
		at = append(at, foundIn(t, db, name, marks)...)
	}
	must(t, tables.Err())
	if n < 5 {
		t.Fatalf("%d tables", n)
	}
	return at
}

// AUN-I7: after an erasure no column of any table holds a name, an address or a label
// of the person: not in accounts, sessions, links and guesses, and not in mails and
// events that wait to be delivered.
func TestErase_leaves_nothing_in_any_table(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.db")
	b, err := sqlite.Open(path)
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	o := newOffice(t)
	o.on(b.Stores())
	const address, name = "wilhelmina.quux@example.org", "Wilhelmina Quux"
	o.browser().do(func(ctx context.Context, s *session.Session) {
		_, err := o.accounts.BeginSignup(ctx, s, authn.NewUser{Email: address, DisplayName: name, Password: secret(goodPassword)})
		must(t, err)
	})
	acct, _ := o.account(address)
	u := acct.User
	must(t, o.stores.Identity.Apply(t.Context(), identity.Transition{
		Subject: u.Subject(), From: identity.Candidate, To: identity.Active,
		Detail: identity.StateDetail{Since: o.clock.Now()}, By: u.ID, EmailVerifiedAt: o.clock.Now(),
	}, identity.PutLink{Link: identity.Link{
		Tenant: u.Tenant, User: u.ID, Issuer: "https://idp.example", External: "wilhelmina-4711", At: o.clock.Now(), By: u.ID,
	}}))
	in := o.browser().signIn(address)
	in.enrols("Wilhelmina's phone")
	_, err = o.accounts.BeginReset(t.Context(), address)
	must(t, err)
	g := o.browser()
	g.begin(address)
	g.try(pw("wrong horse battery staple"))
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	marks := []string{"wilhelmina", "quux"} // long enough not to occur in a digest
	if before := found(t, db, marks...); len(before) < 3 {
		t.Fatalf("the scan sees %q", before)
	}
	must(t, o.admin.Erase(t.Context(), o.order(u)))
	if left := found(t, db, marks...); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
	if in.signedIn() {
		t.Error("signed in")
	}
	if _, there := o.account(address); there {
		t.Error("found")
	}
}

// AUN-111, PRD-022: with sessions kept elsewhere, a verb that is acknowledged has ended
// them, and one that could not says so and is finished by repeating it.
func TestAdmin_with_sessions_elsewhere(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"suspend", "terminate", "archive", "erase", "disable_factor", "reset_factors"} {
		for nth := 0; nth <= 2; nth++ {
			o := newOffice(t)
			f := fault.New(memory.New(memory.Config{}).Stores().WithSession(memory.New(memory.Config{}).Stores()))
			d, err := duty.New(duty.Config{Stores: f.Stores(), Clock: o.clock, Entropy: o.entropy, Logger: slog.New(slog.DiscardHandler)})
			must(t, err)
			o.on(d.Stores())
			u := o.person(ada)
			b := o.browser().signIn(ada)
			f.Reset()
			if nth > 0 {
				f.Use(fault.On("session.Raise", nth, fault.Injection{Before: errPlug}))
			}
			err = o.verbs()[verb](t.Context(), o.order(u))
			if nth == 0 || nth == 2 && verb != "erase" {
				must(t, err)
			} else {
				var half *authn.RevocationError
				if !errors.As(err, &half) || !half.Changed {
					t.Errorf("%s: %v", verb, err)
				}
				if nth == 1 {
					must(t, o.verbs()[verb](t.Context(), o.order(u)))
				} else {
					must(t, d.Settle(t.Context(), 0))
				}
			}
			if b.signedIn() {
				t.Errorf("%s: signed in after it", verb)
			}
		}
	}
}
