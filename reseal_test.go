package axess_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
)

// fixed are rings that somebody else has made.
type fixed struct{ seal.Keys }

func (f fixed) Load(context.Context) (seal.Keys, error) { return f.Keys, nil }

// After a rotation of the session key all that rests comes under the new one, in
// as many batches as it takes. SES-157
func TestReseal_job(t *testing.T) {
	t.Parallel()
	old, err := keys.Ephemeral(entropy.Seeded(3)).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := fronttest.New(t, func(c *axess.Config) { c.Keys = fixed{old} })
	const many = 401
	note := session.NewKey[int]("note")
	s.Routes.Public("GET /note", func(_ http.ResponseWriter, r *http.Request) {
		sess, err := session.From(r.Context())
		if err == nil {
			err = note.Set(sess, 1)
		}
		if err != nil {
			t.Error(err)
		}
	})
	for range many {
		s.Browser().Get("/note").Is(t, http.StatusOK)
	}
	next := old
	key := seal.GenerateKey(entropy.Seeded(4), time.Time{})
	retiring := old.Session.Keys()[0]
	retiring.State = seal.Retiring
	if next.Session, err = seal.NewRing(seal.Session, key, retiring); err != nil {
		t.Fatal(err)
	}
	later := fronttest.New(t, func(c *axess.Config) { c.Keys, c.Stores = fixed{next}, s.Ports.Stores() })
	if err := later.Auth.Reseal(t.Context()); err != nil {
		t.Fatal(err)
	}
	kids, err := s.Ports.Stores().Session.Kids(t.Context())
	if err != nil || len(kids) != 1 || kids[0].Kid != key.ID() || kids[0].Count != many {
		t.Errorf("%+v, %v", kids, err)
	}
}

// After a rotation of the data key what tenants have sealed comes under the new one.
// SES-157, IDN-037
func TestReseal_job_of_tenants(t *testing.T) {
	t.Parallel()
	old, err := keys.Ephemeral(entropy.Seeded(3)).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := fronttest.New(t, func(c *axess.Config) { c.Keys = fixed{old} })
	system, err := identity.System("a test")
	if err != nil {
		t.Fatal(err)
	}
	op, err := identity.Operate(system)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := authn.NewTenants(s.Auth.Authn()).CreateTenant(t.Context(), op, authn.Bootstrap{Slug: "acme", DisplayName: "Acme"}); err != nil {
		t.Fatal(err)
	}
	next := old
	key := seal.GenerateKey(entropy.Seeded(4), time.Time{})
	retiring := old.Data.Keys()[0]
	retiring.State = seal.Retiring
	if next.Data, err = seal.NewRing(seal.Data, key, retiring); err != nil {
		t.Fatal(err)
	}
	later := fronttest.New(t, func(c *axess.Config) { c.Keys, c.Stores = fixed{next}, s.Ports.Stores() })
	if err := later.Auth.Reseal(t.Context()); err != nil {
		t.Fatal(err)
	}
	kids, err := authn.SecretKids(t.Context(), s.Ports.Stores().Identity, op)
	if err != nil || len(kids) != 1 || kids[0].Kid != key.ID() || kids[0].Count != 1 {
		t.Errorf("%+v, %v", kids, err)
	}
}
