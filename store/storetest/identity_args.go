package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// What is refused before anything is touched, and what another tenant sees.
func testIdentityArguments(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"zero_ids_are_ErrInvalidID", identityZeroIDs},
		{"malformed_changes_are_refused", identityMalformed},
	})
}

// IDN-004, IDN-060
func identityZeroIDs(k *kit) {
	w := newWorld(k)
	id, ctx := k.s.Identity, k.ctx()
	k.fails("tenant", first(id.TenantByID(ctx, identity.TenantID{})), identity.ErrInvalidID)
	k.fails("role", first(id.HasRole(ctx, identity.TenantID{}, "editor")), identity.ErrInvalidID)
	k.fails("name", first(id.AccountByIdentifier(ctx, identity.TenantID{}, identity.Email, "ada@example.test")), identity.ErrInvalidID)
	k.fails("handle", first(id.AccountByHandle(ctx, identity.TenantID{}, w.user.WebAuthnHandle)), identity.ErrInvalidID)
	k.fails("link", first(id.AccountByLink(ctx, identity.TenantID{}, w.link.Issuer, w.link.External)), identity.ErrInvalidID)
	k.fails("users", first(id.Users(ctx, identity.TenantID{}, identity.UserCursor{}, 1)), identity.ErrInvalidID)
	for _, s := range w.halves() {
		k.fails("account", first(id.AccountByID(ctx, s)), identity.ErrInvalidID)
		user, cred, tok := w.user, w.first, k.token(w.user, identity.TokenSignUp)
		user.Tenant, user.ID = s.Tenant, s.User
		cred.Tenant, cred.User = s.Tenant, s.User
		tok.Tenant, tok.User = s.Tenant, s.User
		role := w.role
		role.Tenant, role.User = s.Tenant, s.User
		for what, c := range map[string]identity.Change{
			"NewUser":         identity.NewUser{User: user},
			"Transition":      identity.Transition{Subject: s, From: identity.Active, To: identity.Suspended},
			"SetIdentifiers":  identity.SetIdentifiers{Subject: s, Was: w.user.Identifiers, Next: w.user.Identifiers, By: w.user.ID, At: at(0)},
			"PutPolicy":       identity.PutPolicy{Policy: k.policy(identity.UserScope(s))},
			"DropPolicy":      identity.DropPolicy{Scope: identity.UserScope(s), Kind: "lockout", Expect: 1},
			"PutLink":         identity.PutLink{Link: linkOf(s, w.link)},
			"DropLink":        identity.DropLink{Subject: s, Issuer: w.link.Issuer, External: w.link.External},
			"PutCredential":   identity.PutCredential{Credential: cred},
			"DropCredential":  identity.DropCredential{Subject: s, ID: cred.ID, Expect: 1},
			"VoidCredentials": identity.VoidCredentials{Subject: s},
			"PutMethod":       identity.PutMethod{Scope: identity.UserScope(s), Method: method("m", 1)},
			"PutGrant":        identity.PutGrant{Grant: role},
			"DropGrant":       identity.DropGrant{Subject: s, Role: role.Role, Expect: 1},
			"RequireHolder":   identity.RequireHolder{Subject: s, Role: role.Role},
			"PutToken":        identity.PutToken{Token: tok},
			"VoidTokens":      identity.VoidTokens{Subject: s, Purpose: identity.TokenSignUp},
			"EraseUser":       identity.EraseUser{Subject: s, From: identity.Active},
			"RaiseEpoch":      identity.RaiseEpoch{Scope: identity.UserScope(s)},
			"Advance":         identity.AdvanceCredential{Credential: advanced(cred)},
			"RecordLogin":     identity.RecordLogin{Subject: s, At: at(0)},
		} {
			w.changeFails(what, 0, identity.ErrInvalidID, c)
		}
	}
	noTenant, noMove := w.updated(1), w.moved(identity.TenantActive, identity.TenantSuspended)
	noTenant.Tenant, noMove.Tenant = identity.TenantID{}, identity.TenantID{}
	w.changeFails("UpdateTenant", 0, identity.ErrInvalidID, noTenant)
	w.changeFails("MoveTenant", 0, identity.ErrInvalidID, noMove)
	w.changeFails("DropTenant", 0, identity.ErrInvalidID, identity.DropTenant{Now: at(0)})
	noID, noCred := k.tenant("zero"), k.credential(w.user, 1)
	noID.ID, noCred.ID = identity.TenantID{}, identity.CredentialID{}
	w.changeFails("NewTenant", 0, identity.ErrInvalidID, identity.NewTenant{Tenant: noID})
	w.changeFails("PutCredential", 0, identity.ErrInvalidID, identity.PutCredential{Credential: noCred})
	w.changeFails("Drop", 0, identity.ErrInvalidID, identity.DropCredential{Subject: w.user.Subject(), Expect: 1})
	w.changeFails("RaiseEpoch", 0, identity.ErrInvalidID, identity.RaiseEpoch{})
	byNobody := k.grant(w.user, "viewer")
	byNobody.By = identity.UserID{}
	w.changeFails("PutGrant", 0, identity.ErrInvalidID, identity.PutGrant{Grant: byNobody})
	w.changeFails("RequireNoRole", 0, identity.ErrInvalidID, identity.RequireNoRole{Role: "editor"})
	w.changeFails("PutMethod", 0, identity.ErrInvalidID, identity.PutMethod{Method: method("m", 1)})
}

