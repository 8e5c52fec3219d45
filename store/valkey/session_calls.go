package valkey

import (
	"context"

	driver "github.com/valkey-io/valkey-go"
)

// call is one of several things that are sent together: a script, or a command.
type call struct {
	script string
	keys   []string
	args   []string
	cmd    driver.Completed
	take   func(driver.ValkeyMessage) error
}

// runAll sends several at once; scripts that a node does not know are sent to it
// again with their text. Nothing follows them that waits for what they have changed
// (near.go): what is prepared is not seen before the script that comes after it.
func (b *base) runAll(ctx context.Context, verb string, calls []call) ([]driver.ValkeyMessage, error) {
	cmds := make([]driver.Completed, len(calls))
	for i, c := range calls {
		if cmds[i] = c.cmd; c.script != "" {
			cmds[i] = b.c.B().Evalsha().Sha1(b.scripts[c.script].sum).Numkeys(int64(len(c.keys))).Key(c.keys...).Arg(c.args...).Build()
		}
	}
	got, err := b.doMulti(ctx, verb, cmds...)
	if err != nil {
		return nil, err
	}
	out := make([]driver.ValkeyMessage, len(got))
	var failures error
	for i, r := range got {
		var err error
		if v, ok := driver.IsValkeyErr(r.Error()); ok && v.IsNoScript() {
			out[i], err = b.run(ctx, verb, calls[i].script, calls[i].keys, calls[i].args...)
		} else {
			out[i], err = b.message(ctx, verb, r)
		}
		if failures == nil {
			failures = err
		}
	}
	return out, failures
}
