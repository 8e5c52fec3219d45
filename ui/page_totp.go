package ui

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"
)

// EnrolTOTPPage sets up an authenticator app (UIX-029). It posts code and label to
// the enrolment path. Key and QR are shown while the enrolment is open and never
// afterwards.
type EnrolTOTPPage struct {
	Frame
	Key   string // base32, unpadded
	URI   string // otpauth://totp/…
	QR    QR
	Label string // as typed before
}

func (p EnrolTOTPPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "totp.title"}, "account")
	return "totp", &p
}

// KeyGroups is the key in groups of four, which people can copy by eye.
func (p EnrolTOTPPage) KeyGroups() string {
	var out strings.Builder
	for i, r := range p.Key {
		if i > 0 && i%4 == 0 {
			out.WriteByte(' ')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// Link is the URI for the phone the page is open on. The template engine
// refuses schemes it does not know, so the scheme is checked here.
func (p EnrolTOTPPage) Link() (template.URL, error) {
	u, err := url.Parse(p.URI)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" {
		// The address carries the key, so the parser's message stays out.
		return "", fmt.Errorf("ui: totp page: the enrolment address is not otpauth://totp/")
	}
	return template.URL(p.URI), nil //nolint:gosec // scheme and host checked above
}

// RemoveTOTPPage asks before an authenticator app, or whatever else Kind says, is
// removed. It posts to the removal path of Ref.
type RemoveTOTPPage struct {
	Frame
	Kind  string // empty: "totp"
	Ref   string
	Label string
	Added time.Time
}

func (p RemoveTOTPPage) bind(b *binding) (string, any) {
	if p.Kind == "" {
		p.Kind = "totp"
	}
	p.attach(b, Text{Key: removePage(p.Kind) + ".title"}, "account")
	return "totp_remove", &p
}

// removePage is the page of the table, and of the catalogue, that removes a kind.
func removePage(kind string) string {
	if kind == "totp" {
		return "totp_remove"
	}
	return "factor_remove"
}

// Action is where the form leads.
func (p RemoveTOTPPage) Action() (string, error) { return p.Path(removePage(p.Kind), p.Ref) }
