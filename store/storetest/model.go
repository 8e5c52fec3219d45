package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/sim/model"
	"github.com/axess-go/axess/store"
	"pgregory.net/rapid"
)

// testModel holds the groups together against sim/model, which is the one that goes
// along with every simulated store: what differs here is either wrong in a backend or
// in what the simulator holds it to.
func testModel(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"every_sequence_over_all_groups_is_the_models", everything},
		{"racing_calls_have_an_order", ordered},
	})
}

// everything runs random sequences of the verbs of all groups, asked by nodes whose
// clocks differ by some seconds.
//
// SIM-021, SIM-061, STO-011, IDN-060, IDN-066
func everything(k *kit) {
	groups := 2
	if k.s.Split() {
		groups = 1 // an epoch is not raised by a change of an account
	}
	rapid.Check(k.T, func(rt *rapid.T) {
		w := newModelWalk(k, rt)
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			w.now = w.now.Add(rapid.SampledFrom([]time.Duration{
				0, 0, 0, time.Second, 20 * time.Second, time.Minute, 10 * time.Minute, 40 * time.Minute, 7 * time.Hour,
			}).Draw(rt, "wait"))
			switch rapid.IntRange(0, groups).Draw(rt, "group") {
			case 0:
				w.session()
			case 1:
				w.ledger()
			default:
				w.identity()
			}
		}
	})
}

// modelWalk is one sequence.
type modelWalk struct {
	*rapid.T
	k      *kit
	m      *model.State
	now    time.Time
	tenant identity.Tenant
	users  []identity.User
	recs   []session.Record // as they were made, with the revision that was heard of last
	creds  []identity.Credential
	tokens []identity.Token
	levers []authn.Lever
	open   []modelFlight
}

type modelFlight struct {
	r      authn.Reservation
	levers []authn.Lever
}

func newModelWalk(k *kit, rt *rapid.T) *modelWalk {
	w := &modelWalk{T: rt, k: k, m: model.New(), now: at(0), tenant: k.tenant("acme")}
	e, err := k.s.Session.Epochs(k.ctx(), identity.Subject{}) // the stores have served others
	w.must(err)
	for range e.Global {
		w.must(w.m.Raise(identity.GlobalScope(), nil, nil))
	}
	w.apply(identity.NewTenant{Tenant: w.tenant})
	for i := range 2 {
		u := k.user(w.tenant, fmt.Sprint("ada", i, "@example.test"), fmt.Sprint("ada", i))
		w.users = append(w.users, u)
		c := k.credential(u, 1)
		w.creds = append(w.creds, c)
		w.apply(identity.NewUser{User: u}, identity.PutCredential{Credential: c})
	}
	for i := range 3 {
		w.levers = append(w.levers, authn.Lever{Key: authn.Key(entropy.Bytes32(k.src)), Policy: authn.LockPolicy{
			Threshold: 2 + i, Window: 2 * time.Minute, Lock: 30 * time.Second, Factor: 2, Cap: 2 * time.Minute, Decay: 5 * time.Minute, Streak: i == 1,
		}})
	}
	return w
}

func (w *modelWalk) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("at %v: %v", w.now, err)
	}
}

// time is what the clock of some node says.
func (w *modelWalk) time() time.Time {
	return w.now.Add(rapid.SampledFrom([]time.Duration{0, 0, 0, -20 * time.Second, 20 * time.Second}).Draw(w.T, "clock"))
}

func (w *modelWalk) apply(changes ...identity.Change) {
	w.Helper()
	err := w.k.s.Identity.Apply(w.k.ctx(), changes...)
	w.must(w.m.Apply(changes, err))
}

func (w *modelWalk) user() identity.User { return rapid.SampledFrom(w.users).Draw(w.T, "user") }

// mostly is a value, or now and then another.
func mostly[T any](w *modelWalk, right, other T) T {
	if rapid.IntRange(0, 4).Draw(w.T, "other") == 4 {
		return other
	}
	return right
}

