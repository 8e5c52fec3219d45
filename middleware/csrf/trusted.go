package csrf

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// canonicalOrigin returns the form that browsers send in Origin (RFC 6454 §6.1,
// WHATWG HTML "serialization of an origin"). The standard library compares exact
// strings, so an origin in any other form would be trusted in the configuration
// and refused on the wire (CSR-003).
func canonicalOrigin(s string, insecureHTTP bool) (string, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "", errors.New("not an origin")
	case u.Scheme == "http" && !insecureHTTP:
		return "", errors.New("http is for development: whoever is on the path could write such a page")
	case u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("want https://host")
	case u.User != nil || u.Path != "" || strings.ContainsAny(s, "*?#"):
		return "", errors.New("want scheme, host and port alone")
	}
	host, err := canonicalHost(u.Hostname())
	if err != nil {
		return "", err
	}
	port, err := canonicalPort(u)
	if err != nil {
		return "", err
	}
	return u.Scheme + "://" + host + port, nil
}

func canonicalHost(host string) (string, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" {
			return "", errors.New("an address with a zone is no origin")
		}
		if addr.Is6() {
			return "[" + addr.String() + "]", nil
		}
		return addr.String(), nil
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return "", fmt.Errorf("host: %w", err)
	}
	if ascii == "" || strings.HasSuffix(ascii, ".") {
		return "", errors.New("host is empty or ends in a dot")
	}
	return ascii, nil
}

// canonicalPort returns ":port", or nothing for the scheme's own.
func canonicalPort(u *url.URL) (string, error) {
	p := u.Port()
	if p == "" {
		if strings.HasSuffix(u.Host, ":") {
			return "", errors.New("port is empty")
		}
		return "", nil
	}
	n, err := strconv.ParseUint(p, 10, 16)
	if err != nil || n == 0 {
		return "", errors.New("port: want 1 to 65535")
	}
	if u.Scheme == "https" && n == 443 || u.Scheme == "http" && n == 80 {
		return "", nil
	}
	return ":" + strconv.FormatUint(n, 10), nil
}
