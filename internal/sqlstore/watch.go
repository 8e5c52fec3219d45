package sqlstore

import (
	"context"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// Watch implements [session.Store].
func (s sessions) Watch(ctx context.Context) (session.Watch, error) {
	const verb = "watch"
	if err := s.b.ready(verb); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, s.b.lost(ctx, verb)
	}
	return s.b.hub.Watch(), nil
}

// tell notes that the transaction under way ends a login; none is nothing.
func (l *lane) tell(login identity.LoginID) {
	if !login.IsZero() {
		l.ended = append(l.ended, session.Ending{Login: login})
	}
}
