package authn_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/store"
)

// AUN-128: ten mails of a kind a day go to one recipient, however they are spread
// over it; another kind has its own.
func TestBudget_ten_mails_a_day(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(bob)
	for range 12 {
		for range 2 {
			_, err := r.browser().signUp(ada, goodPassword)
			must(t, err)
			_, err = r.accounts.BeginReset(t.Context(), bob)
			must(t, err)
		}
		r.clock.Advance(time.Hour + time.Second)
	}
	got := fmt.Sprint(r.subjects())
	for _, kind := range []string{"verify", "reset"} {
		if n := strings.Count(got, kind); n != 10 {
			t.Errorf("%d mails of kind %s in a day", n, kind)
		}
	}
	r.clock.Advance(24 * time.Hour)
	_, err := r.browser().signUp(ada, goodPassword)
	must(t, err)
	if n := strings.Count(fmt.Sprint(r.subjects()), "verify"); n != 11 {
		t.Error("nothing comes on the next day")
	}
}

// AUN-128: a tenant has a budget of its own, shared by all kinds; beyond it the
// answers and the work are the same, nothing is mailed, and an operator is told.
func TestBudget_of_a_tenant(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(_ *authn.Config, a *authn.AccountsConfig) { a.TenantMails = 10 })
	r.person(bob)
	var works []string
	for i := range 14 {
		r.work.take()
		sent, err := r.browser().signUp(fmt.Sprintf("person-%02d@example.org", i), goodPassword)
		if err != nil || sent.Address == "" {
			t.Fatal(err)
		}
		works = append(works, r.work.take())
	}
	if works[0] != works[13] {
		t.Errorf("the work differs:\n%s\n%s", works[0], works[13])
	}
	_, err := r.accounts.BeginReset(t.Context(), bob)
	must(t, err)
	if got := r.subjects(); len(got) != 10 {
		t.Errorf("%d mails: %v", len(got), got)
	}
	if n := len(r.rows(store.TopicVoid)); n < 5 {
		t.Errorf("%d void rows stand for five mails", n)
	}
	if n := strings.Count(r.logs.String(), "authn: tenant_mails"); n != 1 {
		t.Errorf("%d alarms", n)
	}
	r.clock.Advance(time.Hour + time.Second)
	_, err = r.accounts.BeginReset(t.Context(), bob)
	must(t, err)
	if got := r.subjects(); len(got) != 11 {
		t.Errorf("after the hour: %v", got)
	}
}

// AUN-128, AUN-I10: of 64 at once no more than the allowance is mailed.
func TestBudget_64_at_once(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			if _, err := r.accounts.BeginReset(t.Context(), ada); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := len(r.subjects()); got == 0 || got > 3 {
		t.Errorf("%d mails", got)
	}
}
