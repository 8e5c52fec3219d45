package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/axess-go/axess/mail"
)

const link = "https://example.com/auth/verify?t=aGVsbG8gd29ybGQgdGhpcyBpcyBhIGxvbmcgdG9rZW4gdGhhdCBkb2VzIG5vdCBmaXQgb24gb25lIGxpbmU"

func message() mail.Message {
	return mail.Message{
		ID: [16]byte{0xab, 15: 0xcd}, To: "ada@example.com", Kind: "verify",
		Subject: "Confirm your address",
		Text:    "Somebody signed up with this address. If it was you, open:\n\n" + link + "\n",
		At:      time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC),
	}
}

func with(change func(m *mail.Message)) mail.Message {
	m := message()
	change(&m)
	return m
}

// UIX-090 plain text, at most 78 columns, UTF-8; a link alone on its line may
// be longer.
func TestCheck_accepts_what_keeps_the_rules(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]mail.Message{
		"plain":       message(),
		"full width":  with(func(m *mail.Message) { m.Text = strings.Repeat("ü", 78) + "\n" }),
		"indent link": with(func(m *mail.Message) { m.Text = "  " + link }),
		"joiners":     with(func(m *mail.Message) { m.Text = "क्‍ष and 👩‍💻\n" }),
		"non-ascii":   with(func(m *mail.Message) { m.Subject, m.To = "Grüße", "jürgen@example.com" }),
	} {
		if err := m.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// UIX-090, UIX-092
func TestCheck_refuses_what_breaks_a_rule_without_repeating_it(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]mail.Message{
		"no id":             with(func(m *mail.Message) { m.ID = [16]byte{} }),
		"no time":           with(func(m *mail.Message) { m.At = time.Time{} }),
		"wide line":         with(func(m *mail.Message) { m.Text = strings.Repeat("mallory ", 10) }),
		"wide word":         with(func(m *mail.Message) { m.Text = strings.Repeat("m", 79) }),
		"link and words":    with(func(m *mail.Message) { m.Text = "mallory " + link }),
		"crlf text":         with(func(m *mail.Message) { m.Text = "a\r\nmallory" }),
		"escape in text":    with(func(m *mail.Message) { m.Text = "a\x1b[2Jmallory" }),
		"bidi in text":      with(func(m *mail.Message) { m.Text = "a\u202emallory" }),
		"isolate in text":   with(func(m *mail.Message) { m.Text = "a\u2066mallory" }),
		"not utf-8":         with(func(m *mail.Message) { m.Text = "mallory\xff" }),
		"line separator":    with(func(m *mail.Message) { m.Text = "mallory\u2028" }),
		"huge":              with(func(m *mail.Message) { m.Text = strings.Repeat("mallory\n", 9000) }),
		"subject two lines": with(func(m *mail.Message) { m.Subject = "a\nBcc: mallory@example.net" }),
		"subject bidi":      with(func(m *mail.Message) { m.Subject = "a\u202emallory" }),
		"subject long":      with(func(m *mail.Message) { m.Subject = strings.Repeat("mallory", 40) }),
		"two addresses":     with(func(m *mail.Message) { m.To = "ada@example.com,mallory@example.net" }),
		"header in address": with(func(m *mail.Message) { m.To = "ada@example.com\r\nBcc:mallory@example.net" }),
		"bare lf":           with(func(m *mail.Message) { m.To = "ada@example.com\nmallory" }),
		"folded address":    with(func(m *mail.Message) { m.To = "ada@example.com\r\n (mallory)" }),
		"name":              with(func(m *mail.Message) { m.To = "mallory <ada@example.com>" }),
		"angles":            with(func(m *mail.Message) { m.To = "<mallory@example.com>" }),
		"comment":           with(func(m *mail.Message) { m.To = "ada(mallory)@example.com" }),
		"quoted":            with(func(m *mail.Message) { m.To = `"mallory a"@example.com` }),
		"group":             with(func(m *mail.Message) { m.To = "mallory:ada@example.com;" }),
		"bidi address":      with(func(m *mail.Message) { m.To = "ada\u202emallory@example.com" }),
		"no at":             with(func(m *mail.Message) { m.To = "mallory" }),
		"two at":            with(func(m *mail.Message) { m.To = "ada@mallory@example.com" }),
		"long address":      with(func(m *mail.Message) { m.To = strings.Repeat("mallory", 40) + "@example.com" }),
		"empty address":     with(func(m *mail.Message) { m.To = "" }),
	} {
		err := m.Check()
		if !errors.Is(err, mail.ErrBadMessage) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), "mallory") {
			t.Errorf("%s: the error repeats the content: %v", name, err)
		}
	}
}

