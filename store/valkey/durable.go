package valkey

import (
	"context"
	"fmt"
	"strconv"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/store"
)

// ErrNotDurable means that a write which ends something, or changes an account, was
// made and that no replica has acknowledged it: if its server is lost now, its
// successor may not know of it (SES-210). It wraps store.ErrUnavailable: the effect is
// unknown. To repeat an end does no harm; a change of an account is read back.
var ErrNotDurable = fmt.Errorf("valkey: %w: no replica has acknowledged it", store.ErrUnavailable)

// SES-210: one replica, 200 ms.
const (
	waitReplicas = 1
	waitTime     = 200
)

// runDurable is run for a script that a fail-over must not undo: where there are
// replicas, one of them has it before it is acknowledged here (SES-210).
func (b *base) runDurable(ctx context.Context, verb, name string, keys []string, args ...string) (driver.ValkeyMessage, error) {
	if !b.replicated.Load() {
		return b.run(ctx, verb, name, keys, args...)
	}
	if err := b.enter(ctx, verb); err != nil {
		return driver.ValkeyMessage{}, err
	}
	defer b.leave()
	s := b.scripts[name]
	n := int64(len(keys))
	r, acks := b.awaited(ctx, keys[0], func(c commands) driver.Completed {
		return c.B().Evalsha().Sha1(s.sum).Numkeys(n).Key(keys...).Arg(args...).Build()
	})
	if v, ok := driver.IsValkeyErr(r.Error()); ok && v.IsNoScript() {
		r, acks = b.awaited(ctx, keys[0], func(c commands) driver.Completed {
			return c.B().Eval().Script(s.text).Numkeys(n).Key(keys...).Arg(args...).Build()
		})
	}
	m, err := b.message(ctx, verb, r)
	if err != nil {
		return m, err
	}
	if b.near != nil && copies(name) { // it was told to another connection
		if err := b.caughtUp(ctx, verb, b.c.Do(ctx, b.behind(keys))); err != nil {
			return m, err
		}
	}
	return m, b.acknowledged(ctx, verb, acks)
}

// fence is the same for what others have written in the slot of a key: a replica has
// all of it when it has the write that is made here after it. Servers differ in
// whether they wait for more than what was written on the connection itself.
func (b *base) fence(ctx context.Context, verb, key string) error {
	if !b.replicated.Load() {
		return nil
	}
	if err := b.enter(ctx, verb); err != nil {
		return err
	}
	defer b.leave()
	r, acks := b.awaited(ctx, key, func(c commands) driver.Completed {
		return c.B().Set().Key(key).Value("").PxMilliseconds(lag.Milliseconds()).Build()
	})
	if _, err := b.message(ctx, verb, r); err != nil {
		return err
	}
	return b.acknowledged(ctx, verb, acks)
}

func (b *base) acknowledged(ctx context.Context, verb string, acks driver.ValkeyResult) error {
	n, err := acks.AsInt64()
	if err != nil {
		return b.answer(ctx, verb, err)
	}
	if n < waitReplicas {
		return b.failed(verb, ErrNotDurable)
	}
	return nil
}

// commands makes commands.
type commands interface{ B() driver.Builder }

// How often a write follows a slot, and how long it waits before it does so again, each
// time twice as long: together longer than the second that the driver may take until it
// looks at the map of the cluster.
const (
	hops    = 7
	hopWait = 15 * time.Millisecond
)

// awaited sends a write about a key and waits for a replica, on a connection that nobody
// else uses meanwhile: a server counts what it was told there. Where the slot has another
// node by now, or is on its way to one, nothing was written, and it is sent there: after
// a fail-over also to a node that the driver has not heard of, and on from one that knows
// no better yet than whoever named it.
func (b *base) awaited(ctx context.Context, key string, write func(commands) driver.Completed) (answer, acks driver.ValkeyResult) {
	send := func(c driver.DedicatedClient, before ...driver.Completed) error {
		wait := c.B().Wait().Numreplicas(waitReplicas).Timeout(waitTime).Build()
		got := c.DoMulti(ctx, append(before, write(c), wait)...)
		answer, acks = got[len(got)-2], got[len(got)-1]
		return nil // what there is to say is in answer
	}
	anywhere := func() { _ = b.c.Dedicated(func(c driver.DedicatedClient) error { return send(c) }) }
	anywhere()
	for hop := range hops {
		addr, asking := redirected(answer)
		if addr == "" {
			return answer, acks
		}
		if hop > 0 && b.clock.Sleep(ctx, hopWait<<hop) != nil {
			return answer, acks
		}
		node := b.c.Nodes()[addr]
		if node == nil {
			// To read there is how the driver comes to know of it.
			_ = b.c.Do(ctx, b.behind([]string{key}))
			node = b.c.Nodes()[addr]
		}
		switch {
		case node == nil:
			anywhere()
		case asking:
			_ = node.Dedicated(func(c driver.DedicatedClient) error { return send(c, b.c.B().Asking().Build()) })
		default:
			_ = node.Dedicated(func(c driver.DedicatedClient) error { return send(c) })
		}
	}
	return answer, acks
}

// redirected is the node that a server has named instead of itself, where nothing was
// written; asking: for this once.
func redirected(answer driver.ValkeyResult) (addr string, asking bool) {
	v, said := driver.IsValkeyErr(answer.Error())
	if !said {
		return "", false
	}
	if addr, moved := v.IsMoved(); moved {
		return addr, false
	}
	addr, asking = v.IsAsk()
	return addr, asking
}

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
