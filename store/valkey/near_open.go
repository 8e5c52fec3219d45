package valkey

import (
	"context"
	"errors"
	"strconv"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/entropy"
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
func (b *base) keepNear(ctx context.Context) error {
	const verb = "open"
	key := b.trial(strconv.FormatUint(entropy.Uint64(b.entropy), 36))
	read := func() (driver.ValkeyResult, error) {
		r := b.c.DoCache(ctx, b.c.B().Get().Key(key).Cache().ToStaticTTL(), copyLife)
		_, err := b.message(ctx, verb, r)
		return r, err
	}
	for range 2 { // the second time it is a copy
		if _, err := read(); err != nil {
			return err
		}
	}
	if _, err := b.message(ctx, verb, b.c.Do(ctx, b.c.B().Set().Key(key).Value("1").Px(lag).Build())); err != nil {
		return err
	}
	if err := b.caughtUp(ctx, verb, b.c.Do(ctx, b.behind([]string{key}))); err != nil {
		return err
	}
	r, err := read()
	if err != nil {
		return err
	}
	if text, err := r.ToString(); err != nil || text != "1" {
		return errUntracked
	}
	b.near = newNear(b.clock, b.c.Mode())
	_, err = b.message(ctx, verb, b.c.Do(ctx, b.c.B().Del().Key(key).Build()))
	return err
}
