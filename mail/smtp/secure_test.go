package smtp_test

import (
	"crypto/tls"
	"errors"
	"strings"
	"testing"

	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/mail/smtp"
)

// UIX-093: what somebody on the way can try, and what the server may
// lack. Each must end before anything worth knowing has crossed the wire.
func TestSend_never_goes_on_without_a_verified_server(t *testing.T) {
	t.Parallel()
	ours := newAuthority(t)
	good := today.AddDate(0, 1, 0)
	for name, tc := range map[string]struct {
		behaviour behaviour
		change    func(*smtp.Config)
		step      smtp.Step
		is        error  // or nil
		says      string // part of the text
	}{
		"STARTTLS is stripped": {
			behaviour: behaviour{noTLS: true, auth: "PLAIN LOGIN", openAuth: true},
			step:      smtp.StepTLS, is: smtp.ErrNoTLS, says: "does not offer STARTTLS",
		},
		"STARTTLS is stripped, no password to lose": {
			behaviour: behaviour{noTLS: true}, change: anonymous,
			step: smtp.StepTLS, is: smtp.ErrNoTLS, says: "does not offer STARTTLS",
		},
		"EHLO is refused, so that nothing is offered": {
			behaviour: behaviour{auth: "PLAIN", openAuth: true, reply: map[string]string{"EHLO": "502 what?", "HELO": "250 come in"}},
			step:      smtp.StepTLS, is: smtp.ErrNoTLS, says: "does not offer STARTTLS",
		},
		"STARTTLS is refused": {
			behaviour: behaviour{auth: "PLAIN", openAuth: true, reply: map[string]string{"STARTTLS": "454 4.7.0 not now"}},
			step:      smtp.StepTLS, says: "the server replied 454 4.7.0",
		},
		"STARTTLS, wrong authority": {
			behaviour: behaviour{auth: "PLAIN", cert: newAuthority(t).server(t, good, "127.0.0.1")},
			step:      smtp.StepTLS, says: "unknown authority",
		},
		"implicit TLS, wrong authority": {
			behaviour: behaviour{implicit: true, auth: "PLAIN", cert: newAuthority(t).server(t, good, "127.0.0.1")},
			step:      smtp.StepTLS, says: "unknown authority",
		},
		"a private authority is not the system's": {
			behaviour: behaviour{auth: "PLAIN"}, change: func(c *smtp.Config) { c.Roots = nil },
			step: smtp.StepTLS, says: "certificate",
		},
		"STARTTLS, another's name": {
			behaviour: behaviour{auth: "PLAIN", cert: ours.server(t, good, "127.0.0.2", "mail.example.com")},
			change:    func(c *smtp.Config) { c.Roots = ours.roots() },
			step:      smtp.StepTLS, says: "127.0.0.1",
		},
		"implicit TLS, another's name": {
			behaviour: behaviour{implicit: true, auth: "PLAIN", cert: ours.server(t, good, "mail.example.com")},
			change:    func(c *smtp.Config) { c.Roots = ours.roots() },
			step:      smtp.StepTLS, says: "127.0.0.1",
		},
		"a name that would write into the log": {
			behaviour: behaviour{auth: "PLAIN", cert: ours.server(t, good, "mail.example.com\nlevel=ERROR")},
			change:    func(c *smtp.Config) { c.Roots, c.Host = ours.roots(), "localhost" },
			step:      smtp.StepTLS, says: "?level=ERROR",
		},
		"a name is not its address": {
			behaviour: behaviour{auth: "PLAIN", cert: ours.server(t, good, "127.0.0.1")},
			change:    func(c *smtp.Config) { c.Roots, c.Host = ours.roots(), "localhost" },
			step:      smtp.StepTLS, says: "localhost",
		},
		"an old certificate": {
			behaviour: behaviour{auth: "PLAIN", cert: ours.server(t, today.AddDate(0, 0, -1), "127.0.0.1")},
			change:    func(c *smtp.Config) { c.Roots = ours.roots() },
			step:      smtp.StepTLS, says: "expired",
		},
		"STARTTLS, TLS 1.1": {
			behaviour: behaviour{auth: "PLAIN", max: tls.VersionTLS11},
			step:      smtp.StepTLS, says: "TLS",
		},
		"implicit TLS, TLS 1.1": {
			behaviour: behaviour{implicit: true, auth: "PLAIN", max: tls.VersionTLS11},
			step:      smtp.StepTLS, says: "TLS",
		},
		"a name without TLS behind it": {
			behaviour: behaviour{noTLS: true, auth: "PLAIN", openAuth: true},
			change:    func(c *smtp.Config) { c.Mode = smtp.ImplicitTLS() },
			step:      smtp.StepTLS, says: "check Port and Mode",
		},
		"AUTH is not offered": {
			behaviour: behaviour{}, step: smtp.StepAuth, is: smtp.ErrNoAuth, says: "neither AUTH PLAIN nor AUTH LOGIN",
		},
		"AUTH is offered in the open only": {
			behaviour: behaviour{inject: "250-test\r\n250 AUTH PLAIN"}, step: smtp.StepAuth, is: smtp.ErrNoAuth, says: "over TLS",
		},
		"AUTH is of kinds that we do not speak": {
			behaviour: behaviour{auth: "CRAM-MD5 NTLM PLAINEST"}, step: smtp.StepAuth, is: smtp.ErrNoAuth, says: "neither",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.change == nil {
				tc.change = func(*smtp.Config) {}
			}
			r := setup(t, tc.behaviour, tc.change)
			err := r.out.Send(t.Context(), message())
			var e *smtp.Error
			if !errors.As(err, &e) || e.Step != tc.step || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("%v; want step %v and %q", err, tc.step, tc.says)
			}
			if tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("%v is not %v", err, tc.is)
			}
			if errors.Is(err, mail.ErrRejected) {
				t.Error("a fault of the way gives up the mail")
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is more than a line", err.Error())
			}
			all, _ := r.heard()
			for _, never := range []string{"AUTH", "MAIL", "RCPT", "DATA", recipient} {
				if strings.Contains(all, never) {
					t.Errorf("the server heard %s:\n%s", never, all)
				}
			}
			if len(r.mails()) != 0 {
				t.Error("a mail was delivered")
			}
		})
	}
}

