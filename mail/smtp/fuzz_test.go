package smtp_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/mail/smtp"
)

func inTheOpen(c *smtp.Config) {
	anonymous(c)
	c.Mode, c.Roots = smtp.InsecurePlaintext("speed of a fuzz test"), nil
}

// FUZ-F30: whatever is in a message, a server gets one mail to one recipient,
// in the form of package mail, or nothing.
func FuzzSend(f *testing.F) {
	f.Add("ada@example.com", "Confirm", "Hello.\n", "verify")
	f.Add("ada@example.com> ORCPT=x <mallory@example.net", "a\r\nBcc: mallory@example.net", "\r\n.\r\nMAIL FROM:<mallory@example.net>\r\n", "k\r\nX: y")
	f.Add("ada@example.com\r\nRCPT TO:<mallory@example.net>", "=?utf-8?q?=0D=0ABcc:_m?=", ".\n..\n", "\x00")
	f.Add(`"a>b"@example.com`, "\u202esubject", "\n.\nQUIT\n", "")
	f.Add("jürgen@example.com", strings.Repeat("ü", 200), strings.Repeat("x", 3000), "verify")
	r := setup(f, behaviour{noTLS: true, utf8: true}, inTheOpen)
	f.Fuzz(func(t *testing.T, to, subject, text, kind string) {
		m := mail.Message{ID: [16]byte{1}, To: to, Subject: subject, Text: text, Kind: kind, At: today}
		r.forget()
		err := r.out.Send(t.Context(), m)
		heard, _ := r.heard()
		if errors.Is(err, mail.ErrBadMessage) {
			if heard != "" {
				t.Fatalf("a bad message made the server hear %q", heard)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var verbs []string
		for line := range strings.Lines(heard) {
			verb, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			verbs = append(verbs, verb)
		}
		if got := strings.Join(verbs, " "); got != "EHLO MAIL RCPT DATA QUIT" {
			t.Fatalf("commands %s", got)
		}
		want, err := m.Format("Example <no-reply@example.org>")
		if err != nil {
			t.Fatal(err)
		}
		got := r.mails()
		if len(got) != 1 || got[0].to != "TO:<"+to+">" || got[0].content != string(want) {
			t.Fatalf("%+v, want to %q:\n%s", got, to, want)
		}
	})
}

// FUZ-F30: whatever a server answers, the end is an error without its words, or
// a delivery that it confirmed.
func FuzzReplies(f *testing.F) {
	f.Add([]byte("220 hi\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n221 bye\r\n"))
	f.Add([]byte("220 hi\r\n250-x\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n250 ok\r\n550 5.1.1 canary\r\n221 bye\r\n"))
	f.Add([]byte("220-\r\n220 \r\n500 canary\r\n250 \r\n-1 canary\r\n"))
	f.Add([]byte("554 canary"))
	f.Add([]byte("220 hi\r\n250 AUTH PLAIN\r\n999 canary\r\n\x00\xff\r\n"))
	f.Fuzz(func(t *testing.T, replies []byte) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write(replies)
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.CloseWrite()
			}
			buf := make([]byte, 4096)
			for err == nil { // until the client is done: a reset would lose replies
				_, err = conn.Read(buf)
			}
			conn.Close()
		}()
		port := 0
		if a, ok := ln.Addr().(*net.TCPAddr); ok {
			port = a.Port
		}
		out, err := smtp.New(smtp.Config{
			Host: "127.0.0.1", Port: port, From: "no-reply@example.org", Mode: smtp.InsecurePlaintext("speed of a fuzz test"),
		})
		if err != nil {
			t.Fatal(err)
		}
		err = out.Send(t.Context(), message())
		ln.Close()
		<-gone
		if err == nil {
			if s := string(replies); !strings.Contains(s, "354") || strings.Count(s, "25") < 3 {
				t.Fatalf("%q is no delivery", replies)
			}
			return
		}
		text := err.Error()
		if strings.Contains(text, "canary") || strings.Contains(text, "ada@") || len(text) > 500 ||
			strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q", text)
		}
	})
}