func (w *modelWalk) session() {
	st, ctx, now := w.k.s.Session, w.k.ctx(), w.time()
	var some *session.Record
	if len(w.recs) > 0 {
		some = &w.recs[rapid.IntRange(0, len(w.recs)-1).Draw(w.T, "record")]
	}
	verb := rapid.SampledFrom([]string{"create", "create", "rotate", "rotate", "update", "touch", "delete", "raise", "reseal", "load", "epochs", "sweep"}).Draw(w.T, "verb")
	switch verb {
	case "create":
		rec, c := w.login(now)
		evicted, err := st.Create(ctx, rec, c)
		w.must(w.m.Create(rec, c, nil, evicted, err))
		w.recs = append(w.recs, rec)
	case "raise":
		scope := rapid.SampledFrom([]identity.Scope{identity.UserScope(w.users[0].Subject()), identity.UserScope(w.users[1].Subject()), identity.TenantScope(w.tenant.ID), identity.GlobalScope()}).Draw(w.T, "scope")
		w.must(w.m.Raise(scope, nil, st.Raise(ctx, scope)))
	case "epochs":
		sub := w.user().Subject()
		e, err := st.Epochs(ctx, sub)
		w.must(w.m.Epochs(sub, e, err))
	case "sweep":
		_, err := st.Sweep(ctx, now, 1000)
		w.must(w.m.Sweep(now, 1000, 0, err)) // others of former sequences are among them
	}
	if some == nil {
		return
	}
	defer func(ref session.Ref, of identity.Subject) { // what has come of it
		rec, cur, err := st.Load(ctx, ref, now)
		w.must(w.m.Load(ref, now, rec, cur, err))
		if !of.IsZero() {
			list, err := st.Sessions(ctx, of, session.Ref{}, 100, now)
			w.must(w.m.Sessions(of, session.Ref{}, 100, now, list, err))
		}
	}(some.Ref, some.Subject)
	switch verb {
	case "touch":
		until := now.Add(rapid.SampledFrom([]time.Duration{-time.Minute, time.Minute, idle, absolute}).Draw(w.T, "until"))
		w.must(w.m.Touch(some.Ref, until, now, st.Touch(ctx, some.Ref, until, now)))
	case "delete":
		sub := rapid.SampledFrom([]identity.Subject{{}, some.Subject, w.users[0].Subject()}).Draw(w.T, "whose")
		w.must(w.m.Delete(some.Ref, sub, nil, st.Delete(ctx, some.Ref, sub)))
	case "rotate":
		next, c := w.login(now)
		rev := some.Rev + mostly(w, uint64(0), 1)
		grace := rapid.SampledFrom([]time.Duration{0, time.Minute}).Draw(w.T, "grace")
		old := some.Ref
		evicted, err := st.Rotate(ctx, old, rev, next, c, grace)
		w.must(w.m.Rotate(old, rev, next, c, grace, nil, evicted, err))
		w.recs = append(w.recs, next)
	case "update":
		rec, rev := *some, some.Rev+mostly(w, uint64(0), 1)
		rec.Rev, rec.Sealed, rec.IdleUntil = rev+1, w.k.rec(identity.Subject{}).Sealed, now.Add(idle)
		err := st.Update(ctx, rec, rev, now)
		w.must(w.m.Update(rec, rev, now, err))
		if err == nil {
			some.Rev = rec.Rev
		}
	case "reseal":
		rec, from := *some, some.Kid
		rec.Kid, rec.Sealed = seal.KeyID{5, 6, 7, byte(len(w.recs))}, w.k.rec(identity.Subject{}).Sealed
		err := st.Reseal(ctx, rec, from, now)
		w.must(w.m.Reseal(rec, from, now, err))
		if err == nil {
			some.Kid = rec.Kid
		}
	}
}

// login is a new record and what it claims, of somebody or of a guest.
func (w *modelWalk) login(now time.Time) (session.Record, session.Claim) {
	sub := rapid.SampledFrom([]identity.Subject{{}, w.users[0].Subject(), w.users[1].Subject()}).Draw(w.T, "who")
	rec := w.k.rec(sub)
	rec.CreatedAt, rec.IdleUntil, rec.AbsUntil = now, now.Add(idle), now.Add(absolute)
	c := session.Claim{Subject: sub, Now: now}
	if sub.IsZero() {
		return rec, c
	}
	e, err := w.k.s.Session.Epochs(w.k.ctx(), sub)
	w.must(w.m.Epochs(sub, e, err))
	if e.User > 0 && rapid.IntRange(0, 9).Draw(w.T, "late") == 9 {
		e.User--
	}
	rec.AuthAt = now.Add(rapid.SampledFrom([]time.Duration{0, -time.Minute}).Draw(w.T, "since"))
	c.Limit = rapid.SampledFrom([]session.LimitPolicy{{}, {Max: 1}, {Max: 2}, {Max: 2, RefuseNew: true}}).Draw(w.T, "limit")
	c.Expect, rec.Epochs = e, e
	switch rapid.SampledFrom([]string{"", "", "", "raise", "act"}).Draw(w.T, "kind") {
	case "raise":
		c.Raise = true
		rec.Epochs.User++
	case "act":
		if actor := w.users[0].Subject(); actor != sub {
			e, err := w.k.s.Session.Epochs(w.k.ctx(), actor)
			w.must(w.m.Epochs(actor, e, err))
			rec.Actor, c.Actor, c.ActorExpect = actor, actor, e
		}
	}
	return rec, c
}

