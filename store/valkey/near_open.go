package valkey

import (
	"context"
	"errors"
	"strconv"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/store"
)

// untracked says why a connection was refused that asked to be tracked: perhaps the
// tracking is not what is wrong with it.
func untracked(ctx context.Context, t *target, o options) error {
	o.distant = "to see what else there is"
	c, err := driver.NewClient(t.options(&o))
	if err != nil {
		return err
	}
	defer c.Close()
	if err := inspect(ctx, c, &o); err != nil {
		return err
	}
	return errRefused
}

var errRefused = errors.New("the server refuses CLIENT TRACKING, by which it tells what has changed: ACL SETUSER the user +client|tracking, or open it WithoutLocalCache")

// errUntracked is a server that does not tell what has changed, though it said so.
var errUntracked = errors.New("the server agrees to CLIENT TRACKING and tells nothing: name the server itself instead of a proxy (WithoutLocalCache does without)")

// keepNear begins to use copies, after a trial: a copy is made, its key is changed, and
// the copy must be gone.
func (b *base) keepNear(ctx context.Context, n *near) error {
	const verb = "open"
	n.serve(b.c.Mode())
	key := b.trial(strconv.FormatUint(entropy.Uint64(b.entropy), 36))
	r := b.c.DoCache(ctx, b.c.B().Get().Key(key).Cache().ToStaticTTL(), copyLife)
	if _, err := b.message(ctx, verb, r); err != nil {
		return err
	}
	l := n.line(r.CachePXAT())
	if l == nil {
		return b.failed(verb, store.ErrUnavailable) // lost meanwhile
	}
	if _, err := b.message(ctx, verb, b.c.Do(ctx, b.c.B().Set().Key(key).Value("1").Px(lag).Build())); err != nil {
		return err
	}
	if err := b.caughtUp(ctx, verb, b.c.Do(ctx, b.behind([]string{key}))); err != nil {
		return err
	}
	if l.find(key) != nil {
		return errUntracked
	}
	b.near = n
	_, err := b.message(ctx, verb, b.c.Do(ctx, b.c.B().Del().Key(key).Build()))
	return err
}
