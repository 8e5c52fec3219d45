package valkey_test

import (
	"bytes"
	"fmt"
	"testing"

	driver "github.com/valkey-io/valkey-go"
	"pgregory.net/rapid"

	"github.com/axess-go/axess/internal/draws"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/store/valkey"
)

// everything is each key of a server whose name holds a prefix, with what it holds.
func everything(t *testing.T, client driver.Client, prefix string) []byte {
	t.Helper()
	var out bytes.Buffer
	keys := 0
	for _, node := range client.Nodes() {
		ask := func(verb, key string, args ...string) driver.ValkeyResult { // a node may be a replica
			return client.Do(t.Context(), client.B().Arbitrary(verb).Keys(key).Args(args...).Build())
		}
		for cursor := uint64(0); ; {
			page, err := node.Do(t.Context(), node.B().Scan().Cursor(cursor).Match("*"+prefix+"*").Count(1000).Build()).AsScanEntry()
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range page.Elements {
				kind, err := ask("TYPE", key).ToString()
				if err != nil {
					t.Fatal(err)
				}
				read := map[string][]string{
					"string": {"GET"}, "hash": {"HGETALL"}, "list": {"LRANGE", "0", "-1"}, "set": {"SMEMBERS"},
					"zset": {"ZRANGE", "0", "-1", "WITHSCORES"}, "stream": {"XRANGE", "-", "+"}, "none": {"GET"},
				}[kind]
				keys++
				out.WriteString("\n" + key + "=")
				flat(t, &out, ask(read[0], key, read[1:]...))
			}
			if cursor = page.Cursor; cursor == 0 {
				break
			}
		}
	}
	if keys < 5 {
		t.Fatalf("%d keys", keys)
	}
	return out.Bytes()
}

// flat writes each text of an answer.
func flat(t *testing.T, out *bytes.Buffer, res driver.ValkeyResult) {
	t.Helper()
	m, err := res.ToMessage()
	if driver.IsValkeyNil(err) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var walk func(m driver.ValkeyMessage)
	walk = func(m driver.ValkeyMessage) {
		if all, err := m.AsStrMap(); m.IsMap() && err == nil {
			for k, v := range all {
				out.WriteString(" " + k + " " + v)
			}
			return
		}
		if list, err := m.ToArray(); err == nil {
			for _, each := range list {
				walk(each)
			}
			return
		}
		if text, err := m.ToString(); err == nil {
			out.WriteString(" " + text)
		}
	}
	walk(m)
}

// AUN-I7: whatever somebody did, once they are erased no key holds anything of them, in
// its name or its value.
func TestErasure_leaves_nothing_in_any_key(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*server{"single": single, "cluster": cluster} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			draws.OneIn(t, 50, func(rt *rapid.T) {
				prefix := fmt.Sprintf("t%d", prefixes.Add(1))
				b := s.open(t, valkey.WithPrefix(prefix))
				client := s.client(t)
				fronttest.CheckErasure(t, b.Stores(), func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") }, func() []byte {
					return everything(t, client, prefix)
				})
			})
		})
	}
}
