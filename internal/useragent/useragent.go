// Package useragent makes of a User-Agent header what a person recognises their
// browser by: a name and a platform from a closed list, no version, no device,
// nothing that a caller chose.
//
//	browser, platform := useragent.Reduce(r.UserAgent()) // "Firefox", "Linux"
//
// It is for showing, not for binding a session to a browser.
package useragent

import "strings"

// maxInput is how much of a header is looked at.
const maxInput = 1024

// Reduce returns the names of browser and platform, each "" when none is known.
func Reduce(userAgent string) (browser, platform string) {
	if len(userAgent) > maxInput {
		userAgent = userAgent[:maxInput]
	}
	// Order matters: later names of a list also stand in the agents of earlier
	// ones, for old sites' sake.
	for _, b := range [...]struct{ token, name string }{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Chromium/", "Chromium"},
		{"Safari/", "Safari"}, {"curl/", "curl"}, {"Go-http-client/", "Go"},
	} {
		if strings.Contains(userAgent, b.token) {
			browser = b.name
			break
		}
	}
	for _, p := range [...]struct{ token, name string }{
		{"Android", "Android"}, {"iPhone", "iOS"}, {"iPad", "iOS"}, {"Windows", "Windows"},
		{"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(userAgent, p.token) {
			platform = p.name
			break
		}
	}
	return browser, platform
}
