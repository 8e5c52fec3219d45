package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// errPlug is an outage that no store of this repository knows.
var errPlug = errors.New("plug pulled")

// cut makes the nth call of any port from here on fail, and tells which verb it
// was once it came to it.
func (r *rig) cut(nth int) (verb func() string) {
	var hit string
	calls := 0
	hook := func(v string) error {
		calls++
		if calls != nth {
			return nil
		}
		hit = v
		return errPlug
	}
	r.ident.hook(hook)
	r.ledger.hook(hook)
	r.store.hook(hook)
	return func() string { return hit }
}

func (r *rig) mend() {
	r.ident.hook(nil)
	r.ledger.hook(nil)
	r.store.hook(nil)
}

// passed is the error of a ceremony; an outcome that is not the wanted one is
// one too.
func passed[Want any](out any, err error) error {
	if err == nil && !is[Want](out) {
		return fmt.Errorf("outcome %T", out)
	}
	return err
}

// AUN-002, AUN-003: one failing call of a port, whichever it is, and the verb
// says so. What may fail in silence is named: it comes after what was asked for
// has been done, or tells somebody else.
func TestOutage_of_any_call_is_told(t *testing.T) {
	t.Parallel()
	const secondPassword = "another horse battery staple"
	// A mail to the person afterwards: looked up, and bounded by the ledger.
	note := []string{"AccountByID", "Reserve/1", "Commit/1"}
	// The session's own commit at the end of the request, which replaces the answer.
	late := []string{"Update"}
	// Of the ledger's Commit: a reservation that stays open counts as a failure.
	// Of a lost event of a factor: it raises an alarm.
	for name, tc := range map[string]struct {
		prepare func(r *rig) (act func() error)
		silent  []string // verbs
	}{
		"begin": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser()
			return func() error {
				var out authn.LoginOutcome
				_, err := b.act(func(ctx context.Context, s *session.Session) (err error) {
					out, err = r.accounts.BeginLogin(ctx, s, authn.LoginRequest{Identifier: ada})
					return err
				})
				return passed[authn.StepRequired](out, err)
			}
		}, nil},
		"password": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser()
			b.begin(ada)
			return func() error {
				out, err := b.verify(pw(goodPassword))
				return passed[authn.Completed](out, err)
			}
		}, []string{"Commit/3", "Record/identity.Append"}},
		"password before an app": {func(r *rig) func() error {
			r.app(r.person(ada))
			b := r.browser()
			b.begin(ada)
			return func() error {
				out, err := b.verify(pw(goodPassword))
				return passed[authn.StepRequired](out, err)
			}
		}, []string{"Commit/2", "Record/identity.Append"}},
		"app": {func(r *rig) func() error {
			show := r.app(r.person(ada))
			b := r.browser()
			b.begin(ada)
			b.try(pw(goodPassword))
			return func() error {
				out, err := b.verify(code(show()))
				return passed[authn.Completed](out, err)
			}
		}, []string{"Commit/3"}},
		"wrong password": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser()
			b.begin(ada)
			return func() error {
				out, err := b.verify(pw(secondPassword))
				return passed[authn.Rejected](out, err)
			}
		}, []string{"Commit/1", "Record/identity.Append"}},
		"a new browser": {func(r *rig) func() error {
			r.person(ada)
			r.with(firefox).signIn(ada)
			r.clock.Advance(time.Minute)
			r.with(chrome).signIn(ada)
			r.relay()
			list := r.signIns("Chrome on Windows")
			return func() error {
				if err := r.accounts.TellNewBrowsers(r.t.Context(), list); err != nil {
					return err
				}
				return unless(strings.Contains(fmt.Sprint(r.subjects()), "new_device"))
			}
		}, []string{"Reserve/1", "Commit/1"}},
		"sign-up": {func(r *rig) func() error {
			b := r.browser()
			return func() error {
				_, err := b.signUp(ada, goodPassword)
				return err
			}
		}, nil},
		"sign-up of a taken address": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser()
			return func() error {
				_, err := b.signUp(ada, secondPassword)
				return err
			}
		}, nil},
		"link confirmed": {func(r *rig) func() error {
			b := r.browser()
			link := b.asks(ada, goodPassword)
			return func() error {
				c, err := b.confirm(link, "")
				if err == nil && !c.SignedIn {
					return errors.New("not signed in")
				}
				return err
			}
		}, nil},
		"link confirmed elsewhere": {func(r *rig) func() error {
			link := r.browser().asks(ada, goodPassword)
			b := r.browser()
			return func() error {
				_, err := b.confirm(link, secondPassword)
				return err
			}
		}, nil},
		"app of a sign-up": {func(r *rig) func() error {
			strict(r)
			b := r.browser()
			link := b.asks(ada, goodPassword)
			show := r.codes(b.opensLink(link, goodPassword))
			return func() error {
				out, err := b.completes(link, show())
				return passed[authn.Completed](out, err)
			}
		}, nil},
		"app of a sign-in begun": {func(r *rig) func() error {
			r.person(ada)
			b := strict(r).browser()
			b.begin(ada)
			return func() error {
				out, err := b.verify(pw(goodPassword))
				return passed[authn.Workflow](out, err)
			}
		}, []string{"Commit/2", "Record/identity.Append", "Update"}},
		"app of a sign-in shown again": {func(r *rig) func() error {
			r.person(ada)
			b := strict(r).browser()
			b.comesIn(ada)
			return func() error {
				if _, err := b.pendingEnrolment(); err != nil {
					return err
				}
				_, err := b.renewEnrolment()
				return err
			}
		}, late},
		"app of a sign-in": {func(r *rig) func() error {
			r.person(ada)
			b := strict(r).browser()
			show := r.codes(b.comesIn(ada))
			return func() error {
				out, err := b.completeEnrolment(show())
				return passed[authn.Completed](out, err)
			}
		}, []string{"Commit/3"}},
		"app begun": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser().signIn(ada)
			return func() error {
				_, err := b.beginTOTP()
				return err
			}
		}, late},
		"app confirmed": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser().signIn(ada)
			e, err := b.beginTOTP()
			must(r.t, err)
			show := r.codes(e)
			return func() error {
				out, err := b.confirmTOTP(show(), "phone")
				return passed[authn.Completed](out, err)
			}
		}, nil},
		"factor added": {func(r *rig) func() error {
			r.accounts.Teach(paperVerifier{})
			r.person(ada)
			b := r.browser().signIn(ada)
			return func() error {
				out, err := b.addsFactor(authn.NewFactor{Kind: paper, Body: []byte(list)}, listed("apple-7"))
				return passed[authn.Completed](out, err)
			}
		}, nil},
		"factor removed": {func(r *rig) func() error {
			r.accounts.Teach(paperVerifier{})
			r.person(ada)
			b := r.browser().signIn(ada)
			must(r.t, b.getsFactor(paper, list, "apple-7"))
			return func() error {
				out, err := b.removesFactor(r.credentials(ada, paper)[0].ID)
				return passed[authn.Completed](out, err)
			}
		}, nil},
		"app removed": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser().signIn(ada)
			b.enrols("phone")
			return func() error {
				out, err := b.removeTOTP(r.apps(ada)[0])
				return passed[authn.Completed](out, err)
			}
		}, nil},
		"others signed out": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser().signIn(ada)
			return func() error {
				_, err := b.act(r.accounts.LogoutOthers)
				return err
			}
		}, note},
		"all signed out": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser().signIn(ada)
			return func() error {
				_, err := b.act(r.accounts.LogoutEverywhere)
				return err
			}
		}, note},
		"signed out": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser().signIn(ada)
			return func() error {
				_, err := b.act(r.accounts.Logout)
				return err
			}
		}, nil},
		"one of the others signed out": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser().signIn(ada)
			other := r.browser().signIn(ada).ref()
			return func() error { return b.revokes(other) }
		}, nil},
		"sessions listed": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser().signIn(ada)
			return func() error {
				list, err := b.sessions(session.Ref{}, 10)
				if err == nil && len(list) != 1 {
					return fmt.Errorf("%d sessions", len(list))
				}
				return err
			}
		}, nil},
		"claim link": {func(r *rig) func() error {
			return func() error {
				_, err := r.accounts.ClaimLink(r.t.Context())
				return err
			}
		}, nil},
		"claim begun": {func(r *rig) func() error {
			token, b := r.claimToken(), r.browser()
			return func() error { return b.beginClaim(token, boss, goodPassword) }
		}, late},
		"claim completed": {func(r *rig) func() error {
			b := r.browser()
			show := b.enters(r.claimToken(), boss)
			return func() error {
				out, err := b.completeClaim("", show())
				return passed[authn.Completed](out, err)
			}
		}, nil},
		"role granted": {func(r *rig) func() error {
			u := r.person(ada)
			r.app(u)
			return func() error { return r.grant(u, identity.RoleAdmin) }
		}, nil},
		"role revoked": {func(r *rig) func() error {
			u := r.person(ada)
			r.app(u)
			must(r.t, r.grant(u, identity.RoleAdmin))
			return func() error {
				return r.accounts.RevokeRole(r.t.Context(), authn.RoleChange{Subject: u.Subject(), Role: identity.RoleAdmin})
			}
		}, nil},
		"provisioned": {func(r *rig) func() error {
			p := r.provisioner(open())
			return func() error {
				out, err := p.Provision(r.t.Context(), vouched("Ada", ada))
				return passed[authn.Provisioned](out, err)
			}
		}, []string{"Commit/1"}},
		"provisioned by address": {func(r *rig) func() error {
			r.bare(ada, identity.Active)
			p := r.provisioner(open())
			return func() error {
				out, err := p.Provision(r.t.Context(), vouched("Ada", ada))
				return passed[authn.Provisioned](out, err)
			}
		}, []string{"Reserve/1", "Commit/1"}}, // of the mail to the person
		"provisioning refused": {func(r *rig) func() error {
			p := r.provisioner(open())
			return func() error {
				out, err := p.Provision(r.t.Context(), vouched("Ada", "ada@example.net"))
				return passed[authn.NotProvisioned](out, err)
			}
		}, []string{"Record/identity.Append"}},
		"linked": {func(r *rig) func() error {
			r.person(ada)
			p, b := r.provisioner(ownersAlone()), r.browser().signIn(ada)
			return func() error { return b.links(p, vouched("Ada", ada)) }
		}, nil},
		"unlinked": {func(r *rig) func() error {
			r.linked(r.person(ada), "Ada")
			p, b := r.provisioner(ownersAlone()), r.browser().signIn(ada)
			return func() error { return b.unlinks(p, "Ada") }
		}, nil},
		"links listed": {func(r *rig) func() error {
			r.linked(r.person(ada), "Ada")
			p, b := r.provisioner(ownersAlone()), r.browser().signIn(ada)
			return func() error {
				_, err := b.act(func(ctx context.Context, s *session.Session) error {
					_, err := p.Links(ctx, s)
					return err
				})
				return err
			}
		}, nil},
		"provisioning set": {func(r *rig) func() error {
			return func() error {
				return r.tenants().SetProvisioning(r.t.Context(), opScope(r.t), r.tenant, 0, open())
			}
		}, nil},
		"provisioning read": {func(r *rig) func() error {
			return func() error {
				_, _, err := r.tenants().Provisioning(r.t.Context(), opScope(r.t), r.tenant)
				return err
			}
		}, nil},
		"language": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser().signIn(ada)
			return func() error { return b.setLanguage("de") }
		}, nil},
		"account read": {func(r *rig) func() error {
			r.person(ada)
			b := r.browser().signIn(ada)
			return func() error {
				_, err := b.act(func(ctx context.Context, s *session.Session) error {
					_, err := r.accounts.Self(ctx, s)
					return err
				})
				return err
			}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyCall(t, tc.prepare, tc.silent)
		})
	}
}

// everyCall runs a verb once in peace, and once for every call of a port, which
// fails: it must say so, unless the call is one of those that may fail in silence.
func everyCall(t *testing.T, prepare func(r *rig) (act func() error), silent []string) {
	t.Helper()
	act := prepare(newRig(t))
	if err := act(); err != nil {
		t.Fatalf("without an outage: %v", err)
	}
	for nth := 1; ; nth++ {
		r := newRig(t)
		act := prepare(r)
		hit := r.cut(nth)
		err := act()
		r.mend()
		verb := hit()
		if verb == "" {
			if nth == 1 {
				t.Error("no call was made")
			}
			return
		}
		quiet := false
		for _, s := range silent {
			quiet = quiet || strings.HasPrefix(verb, s)
		}
		if (err == nil) != quiet {
			t.Errorf("call %d, %s: %v", nth, verb, err)
		}
	}
}