// halves are the subjects with an id missing.
func (w *world) halves() []identity.Subject {
	return []identity.Subject{{}, {Tenant: w.tenant.ID}, {User: w.user.ID}}
}

// IDN-060
func identityMalformed(k *kit) {
	w := newWorld(k)
	s, id := w.user.Subject(), k.s.Identity
	edit := func(change func(*identity.User)) identity.Change {
		u := k.user(w.tenant, "odd@example.test", "odd")
		change(&u)
		return identity.NewUser{User: u}
	}
	cred := func(change func(*identity.Credential), expect uint64) identity.Change {
		c := k.credential(w.user, 1)
		change(&c)
		return identity.PutCredential{Credential: c, Expect: expect}
	}
	token := func(change func(*identity.Token)) identity.Change {
		t := k.token(w.user, identity.TokenSignUp)
		change(&t)
		return identity.PutToken{Token: t}
	}
	role := func(change func(*identity.Grant), expect uint64) identity.Change {
		g := k.grant(w.user, "viewer")
		change(&g)
		return identity.PutGrant{Grant: g, Expect: expect}
	}
	noSlug, noStatus := k.tenant("x"), k.tenant("y")
	noSlug.Slug, noStatus.Status = "", 0
	for what, c := range map[string]identity.Change{
		"nil":                         nil,
		"pointer":                     &identity.VoidCredentials{Subject: s},
		"tenant without slug":         identity.NewTenant{Tenant: noSlug},
		"tenant without status":       identity.NewTenant{Tenant: noStatus},
		"method twice":                identity.NewTenant{Tenant: k.tenant("z"), Methods: []identity.Method{method("m", 1), method("m", 2)}},
		"method without name":         identity.PutMethod{Scope: identity.UserScope(s)},
		"method for everybody":        identity.PutMethod{Scope: identity.GlobalScope(), Method: method("m", 1)},
		"user without names":          edit(func(u *identity.User) { u.Identifiers = nil }),
		"user with nine names":        edit(func(u *identity.User) { u.Identifiers = make([]identity.Identifier, 9) }),
		"user with an empty name":     edit(func(u *identity.User) { u.Identifiers[1].Canonical = "" }),
		"user without state":          edit(func(u *identity.User) { u.State = 0 }),
		"user with a strange tongue":  edit(func(u *identity.User) { u.Language = "de_AT" }),
		"language, no tag":            identity.SetLanguage{Subject: s, Language: "a b", By: identity.SystemUser, At: at(0)},
		"language, no time":           identity.SetLanguage{Subject: s, Language: "en", By: identity.SystemUser},
		"display name, a bell":        identity.SetDisplayName{Subject: s, DisplayName: "a\ab", By: identity.SystemUser, At: at(0)},
		"display name, no time":       identity.SetDisplayName{Subject: s, DisplayName: "Ada", By: identity.SystemUser},
		"transition to nothing":       identity.Transition{Subject: s, From: identity.Active},
		"transition from nothing":     identity.Transition{Subject: s, To: identity.Active},
		"new, version 0":              cred(func(c *identity.Credential) { c.Version = 0 }, 0),
		"new, version 2":              cred(func(c *identity.Credential) { c.Version = 2 }, 0),
		"replaced, version stays":     cred(func(*identity.Credential) {}, 1),
		"credential, no kind":         cred(func(c *identity.Credential) { c.Kind = "" }, 0),
		"credential, no state":        cred(func(c *identity.Credential) { c.State = 0 }, 0),
		"drop at version 0":           identity.DropCredential{Subject: s, ID: w.first.ID},
		"advance to version 1":        identity.AdvanceCredential{Credential: w.first},
		"grant, no role":              role(func(g *identity.Grant) { g.Role = "" }, 0),
		"grant, a foreign role":       role(func(g *identity.Grant) { g.Role = "Role of mine" }, 0),
		"grant, a reserved role":      role(func(g *identity.Grant) { g.Role = "axess.other" }, 0),
		"grant, no time":              role(func(g *identity.Grant) { g.At = time.Time{} }, 0),
		"grant, version 0":            role(func(g *identity.Grant) { g.Version = 0 }, 0),
		"grant, version stays":        role(func(*identity.Grant) {}, 1),
		"drop a role at version 0":    identity.DropGrant{Subject: s, Role: "editor"},
		"drop no role":                identity.DropGrant{Subject: s, Expect: 1},
		"require nobody's role":       identity.RequireHolder{Subject: s},
		"require no role at all":      identity.RequireNoRole{Tenant: w.tenant.ID},
		"token, no selector":          token(func(t *identity.Token) { t.Selector = [16]byte{} }),
		"token, no digest":            token(func(t *identity.Token) { t.Digest = [32]byte{} }),
		"token, no purpose":           token(func(t *identity.Token) { t.Purpose = "" }),
		"token, no end":               token(func(t *identity.Token) { t.ExpiresAt = time.Time{} }),
		"consume, no selector":        identity.ConsumeToken{Digest: w.signUp.Digest, Purpose: w.signUp.Purpose, Now: at(0)},
		"consume, no purpose":         identity.ConsumeToken{Selector: w.signUp.Selector, Digest: w.signUp.Digest, Now: at(0)},
		"consume, no time":            identity.ConsumeToken{Selector: w.signUp.Selector, Digest: w.signUp.Digest, Purpose: w.signUp.Purpose},
		"token with tries":            token(func(t *identity.Token) { t.Tries = 1 }),
		"token, keep too many":        identity.PutToken{Token: k.token(w.user, "reset"), Keep: 101},
		"token, keep less than none":  identity.PutToken{Token: k.token(w.user, "reset"), Keep: -1},
		"try, none allowed":           w.tried(0),
		"try, too many allowed":       w.tried(101),
		"tenant of no version":        w.updated(0),
		"move without a time":         identity.MoveTenant{Tenant: w.tenant.ID, From: identity.TenantActive, To: identity.TenantSuspended},
		"deletion without an end":     w.moved(identity.TenantActive, identity.TenantDeleting),
		"move to nothing":             w.moved(identity.TenantActive, 0),
		"drop without a time":         identity.DropTenant{Tenant: w.tenant.ID},
		"names, none":                 w.renamed(w.user.Identifiers, nil),
		"names, nothing was":          w.renamed(nil, w.user.Identifiers),
		"names, one twice":            w.renamed(w.user.Identifiers, append(w.user.Identifiers[:1:1], w.user.Identifiers[0])),
		"policy for everybody":        identity.PutPolicy{Policy: k.policy(identity.GlobalScope())},
		"policy, no kind":             identity.PutPolicy{Policy: edited(w.ownPolicy, func(p *identity.Policy) { p.Kind = "" })},
		"policy, no reason":           identity.PutPolicy{Policy: edited(w.ownPolicy, func(p *identity.Policy) { p.Reason = "" })},
		"policy, version 2":           identity.PutPolicy{Policy: edited(w.ownPolicy, func(p *identity.Policy) { p.Version = 2 })},
		"policy, too large":           identity.PutPolicy{Policy: edited(w.ownPolicy, func(p *identity.Policy) { p.Body = tooLong(identity.MaxPolicyBody) })},
		"policy, no time":             identity.PutPolicy{Policy: edited(w.ownPolicy, func(p *identity.Policy) { p.At = time.Time{} })},
		"drop a policy at version 0":  identity.DropPolicy{Scope: w.ownPolicy.Scope, Kind: "lockout"},
		"link, no issuer":             identity.PutLink{Link: k.link(w.user, "", "ada")},
		"link, odd subject":           identity.PutLink{Link: k.link(w.user, "issuer.example", "a da")},
		"drop no link":                identity.DropLink{Subject: s, Issuer: "issuer.example"},
		"erase from nothing":          identity.EraseUser{Subject: s},
		"login, no time":              identity.RecordLogin{Subject: s},
		"row, no id":                  identity.Append{Row: store.Row{Topic: store.TopicMail}},
		"row, no topic":               identity.Append{Row: store.Row{ID: [16]byte{1}}},
		"tokens of any purpose since": identity.VoidTokens{Subject: w.user.Subject(), Since: at(0)},
	} {
		w.changeFails(what, 0, store.ErrBadArgument, c)
		// Malformed is malformed wherever it stands.
		w.changeFails(what, 1, store.ErrBadArgument, identity.Append{Row: k.row(store.TopicMail)}, c)
	}
	w.changeFails("a reserved id", 0, identity.ErrIDReserved, edit(func(u *identity.User) { u.ID = identity.SystemUser }))
	w.changeFails("a reserved name", 0, identity.ErrNameReserved, edit(func(u *identity.User) { u.Identifiers[1].Canonical = "root" }))
	w.changeFails("a reserved name for somebody who is there", 0, identity.ErrNameReserved, identity.SetIdentifiers{
		Subject: w.user.Subject(), Was: w.user.Identifiers, By: w.user.ID, At: at(0),
		Next: append(w.user.Identifiers[:1:1], identity.Identifier{Kind: identity.Username, Typed: "Root", Canonical: "root"}),
	})
	w.changeFails("the system tenant", 0, identity.ErrSystemTenant, identity.DropTenant{Tenant: identity.SystemTenant, Now: at(0)})
	w.changeFails("no such move", 0, identity.ErrStateTransition, w.moved(identity.TenantDeleting, identity.TenantActive))
	large := k.row(store.TopicMail)
	large.Body = tooLong(store.MaxRowBody)
	w.changeFails("large row", 0, store.ErrTooLarge, identity.Append{Row: large})
	for _, r := range []identity.Role{"", "axess.other", "a role", "-role", identity.Role(strings.Repeat("r", 65))} {
		k.fails("role", first(id.HasRole(k.ctx(), w.tenant.ID, r)), store.ErrBadArgument)
	}
	for _, limit := range []int{-1, 0, identity.MaxPage + 1} {
		k.fails("users", first(id.Users(k.ctx(), w.tenant.ID, identity.UserCursor{}, limit)), store.ErrBadArgument)
		k.fails("tenants", first(id.Tenants(k.ctx(), operator(k), "", limit)), store.ErrBadArgument)
	}
	k.fails("no scope", first(id.Tenants(k.ctx(), identity.OperatorScope{}, "", 1)), store.ErrBadArgument)
	k.fails("selector", first(id.TokenBySelector(k.ctx(), [16]byte{})), store.ErrBadArgument)
}

