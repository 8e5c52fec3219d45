package model

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// AccountByID judges identity.Lookup.AccountByID.
func (s *State) AccountByID(sub identity.Subject, a identity.Account, got error) error {
	return s.account("identity.AccountByID", s.users[sub], a, got)
}

// AccountByIdentifier judges identity.Lookup.AccountByIdentifier.
func (s *State) AccountByIdentifier(t identity.TenantID, kind identity.IdentifierKind, canonical string, a identity.Account, got error) error {
	u := (*user)(nil)
	if id, is := s.names[name{t, kind, canonical}]; is {
		u = s.users[identity.Subject{Tenant: t, User: id}]
	}
	return s.account("identity.AccountByIdentifier", u, a, got)
}

// AccountByLink judges identity.Lookup.AccountByLink.
func (s *State) AccountByLink(t identity.TenantID, issuer, external string, a identity.Account, got error) error {
	u := (*user)(nil)
	if id, is := s.links[link{t, issuer, external}]; is {
		u = s.users[identity.Subject{Tenant: t, User: id}]
	}
	return s.account("identity.AccountByLink", u, a, got)
}

func (s *State) account(verb string, u *user, a identity.Account, got error) error {
	var want []error
	if u == nil {
		want = missing
	}
	heard, err := judge(verb, got, want)
	if err != nil || !heard || got != nil {
		return err
	}
	if what, got, want := differ(u, a); what != "" {
		return wrong(verb, fmt.Sprint(what, " ", got), want)
	}
	if t := s.tenants[u.Tenant]; t != nil && a.Tenant != t.Status {
		return wrong(verb, fmt.Sprint("a tenant that is ", a.Tenant), t.Status)
	}
	return nil
}

// differ names the first thing in which an account is not what was stored.
func differ(u *user, a identity.Account) (what string, got, want any) {
	g, w := a.User, u.User
	switch {
	case g.ID != w.ID || g.Tenant != w.Tenant || g.WebAuthnHandle != w.WebAuthnHandle || g.AuditHandle != w.AuditHandle:
		return "user", g.ID, w.ID
	case g.State != w.State || g.Detail.Reason != w.Detail.Reason || !g.Detail.Since.Equal(w.Detail.Since) || !g.Detail.Until.Equal(w.Detail.Until):
		return "state", fmt.Sprint(g.State, g.Detail), fmt.Sprint(w.State, w.Detail)
	case !slices.Equal(g.Identifiers, w.Identifiers):
		return "identifiers", len(g.Identifiers), len(w.Identifiers)
	case !g.EmailVerifiedAt.Equal(w.EmailVerifiedAt):
		return "address verified at", g.EmailVerifiedAt, w.EmailVerifiedAt
	case !g.LastLoginAt.Equal(w.LastLoginAt):
		return "last login at", g.LastLoginAt, w.LastLoginAt
	case !g.UpdatedAt.Equal(w.UpdatedAt) || g.UpdatedBy != w.UpdatedBy || g.Language != w.Language || g.DisplayName != w.DisplayName:
		return "updated at", g.UpdatedAt, w.UpdatedAt
	case len(a.Credentials) != len(u.creds):
		return "credentials", len(a.Credentials), len(u.creds)
	case len(a.Grants) != len(u.grants):
		return "grants", len(a.Grants), len(u.grants)
	case len(a.Links) != len(u.links):
		return "links", len(a.Links), len(u.links)
	}
	for i, c := range u.creds {
		if o := a.Credentials[i]; !sameCredential(o, c) {
			return "a credential", fmt.Sprintf("%v at version %d, used %s", o.ID, o.Version, o.LastUsedAt), fmt.Sprintf("%v at version %d, used %s", c.ID, c.Version, c.LastUsedAt)
		}
	}
	for i, c := range u.grants {
		//axess:allow L05 a model answers nobody
		if o := a.Grants[i]; o.Role != c.Role || o.Version != c.Version || o.MAC != c.MAC {
			return "a grant", fmt.Sprint(o.Role, " at ", o.Version), fmt.Sprint(c.Role, " at ", c.Version)
		}
	}
	for i, c := range u.links {
		if o := a.Links[i]; o.Issuer != c.Issuer || o.External != c.External {
			return "a link of", o.Issuer, c.Issuer
		}
	}
	return "", nil, nil
}

func sameCredential(a, b identity.Credential) bool {
	//axess:allow L05 a model answers nobody
	return a.MAC == b.MAC && a.ID == b.ID && a.Tenant == b.Tenant && a.User == b.User && a.Kind == b.Kind && a.State == b.State && a.Version == b.Version &&
		a.CreatedAt.Equal(b.CreatedAt) && bytes.Equal(a.Body, b.Body) && a.Label == b.Label && a.LastUsedAt.Equal(b.LastUsedAt)
}

// TenantByID judges identity.Lookup.TenantByID, but for methods and policies.
func (s *State) TenantByID(id identity.TenantID, t identity.Tenant, got error) error {
	return s.tenant("identity.TenantByID", s.tenants[id], t, got)
}

