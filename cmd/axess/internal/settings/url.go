package settings

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// databases are the schemes of the servers that can keep everything.
func databases() []string { return []string{"postgres", "postgresql"} }

// serverURL checks the URL of a server. The error never repeats it: it may hold a
// password, and one that was not escaped can be in any part of it.
func serverURL(word string, schemes []string) error {
	scheme, _, ok := strings.Cut(word, "://")
	if !ok || !slices.Contains(schemes, scheme) {
		return fmt.Errorf("must be memory, sqlite:PATH or postgres://USER@HOST/DATABASE")
	}
	u, err := url.Parse(word)
	switch {
	case err != nil || strings.Contains(u.EscapedPath()+u.RawQuery, "@") || u.Fragment != "" || strings.HasSuffix(word, "#"):
		return fmt.Errorf("must be a URL such as %s://USER@HOST/DATABASE, in which a password has %%40 for @, %%2F for /, %%3F for ? and %%23 for #", scheme)
	case u.Host == "" && u.RawQuery == "":
		return fmt.Errorf("must name a host, as in %s://USER@HOST/DATABASE", scheme)
	}
	return nil
}

// passwordIn finds the forms in which data source names carry one: user:password@
// and password=.
var passwordIn = regexp.MustCompile(`(?i)([^/@\s:]*:[^/@\s]+@)|(passw(or)?d|pwd)\s*=`)

// HoldsPassword reports whether a password may be part of a data source name. What
// is in doubt is one.
func HoldsPassword(word string) bool {
	if strings.HasPrefix(word, "sqlite:") {
		return false
	}
	if u, err := url.Parse(word); strings.Contains(word, "://") && (err != nil || strings.Contains(u.EscapedPath()+u.RawQuery+u.Fragment, "@")) {
		return true
	}
	return passwordIn.MatchString(word)
}