// IDN-060
func identityCancelled(k *kit) {
	w := newWorld(k)
	id, ctx := k.s.Identity, k.cancelled()
	before := w.image()
	email := w.user.Identifiers[0]
	for what, err := range map[string]error{
		"tenant":  first(id.TenantByID(ctx, w.tenant.ID)),
		"slug":    first(id.TenantBySlug(ctx, w.tenant.Slug)),
		"account": first(id.AccountByID(ctx, w.user.Subject())),
		"name":    first(id.AccountByIdentifier(ctx, w.tenant.ID, email.Kind, email.Canonical)),
		"role":    first(id.HasRole(ctx, w.tenant.ID, w.role.Role)),
		"token":   first(id.TokenBySelector(ctx, w.signUp.Selector)),
		"handle":  first(id.AccountByHandle(ctx, w.tenant.ID, w.user.WebAuthnHandle)),
		"link":    first(id.AccountByLink(ctx, w.tenant.ID, w.link.Issuer, w.link.External)),
		"users":   first(id.Users(ctx, w.tenant.ID, identity.UserCursor{}, 1)),
		"tenants": first(id.Tenants(ctx, operator(k), "", 1)),
		"apply":   id.Apply(ctx, identity.VoidCredentials{Subject: w.user.Subject()}),
		"record":  id.Record(ctx, identity.RecordLogin{Subject: w.user.Subject(), At: at(time.Hour)}),
	} {
		k.fails(what, err, context.Canceled)
		if errors.Is(err, store.ErrNotFound) {
			k.Errorf("%s: an unanswered question reads as absence: %v", what, err)
		}
	}
	if after := w.image(); after != before {
		k.Errorf("cancelled calls have changed\n%s\ninto\n%s", before, after)
	}
}
