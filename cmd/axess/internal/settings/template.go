package settings

import (
	"fmt"
	"slices"
	"strings"
)

// Template returns a configuration file for a profile: every setting explained,
// those that the profile needs filled in with what has to be looked at, the rest
// commented out.
func Template(profile string) (string, error) {
	table := Table()
	names, _ := lookup(table, "profile")
	if !slices.Contains(names.OneOf, profile) {
		return "", fmt.Errorf("must be %s", either(names.OneOf))
	}
	set := map[string]string{"profile": profile}
	if profile != "development" {
		for key, value := range map[string]string{
			"addr": "localhost:8080", "origin": "https://app.example.com", "sign_up": "closed",
			"data": "axess-data", "keys": "axess.keys", "trusted_proxies": "127.0.0.1",
			"mail.host": "smtp.example.com", "mail.from": "Example <no-reply@example.com>",
		} {
			set[key] = value
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Configuration of axess serve, profile %s. Paths are relative to this file.\n", profile)
	b.WriteString("# Each key is also a flag and a variable; a flag goes before a variable, and a\n# variable that disagrees with this file is refused.\n\nversion = 1\n")
	// In TOML, what comes after a section belongs to it.
	slices.SortStableFunc(table, func(a, b Setting) int {
		x, _ := a.section()
		y, _ := b.section()
		return min(len(x), 1) - min(len(y), 1)
	})
	at := ""
	for _, s := range table {
		section, name := s.section()
		if section != at {
			fmt.Fprintf(&b, "\n[%s]\n", section)
			at = section
		}
		help := strings.ReplaceAll(s.Help, "`", "")
		if len(s.OneOf) > 0 {
			help += ": " + either(s.OneOf)
		}
		for _, line := range fold(help, 76) {
			b.WriteString("\n# " + line)
		}
		if s.Secrecy == Hidden {
			fmt.Fprintf(&b, "\n# Better than here: %s, %s_FILE, or this.\n# %s_file = \"FILE\"\n", s.Env(), s.Env(), name)
			continue
		}
		if value, ok := set[s.Key]; ok {
			fmt.Fprintf(&b, "\n%s = %s\n", name, s.quoted(value))
			continue
		}
		fmt.Fprintf(&b, "\n# %s = %s\n", name, s.quoted(s.example()))
	}
	return b.String(), nil
}

// fold breaks text into lines.
func fold(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
