package mail

import (
	"bytes"
	"fmt"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"time"
)

// Format returns the clean form of m as an Internet message (RFC 5322): headers
// and quoted-printable text, with CRLF line ends and only ASCII outside the
// address. From is an address with or without a name; its domain is that of the
// Message-ID. Auto-Submitted (RFC 3834) keeps answering machines silent.
func (m Message) Format(from string) ([]byte, error) {
	sender, err := netmail.ParseAddress(from)
	if err != nil || !addressable(sender.Address) {
		return nil, fmt.Errorf("mail: format: the sender's address cannot be parsed")
	}
	m, err = m.Clean()
	if err != nil {
		return nil, err
	}
	domain := sender.Address[strings.LastIndexByte(sender.Address, '@')+1:]
	subject := mime.QEncoding.Encode("utf-8", m.Subject)
	if subject != m.Subject {
		// The encoder makes words of up to 75 characters and separates them by
		// a space: each gets a line of its own.
		subject = "\r\n " + strings.ReplaceAll(subject, "?= =?", "?=\r\n =?")
	}

	var out bytes.Buffer
	for _, h := range [][2]string{
		{"Date", m.At.UTC().Format(time.RFC1123Z)},
		{"From", sender.String()},
		{"To", "<" + m.To + ">"},
		{"Subject", subject},
		{"Message-ID", "<" + m.MessageID(domain) + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		out.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	out.WriteString("\r\n")
	text := m.Text
	if !strings.HasSuffix(text, "\n") {
		text += "\n" // a last line without end has no form on the wire (RFC 5321 §4.1.1.4)
	}
	w := quotedprintable.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		return nil, fmt.Errorf("mail: format: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("mail: format: %w", err)
	}
	return out.Bytes(), nil
}
