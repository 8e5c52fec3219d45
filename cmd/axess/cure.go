package main

import (
	"strings"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/internal/shellword"
)

// without is the cure that takes a setting away, from where it was said.
func without(v *settings.Values, key string) string {
	from := v.From(key)
	if name, ok := strings.CutPrefix(from, "env "); ok {
		return "unset " + name
	}
	if strings.HasPrefix(from, "file ") {
		return "remove " + key + " from " + shellword.Quote(v.File)
	}
	return "remove --" + key
}

// cure says which flags cure a problem of the library's configuration; the
// library's own cure speaks of Go.
func cure(p axess.Problem, pl place) string {
	switch p.Field {
	case "Origin":
		return "add --origin https://app.example.com"
	case "ExtraOrigins":
		return "remove --extra-origins"
	case "Stores":
		if p.Code == "schema_behind" {
			return "take a backup, then run axess migrate plan" + pl.flags() + ", then run axess migrate apply --yes" + pl.flags()
		}
		return "remove --memory and --dsn, or add --single-node \"why memory is enough\""
	case "Profile":
		return "remove --profile"
	case "Keys":
		switch {
		case pl.served() && (strings.HasPrefix(p.Fix, "restore") || strings.HasPrefix(p.Fix, "name")):
			return "add --keys FILE"
		case strings.HasPrefix(p.Fix, "restore"):
			return "restore " + shellword.Quote(pl.keys) + " from its backup"
		case strings.HasPrefix(p.Fix, "move"):
			dir, file := shellword.Quote(pl.dir+"-keys"), shellword.Quote(pl.dir+"-keys/axess.keys")
			return "run mkdir -m 700 " + dir + ", then run mv " + shellword.Quote(pl.keys) + " " + file + ", then add --keys " + file
		}
		if p.Code == "keys_missing" {
			return "run axess keys init --out axess.keys, then add --keys axess.keys"
		}
	case "Mail":
		return "add --mail-host smtp.example.com --mail-from no-reply@example.com"
	case "SignUp":
		return "add --sign-up closed"
	case "Timeouts":
		return "remove --session-idle and --session-absolute"
	case "SessionLimit":
		return "remove --session-limit"
	case "Proxies":
		return "add --trusted-proxies 10.0.0.0/8"
	case "Brand":
		return "add --name axess"
	case "UI":
		return "remove --ui-templates, --ui-theme, --ui-logo, --ui-help-url, --ui-privacy-url and --ui-terms-url"
	case "SingleNode":
		return "remove --single-node"
	case "Migrate":
		return "remove --migrate"
	case "InsecureDevListen":
		return "remove --insecure-dev-listen"
	case "addr":
		return "add --addr localhost:8080, or add --insecure-dev-listen \"why other machines may come\""
	}
	return p.Fix
}
