// Package useragent makes of a User-Agent header what a person recognises their
// browser by: a name and a platform from a closed list, no device, nothing that a
// caller chose.
//
//	browser, platform := useragent.Reduce(r.UserAgent()) // "Firefox", "Linux"
//	a := useragent.Parse(r.UserAgent())                  // the same, and major version 140
//
// It knows the families that matter and wants to know no more: what it does not
// recognise it says so, and callers then compare the header as a whole (SES-175).
package useragent

import "strings"

// MaxInput is how much of a header is looked at, in bytes.
const MaxInput = 1024

// Agent is what a header says in words of the closed list.
type Agent struct {
	Browser, Platform string // "" when none is known
	// Major is the browser's major version, at most 99,999; 0 when the header does
	// not say, or says something else in its place.
	Major uint32
}

// families are looked for in order: later names also stand in the agents of
// earlier ones, for old sites' sake. version is what the browser's own version
// follows; empty means that the agent does not say one (Go's is that of the
// protocol, which may change with each connection).
var families = [...]struct{ token, name, version string }{
	{"Edg", "Edge", "Edg"}, {"OPR/", "Opera", "OPR/"}, {"SamsungBrowser/", "Samsung Internet", "SamsungBrowser/"},
	{"Firefox/", "Firefox", "Firefox/"}, {"FxiOS/", "Firefox", "FxiOS/"},
	{"Chrome/", "Chrome", "Chrome/"}, {"CriOS/", "Chrome", "CriOS/"}, {"Chromium/", "Chromium", "Chromium/"},
	{"Safari/", "Safari", "Version/"}, {"curl/", "curl", "curl/"}, {"Go-http-client/", "Go", ""},
}

var platforms = [...]struct{ token, name string }{
	{"Android", "Android"}, {"iPhone", "iOS"}, {"iPad", "iOS"}, {"Windows", "Windows"},
	{"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
}

// Reduce returns the names of browser and platform, each "" when none is known.
func Reduce(userAgent string) (browser, platform string) {
	a := Parse(userAgent)
	return a.Browser, a.Platform
}

// Parse returns names and major version.
func Parse(userAgent string) Agent {
	if len(userAgent) > MaxInput {
		userAgent = userAgent[:MaxInput]
	}
	var a Agent
	for _, f := range families {
		if !strings.Contains(userAgent, f.token) {
			continue
		}
		a.Browser = f.name
		if f.version != "" {
			_, rest, _ := strings.Cut(userAgent, f.version)
			a.Major = major(rest)
		}
		break
	}
	for _, p := range platforms {
		if strings.Contains(userAgent, p.token) {
			a.Platform = p.name
			break
		}
	}
	return a
}

// major reads the number that a version begins with. Edge has letters before it
// on phones ("EdgA/", "EdgiOS/").
func major(s string) uint32 {
	if i := strings.IndexByte(s, '/'); i >= 0 && i <= len("iOS") && strings.Trim(s[:i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == "" {
		s = s[i+1:]
	}
	n := uint32(0)
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			break
		}
		if n = n*10 + uint32(s[i]-'0'); n > 99_999 {
			return 0
		}
	}
	return n
}