func (w *modelWalk) ledger() {
	st, ctx, now := w.k.s.Throttle, w.k.ctx(), w.time()
	verb := rapid.SampledFrom([]string{"reserve", "reserve", "reserve", "settle", "settle", "release", "clear"}).Draw(w.T, "verb")
	switch verb {
	case "reserve":
		of := w.levers[rapid.IntRange(0, 1).Draw(w.T, "from"):rapid.IntRange(2, 3).Draw(w.T, "to")]
		a := authn.Attempt{Levers: of, Flow: [16]byte{15: mostly(w, byte(0), 1)}}
		if a.Flow[15] > 0 {
			a.Flow = w.tenant.ID.Bytes() // of this sequence alone
		}
		r, err := st.Reserve(ctx, a, now)
		w.must(w.m.Reserve(a, now, r, err))
		if err == nil {
			w.open = append(w.open, modelFlight{r, of})
		}
		return
	case "clear":
		k := rapid.SampledFrom(w.levers).Draw(w.T, "lever").Key
		w.must(w.m.Clear(k, now, st.Clear(ctx, k, now)))
		return
	}
	if len(w.open) == 0 {
		return
	}
	o := w.open[rapid.IntRange(0, len(w.open)-1).Draw(w.T, "which")]
	if verb == "release" {
		w.must(w.m.Release(o.r, now, st.Release(ctx, o.r, now)))
		return
	}
	v := rapid.SampledFrom([]authn.Verdict{authn.Failed, authn.Failed, authn.Failed, authn.Passed, authn.Cleared}).Draw(w.T, "verdict")
	locks, err := st.Commit(ctx, o.r, v, o.levers, now)
	w.must(w.m.Commit(o.r, v, o.levers, now, locks, err))
}

func (w *modelWalk) identity() {
	id, ctx, now := w.k.s.Identity, w.k.ctx(), w.time()
	u := w.user()
	switch rapid.SampledFrom([]string{"apply", "apply", "apply", "apply", "account", "name", "token", "role", "tenant", "sweep"}).Draw(w.T, "verb") {
	case "apply":
		var changes []identity.Change
		for range rapid.IntRange(1, 3).Draw(w.T, "changes") {
			changes = append(changes, w.change(now))
		}
		w.apply(changes...)
		a, err := id.AccountByID(ctx, u.Subject())
		w.must(w.m.AccountByID(u.Subject(), a, err))
	case "account":
		a, err := id.AccountByID(ctx, u.Subject())
		w.must(w.m.AccountByID(u.Subject(), a, err))
	case "name":
		n := rapid.SampledFrom(u.Identifiers).Draw(w.T, "name")
		a, err := id.AccountByIdentifier(ctx, u.Tenant, n.Kind, n.Canonical)
		w.must(w.m.AccountByIdentifier(u.Tenant, n.Kind, n.Canonical, a, err))
	case "token":
		if len(w.tokens) > 0 {
			t := rapid.SampledFrom(w.tokens).Draw(w.T, "token")
			have, err := id.TokenBySelector(ctx, t.Selector)
			w.must(w.m.TokenBySelector(t.Selector, have, err))
		}
	case "role":
		has, err := id.HasRole(ctx, u.Tenant, "editor")
		w.must(w.m.HasRole(u.Tenant, "editor", has, err))
	case "tenant":
		v, err := id.TenantByID(ctx, u.Tenant)
		w.must(w.m.TenantByID(u.Tenant, v.Tenant, err))
	case "sweep":
		n, err := id.Sweep(ctx, now, 1000)
		w.must(w.m.SweepAccounts(now, 1000, n, err))
	}
}

