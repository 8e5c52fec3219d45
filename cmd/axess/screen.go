package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
)

// screen is what a person sees first (CLI-003): at most 20 lines, and only an
// address is ever wider than 80 columns.
type screen struct {
	origin  string
	account string // path of the account page
	signUp  string // path; empty: closed
	outbox  string // path; empty: mails go to people
	profile axess.Profile
	because string
	place   place
	claim   claimed
	devTLS  bool // the certificate is one of our own making
}

func (s screen) print(w io.Writer) {
	var b strings.Builder
	line := func(label, text string) {
		fmt.Fprintf(&b, "    %s%s\n", pad(label, 15), visible(text))
	}
	origin := strings.TrimSuffix(s.origin, "/")
	fmt.Fprintf(&b, "\n  axess %s is ready.\n\n", axess.Version)
	line("Site", origin+"/")
	if s.signUp != "" {
		line("Create account", origin+s.signUp)
	}
	line("Your account", origin+s.account)
	if s.outbox != "" {
		line("Mail", "shown here and at "+origin+s.outbox)
	}
	line("Profile", s.profile.String()+": "+s.because)
	line("Data", s.kept())
	if s.devTLS {
		line("Certificate", "browsers believe it after axess dev trust"+s.place.flags())
	}
	switch {
	case s.claim.link != "":
		fmt.Fprintf(&b, "\n  Nobody is administrator yet. Within 24 hours, this link makes you one:\n\n    %s\n", visible(s.claim.link))
	case s.claim.file != "":
		fmt.Fprintf(&b, "\n  Nobody is administrator yet. The link that makes one is in\n    %s\n", visible(s.claim.file))
	}
	b.WriteString("\n  Ctrl-C stops the server. What is set, and where: axess config show\n\n")
	fmt.Fprint(w, b.String())
}

// kept says what happens to the data when the server stops.
func (s screen) kept() string {
	if s.place.sessions != "" {
		return s.place.name() + ", sessions in " + settings.ServerName(s.place.sessions) + ", this server's own in " + s.place.dir
	}
	switch {
	case s.place.served():
		return s.place.name() + ", and what is this server's own in " + s.place.dir
	case s.place.file == "":
		return "in memory, gone when the server stops"
	case s.place.new:
		return s.place.dir + " (new)"
	}
	return s.place.dir
}
