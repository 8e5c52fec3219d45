package sqlstore

import (
	"reflect"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// STO-022: a load is one statement, so record and epochs belong to one moment
// without a transaction.
func TestLoad_is_one_statement(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.Stores().Session
	sub := identity.Subject{
		Tenant: identity.FromNamespaced[identity.TenantID]("test", "t"), User: identity.FromNamespaced[identity.UserID]("test", "u"),
	}
	rec := session.Record{
		Ref: identity.FromNamespaced[session.Ref]("test", "r"), Rev: 1, Subject: sub,
		CreatedAt: at(0), IdleUntil: at(time.Hour), AbsUntil: at(time.Hour),
	}
	if _, err := s.Create(t.Context(), rec, session.Claim{Subject: sub, Now: at(0)}); err != nil {
		t.Fatal(err)
	}
	for _, scope := range []identity.Scope{identity.UserScope(sub), identity.TenantScope(sub.Tenant), identity.GlobalScope()} {
		if err := s.Raise(t.Context(), scope); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(b.readers.idle); n != 0 {
		t.Fatalf("%d readers before the first read", n)
	}
	_, e, err := s.Load(t.Context(), rec.Ref, at(0))
	if err != nil || e.Epochs != (identity.Epochs{Global: 1, Tenant: 1, User: 1}) {
		t.Errorf("epochs %v, %v", e, err)
	}
	if l := b.readers.idle; len(l) != 1 || len(l[0].stmts) != 1 {
		t.Errorf("a load took %d connections and %d statements, want one of each", len(l), len(l[0].stmts))
	}
}

// STO-021: ids are 16 raw bytes and times whole microseconds, the zero time
// included: what comes back is equal to what went in.
func TestTimes_survive_to_the_microsecond(t *testing.T) {
	t.Parallel()
	b := setup(t)
	u := identity.Tenant{
		ID: identity.FromNamespaced[identity.TenantID]("test", "t"), Slug: "acme", Status: identity.TenantActive,
		Version: 1, CreatedAt: at(time.Microsecond),
	}
	if err := b.Stores().Identity.Apply(t.Context(), identity.NewTenant{Tenant: u}); err != nil {
		t.Fatal(err)
	}
	got, err := b.Stores().Identity.TenantByID(t.Context(), u.ID)
	if err != nil || !reflect.DeepEqual(got.Tenant, u) {
		t.Errorf("got %+v, %v, want %+v", got.Tenant, err, u)
	}
	var n int
	row := b.readers.db.QueryRowContext(t.Context(), "SELECT length(id) FROM axess_tenants WHERE typeof(id) = 'blob'")
	if err := row.Scan(&n); err != nil || n != 16 {
		t.Errorf("an id of %d bytes, %v", n, err)
	}
}
