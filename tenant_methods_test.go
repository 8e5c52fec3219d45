package axess_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
)

// methodOf is one method of one factor.
func methodOf(k identity.Kind) []identity.Method {
	return []identity.Method{{Name: string(k), Enabled: true, Steps: []identity.Step{identity.Required(k)}}}
}

func offeredBy(t *testing.T, stores backend.Stores) (out []string) {
	t.Helper()
	view, err := stores.Identity.TenantBySlug(t.Context(), identity.DefaultSlug)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range view.Methods {
		line := m.Name
		for _, s := range m.Steps {
			line += fmt.Sprint(s.Kinds())
		}
		out = append(out, line)
	}
	return out
}

// PRD-016: a stated preset holds from the first start, and from every later one;
// unstated, a tenant keeps what it offers.
func TestNew_offers_the_stated_methods(t *testing.T) {
	t.Parallel()
	stores := memory.New(memory.Config{}).Stores()
	start := func(nth int, methods []identity.Method) string {
		s := fronttest.New(t, func(c *axess.Config) {
			c.Stores, c.Methods, c.Entropy = stores, methods, entropy.Seeded(uint64(nth+10))
		})
		return s.Log.Take()
	}
	events := 0
	for i, c := range []struct {
		stated []identity.Method
		want   []string
	}{
		{nil, []string{"password[password]"}},
		{authn.MFAMethods(), []string{"password[password][totp]"}},
		{nil, []string{"password[password][totp]"}},
		{append(methodOf(factor.Password), methodOf(factor.TOTP)...), []string{"password[password]", "totp[totp]"}},
		{authn.DefaultMethods(), []string{"password[password]"}},
		{authn.DefaultMethods(), []string{"password[password]"}},
	} {
		log := start(i, c.stated)
		if got := offeredBy(t, stores); !slices.Equal(got, c.want) {
			t.Fatalf("start %d: %v, want %v", i, got, c.want)
		}
		changed := i == 1 || i == 3 || i == 4
		if said := strings.Contains(log, "the ways to sign in have changed"); said != changed {
			t.Errorf("start %d: said %v", i, said)
		}
		now := methodEvents(t, stores, i)
		if (now > events) != changed {
			t.Errorf("start %d: %d events of methods, %d before", i, now, events)
		}
		events = now
	}
}

// methodEvents counts the events about methods that wait to be relayed.
func methodEvents(t *testing.T, stores backend.Stores, look int) (n int) {
	t.Helper()
	now := time.Date(2100, 1, 1, 0, 0, look, 0, time.UTC) // no lease of an earlier look holds
	rows, err := stores.Identity.Lease(t.Context(), store.TopicAudit, 1000, now, now.Add(time.Microsecond))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if strings.Contains(string(r.Body), `"method_enabled"`) || strings.Contains(string(r.Body), `"method_disabled"`) {
			n++
		}
	}
	return n
}