// UIX-092: whatever reached a message, what leaves has one header per header,
// no control and no bidi character, and no user's word at the start of a line
// that was broken.
func TestClean_makes_any_message_harmless(t *testing.T) {
	t.Parallel()
	hostile := with(func(m *mail.Message) {
		m.Subject = "Hi\r\nBcc: mallory@example.net\r\n\r\n\u202eevil\x00\xff"
		m.Text = "Added by \u202emoc.live\u2069\x1b]0;owned\x07 " + strings.Repeat("word ", 30) + "\r\nnext\rline\n" +
			"see " + link + " and " + strings.Repeat("x", 200) + "\n"
	})
	m, err := hostile.Clean()
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(m.Subject, "\r\n\x00\u202e") || !utf8.ValidString(m.Subject) {
		t.Errorf("subject %q", m.Subject)
	}
	if strings.ContainsAny(m.Text, "\r\x1b\x07\u202e\u2069") {
		t.Errorf("text %q", m.Text)
	}
	if !strings.Contains(m.Text, link) {
		t.Error("the link was broken")
	}
	for i, line := range strings.Split(m.Text, "\n") {
		if utf8.RuneCountInString(line) > mail.Columns && strings.TrimSpace(line) != link {
			t.Errorf("line %d is too wide: %q", i, line)
		}
		for _, word := range []string{"word", "and", "xx"} {
			if strings.HasPrefix(line, word) {
				t.Errorf("line %d begins with what was folded: %q", i, line)
			}
		}
	}
	if again, err := m.Clean(); err != nil || again != m {
		t.Errorf("cleaning twice changes it again: %v", err)
	}
	if err := m.Check(); err != nil {
		t.Errorf("clean but refused: %v", err)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("Subject\r\nX: y", "text \u202e\n"+link+" x", "ada@example.com")
	f.Add("", strings.Repeat("a ", 100), "a@b")
	f.Fuzz(func(t *testing.T, subject, text, to string) {
		m := with(func(m *mail.Message) { m.Subject, m.Text, m.To = subject, text, to })
		clean, err := m.Clean()
		if err != nil {
			if !errors.Is(err, mail.ErrBadMessage) {
				t.Fatal(err)
			}
			return
		}
		if err := clean.Check(); err != nil {
			t.Fatalf("%q: %v", clean.Text, err)
		}
		raw, err := m.Format("axess <no-reply@example.com>")
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := netmail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%v in %q", err, raw)
		}
		if len(parsed.Header) != 9 {
			t.Fatalf("%d headers in %q", len(parsed.Header), raw)
		}
	})
}

