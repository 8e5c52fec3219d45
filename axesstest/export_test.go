package axesstest

import (
	"testing"

	"github.com/axess-go/axess/mail"
)

// AttackNames are the names of all attacks.
func AttackNames() (names []string) {
	for _, a := range attacks() {
		names = append(names, a.name)
	}
	return names
}

// MailboxOf is a mailbox with these mails in it, of a kit whose test is t.
func MailboxOf(k *Kit, t testing.TB, messages ...mail.Message) *Mailbox {
	return &Mailbox{kit: &Kit{T: t, URL: k.URL, stores: k.stores}, messages: messages}
}
