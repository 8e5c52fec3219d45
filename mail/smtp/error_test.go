package smtp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/mail/smtp"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
)

// UIX-093: which refusals end the tries for a mail. Only those of this mail do:
// a password that was changed must not lose all mails that wait.
func TestSend_tells_refusals_apart(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		at, reply string
		step      smtp.Step
		code      int
		status    string
		rejected  bool
	}{
		{"RCPT", "550 5.1.1 <ada@example.com>: no such user", smtp.StepRecipient, 550, "5.1.1", true},
		{"RCPT", "550 no such user ada@example.com", smtp.StepRecipient, 550, "", true},
		{"RCPT", "551 5.1.6 <ada@example.com> moved", smtp.StepRecipient, 551, "5.1.6", true},
		{"RCPT", "552 5.2.2 mailbox of ada@example.com is full", smtp.StepRecipient, 552, "5.2.2", true},
		{"RCPT", "553 5.1.3 bad syntax", smtp.StepRecipient, 553, "5.1.3", true},
		{"RCPT", "501 5.1.3 bad syntax", smtp.StepRecipient, 501, "5.1.3", true},
		{"RCPT", "550-5.1.1 no\r\n550 5.1.1 ada@example.com", smtp.StepRecipient, 550, "5.1.1", true},
		{"RCPT", "550-5.1.1\r\n550 5.1.1 ada@example.com", smtp.StepRecipient, 550, "5.1.1", true},
		{"RCPT", "550 5.7.1 relaying denied", smtp.StepRecipient, 550, "5.7.1", false},
		{"RCPT", "554 5.7.1 <ada@example.com>: relay access denied", smtp.StepRecipient, 554, "5.7.1", false},
		{"RCPT", "530 5.7.0 sign in first", smtp.StepRecipient, 530, "5.7.0", false},
		{"RCPT", "530 sign in first", smtp.StepRecipient, 530, "", false},
		{"RCPT", "550 5.4.1 no route", smtp.StepRecipient, 550, "5.4.1", false},
		{"RCPT", "503 5.5.1 bad sequence", smtp.StepRecipient, 503, "5.5.1", false},
		{"RCPT", "550 4.1.1 classes differ", smtp.StepRecipient, 550, "", true},
		{"RCPT", "550 5.1.1.1 not a status", smtp.StepRecipient, 550, "", true},
		{"RCPT", "450 4.2.0 ada@example.com is greylisted", smtp.StepRecipient, 450, "4.2.0", false},
		{"RCPT", "451 try later", smtp.StepRecipient, 451, "", false},
		{"RCPT", "421 4.3.2 going down", smtp.StepRecipient, 421, "4.3.2", false},
		{"RCPT", "354 what", smtp.StepRecipient, 354, "", false},
		{"MAIL", "553 5.7.1 no-reply@example.org is not yours", smtp.StepSender, 553, "5.7.1", false},
		{"MAIL", "452 4.3.1 no space", smtp.StepSender, 452, "4.3.1", false},
		{"AUTH", "535 5.7.8 no-reply: wrong password", smtp.StepAuth, 535, "5.7.8", false},
		{"MAIL", "550 who are you", smtp.StepSender, 550, "", false},
		{"AUTH", "550 5.2.1 mailbox disabled", smtp.StepAuth, 550, "5.2.1", false},
		{"AUTH", "454 4.7.0 later", smtp.StepAuth, 454, "4.7.0", false},
		{"DATA", "554 5.5.1 no valid recipients", smtp.StepContent, 554, "5.5.1", false},
		{"DATA", "451 4.3.0 later", smtp.StepContent, 451, "4.3.0", false},
		{".", "554 5.7.1 looks like spam to ada@example.com", smtp.StepContent, 554, "5.7.1", true},
		{".", "554 5.6.0 bad content", smtp.StepContent, 554, "5.6.0", true},
		{".", "552 5.3.4 too large", smtp.StepContent, 552, "5.3.4", true},
		{".", "452 4.3.1 no space", smtp.StepContent, 452, "4.3.1", false},
		{"greeting", "554 5.7.1 your address is on a list", smtp.StepGreeting, 554, "5.7.1", false},
		{"greeting", "421 too many connections", smtp.StepGreeting, 421, "", false},
		{"STARTTLS", "501 5.5.2 no", smtp.StepTLS, 501, "5.5.2", false},
	} {
		t.Run(tc.at+" "+tc.reply, func(t *testing.T) {
			t.Parallel()
			r := setup(t, behaviour{auth: "PLAIN", reply: map[string]string{tc.at: tc.reply}})
			err := r.out.Send(t.Context(), message())
			var e *smtp.Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			if e.Step != tc.step || e.Code != tc.code || e.Status != tc.status {
				t.Errorf("step %v, code %d, status %q", e.Step, e.Code, e.Status)
			}
			if got := errors.Is(err, mail.ErrRejected); got != tc.rejected {
				t.Errorf("rejected for good: %v", got)
			}
			harmless(t, err)
			if len(r.mails()) != 0 {
				t.Error("the server has the mail")
			}
		})
	}
}

