package valkey

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	driver "github.com/valkey-io/valkey-go"
)

// oldest is the first version of the server that is supported (Valkey counts on
// from 7.2 and still says so).
const oldest = 7

// inspect refuses a server on which promises would not hold.
func inspect(ctx context.Context, c driver.Client, o *options) error {
	nodes := c.Nodes()
	if len(nodes) == 0 {
		return errors.New("the cluster has no node: start it, or correct host and port")
	}
	primary := false
	for _, addr := range slices.Sorted(maps.Keys(nodes)) {
		node := nodes[addr]
		says, err := ask(ctx, node)
		if err != nil {
			return unreachable(err)
		}
		if says["role"] != "master" {
			if c.Mode() == driver.ClientModeCluster {
				continue
			}
			return errors.New("the server is a replica: name its primary")
		}
		primary = true
		if err := judge(says, snapshots(ctx, node), o); err != nil {
			return err
		}
	}
	if !primary {
		return errors.New("no primary answers: wait until the cluster is whole, or name other hosts")
	}
	return nil
}

// primaries are the nodes that take writes, in the order of their addresses.
func primaries(ctx context.Context, c driver.Client) []driver.Client {
	var out []driver.Client
	nodes := c.Nodes()
	for _, addr := range slices.Sorted(maps.Keys(nodes)) {
		if says, err := ask(ctx, nodes[addr]); err == nil && says["role"] == "master" {
			out = append(out, nodes[addr])
		}
	}
	return out
}

// ask reads what a server says of itself.
func ask(ctx context.Context, node driver.Client) (map[string]string, error) {
	text, err := node.Do(ctx, node.B().Info().Section("server", "replication", "memory", "persistence").Build()).ToString()
	if err != nil {
		return nil, err
	}
	return lines(text), nil
}

// lines reads what INFO and its like answer: a name and a value on each line.
func lines(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			out[name] = value
		}
	}
	return out
}

// snapshots is the setting save: "" if the server makes none, "?" if it does not
// tell, as some hosted ones.
func snapshots(ctx context.Context, node driver.Client) string {
	got, err := node.Do(ctx, node.B().ConfigGet().Parameter("save").Build()).AsStrMap()
	save, ok := got["save"]
	if err != nil || !ok {
		return "?"
	}
	return save
}

// judge is inspect without the network.
func judge(says map[string]string, save string, o *options) error {
	major, _, _ := strings.Cut(says["redis_version"], ".")
	version, err := strconv.Atoi(major)
	policy := says["maxmemory_policy"]
	switch {
	case err != nil:
		return errors.New("the server does not say its version: this is no Valkey or Redis server")
	case version < oldest:
		return fmt.Errorf("the server is version %s: upgrade it to Valkey 7.2, Redis 7.0 or newer", says["redis_version"])
	case strings.HasPrefix(policy, "allkeys-"):
		return fmt.Errorf("maxmemory-policy is %s, and a server short of memory would forget accounts and revocations: CONFIG SET maxmemory-policy noeviction", policy)
	case says["aof_enabled"] != "1" && save == "" && o.forgetful == "":
		return errors.New("the server keeps nothing on disk, and a restart would forget accounts and revocations: CONFIG SET appendonly yes (WithoutPersistence says otherwise)")
	}
	warn(o.logger, policy, says["aof_enabled"] == "1", o.forgetful)
	return nil
}

func warn(l *slog.Logger, policy string, logged bool, forgetful string) {
	if strings.HasPrefix(policy, "volatile-") {
		l.Warn("valkey: a server short of memory would end sessions that are alive: CONFIG SET maxmemory-policy noeviction", "maxmemory-policy", policy)
	}
	if !logged && forgetful == "" {
		l.Warn("valkey: after a crash the server would come back as its last snapshot was, with what has been revoked since: CONFIG SET appendonly yes")
	}
}

// unreachable says what to do about a server that does not answer.
func unreachable(err error) error {
	var dial *net.OpError
	v, answered := driver.IsValkeyErr(err)
	switch {
	case errors.Is(err, errOpen):
		return err
	case errors.As(err, &dial):
		return fmt.Errorf("%w: start the server, or correct host and port", err)
	case !answered:
		return err
	case strings.HasPrefix(v.Error(), "WRONGPASS"), strings.HasPrefix(v.Error(), "NOAUTH"):
		return fmt.Errorf("%w: correct user and password", said(err))
	case strings.HasPrefix(v.Error(), "NOPERM"):
		return fmt.Errorf("%w: give the user +@all on the keys and channels that begin with the prefix", said(err))
	case v.IsLoading():
		return fmt.Errorf("%w: wait until the server has read its data", said(err))
	}
	return said(err)
}
