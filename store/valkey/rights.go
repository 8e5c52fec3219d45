package valkey

import (
	"context"
	"fmt"
	"strings"

	driver "github.com/valkey-io/valkey-go"
)

// What a user must be allowed to run, as rules for ACL SETUSER. The page of backends
// prints the same (STO-034).
const (
	rightsOfSession = "+ping +client|tracking +echo +info +role +wait +asking +cluster|shards +cluster|slots +cluster|info" +
		" +script|load +eval +evalsha +publish +subscribe +unsubscribe +punsubscribe +sunsubscribe +discard"
	rightsOfKeys = "+get +mget +set +del +exists +getrange +setrange +incr +incrby +persist +pexpire +pttl +time" +
		" +zadd +zrem +zcard +zcount +zscore +zmscore +zrange +zrevrange +zrangebyscore +zrevrangebyscore +zrangebylex +zlexcount" +
		" +hget +hgetall +hdel +hincrby"
	rightsOfCopies = "+client|tracking +echo"
)

// rights refuses a user who lacks one, on any node: each has a list of its own. Without
// this, it would be missed by the first verb that needs it, perhaps in the
// middle of a script.
func rights(ctx context.Context, c driver.Client, o *options) error {
	text, err := scriptText("rights")
	if err != nil {
		return err
	}
	rules := rightsOfSession + " " + rightsOfKeys
	if o.distant != "" {
		for rule := range strings.FieldsSeq(rightsOfCopies) {
			rules = strings.Replace(rules, rule+" ", "", 1)
		}
	}
	b := newBase(c, o, true)
	s := sessions{b}
	args := []string{
		rules, "~" + o.prefix + ":*", o.prefix + ":ended",
		s.shard(0, "d", ""), s.globalEpoch(), b.home("acc", "expiry"), ledger{b}.key("lever", nil), values{b}.key("right"), b.trial("right"),
	}
	for _, node := range primaries(ctx, c) {
		lacks, err := node.Do(ctx, node.B().Eval().Script(text).Numkeys(0).Arg(args...).Build()).AsStrSlice()
		if err != nil {
			return unreachable(err)
		}
		if len(lacks) > 0 {
			return fmt.Errorf("the user lacks rights: ACL SETUSER the user %s", strings.Join(lacks, " "))
		}
	}
	return nil
}

// trial is a key for a test at the opening.
func (b *base) trial(name string) string { return b.key("trial", name) }
