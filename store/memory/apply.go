package memory

import (
	"context"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
	"github.com/axess-go/axess/internal/portargs"
)

// Apply implements [identity.Admin].
func (p people) Apply(ctx context.Context, changes ...identity.Change) error {
	return apply(ctx, p.b, "apply", changes)
}

// Record implements [identity.AuthnLog].
func (p people) Record(ctx context.Context, changes ...identity.LogChange) error {
	return apply(ctx, p.b, "record", changes)
}

func apply[C identity.Change](ctx context.Context, b *Backend, verb string, changes []C) error {
	for i, c := range changes {
		if err := portargs.Change(c); err != nil {
			return failed(verb, &identity.ChangeError{Index: i, Err: err})
		}
	}
	if err := alive(ctx, verb); err != nil {
		return err
	}
	l := b.lock()
	defer l.unlock()
	s := b.stage()
	for i, c := range changes {
		if err := s.Change(c); err != nil {
			return failed(verb, &identity.ChangeError{Index: i, Err: err})
		}
	}
	l.set(s)
	return nil
}

// stage begins a change set. The caller holds the book until it is installed.
func (b *Backend) stage() *changeset.Set {
	d := &b.dir
	return changeset.New(changeset.Tables{
		Tenants:  d.tenants,
		Slugs:    d.slugs,
		Users:    d.users,
		Names:    d.names,
		Handles:  d.handles,
		Links:    d.links,
		Members:  d.members,
		Holders:  d.holders,
		Tokens:   d.tokens,
		TokensOf: d.tokensOf,
		Outbox:   &b.rows,
		Epochs:   &b.epochs,
	})
}

// set makes everything that has been staged. Nothing here can fail.
func (l *locked) set(s *changeset.Set) {
	d := &l.b.dir
	s.Tenants.Install(d.tenants)
	s.Slugs.Install(d.slugs)
	s.Users.Install(d.users)
	s.Names.Install(d.names)
	s.Handles.Install(d.handles)
	s.Links.Install(d.links)
	for _, m := range s.Moved {
		if d.members[m.Tenant] += m.By; d.members[m.Tenant] == 0 {
			delete(d.members, m.Tenant)
		}
	}
	s.Holders.Install(d.holders)
	s.Tokens.Install(d.tokens)
	s.TokensOf.Install(d.tokensOf)
	for _, r := range s.Raised {
		l.raise(r.Scope, r.To)
	}
	l.b.rows.add(s.Rows...)
}
