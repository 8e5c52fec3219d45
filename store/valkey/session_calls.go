package valkey

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/store"
)

// ErrNotDurable means that a write which ends something was made and that no replica
// has acknowledged it: if its server is lost now, its successor may not know of it
// (SES-210). It wraps store.ErrUnavailable; to repeat the verb does no harm.
var ErrNotDurable = fmt.Errorf("valkey: %w: no replica has acknowledged it", store.ErrUnavailable)

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

// runDurable is run for a script that ends something: where there are replicas, it
// is acknowledged by one of them too before it is acknowledged here (SES-210).
func (b *base) runDurable(ctx context.Context, verb, name string, keys []string, args ...string) (driver.ValkeyMessage, error) {
	if !b.replicated {
		return b.run(ctx, verb, name, keys, args...)
	}
	if err := b.enter(ctx, verb); err != nil {
		return driver.ValkeyMessage{}, err
	}
	defer b.leave()
	var m driver.ValkeyMessage
	err := b.c.Dedicated(func(c driver.DedicatedClient) error {
		s := b.scripts[name]
		n := int64(len(keys))
		r := c.Do(ctx, c.B().Evalsha().Sha1(s.sum).Numkeys(n).Key(keys...).Arg(args...).Build())
		if v, ok := driver.IsValkeyErr(r.Error()); ok && v.IsNoScript() {
			r = c.Do(ctx, c.B().Eval().Script(s.text).Numkeys(n).Key(keys...).Arg(args...).Build())
		}
		var err error
		if m, err = b.message(ctx, verb, r); err != nil {
			return err
		}
		// On the same connection: a server counts what it was told there.
		acks, err := c.Do(ctx, c.B().Wait().Numreplicas(waitReplicas).Timeout(waitTime).Build()).AsInt64()
		if err != nil {
			return b.answer(ctx, verb, err)
		}
		if acks < waitReplicas {
			return b.failed(verb, ErrNotDurable)
		}
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrUnavailable) {
		err = b.answer(ctx, verb, err)
	}
	return m, err
}

// SES-210: one replica, 200 ms.
const (
	waitReplicas = 1
	waitTime     = 200
)

// replicas reports that a primary has, or a cluster has any.
func replicas(ctx context.Context, c driver.Client) bool {
	nodes := primaries(ctx, c)
	if len(c.Nodes()) > len(nodes) {
		return true
	}
	for _, node := range nodes {
		says, err := ask(ctx, node)
		if n, bad := strconv.Atoi(says["connected_slaves"]); err == nil && bad == nil && n > 0 {
			return true
		}
	}
	return false
}
