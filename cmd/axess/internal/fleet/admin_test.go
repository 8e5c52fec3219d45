//go:build linux

package fleet

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/duty"
	adapterMySQL "github.com/axess-go/axess/store/mysql"
	adapterPostgres "github.com/axess-go/axess/store/postgres"
	adapterValkey "github.com/axess-go/axess/store/valkey"
)

// adapter is what every constructor returns.
type adapter interface {
	Stores() backend.Stores
	Close() error
}

// at opens one server of a site.
func at(t *testing.T, url string) backend.Stores {
	t.Helper()
	var b adapter
	var err error
	switch scheme, _, _ := strings.Cut(url, "://"); scheme {
	case "postgres":
		b, err = adapterPostgres.Open(t.Context(), url)
	case "mysql":
		b, err = adapterMySQL.Open(t.Context(), url)
	default:
		b, err = adapterValkey.Open(t.Context(), url)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b.Stores()
}

// program is a process more on the stores of a fleet: a program with axess inside,
// which has the verbs of administrators that the pages do not have yet.
func (f *fleet) program() backend.Stores {
	f.t.Helper()
	all := at(f.t, f.dsn)
	if f.sessions != "" {
		other := at(f.t, f.sessions)
		all = all.WithSession(other).WithThrottle(other)
	}
	d, err := duty.New(duty.Config{Stores: all, Clock: clock.System(), Entropy: entropy.System(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.t.Fatal(err)
	}
	return d.Stores()
}

// IDN-025, SES-196, SES-208 at several processes: whoever is suspended by one is
// signed in on none from the answer on, and comes in on none; whoever is not, is.
func TestFleet_suspends_everywhere(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, f *fleet) {
		admin := f.program()
		tenant, err := admin.Identity.TenantBySlug(t.Context(), identity.DefaultSlug)
		if err != nil {
			t.Fatal(err)
		}
		bob := f.person()
		bob.at(f.nodes[1]).signUp("bob@example.org")
		var late []time.Duration
		for i := range rounds {
			ada, name := f.person(fmt.Sprintf("127.4.0.%d", i+1)), fmt.Sprintf("ada%d@example.org", i)
			ada.at(f.nodes[i%3]).signUp(name)
			acct, err := admin.Identity.AccountByIdentifier(t.Context(), tenant.Tenant.ID, identity.Email, name)
			if err != nil {
				t.Fatal(err)
			}
			who := acct.User.Subject()
			late = append(late, ada.ended(func() {
				err = admin.Identity.Apply(t.Context(),
					identity.Transition{Subject: who, From: identity.Active, To: identity.Suspended},
					identity.RaiseEpoch{Scope: identity.UserScope(who), Check: true})
			}, f.nodes...))
			if err != nil {
				t.Fatal(err)
			}
			ada.at(f.nodes[(i+1)%3]).signIn(name).on("/auth/sign-in", 401)
		}
		measured(t, "somebody suspended elsewhere was taken after the answer for", late)
		if longest := slices.Max(late); longest > f.bound() {
			t.Errorf("a suspended person is taken for another %v", longest)
		}
		bob.at(f.nodes[2]).signedIn()
	})
}
