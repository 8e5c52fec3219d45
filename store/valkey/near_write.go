package valkey

import (
	"context"

	driver "github.com/valkey-io/valkey-go"
)

// copies says whether a script changes what may be copied. One that is not known here
// is taken to.
func copies(script string) bool {
	switch script {
	case "session_list", "session_kids", "session_claimed", "session_decide":
		return false
	}
	return len(script) > 8 && script[:8] == "session_"
}

// behind is the command that follows a script. The server tells what a command has
// changed right after its answer, on the connection that asked, and everywhere else
// with it; so when this is answered, the copies in this process know (STO-033).
func (b *base) behind(keys []string) driver.Completed {
	return b.c.B().Exists().Key(keys[0]).Build()
}

// caughtUp judges the answer of behind. Whatever the server says was said on that
// connection. If the connection is lost, so are its copies, but perhaps not yet: then
// nothing is promised.
func (b *base) caughtUp(ctx context.Context, verb string, r driver.ValkeyResult) error {
	if err := r.NonValkeyError(); err != nil {
		return b.answer(ctx, verb, err)
	}
	return nil
}

// runOnce sends a script, with what follows it.
func (b *base) runOnce(ctx context.Context, verb, name string, keys []string, cmd driver.Completed) (driver.ValkeyResult, error) {
	if b.near == nil || !copies(name) {
		return b.c.Do(ctx, cmd), nil
	}
	got := b.c.DoMulti(ctx, cmd, b.behind(keys))
	if err := got[0].NonValkeyError(); err != nil {
		return got[0], b.answer(ctx, verb, err)
	}
	return got[0], b.caughtUp(ctx, verb, got[1])
}
