package smtp_test

import (
	"context"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/mail/smtp"
	"github.com/axess-go/axess/seal"
)

func good() smtp.Config {
	return smtp.Config{
		Host: "smtp.example.com", From: "no-reply@example.com",
		Username: user, Password: seal.NewSecret([]byte(password)),
	}
}

func TestNew_accepts(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*smtp.Config){
		"the least":           func(*smtp.Config) {},
		"STARTTLS":            func(c *smtp.Config) { c.Mode = smtp.StartTLS() },
		"STARTTLS on 25":      func(c *smtp.Config) { c.Mode, c.Port = smtp.StartTLS(), 25 },
		"a port of their own": func(c *smtp.Config) { c.Port = 2465 },
		"no account":          anonymous,
		"an address":          func(c *smtp.Config) { c.Host = "2001:db8::1" },
		"a name in a script":  func(c *smtp.Config) { c.From = "Grüße aus Köln <no-reply@xn--kln-sna.example>" },
		"the longest time":    func(c *smtp.Config) { c.Timeout = smtp.MaxTimeout },
		"in the open": func(c *smtp.Config) {
			anonymous(c)
			c.Host, c.Port, c.Mode = "::1", 1025, smtp.InsecurePlaintext("a catcher")
		},
	} {
		cfg := good()
		change(&cfg)
		if _, err := smtp.New(cfg); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// UIX-093: every wrong setting is found at once, with field, reason and cure.
func TestNew_names_field_reason_and_cure(t *testing.T) {
	t.Parallel()
	secret := func(s string) seal.Secret { return seal.NewSecret([]byte(s)) }
	for name, tc := range map[string]struct {
		change        func(*smtp.Config)
		field, reason string
	}{
		"no host":           {func(c *smtp.Config) { c.Host = "" }, "Host", "is missing"},
		"a URL":             {func(c *smtp.Config) { c.Host = "smtps://smtp.example.com" }, "Host", "more than a name"},
		"host and port":     {func(c *smtp.Config) { c.Host = "smtp.example.com:465" }, "Host", "more than a name"},
		"brackets":          {func(c *smtp.Config) { c.Host = "[::1]" }, "Host", "more than a name"},
		"a line end":        {func(c *smtp.Config) { c.Host = "smtp.example.com\n" }, "Host", "is not a host name"},
		"a space":           {func(c *smtp.Config) { c.Host = "smtp example" }, "Host", "is not a host name"},
		"an empty label":    {func(c *smtp.Config) { c.Host = "smtp..example" }, "Host", "is not a host name"},
		"a script":          {func(c *smtp.Config) { c.Host = "größe.example" }, "Host", "is not a host name"},
		"negative port":     {func(c *smtp.Config) { c.Port = -1 }, "Port", "is not between"},
		"large port":        {func(c *smtp.Config) { c.Port = 65536 }, "Port", "is not between"},
		"465 with STARTTLS": {func(c *smtp.Config) { c.Port, c.Mode = 465, smtp.StartTLS() }, "Port", "465 is for implicit TLS"},
		"587 without":       {func(c *smtp.Config) { c.Port = 587 }, "Port", "587 is for STARTTLS"},
		"25 without":        {func(c *smtp.Config) { c.Port = 25 }, "Port", "25 is for STARTTLS"},
		"no sender":         {func(c *smtp.Config) { c.From = "" }, "From", "is missing"},
		"no address":        {func(c *smtp.Config) { c.From = "Example" }, "From", "is not one address"},
		"two addresses":     {func(c *smtp.Config) { c.From = "a@example.com, b@example.com" }, "From", "is not one address"},
		"a header":          {func(c *smtp.Config) { c.From = "a@example.com\r\nBcc: mallory@example.net" }, "From", "is not one address"},
		"a folded name":     {func(c *smtp.Config) { c.From = "\"A\r\n B\" <a@example.com>" }, "From", "is not one address"},
		"a parameter":       {func(c *smtp.Config) { c.From = `"a> SIZE=1"@example.com` }, "From", "is not a plain address"},
		"not ASCII":         {func(c *smtp.Config) { c.From = "a@köln.example" }, "From", "not ASCII"},
		"user alone":        {func(c *smtp.Config) { c.Password = seal.Secret{} }, "Password", "is empty"},
		"password alone":    {func(c *smtp.Config) { c.Username = "" }, "Username", "is missing"},
		"user with NUL":     {func(c *smtp.Config) { c.Username = "a\x00b" }, "Username", "control characters"},
		"password with NUL": {func(c *smtp.Config) { c.Password = secret("hush\x00x") }, "Password", "control characters"},
		"password not text": {func(c *smtp.Config) { c.Password = secret("hush\xff") }, "Password", "not UTF-8"},
		"password of file":  {func(c *smtp.Config) { c.Password = secret("hush\n") }, "Password", "ends in a line end"},
		"short time":        {func(c *smtp.Config) { c.Timeout = time.Millisecond }, "Timeout", "is not between 1s and 2m0s"},
		"long time":         {func(c *smtp.Config) { c.Timeout = mail.SendLimit }, "Timeout", "is not between"},
		"open, no reason":   {open("127.0.0.1", " "), "Mode", "has no reason"},
		"open, far away":    {open("smtp.example.com", "a catcher"), "Mode", "a server on this machine"},
		"open, on the net":  {open("192.0.2.1", "a catcher"), "Mode", "a server on this machine"},
		"open, named so":    {open("localhost.example.com", "a catcher"), "Mode", "a server on this machine"},
		"open, no port":     {func(c *smtp.Config) { open("::1", "a catcher")(c); c.Port = 0 }, "Port", "is missing"},
		"open, roots":       {func(c *smtp.Config) { open("::1", "a catcher")(c); c.Roots = x509.NewCertPool() }, "Roots", "verifies nothing"},
		"open, password": {func(c *smtp.Config) {
			open("127.0.0.1", "a catcher")(c)
			c.Username, c.Password = user, secret(password)
		}, "Username", "in the open"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := good()
			tc.change(&cfg)
			_, err := smtp.New(cfg)
			if err == nil {
				t.Fatal("accepted")
			}
			text := err.Error()
			if strings.Count(text, "\n") != 0 || !strings.HasPrefix(text, "smtp: Config."+tc.field+": ") ||
				!strings.Contains(text, tc.reason) || !strings.Contains(text, "; cure: ") || strings.HasSuffix(text, "; cure: ") {
				t.Errorf("%s; want %s, %s", text, tc.field, tc.reason)
			}
			if strings.Contains(text, "hush") || strings.Contains(text, password) {
				t.Error("the error shows the password")
			}
		})
	}
}

func open(host, reason string) func(*smtp.Config) {
	return func(c *smtp.Config) {
		anonymous(c)
		c.Host, c.Port, c.Mode = host, 1025, smtp.InsecurePlaintext(reason)
	}
}

func TestNew_finds_everything_at_once(t *testing.T) {
	t.Parallel()
	_, err := smtp.New(smtp.Config{Port: -1, Username: "a", Timeout: time.Hour})
	if err == nil {
		t.Fatal("accepted")
	}
	var fields []string
	for line := range strings.Lines(err.Error()) {
		field, _, _ := strings.Cut(strings.TrimPrefix(line, "smtp: Config."), ":")
		fields = append(fields, field)
	}
	if got := strings.Join(fields, " "); got != "Host Port From Password Timeout" {
		t.Errorf("found %s", got)
	}
}

// The Timeout is for the whole: the queue's own limit must not come first, or
// the error would not say where the server hung.
func TestMaxTimeout_is_below_the_limit_of_the_queue(t *testing.T) {
	t.Parallel()
	if smtp.MaxTimeout >= mail.SendLimit {
		t.Error("not below")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out, err := smtp.New(good())
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Send(ctx, message()); err == nil {
		t.Error("sent under an ended context")
	}
}