// UIX-091: Auto-Submitted, a stable Message-ID, no attachment and no markup.
func TestFormat_is_a_message_that_a_mail_program_understands(t *testing.T) {
	t.Parallel()
	m := with(func(m *mail.Message) {
		m.Subject = strings.TrimSpace(strings.Repeat("Grüße ", 20))
		m.Text = "Größe = 1\n.\nFrom here\n" + link + "\n"
	})
	raw, err := m.Format("Example <no-reply@example.com>")
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := m.Format("Example <no-reply@example.com>"); !bytes.Equal(raw, again) {
		t.Error("formatting again gives another message")
	}
	for i, line := range strings.Split(string(raw), "\r\n") {
		if len(line) > 78 || strings.ContainsAny(line, "\r\n") || strings.ContainsFunc(line, func(r rune) bool { return r > 126 }) {
			t.Errorf("line %d: %q", i, line)
		}
	}
	parsed, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Date":           "Wed, 02 Jan 2030 03:04:05 +0000",
		"From":           `"Example" <no-reply@example.com>`,
		"To":             "<ada@example.com>",
		"Message-Id":     "<ab0000000000000000000000000000cd@example.com>",
		"Auto-Submitted": "auto-generated",
		"Content-Type":   "text/plain; charset=utf-8",
		"Mime-Version":   "1.0",
	} {
		if got := parsed.Header[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject")); got != m.Subject || err != nil {
		t.Errorf("subject %q, %v", got, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(parsed.Body))
	if got := strings.ReplaceAll(string(body), "\r\n", "\n"); got != m.Text || err != nil {
		t.Errorf("text %q, %v", got, err)
	}
}

// UIX-092: the attack on headers, against the message as it leaves.
func TestFormat_lets_nobody_add_a_header(t *testing.T) {
	t.Parallel()
	m := with(func(m *mail.Message) { m.Subject = "Hello\r\nBcc: mallory@example.net\r\n\r\nbody" })
	raw, err := m.Format("no-reply@example.com")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if len(parsed.Header) != 9 || parsed.Header.Get("Bcc") != "" {
		t.Errorf("headers %v", parsed.Header)
	}
	for _, from := range []string{"", "nobody", "a@b\r\nBcc: c@d", "a@b, c@d"} {
		if _, err := message().Format(from); err == nil {
			t.Errorf("accepted the sender %q", from)
		}
	}
}

func TestTerminal_shows_the_mail_with_each_link_on_its_own_line(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := with(func(m *mail.Message) {
		m.Text = "Hello,\n\nopen <" + link + ">, or\n  http://localhost:8080/x.\nBye\x1b[2J\n"
	})
	if err := mail.Terminal(&out).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	for _, want := range []string{"To       ada@example.com", "Subject  Confirm your address", "Hello,", "open", link, "  or", "http://localhost:8080/x", "Bye[2J"} {
		found := false
		for _, l := range lines {
			found = found || l == want
		}
		if !found {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
	if strings.ContainsRune(out.String(), '\x1b') {
		t.Error("a mail can steer the terminal")
	}
}

func TestOutbox_keeps_the_last_ones_newest_first(t *testing.T) {
	t.Parallel()
	var box mail.Outbox
	for i := range mail.OutboxSize + 3 {
		m := with(func(m *mail.Message) { m.ID = [16]byte{1, byte(i >> 8), byte(i)}; m.Subject = fmt.Sprint(i) })
		if err := box.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	got := box.Messages()
	if len(got) != mail.OutboxSize || got[0].Subject != "202" || got[len(got)-1].Subject != "3" {
		t.Fatalf("%d messages from %s to %s", len(got), got[0].Subject, got[len(got)-1].Subject)
	}
	if err := box.Send(t.Context(), got[5]); err != nil { // delivered again
		t.Fatal(err)
	}
	if again := box.Messages(); len(again) != len(got) || again[0].ID != got[0].ID || again[5].ID != got[5].ID {
		t.Error("a second delivery is a second mail")
	}
	got[0].Subject = "changed"
	if box.Messages()[0].Subject != "202" {
		t.Error("the caller can change what is kept")
	}
	box.Clear()
	if n := len(box.Messages()); n != 0 {
		t.Errorf("%d left", n)
	}
}

func TestSenders_refuse_an_ended_context_and_a_bad_message(t *testing.T) {
	t.Parallel()
	var box mail.Outbox
	var out bytes.Buffer
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, s := range map[string]mail.Sender{"outbox": &box, "terminal": mail.Terminal(&out)} {
		if err := s.Send(ended, message()); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.Send(t.Context(), mail.Message{}); !errors.Is(err, mail.ErrBadMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(box.Messages()) != 0 || out.Len() != 0 {
		t.Error("something was sent all the same")
	}
	boom := errors.New("boom")
	if err := mail.Terminal(failing{boom}).Send(t.Context(), message()); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error)                { return 0, f.err }
func (f failing) Send(context.Context, mail.Message) error { return f.err }

func TestTee_gives_to_all_and_returns_every_error(t *testing.T) {
	t.Parallel()
	var box mail.Outbox
	a, b := errors.New("a"), errors.New("b")
	err := mail.Tee(failing{a}, &box, failing{b}).Send(t.Context(), message())
	if !errors.Is(err, a) || !errors.Is(err, b) || len(box.Messages()) != 1 {
		t.Fatalf("err %v, kept %d", err, len(box.Messages()))
	}
	if err := mail.Tee(&box).Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
}

func TestOutbox_is_safe_for_concurrent_use(t *testing.T) {
	t.Parallel()
	var box mail.Outbox
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			if err := box.Send(t.Context(), with(func(m *mail.Message) { m.ID[1] = byte(i) })); err != nil {
				t.Error(err)
			}
			_ = box.Messages()
		})
	}
	wg.Wait()
	if n := len(box.Messages()); n != 64 {
		t.Errorf("kept %d", n)
	}
}

func ExampleTee() {
	var box mail.Outbox
	sender := mail.Tee(mail.Terminal(os.Stdout), &box)
	err := sender.Send(context.Background(), mail.Message{
		ID: [16]byte{1}, To: "ada@example.com", Kind: "verify", Subject: "Confirm your address",
		Text: "Open this page:\nhttps://example.com/auth/verify\n",
		At:   time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
	})
	fmt.Println(err, len(box.Messages()))
	// Output:
	// ──────────────────────────────────────────────────────────────────────────────
	// Mail     verify, 2030-01-01 00:00:00 UTC
	// To       ada@example.com
	// Subject  Confirm your address
	//
	// Open this page:
	// https://example.com/auth/verify
	// ──────────────────────────────────────────────────────────────────────────────
	// <nil> 1
}

func ExampleMessage_Format() {
	raw, err := mail.Message{
		ID: [16]byte{1}, To: "ada@example.com", Kind: "verify", Subject: "Confirm your address",
		Text: "Hello.\n", At: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
	}.Format("no-reply@example.com")
	fmt.Println(strings.ReplaceAll(string(raw), "\r\n", "\n"), err)
	// Output:
	// Date: Tue, 01 Jan 2030 00:00:00 +0000
	// From: <no-reply@example.com>
	// To: <ada@example.com>
	// Subject: Confirm your address
	// Message-ID: <01000000000000000000000000000000@example.com>
	// Auto-Submitted: auto-generated
	// MIME-Version: 1.0
	// Content-Type: text/plain; charset=utf-8
	// Content-Transfer-Encoding: quoted-printable
	//
	// Hello.
	//  <nil>
}
