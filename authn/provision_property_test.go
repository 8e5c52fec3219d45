package authn_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
)

// AUN-I16: whatever happens in whatever order, what an issuer calls somebody leads to
// one account at a time, to the same one until its owner or its end takes the link
// away, and no provisioning changes state, names, credentials or roles of an account
// that was there.
func TestProvision_in_any_order(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := newRig(t)
		p := r.provisioner(open())
		subjects, addresses := []string{"A", "B", "C"}, []string{"a@example.org", "b@example.org", "c@example.net"}
		leads := map[string]identity.Subject{}
		accounts := func() map[identity.Subject]identity.Account {
			all := map[identity.Subject]identity.Account{}
			for _, u := range r.users() {
				acct, err := r.stores.Identity.AccountByID(t.Context(), u.Subject())
				must(t, err)
				all[u.Subject()] = acct
			}
			return all
		}
		anybody := func() (identity.User, bool) {
			list := r.users()
			if len(list) == 0 {
				return identity.User{}, false
			}
			return list[rapid.IntRange(0, len(list)-1).Draw(rt, "who")], true
		}
		rt.Repeat(map[string]func(*rapid.T){
			"comes": func(rt *rapid.T) {
				e := vouched(rapid.SampledFrom(subjects).Draw(rt, "subject"), rapid.SampledFrom(addresses).Draw(rt, "address"))
				e.EmailVerified = rapid.Bool().Draw(rt, "verified")
				before := accounts()
				out, err := p.Provision(t.Context(), e)
				must(t, err)
				for sub, was := range before {
					now, err := r.stores.Identity.AccountByID(t.Context(), sub)
					if was.User.State == identity.Candidate && err != nil {
						continue // a sign-up that nobody had confirmed
					}
					must(t, err)
					was.User.UpdatedAt, was.User.UpdatedBy, was.User.DisplayName = now.User.UpdatedAt, now.User.UpdatedBy, now.User.DisplayName
					was.Links = now.Links
					if fmt.Sprintf("%+v", was) != fmt.Sprintf("%+v", now) {
						rt.Fatalf("changed %+v into %+v", was, now)
					}
				}
				got, ok := out.(authn.Provisioned)
				if !ok {
					return
				}
				if was, known := leads[e.Subject]; known && was != got.Subject {
					rt.Fatalf("%s led to %v and leads to %v", e.Subject, was, got.Subject)
				}
				leads[e.Subject] = got.Subject
				acct, err := r.stores.Identity.AccountByID(t.Context(), got.Subject)
				must(t, err)
				if acct.User.State != identity.Active || len(acct.Grants) != 0 {
					rt.Fatalf("let in %+v", acct.User)
				}
			},
			"is stopped": func(*rapid.T) {
				if u, ok := anybody(); ok && u.State == identity.Active {
					must(t, r.suspend(u.Subject(), identity.Active))
				}
			},
			"is gone": func(*rapid.T) {
				if u, ok := anybody(); ok {
					must(t, r.stores.Identity.Apply(t.Context(), identity.EraseUser{Subject: u.Subject(), From: u.State}))
					for s, sub := range leads {
						if sub == u.Subject() {
							delete(leads, s)
						}
					}
				}
			},
			"was there": func(rt *rapid.T) {
				address := rapid.SampledFrom(addresses).Draw(rt, "address")
				if _, taken := r.account(address); !taken {
					r.bare(address, rapid.SampledFrom([]identity.UserState{identity.Candidate, identity.Active, identity.Terminated}).Draw(rt, "state"))
				}
			},
			"": func(rt *rapid.T) {
				owner := map[string]identity.UserID{}
				for sub, acct := range accounts() {
					for _, l := range acct.Links {
						if other, twice := owner[l.External]; twice {
							rt.Fatalf("%s belongs to %v and %v", l.External, other, sub.User)
						}
						owner[l.External] = sub.User
					}
				}
			},
		})
	})
}
