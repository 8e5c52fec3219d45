package valkey

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/store"
)

// oldest is the first version of the server that is supported (Valkey counts on
// from 7.2 and still says so).
const oldest = 7

// inspect refuses a server on which promises would not hold.
func inspect(ctx context.Context, c driver.Client, o *options) error {
	nodes := c.Nodes()
	if len(nodes) == 0 {
		return fmt.Errorf("%w: the cluster has no node: start it, or correct host and port", store.ErrUnavailable)
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
		return fmt.Errorf("%w: no primary answers: wait until the cluster is whole, or name other hosts", store.ErrUnavailable)
	}
	if err := speaks(ctx, c); err != nil || c.Mode() != driver.ClientModeCluster {
		return err
	}
	text, err := c.Do(ctx, c.B().ClusterInfo().Build()).ToString()
	if err != nil {
		return unreachable(err)
	}
	if !covers(lines(text)) {
		return errCover
	}
	return nil
}

// slots is into how many parts a cluster shares its keys.
const slots = "16384"

var errCover = errors.New("the cluster does not serve every slot: give the others to a node (CLUSTER ADDSLOTSRANGE), or start the node that has them")

// covers reports that each slot is served, also where the cluster would go on without.
func covers(says map[string]string) bool {
	return says["cluster_state"] == "ok" && says["cluster_slots_assigned"] == slots && says["cluster_slots_fail"] == "0"
}

// speaks refuses a connection of the older protocol, over which no server can say
// what has changed in the middle of something else.
func speaks(ctx context.Context, c driver.Client) error {
	says, err := c.Do(ctx, c.B().Hello().Build()).AsMap()
	if v, answered := driver.IsValkeyErr(err); err != nil && !answered || answered && strings.HasPrefix(v.Error(), "NOPERM") {
		return unreachable(err)
	}
	proto := says["proto"]
	if n, bad := proto.ToInt64(); err != nil || bad != nil || n < 3 {
		return errors.New("the server, or what stands before it, does not speak RESP3: allow HELLO, and connect to the server itself")
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

// lines reads what INFO and its like answer: a name and a value on each line, maybe after
// the form of the text.
func lines(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(strings.TrimPrefix(text, "txt:")) {
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

// cures are what to do about answers that begin so.
var cures = [...]struct{ answer, cure string }{
	{"WRONGPASS", "correct user and password"},
	{"NOAUTH", "correct user and password"},
	{"NOPERM", "give the user that right (ACL SETUSER)"},
	{"MASTERDOWN", "name the primary"},
	{"DB index", "leave the number of the database out of the URL"},
	{"SELECT is not allowed", "leave the number of the database out of the URL"},
	{"This instance has cluster support disabled", "name one host: several are nodes of one cluster"},
}

// unreachable says what to do about a server that does not answer, or not as it should.
func unreachable(err error) error {
	var dial *net.OpError
	var certificate *tls.CertificateVerificationError
	v, answered := driver.IsValkeyErr(err)
	switch {
	case errors.Is(err, errOpen):
		return err
	case errors.As(err, &certificate):
		return fmt.Errorf("%w: cacert=FILE names the authority that signed it, and the host in the URL is a name that it is for", err)
	case answered && (v.IsLoading() || v.IsClusterDown() || strings.Contains(v.Error(), "max number of clients")):
		// Another try may find it well, and whoever starts a program knows by this that
		// it is worth it.
		return fmt.Errorf("%w: %w: wait until the server has read its data, the cluster is whole, or others leave", store.ErrUnavailable, said(err))
	case answered:
		for _, c := range cures {
			if strings.HasPrefix(strings.TrimPrefix(v.Error(), "ERR "), c.answer) {
				return fmt.Errorf("%w: %s", said(err), c.cure)
			}
		}
		return said(err)
	case errors.As(err, &dial), errors.Is(err, context.DeadlineExceeded), errors.Is(err, io.EOF):
		return fmt.Errorf("%w: %w: start the server, correct host and port, or begin the URL with valkeys:// if it speaks TLS and valkey:// if it does not", store.ErrUnavailable, err)
	}
	return err
}