// RFC 3207 §6: an attacker who cannot break TLS puts answers in front of it.
func TestStartTLS_forgets_what_came_in_the_open(t *testing.T) {
	t.Parallel()
	r := setup(t, behaviour{auth: "LOGIN", inject: "250-test\r\n250 AUTH PLAIN\r\n235 welcome\r\n250 ok"})
	if err := r.out.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	got := r.mails()
	if len(got) != 1 || got[0].mechanism != "LOGIN" || got[0].password != password {
		t.Fatalf("%+v", got)
	}
	_, open := r.heard()
	if want := "EHLO example.org\nSTARTTLS"; open != want {
		t.Errorf("in the open: %q, want %q", open, want)
	}
}

// The caller's pool may grow for other purposes; whom mails trust stays as it was.
func TestRoots_are_copied(t *testing.T) {
	t.Parallel()
	other := newAuthority(t)
	pool := newAuthority(t).roots()
	r := setup(t, behaviour{auth: "PLAIN", cert: other.server(t, today.AddDate(0, 1, 0), "127.0.0.1")}, func(c *smtp.Config) { c.Roots = pool })
	pool.AddCert(other.cert)
	if err := r.out.Send(t.Context(), message()); err == nil {
		t.Fatal("delivered to a server that only the changed pool vouches for")
	}
}

// Before TLS anybody may answer: an endless answer must not fill the memory.
func TestSend_reads_no_more_than_a_session_needs(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"greeting", "EHLO", "STARTTLS"} {
		r := setup(t, behaviour{reply: map[string]string{step: strings.Repeat("220-"+strings.Repeat("x", 4096)+"\r\n", 1024)}})
		err := r.out.Send(t.Context(), message())
		if err == nil || !strings.Contains(err.Error(), "more than any mail server would") {
			t.Errorf("%s: %v", step, err)
		}
	}
}