// harmless fails if an error, or one behind it, tells more than it should.
func harmless(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		form := err.Error()
		for _, never := range []string{"ada", "no-reply", "secret", password, "bm8tcmVwbHk", "secret-link", "no such user", "spam", "\n"} {
			if strings.Contains(form, never) {
				t.Errorf("%q is in %s", never, form)
			}
		}
	}
}

// UIX-093: errors that are no replies do not carry words of the server either.
func TestSend_repeats_no_words_of_the_server(t *testing.T) {
	t.Parallel()
	const words = "ada@example.com knows a secret"
	for _, at := range []string{"greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "."} {
		for _, reply := range []string{words, "2" + words, "99 " + words, "250-" + words + "\r\nxyz " + words, "334 " + words, "334 YWRhQGV4YW1wbGUuY29t"} {
			for _, auth := range []string{"PLAIN", "LOGIN"} {
				r := setup(t, behaviour{auth: auth, reply: map[string]string{at: reply}, closeLate: at})
				err := r.out.Send(t.Context(), message())
				if err == nil {
					t.Errorf("%s answered %q: delivered", at, reply)
					continue
				}
				if errors.Is(err, mail.ErrRejected) {
					t.Errorf("%s answered %q: %v", at, reply, err)
				}
				harmless(t, err)
			}
		}
	}
}

func TestSender_shows_no_secret(t *testing.T) {
	t.Parallel()
	r := setup(t, behaviour{auth: "PLAIN"})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if s := fmt.Sprintf(verb, r.out); strings.Contains(s, password) || strings.Contains(s, fmt.Sprintf("%x", password)) {
			t.Errorf("%s shows %s", verb, s)
		}
	}
}

// UIX-093: queue and sender together.
func TestQueue_and_sender(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		at, reply string
		rows      int // that are left after the first try
	}{
		"no such person":   {"RCPT", "550 5.1.1 no such user", 0},
		"password changed": {"AUTH", "535 5.7.8 wrong", 1},
		"greylisted":       {"RCPT", "450 4.2.0 later", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, behaviour{auth: "PLAIN", reply: map[string]string{tc.at: tc.reply}})
			k, err := keys.Ephemeral(entropy.Seeded(1)).Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			outbox := memory.New(memory.Config{}).Stores().Identity
			q, err := mail.NewQueue(mail.QueueConfig{Data: k.Data, Outbox: outbox, Sender: r.out, Clock: r.clock})
			if err != nil {
				t.Fatal(err)
			}
			row, err := q.Row(message())
			if err != nil {
				t.Fatal(err)
			}
			if err := outbox.Append(t.Context(), row); err != nil {
				t.Fatal(err)
			}
			if err := q.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
			later := today.Add(24 * time.Hour)
			left, err := outbox.Lease(t.Context(), store.TopicMail, 10, later, later.Add(time.Minute))
			if err != nil || len(left) != tc.rows {
				t.Fatalf("%d rows left, %v; want %d", len(left), err, tc.rows)
			}
		})
	}
}
