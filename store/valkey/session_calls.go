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
// again with their text.
func (b *base) runAll(ctx context.Context, verb string, calls []call) ([]driver.ValkeyMessage, error) {
	cmds := make([]driver.Completed, len(calls), 2*len(calls))
	var behind []driver.Completed
	for i, c := range calls {
		if cmds[i] = c.cmd; c.script != "" {
			cmds[i] = b.c.B().Evalsha().Sha1(b.scripts[c.script].sum).Numkeys(int64(len(c.keys))).Key(c.keys...).Arg(c.args...).Build()
			if b.near != nil && copies(c.script) {
				behind = append(behind, b.behind(c.keys))
			}
		}
	}
	got, err := b.doMulti(ctx, verb, append(cmds, behind...)...)
	if err != nil {
		return nil, err
	}
	out := make([]driver.ValkeyMessage, len(calls))
	var failures error
	for _, r := range got[len(calls):] {
		if err := b.caughtUp(ctx, verb, r); err != nil {
			failures = err
		}
	}
	for i, r := range got[:len(calls)] {
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
