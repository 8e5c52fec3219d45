package smtp_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/mail/smtp"
	"github.com/axess-go/axess/seal"
)

const (
	recipient = "ada@example.com"
	user      = "no-reply"
	password  = "c0rrect horse"
)

type rig struct {
	*server

	clock *clock.Fake
	out   *smtp.Sender
}

// setup starts a server that behaves so and makes a sender for it.
func setup(t testing.TB, b behaviour, change ...func(*smtp.Config)) rig {
	t.Helper()
	s := serve(t, b)
	fake := clock.NewFake(today)
	cfg := smtp.Config{
		Host: "127.0.0.1", Port: s.port, Mode: smtp.StartTLS(), From: "Example <no-reply@example.org>",
		Username: user, Password: seal.NewSecret([]byte(password)), Roots: s.roots, Clock: fake,
	}
	if b.implicit {
		cfg.Mode = smtp.ImplicitTLS()
	}
	for _, c := range change {
		c(&cfg)
	}
	out, err := smtp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return rig{s, fake, out}
}

func anonymous(c *smtp.Config) { c.Username, c.Password = "", seal.Secret{} }

func message() mail.Message {
	return mail.Message{
		ID: [16]byte{0xab, 15: 0xcd}, To: recipient, Kind: "verify", Subject: "Confirm your address",
		Text: "Open this page:\n\nhttps://example.org/auth/verify?t=secret-link\n\n.\n.hidden\nGrüße\n", At: today,
	}
}

// UIX-093, UIX-091: both ways to TLS and both ways to sign in, and on the wire
// nothing but the product's own form of the mail.
func TestSend_delivers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		behaviour behaviour
		change    func(*smtp.Config)
		mechanism string
	}{
		"implicit TLS, PLAIN":      {behaviour{implicit: true, auth: "LOGIN PLAIN"}, func(*smtp.Config) {}, "PLAIN"},
		"implicit TLS, LOGIN":      {behaviour{implicit: true, auth: "XOAUTH2 LOGIN"}, func(*smtp.Config) {}, "LOGIN"},
		"STARTTLS, PLAIN":          {behaviour{auth: "plain"}, func(*smtp.Config) {}, "PLAIN"},
		"STARTTLS, LOGIN":          {behaviour{auth: "LOGIN"}, func(*smtp.Config) {}, "LOGIN"},
		"STARTTLS, TLS 1.2":        {behaviour{auth: "PLAIN", max: tls.VersionTLS12}, func(*smtp.Config) {}, "PLAIN"},
		"known by its address":     {behaviour{}, anonymous, ""},
		"offered, but not ours":    {behaviour{auth: "PLAIN"}, anonymous, ""},
		"goodbye is answered late": {behaviour{auth: "PLAIN", closeLate: "."}, func(*smtp.Config) {}, "PLAIN"},
		"goodbye is refused":       {behaviour{auth: "PLAIN", reply: map[string]string{"QUIT": "500 5.5.1 no"}}, func(*smtp.Config) {}, "PLAIN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, tc.behaviour, tc.change)
			m := message()
			if err := r.out.Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			want, err := m.Format("Example <no-reply@example.org>")
			if err != nil {
				t.Fatal(err)
			}
			got := r.mails()
			if len(got) != 1 {
				t.Fatalf("%d mails", len(got))
			}
			if got[0].content != string(want) {
				t.Errorf("on the wire:\n%q\nwant\n%q", got[0].content, want)
			}
			if !strings.Contains(got[0].content, "Message-ID: <ab0000000000000000000000000000cd@example.org>\r\n") ||
				!strings.Contains(got[0].content, "Auto-Submitted: auto-generated\r\n") {
				t.Errorf("headers:\n%s", got[0].content)
			}
			if got[0].from != "FROM:<no-reply@example.org> BODY=8BITMIME" || got[0].to != "TO:<ada@example.com>" || got[0].hello != "example.org" {
				t.Errorf("envelope: %q %q, hello %q", got[0].from, got[0].to, got[0].hello)
			}
			if got[0].mechanism != tc.mechanism {
				t.Errorf("signed in by %q", got[0].mechanism)
			}
			if tc.mechanism != "" && (got[0].username != user || got[0].password != password) {
				t.Errorf("signed in as %q, %q", got[0].username, got[0].password)
			}
			if got[0].tls < tls.VersionTLS12 {
				t.Errorf("taken over %s", tls.VersionName(got[0].tls))
			}
		})
	}
}

// UIX-093: plain text is for this machine, on purpose and without a password.
func TestSend_in_the_open_to_this_machine(t *testing.T) {
	t.Parallel()
	r := setup(t, behaviour{noTLS: true, openAuth: true, auth: "PLAIN"}, anonymous, func(c *smtp.Config) {
		c.Mode, c.Roots = smtp.InsecurePlaintext("a catcher for this test"), nil
	})
	if err := r.out.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	if got := r.mails(); len(got) != 1 || got[0].mechanism != "" {
		t.Fatalf("%+v", got)
	}
}

// RFC 6531: asked for where it is needed, and only there.
func TestSend_international_addresses(t *testing.T) {
	t.Parallel()
	m := message()
	m.To = "jürgen@example.com"
	t.Run("a server that takes them gets them marked", func(t *testing.T) {
		t.Parallel()
		r := setup(t, behaviour{auth: "PLAIN", utf8: true})
		for _, m := range []mail.Message{m, message()} {
			if err := r.out.Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		got := r.mails()
		if len(got) != 2 || !strings.HasSuffix(got[0].from, " SMTPUTF8") || got[0].to != "TO:<jürgen@example.com>" || strings.Contains(got[1].from, "SMTPUTF8") {
			t.Fatalf("%+v", got)
		}
	})
	t.Run("another one never will", func(t *testing.T) {
		t.Parallel()
		r := setup(t, behaviour{auth: "PLAIN"})
		err := r.out.Send(t.Context(), m)
		if !errors.Is(err, mail.ErrRejected) || strings.Contains(err.Error(), "rgen") {
			t.Fatal(err)
		}
		if all, _ := r.heard(); strings.Contains(all, "MAIL") {
			t.Errorf("a mail was begun:\n%s", all)
		}
	})
}

func TestSend_refuses_a_bad_message_before_it_connects(t *testing.T) {
	t.Parallel()
	r := setup(t, behaviour{})
	m := message()
	m.To = "ada@example.com> ORCPT=x <mallory@example.net"
	if err := r.out.Send(t.Context(), m); !errors.Is(err, mail.ErrBadMessage) || strings.Contains(err.Error(), "mallory") {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.out.Send(ctx, message()); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if all, _ := r.heard(); all != "" {
		t.Errorf("the server heard %q", all)
	}
}

func TestSender_is_safe_for_concurrent_use(t *testing.T) {
	t.Parallel()
	r := setup(t, behaviour{auth: "PLAIN"})
	var wg sync.WaitGroup
	for i := range byte(16) {
		wg.Go(func() {
			m := message()
			m.ID[1] = i
			m.To = fmt.Sprintf("ada%d@example.com", i)
			if err := r.out.Send(t.Context(), m); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got := r.mails()
	if len(got) != 16 {
		t.Fatalf("%d mails", len(got))
	}
	for _, g := range got {
		if to := strings.TrimPrefix(g.to, "TO:"); !strings.Contains(g.content, "To: "+to+"\r\n") {
			t.Errorf("the mail to %s holds\n%s", to, g.content)
		}
	}
}
