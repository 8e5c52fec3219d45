package smtp_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/mail/smtp"
)

func steps(implicit string) []string {
	return []string{"greeting", "EHLO", implicit, "AUTH", "MAIL", "RCPT", "DATA", "."}
}

// UIX-093, PRD-070: a server that says nothing more ends with the time limit or
// with the job, at whatever step it falls silent. The clock here stands still:
// nothing but these two can have ended it.
func TestSend_ends_when_a_server_hangs(t *testing.T) {
	t.Parallel()
	for _, implicit := range []bool{true, false} {
		start := "STARTTLS"
		if implicit {
			start = "handshake"
		}
		for _, step := range append(steps(start), "handshake") {
			t.Run(step, func(t *testing.T) {
				t.Parallel()
				for _, want := range []error{context.DeadlineExceeded, context.Canceled} {
					r := setup(t, behaviour{implicit: implicit, auth: "PLAIN", hang: step}, func(c *smtp.Config) { c.Timeout = 7 * time.Second })
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					result := make(chan error, 1)
					go func() { result <- r.out.Send(ctx, message()) }()
					<-r.hung
					r.clock.Advance(7*time.Second - time.Microsecond)
					select {
					case err := <-result:
						t.Fatalf("ended before its time: %v", err)
					default:
					}
					if want == context.Canceled {
						cancel()
					} else {
						r.clock.Advance(time.Microsecond)
					}
					err := <-result
					var e *smtp.Error
					if !errors.Is(err, want) || !errors.As(err, &e) || errors.Is(err, mail.ErrRejected) {
						t.Fatalf("%v, want %v", err, want)
					}
					harmless(t, err)
				}
			})
		}
	}
}

// A server that hangs up in the middle has not taken the mail, and one that does
// so after its word has.
func TestSend_when_a_server_hangs_up(t *testing.T) {
	t.Parallel()
	for _, step := range append(steps("STARTTLS"), "handshake") {
		r := setup(t, behaviour{auth: "PLAIN", close: step})
		err := r.out.Send(t.Context(), message())
		var e *smtp.Error
		if !errors.As(err, &e) || errors.Is(err, mail.ErrRejected) || e.Code != 0 {
			t.Fatalf("%s: %v", step, err)
		}
		if step == "." && !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", step, err)
		}
		harmless(t, err)
	}
	for _, b := range []behaviour{{closeLate: "."}, {close: "QUIT"}} {
		b.auth = "PLAIN"
		r := setup(t, b)
		if err := r.out.Send(t.Context(), message()); err != nil || len(r.mails()) != 1 {
			t.Fatalf("%v, %d mails", err, len(r.mails()))
		}
	}
}

// A mail that was taken is delivered, however long the goodbye takes; and the
// goodbye takes no longer than two seconds of the queue's time.
func TestSend_does_not_wait_for_the_goodbye(t *testing.T) {
	t.Parallel()
	for _, b := range []behaviour{
		{implicit: true, hang: "QUIT"},
		{hang: "QUIT"},
	} {
		b.auth = "PLAIN"
		r := setup(t, b)
		result := make(chan error, 1)
		go func() { result <- r.out.Send(t.Context(), message()) }()
		<-r.hung
		r.clock.Advance(2 * time.Second)
		if err := <-result; err != nil || len(r.mails()) != 1 {
			t.Fatalf("%v, %d mails", err, len(r.mails()))
		}
	}
}

// Nobody listens: an error of the network, which another try may cure.
func TestSend_when_nobody_is_there(t *testing.T) {
	t.Parallel()
	r := setup(t, behaviour{}, func(c *smtp.Config) { c.Host, c.Port = "127.0.0.1", 1 })
	err := r.out.Send(t.Context(), message())
	var e *smtp.Error
	if !errors.As(err, &e) || e.Step != smtp.StepConnect || errors.Is(err, mail.ErrRejected) {
		t.Fatal(err)
	}
	harmless(t, err)
}