// change is one change, of which the condition mostly holds.
func (w *modelWalk) change(now time.Time) identity.Change {
	u := w.user()
	sub := u.Subject()
	cred := rapid.SampledFrom(w.creds).Draw(w.T, "credential")
	owner := identity.Subject{Tenant: cred.Tenant, User: cred.User}
	version := rapid.Uint64Range(1, 3).Draw(w.T, "version")
	var token identity.Token
	if len(w.tokens) > 0 {
		token = rapid.SampledFrom(w.tokens).Draw(w.T, "token")
	} else {
		token = w.k.token(u, identity.TokenReset)
	}
	purpose := rapid.SampledFrom([]identity.TokenPurpose{identity.TokenReset, identity.TokenSignUp}).Draw(w.T, "purpose")
	issuer := rapid.SampledFrom([]string{"issuer.example", "other.example"}).Draw(w.T, "issuer")
	move := rapid.SampledFrom([][2]identity.UserState{{identity.Active, identity.Suspended}, {identity.Suspended, identity.Active}, {identity.Active, identity.Terminated}}).Draw(w.T, "move")
	status := rapid.SampledFrom([][2]identity.TenantStatus{{identity.TenantActive, identity.TenantSuspended}, {identity.TenantSuspended, identity.TenantActive}}).Draw(w.T, "status")
	put := w.k.credential(u, int(version))
	replaced := cred
	replaced.Version, replaced.Body = version+1, []byte{byte(version)}
	fresh := w.k.token(u, purpose)
	fresh.CreatedAt, fresh.ExpiresAt = now, now.Add(time.Hour)
	grant := w.k.grant(u, "editor")
	grant.Version = version
	policy := w.k.policy(identity.UserScope(sub))
	policy.Version = version
	c := rapid.SampledFrom([]identity.Change{
		identity.Transition{Subject: sub, From: move[0], To: move[1], By: identity.SystemUser, Detail: identity.StateDetail{Since: now}},
		identity.PutCredential{Credential: put},
		identity.PutCredential{Credential: replaced, Expect: version},
		identity.AdvanceCredential{Credential: advanced(identity.Credential{ID: cred.ID, Tenant: cred.Tenant, User: cred.User, Kind: cred.Kind, State: cred.State, Version: version})},
		identity.AdvanceCredential{Credential: advanced(identity.Credential{ID: cred.ID, Tenant: cred.Tenant, User: cred.User, Kind: cred.Kind, State: cred.State, Version: version})},
		identity.DropCredential{Subject: owner, ID: cred.ID, Expect: version},
		identity.VoidCredentials{Subject: sub},
		identity.PutToken{Token: fresh, Keep: int(version) - 1},
		identity.PutToken{Token: fresh, Keep: int(version) - 1},
		identity.ConsumeToken{Selector: token.Selector, Digest: token.Digest, Purpose: purpose, Now: now},
		identity.ConsumeToken{Selector: token.Selector, Digest: token.Digest, Purpose: token.Purpose, Now: now},
		identity.CountTry{Selector: token.Selector, Digest: token.Digest, Purpose: token.Purpose, Max: int(version), Now: now},
		identity.VoidTokens{Subject: sub, Purpose: purpose, Since: now.Add(-time.Minute)},
		identity.PutGrant{Grant: grant, Expect: version - 1},
		identity.DropGrant{Subject: sub, Role: "editor", Expect: version},
		identity.RequireHolder{Subject: sub, Role: "editor"},
		identity.RequireNoRole{Tenant: u.Tenant, Role: "editor"},
		identity.RaiseEpoch{Scope: identity.UserScope(sub), Check: true, From: version},
		identity.RaiseEpoch{Scope: identity.TenantScope(u.Tenant)},
		identity.RecordLogin{Subject: sub, At: now, Used: []identity.CredentialID{cred.ID}},
		identity.EraseUser{Subject: sub, From: move[0]},
		identity.NewUser{User: u},
		identity.MoveTenant{Tenant: u.Tenant, From: status[0], To: status[1], Detail: identity.TenantDetail{Since: now}},
		identity.PutLink{Link: w.k.link(u, issuer, "ada")},
		identity.DropLink{Subject: sub, Issuer: issuer, External: "ada"},
		identity.PutPolicy{Policy: policy, Expect: version - 1},
		identity.DropPolicy{Scope: identity.UserScope(sub), Kind: policy.Kind, Expect: version},
		identity.SetIdentifiers{Subject: sub, Was: u.Identifiers, Next: slices.Clone(u.Identifiers[:2]), By: identity.SystemUser, At: now},
		identity.SetLanguage{Subject: sub, Language: "de", By: identity.SystemUser, At: now},
		identity.Append{Row: w.k.row(store.TopicAudit)},
	}).Draw(w.T, "change")
	if c, is := c.(identity.PutCredential); is {
		w.creds = append(w.creds, c.Credential)
	}
	if c, is := c.(identity.PutToken); is {
		w.tokens = append(w.tokens, c.Token)
	}
	return c
}