// TenantBySlug judges identity.Lookup.TenantBySlug, but for methods and policies.
func (s *State) TenantBySlug(slug string, t identity.Tenant, got error) error {
	return s.tenant("identity.TenantBySlug", s.tenants[s.slugs[slug]], t, got)
}

func (s *State) tenant(verb string, have *tenant, t identity.Tenant, got error) error {
	var want []error
	if have == nil {
		want = missing
	}
	heard, err := judge(verb, got, want)
	if err != nil || !heard || got != nil {
		return err
	}
	if t.ID != have.ID || t.Slug != have.Slug || t.Status != have.Status || t.Version != have.Version {
		return wrong(verb, fmt.Sprint(t.Slug, " in ", t.Status, " at ", t.Version), fmt.Sprint(have.Slug, " in ", have.Status, " at ", have.Version))
	}
	return nil
}

// HasRole judges identity.Lookup.HasRole.
func (s *State) HasRole(t identity.TenantID, r identity.Role, has bool, got error) error {
	const verb = "identity.HasRole"
	heard, err := judge(verb, got, nil)
	if want := s.holders[holding{t, r}] > 0; heard && got == nil && has != want {
		return wrong(verb, has, want)
	}
	return err
}

// TokenBySelector judges identity.Lookup.TokenBySelector.
func (s *State) TokenBySelector(selector [16]byte, t identity.Token, got error) error {
	const verb = "identity.TokenBySelector"
	have, is := s.tokens[selector]
	var want []error
	if !is {
		want = missing
	}
	heard, err := judge(verb, got, want)
	if err != nil || !heard || got != nil {
		return err
	}
	//axess:allow L05 a model answers nobody
	if t.Purpose != have.Purpose || t.Digest != have.Digest || ownerOf(t) != ownerOf(have) || t.Tries != have.Tries || !t.ExpiresAt.Equal(have.ExpiresAt) {
		return wrong(verb, fmt.Sprint(t.Purpose, " after ", t.Tries, " tries"), fmt.Sprint(have.Purpose, " after ", have.Tries))
	}
	return nil
}

// SweepAccounts judges identity.Admin.Sweep, but for the count of methods and policies.
func (s *State) SweepAccounts(now time.Time, limit, n int, got error) error {
	const verb = "identity.Sweep"
	made, err := judge(verb, got, nil)
	if !made {
		return err
	}
	var old []identity.Token
	for _, t := range s.tokens {
		if !t.ExpiresAt.After(now.Add(-identity.TokenKept)) {
			old = append(old, t)
		}
	}
	slices.SortFunc(old, func(a, b identity.Token) int {
		return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), bytes.Compare(a.Selector[:], b.Selector[:]))
	})
	var waiting []identity.User
	for _, u := range s.users {
		if u.State == identity.Candidate && !u.CreatedAt.After(now.Add(-identity.CandidateLife)) {
			waiting = append(waiting, u.User)
		}
	}
	slices.SortFunc(waiting, func(a, b identity.User) int {
		x, y := a.ID.Bytes(), b.ID.Bytes()
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), bytes.Compare(x[:], y[:]))
	})
	old, waiting = old[:min(limit, len(old))], waiting[:min(limit, len(waiting))]
	if got == nil && n < len(old)+len(waiting) {
		return wrong(verb, fmt.Sprint(n, " rows"), fmt.Sprint("at least ", len(old)+len(waiting)))
	}
	defer func() { s.undo = s.undo[:0] }()
	for _, t := range old {
		s.dropToken(t)
	}
	for _, u := range waiting {
		s.eraseUser(identity.EraseUser{Subject: u.Subject(), From: identity.Candidate})
		s.epochs[identity.UserScope(u.Subject())]++
	}
	for sub, u := range s.users {
		ended := func(_ identity.PolicyKind, p held) bool { return !p.until.IsZero() && !now.Before(p.until) }
		next := *u
		if next.policies = maps.Clone(u.policies); len(next.policies) > 0 {
			maps.DeleteFunc(next.policies, ended)
			s.users[sub] = &next
		}
	}
	return nil
}

// Append judges store.Outbox.Append.
func (s *State) Append(rows []store.Row, got error) error {
	made, err := judge("outbox.Append", got, s.rowsKnown(rows))
	if made {
		s.addRows(rows)
	}
	return err
}

// Lease judges that store.Outbox.Lease hands out what was committed and is not done.
func (s *State) Lease(topic store.Topic, limit int, rows []store.Pending, got error) error {
	const verb = "outbox.Lease"
	if heard, err := judge(verb, got, nil); err != nil || !heard || got != nil {
		return err
	}
	if len(rows) > limit {
		return wrong(verb, fmt.Sprint(len(rows), " rows"), limit)
	}
	for _, r := range rows {
		if have, is := s.rows[r.ID]; !is || have != topic {
			return wrong(verb, "a row that nobody has committed, or that is done", "one that waits")
		}
	}
	return nil
}

// Done judges store.Outbox.Done.
func (s *State) Done(topic store.Topic, ids [][16]byte, got error) error {
	made, err := judge("outbox.Done", got, nil)
	for _, id := range ids {
		if made && s.rows[id] == topic {
			delete(s.rows, id)
		}
	}
	return err
}
