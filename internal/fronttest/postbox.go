package fronttest

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 as authenticator apps compute it
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/mail"
)

// Postbox is a mail.Sender that a test can wait at.
type Postbox struct{ q *sched.Queue[mail.Message] }

func newPostbox(c clock.Clock) *Postbox {
	return &Postbox{sched.NewQueue[mail.Message](sched.Of(c), 1024)}
}

// Send implements mail.Sender.
func (p *Postbox) Send(_ context.Context, m mail.Message) error {
	if !p.q.TryPush(m) {
		return errors.New("fronttest: postbox is full")
	}
	return nil
}

// Next waits for the next mail.
func (p *Postbox) Next(t testing.TB) mail.Message {
	t.Helper()
	m, err := p.q.Pop(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// code is what an authenticator app shows (RFC 6238), computed apart from the
// product.
func code(t testing.TB, key string, now time.Time) string {
	t.Helper()
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	var step [8]byte
	binary.BigEndian.PutUint64(step[:], uint64(now.Unix()/30))
	mac := hmac.New(sha1.New, secret)
	mac.Write(step[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff)%1_000_000)
}
