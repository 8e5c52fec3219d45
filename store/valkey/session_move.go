package valkey

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// A rotation inside one home is one script. One between two homes, as at a sign-in,
// where a record of nobody becomes one of a subject, takes three: the old record is
// frozen, with a claim that says where it is going; the new one is made, and in the
// same script the decision that it was; the old one is retired. Until the second
// script the rotation has not happened, and from then on it has, whoever dies
// between them: whoever meets the frozen record reads the decision, and may decide
// after 10 s that it never happens, which the second script then finds.

// settleAfter is how long whoever froze a record may take (lua/session_claim.lua).
const settleAfter = 10 * time.Second

// claim says where a frozen record is going.
type claim struct {
	next    session.Ref
	subject identity.Subject
	till    time.Time // grace; zero for none
}

func (c *claim) encode() string {
	b := appendSubject(appendID(nil, c.next), c.subject)
	if c.till.IsZero() {
		return string(appendNumber(b, 0))
	}
	return string(appendTime(b, c.till))
}

func decodeClaim(s string) (claim, bool) {
	f := fields(s)
	if len(f) != 64 {
		return claim{}, false
	}
	c := claim{next: takeID[session.Ref](&f), subject: f.subject()}
	if n := f.number(); n != 0 {
		c.till = time.UnixMicro(int64(n)).UTC() //nolint:gosec // as appendTime
	}
	return c, !c.next.IsZero() && whole(c.subject)
}

func (c *claim) tillText() string {
	if c.till.IsZero() {
		return ""
	}
	return micros(c.till)
}

func appendNumber(b []byte, n uint64) []byte { return binary.BigEndian.AppendUint64(b, n) }

// burial is whether who meets a frozen record decides that its move never happens.
type burial int

const (
	never burial = iota
	late         // once whoever froze it has had their time
	forthwith
)

// settle finds out what became of a move, and ends it as it was decided. moved is
// false while nothing is decided and when the record is free again.
func (s sessions) settle(ctx context.Context, verb string, ref session.Ref, at home, now time.Time, b burial) (moved bool, err error) {
	m, err := s.b.run(ctx, verb, "session_claimed", s.index(at.shard), refText(ref))
	if err != nil {
		return false, err
	}
	if m.IsNil() {
		return true, nil // settled meanwhile: read again
	}
	c, left, age, ok := claimed(m)
	if !ok {
		return false, s.b.corrupt(verb, "claim")
	}
	bury := ""
	if b == forthwith || b == late && age >= settleAfter {
		bury = strconv.FormatInt(left, 10)
	}
	decided, err := s.b.run(ctx, verb, "session_decide", s.index(homeOf(c.next, c.subject).shard), refText(c.next), bury)
	if err != nil {
		return false, err
	}
	switch word, _ := decided.ToString(); word {
	case "I":
		return true, s.finish(ctx, verb, ref, at, &c, now, true)
	case "B":
		return false, s.finish(ctx, verb, ref, at, &c, now, false)
	}
	return false, nil
}

// claimed reads the answer of session_claimed.
func claimed(m driver.ValkeyMessage) (c claim, left int64, age time.Duration, ok bool) {
	parts, err := m.ToArray()
	if err != nil || len(parts) != 3 {
		return claim{}, 0, 0, false
	}
	raw, err0 := parts[0].ToString()
	left, err1 := parts[1].AsInt64()
	ms, err2 := parts[2].AsInt64()
	c, ok = decodeClaim(raw)
	return c, left, time.Duration(ms) * time.Millisecond, ok && left > 0 && errors.Join(err0, err1, err2) == nil
}

// finish retires the old half of a move that has happened, or frees that of one that
// never will.
func (s sessions) finish(ctx context.Context, verb string, ref session.Ref, at home, c *claim, now time.Time, moved bool) error {
	next := c.next.Bytes()
	if now.IsZero() {
		now = c.till // who ends something is given no time: it is kept no longer than the grace
	}
	r, err := s.ask(ctx, verb, "session_settle", at.shard, micros(now), refText(ref), string(next[:]), flag(moved), c.tillText())
	if err != nil || r.verdict != done {
		return err
	}
	return s.tidy(ctx, verb, r, 0)
}

func flag(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}
