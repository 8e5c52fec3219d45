package valkey

import (
	"context"
	"strconv"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// shards is how many slots sessions are spread over. Everything of one subject is in
// one of them, so that one script commits a login with its limit, its rotation and
// the epoch that it is held against.
const shards = 256

// home is where a record is: with its subject or, if it has none, where its ref
// says. Only the ref is known when a request comes; for a record with a subject the
// shard of the ref says whose it is.
type home struct {
	shard   byte
	subject identity.Subject
}

func shardOfRef(ref session.Ref) byte        { return ref.Bytes()[0] }
func shardOfSubject(s identity.Subject) byte { return s.User.Bytes()[15] }
func (s sessions) shard(n byte, kind string, id string) string {
	const digits = "0123456789abcdef"
	return s.b.prefix + ":{" + s.b.prefix + "." + string([]byte{digits[n>>4], digits[n&15]}) + "}:" + kind + id
}

func homeOf(ref session.Ref, s identity.Subject) home {
	if s.IsZero() {
		return home{shard: shardOfRef(ref)}
	}
	return home{shard: shardOfSubject(s), subject: s}
}

// index is the key that stands for a shard in its scripts.
func (s sessions) index(n byte) []string { return []string{s.shard(n, "d", "")} }

func (s sessions) userEpoch(sub identity.Subject) string {
	return s.shard(shardOfSubject(sub), "e:", subjectText(sub))
}

func (s sessions) tenantEpoch(t identity.TenantID) string {
	return s.b.key("epoch", "{"+s.b.prefix+"."+t.String()+"}")
}

func (s sessions) globalEpoch() string { return s.b.key("epoch", "{"+s.b.prefix+".all}") }

func (s sessions) get(key string) driver.Completed { return s.b.c.B().Get().Key(key).Build() }

// epoch reads a counter; one that was never raised is zero.
func (s sessions) epoch(ctx context.Context, verb string, r driver.ValkeyResult) (uint64, error) {
	m, err := s.b.message(ctx, verb, r)
	if err != nil {
		return 0, err
	}
	return s.counted(verb, m)
}

func (s sessions) counted(verb string, m driver.ValkeyMessage) (uint64, error) {
	if m.IsNil() {
		return 0, nil
	}
	text, err := m.ToString()
	if err != nil {
		return 0, s.b.corrupt(verb, "epoch")
	}
	return s.counter(verb, text)
}

func (s sessions) counter(verb, text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, s.b.corrupt(verb, "epoch")
	}
	return n, nil
}

// find looks in the shard of a ref: the home of its record, and the record itself if
// it belongs to nobody. found is false if there is neither.
func (s sessions) find(ctx context.Context, verb string, ref session.Ref) (at home, raw string, found bool, err error) {
	m, err := s.b.do(ctx, verb, s.lookup(ref))
	if err != nil {
		return home{}, "", false, err
	}
	return s.located(verb, ref, m)
}

func (s sessions) lookup(ref session.Ref) driver.Completed {
	n, text := shardOfRef(ref), refText(ref)
	return s.b.c.B().Mget().Key(s.shard(n, "p:", text), s.shard(n, "r:", text)).Build()
}

func (s sessions) located(verb string, ref session.Ref, m driver.ValkeyMessage) (at home, raw string, found bool, err error) {
	two, err := m.ToArray()
	if err != nil || len(two) != 2 {
		return home{}, "", false, s.b.corrupt(verb, "pair")
	}
	if !two[0].IsNil() {
		text, _ := two[0].ToString()
		if at, err = s.pointed(verb, ref, text); err != nil {
			return home{}, "", false, err
		}
		return at, "", true, nil
	}
	if two[1].IsNil() {
		return homeOf(ref, identity.Subject{}), "", false, nil
	}
	raw, err = two[1].ToString()
	if err != nil {
		return home{}, "", false, s.b.corrupt(verb, "record")
	}
	return homeOf(ref, identity.Subject{}), raw, true, nil
}

// pointed is the home that the shard of a ref names.
func (s sessions) pointed(verb string, ref session.Ref, text string) (home, error) {
	f := fields(text)
	if len(f) != 32 {
		return home{}, s.b.corrupt(verb, "home")
	}
	sub := f.subject()
	if !sub.Valid() {
		return home{}, s.b.corrupt(verb, "home")
	}
	return homeOf(ref, sub), nil
}

// verdict is the first word of a script.
type verdict string

const (
	done      verdict = "OK"
	absent    verdict = "ABSENT"
	over      verdict = "DEAD"
	conflict  verdict = "CONFLICT"
	moving    verdict = "MOVING"
	taken     verdict = "EXISTS"
	raised    verdict = "EPOCH"
	full      verdict = "LIMIT"
	buried    verdict = "BURIED"
	spared    verdict = "SPARED"
	away      verdict = "AWAY"
	elsewhere verdict = "AT"
	other     verdict = "OTHER"
)

// said is what a script of the sessions answered.
type reply struct {
	verdict
	rest []driver.ValkeyMessage
}

// ask runs a script in a shard.
func (s sessions) ask(ctx context.Context, verb, script string, shard byte, args ...string) (reply, error) {
	m, err := s.b.run(ctx, verb, script, s.index(shard), args...)
	if err != nil {
		return reply{}, err
	}
	return s.reply(verb, m)
}

func (s sessions) reply(verb string, m driver.ValkeyMessage) (reply, error) {
	parts, err := m.ToArray()
	if err != nil || len(parts) == 0 {
		return reply{}, s.b.corrupt(verb, "answer")
	}
	word, err := parts[0].ToString()
	if err != nil {
		return reply{}, s.b.corrupt(verb, "answer")
	}
	return reply{verdict(word), parts[1:]}, nil
}

// refs is a part of an answer that lists refs; nil if it lists none.
func (s sessions) refs(verb string, r reply, i int) ([]session.Ref, error) {
	if i >= len(r.rest) {
		return nil, nil
	}
	list, err := r.rest[i].AsStrSlice()
	if err != nil {
		return nil, s.b.corrupt(verb, "answer")
	}
	var out []session.Ref
	for _, text := range list {
		ref, err := parseRef(text)
		if err != nil {
			return nil, s.b.corrupt(verb, "ref")
		}
		out = append(out, ref)
	}
	return out, nil
}
