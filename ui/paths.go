package ui

import (
	"fmt"
	"net/url"
	"strings"
)

// paths builds the URL path of every page from one table, so that a template
// cannot point to what does not exist. A star is one escaped segment.
type paths struct {
	table map[string]string
}

func newPaths(base, home string) paths {
	return paths{table: map[string]string{
		"home":             home,
		"sign_in":          base + "/sign-in",
		"factor":           base + "/factor/*",
		"enrol":            base + "/enrol",
		"recover":          base + "/recover",
		"recovery_codes":   base + "/recovery-codes",
		"recovery_text":    base + "/recovery-codes/text",
		"recovery_renew":   base + "/account/recovery-codes",
		"replace":          base + "/sign-in/password",
		"step_up":          base + "/step-up",
		"step_up_leave":    base + "/step-up/leave",
		"sign_up":          base + "/sign-up",
		"sent":             base + "/sign-up/sent",
		"verify":           base + "/verify",
		"activate":         base + "/activate",
		"forgot":           base + "/reset",
		"forgot_sent":      base + "/reset/sent",
		"reset":            base + "/reset/new",
		"rebind":           base + "/rebind",
		"account":          base + "/account",
		"password":         base + "/account/password",
		"email":            base + "/account/email",
		"email_cancel":     base + "/account/email/cancel",
		"names":            base + "/account/names",
		"names_primary":    base + "/account/names/primary",
		"names_remove":     base + "/account/names/remove",
		"names_cancel":     base + "/account/names/cancel",
		"address":          base + "/address",
		"undo":             base + "/undo",
		"totp":             base + "/account/factors/totp",
		"factor_remove":    base + "/account/factors/remove/*",
		"totp_remove":      base + "/account/factors/totp/*/remove",
		"account_language": base + "/account/language",
		"history":          base + "/account/history",
		"sessions":         base + "/account/sessions",
		"end":              base + "/account/sessions/*/end",
		"end_others":       base + "/account/sessions/end-others",
		"sign_out":         base + "/sign-out",
		"stop_acting":      base + "/stop-acting",
		"language":         base + "/language/*",
		"outbox":           base + "/dev/outbox",
		"outbox_clear":     base + "/dev/outbox/clear",
		"assets":           base + "/assets/",
	}}
}

func (p paths) build(name string, parts ...string) (string, error) {
	path, ok := p.table[name]
	if !ok {
		return "", fmt.Errorf("ui: no page %q", name)
	}
	if strings.Count(path, "*") != len(parts) {
		return "", fmt.Errorf("ui: page %q has %d variable segments, %d were given", name, strings.Count(path, "*"), len(parts))
	}
	for _, part := range parts {
		if part == "" || part == "." || part == ".." {
			return "", fmt.Errorf("ui: page %q: segment cannot be %q", name, part)
		}
		path = strings.Replace(path, "*", url.PathEscape(part), 1)
	}
	return path, nil
}
