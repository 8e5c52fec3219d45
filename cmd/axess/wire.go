package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/mail/smtp"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/ui"
)

// origin is the one that is set, or that of the port on this machine.
func origin(v *settings.Values, ln net.Addr) string {
	if o := v.Text("origin"); o != "" {
		return o
	}
	scheme := "http://"
	if v.On("dev_tls") {
		scheme = "https://"
	}
	_, port, err := net.SplitHostPort(ln.String())
	if err != nil {
		return scheme + "localhost" // a listener of its own kind: axess.New says what is wrong with it
	}
	return scheme + "localhost:" + port
}

// logger writes text to people and JSON to machines (CLI-003).
func (p process) logger(v *settings.Values) (*slog.Logger, *slog.LevelVar) {
	level := &slog.LevelVar{}
	level.Set(levelOf(v))
	opts := &slog.HandlerOptions{Level: level}
	if p.plainLog(v) {
		return slog.New(slog.NewTextHandler(p.stderr, opts)), level
	}
	return slog.New(slog.NewJSONHandler(p.stderr, opts)), level
}

func (p process) plainLog(v *settings.Values) bool {
	format := v.Text("log.format")
	return format == "text" || format == "auto" && p.terminal
}

func levelOf(v *settings.Values) slog.Level {
	switch v.Text("log.level") {
	case "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	}
	return slog.LevelInfo
}

// config says to the library what the settings say.
func config(v *settings.Values, site string, stores backend.Stores, terminal io.Writer, log *slog.Logger) (axess.Config, error) {
	cfg := axess.Config{
		Origin: site, ExtraOrigins: v.List("extra_origins"), Stores: stores,
		Brand:             ui.Brand{Name: v.Text("name")},
		Timeouts:          session.Timeouts{Idle: v.Duration("session.idle"), Absolute: v.Duration("session.absolute")},
		SessionLimit:      session.LimitPolicy{Max: v.Count("session.limit")},
		Proxies:           clientip.Config{Trusted: v.List("trusted_proxies")},
		SingleNode:        v.Text("single_node"),
		MultiInstance:     locate(v).served(),
		Migrate:           v.On("migrate"),
		InsecureDevListen: v.Text("insecure_dev_listen"),
		Terminal:          terminal, Logger: log,
	}
	switch v.Text("profile") {
	case "development":
		cfg.Profile = axess.Development
	case "standard":
		cfg.Profile = axess.Standard
	case "regulated":
		cfg.Profile = axess.Regulated
	}
	switch v.Text("sign_up") {
	case "open":
		cfg.SignUp = axess.SignUpOpen
	case "closed":
		cfg.SignUp = axess.SignUpClosed
	}
	switch v.Text("second_factor") {
	case "optional":
		cfg.Methods = authn.DefaultMethods()
	case "required":
		cfg.Methods = authn.MFAMethods()
	}
	if file := v.Text("keys"); file != "" {
		cfg.Keys = keys.File(file)
	}
	var err error
	cfg.BlocklistsAtSignIn = v.On("passwords.at_sign_in")
	if cfg.Blocklists, err = blocklists(v); err != nil {
		return cfg, err
	}
	if cfg.UI, err = look(v); err != nil {
		return cfg, err
	}
	cfg.Mail, err = mailer(v)
	return cfg, err
}

// mailCure is a value of the right form.
func mailCure(key string) string {
	switch key {
	case "mail.host":
		return "add --mail-host smtp.example.com"
	case "mail.from":
		return "add --mail-from no-reply@example.com"
	case "mail.port":
		return "remove --mail-port"
	case "mail.user":
		return "add --mail-user NAME"
	}
	return "set AXESS_MAIL_PASSWORD=…"
}

// mailer is the sender of mails; nil when no mail server is told.
func mailer(v *settings.Values) (mail.Sender, error) {
	for _, pair := range [][2]string{
		{"mail.from", "mail.host"}, {"mail.port", "mail.host"}, {"mail.tls", "mail.host"}, {"mail.user", "mail.host"}, {"mail.password", "mail.user"},
		{"mail.host", "mail.from"}, {"mail.user", "mail.password"},
	} {
		if v.Given(pair[0]) && !v.Given(pair[1]) {
			return nil, refusal.New(fmt.Sprintf("%s is set and %s is not", pair[0], pair[1]), "no mail could leave", mailCure(pair[1]))
		}
	}
	if !v.Given("mail.host") {
		return nil, nil //nolint:nilnil // no mail server is no error
	}
	c := smtp.Config{
		Host: v.Text("mail.host"), Port: v.Count("mail.port"), From: v.Text("mail.from"),
		Username: v.Text("mail.user"), Password: v.Secret("mail.password"),
	}
	if v.Text("mail.tls") == "starttls" {
		c.Mode = smtp.StartTLS()
	}
	sender, err := smtp.New(c)
	if err != nil {
		what, _, _ := strings.Cut(err.Error(), "; cure: ") // that speaks of Go
		r := &refusal.Error{What: what, Why: "no mail could leave", Err: err}
		for _, f := range [][2]string{{"Config.Host", "mail.host"}, {"Config.From", "mail.from"}, {"Config.Port", "mail.port"}, {"Config.Username", "mail.user"}, {"Config.Password", "mail.password"}} {
			if strings.Contains(what, f[0]) && r.Cure == "" {
				r.Cure = mailCure(f[1])
			}
		}
		return nil, r
	}
	return sender, nil
}
