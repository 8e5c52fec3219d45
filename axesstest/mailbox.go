package axesstest

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/store"
)

// Mailbox holds every mail that the program has sent. Reading it first lets the
// mails go out that wait for it; nothing sleeps.
type Mailbox struct {
	kit *Kit

	mu       sync.Mutex
	messages []mail.Message // oldest first
}

// Send implements mail.Sender.
func (m *Mailbox) Send(_ context.Context, msg mail.Message) error {
	msg, err := msg.Clean()
	if err != nil {
		return fmt.Errorf("axesstest: mail: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = append(m.messages, msg)
	return nil
}

// All returns what was sent, oldest first.
func (m *Mailbox) All() []mail.Message {
	m.kit.T.Helper()
	m.settle()
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.messages)
}

// Last is the newest mail to an address. Without one the test fails, and says
// what was sent.
func (m *Mailbox) Last(to string) mail.Message {
	m.kit.T.Helper()
	return m.last(to, "", func(mail.Message) bool { return true })
}

// Link is the newest address of the program in a mail to somebody, as
// [Browser.Get] takes it.
func (m *Mailbox) Link(to string) string {
	m.kit.T.Helper()
	return m.linkIn(m.last(to, " with a link", func(msg mail.Message) bool { return m.linkIn(msg) != "" }))
}

func (m *Mailbox) linkIn(msg mail.Message) string {
	for _, word := range strings.Fields(msg.Text) {
		u, err := url.Parse(word)
		if err == nil && strings.HasPrefix(word, m.kit.URL+"/") && u.RawQuery != "" {
			return word
		}
	}
	return ""
}

func (m *Mailbox) last(to, what string, fits func(mail.Message) bool) mail.Message {
	m.kit.T.Helper()
	all := m.All()
	for _, msg := range slices.Backward(all) {
		if msg.To == to && fits(msg) {
			return msg
		}
	}
	var have []string
	for _, msg := range all {
		have = append(have, fmt.Sprintf("  to %s: %s (%s)", msg.To, msg.Subject, msg.Kind))
	}
	m.kit.T.Fatalf("axesstest: no mail%s to %s; sent were:\n%s", what, to, strings.Join(have, "\n"))
	return mail.Message{}
}

// patience bounds the wait for a job of the program's, which a commit has woken.
const patience = 20 * time.Second

// settle returns when no mail waits in the outbox: what was committed before the
// call has then been sent.
func (m *Mailbox) settle() {
	m.kit.T.Helper()
	began := clock.System().Mono()
	for {
		kids, err := m.kit.stores.Identity.RowKids(context.WithoutCancel(m.kit.T.Context()), store.TopicMail)
		if err != nil {
			m.kit.T.Fatalf("axesstest: outbox: %v", err)
		}
		waiting := 0
		for _, kid := range kids {
			waiting += kid.Count
		}
		if waiting == 0 {
			return
		}
		if clock.System().Mono()-began > patience {
			m.kit.T.Fatalf("axesstest: %d mails are still waiting to be sent", waiting)
		}
		runtime.Gosched()
	}
}
