package valkey

import (
	"context"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// forget removes what the shard of a ref says of a record that is elsewhere.
func (s sessions) forget(ref session.Ref) driver.Completed {
	return s.b.c.B().Del().Key(s.shard(shardOfRef(ref), "p:", refText(ref))).Build()
}

// tidy follows a script into other homes: the shards of the refs that it removed, and
// superseded predecessors that it could not reach.
func (s sessions) tidy(ctx context.Context, verb string, r reply, i int) error {
	gone, err := s.refs(verb, r, i)
	if err != nil {
		return err
	}
	far, err := s.refs(verb, r, i+1)
	if err != nil {
		return err
	}
	for _, ref := range far {
		if err := s.end(ctx, verb, ref, identity.Subject{}, true); err != nil {
			return err
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return s.forgetAll(ctx, verb, gone)
}

func (s sessions) forgetAll(ctx context.Context, verb string, gone []session.Ref) error {
	cmds := make([]driver.Completed, len(gone))
	for i, ref := range gone {
		cmds[i] = s.forget(ref)
	}
	got, err := s.b.doMulti(ctx, verb, cmds...)
	if err != nil {
		return err
	}
	for _, g := range got {
		if _, err := s.b.message(ctx, verb, g); err != nil {
			return err
		}
	}
	return nil
}
