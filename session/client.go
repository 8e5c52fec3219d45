package session

import "strings"

const maxClient = 64

// reduceClient makes of a User-Agent what a person recognises their browser by.
// It keeps names from a closed list and nothing else: no version, no device,
// nothing that an attacker chose (decisions: session body v1).
func reduceClient(userAgent string) Client {
	if len(userAgent) > 1024 {
		userAgent = userAgent[:1024]
	}
	var c Client
	// Order matters: later names of a list also stand in the agents of earlier
	// ones, for old sites' sake.
	for _, b := range [...]struct{ token, name string }{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Chromium/", "Chromium"},
		{"Safari/", "Safari"}, {"curl/", "curl"}, {"Go-http-client/", "Go"},
	} {
		if strings.Contains(userAgent, b.token) {
			c.Browser = b.name
			break
		}
	}
	for _, p := range [...]struct{ token, name string }{
		{"Android", "Android"}, {"iPhone", "iOS"}, {"iPad", "iOS"}, {"Windows", "Windows"},
		{"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(userAgent, p.token) {
			c.Platform = p.name
			break
		}
	}
	return c
}
