package axess

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// origin is scheme, host and port, in the one form in which origins compare.
type origin struct {
	scheme   string
	host     string // lower case, A-labels; a loopback address is "localhost"
	port     string // empty for the scheme's own
	loopback bool
}

// parseOrigin accepts scheme://host[:port] and nothing else (PRD-012). The error
// names the part that is wrong.
func parseOrigin(s string) (origin, error) {
	var o origin
	if s == "" {
		return o, errors.New("is empty")
	}
	scheme, _, ok := strings.Cut(s, "://")
	if !ok || scheme != "http" && scheme != "https" {
		return o, errors.New("scheme must be http or https, in lower case, followed by ://")
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return o, errors.New("is not a URL")
	case u.User != nil:
		return o, errors.New("has user information")
	case u.Path != "" || u.RawPath != "":
		return o, errors.New("has a path, if only a slash")
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "?"):
		return o, errors.New("has a query")
	case u.Fragment != "" || strings.Contains(s, "#"):
		return o, errors.New("has a fragment")
	}
	o.scheme = u.Scheme
	host := u.Hostname()
	switch {
	case host == "":
		return o, errors.New("has no host")
	case strings.HasSuffix(host, "."):
		return o, errors.New("host ends with a dot")
	case host != strings.ToLower(host):
		return o, errors.New("host must be in lower case")
	case strings.Contains(host, "*"):
		return o, errors.New("host has a wildcard")
	}
	if port := u.Port(); port != "" || strings.HasSuffix(u.Host, ":") {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return o, errors.New("port must be between 1 and 65535")
		}
		if !(o.scheme == "http" && n == 80 || o.scheme == "https" && n == 443) {
			o.port = strconv.Itoa(n)
		}
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		// An address cannot be the name that passkeys are bound to.
		if !ip.IsLoopback() {
			return o, errors.New("host is an IP address; use a name")
		}
		o.host, o.loopback = "localhost", true
		return o, nil
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil || !isName(ascii) {
		return o, errors.New("host is not a name")
	}
	if last := ascii[strings.LastIndexByte(ascii, '.')+1:]; isNumber(last) {
		// Browsers read "127.1" and "0x7f.1" as addresses (WHATWG URL §3.5).
		return o, errors.New("host is an IP address; use a name")
	}
	o.host = ascii
	o.loopback = ascii == "localhost" || strings.HasSuffix(ascii, ".localhost")
	return o, nil
}

// isName checks what idna leaves to DNS (RFC 1035 §2.3.4).
func isName(ascii string) bool {
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
	}
	return len(ascii) <= 253
}

func isNumber(label string) bool {
	digits, base := label, 10
	if rest, ok := strings.CutPrefix(label, "0x"); ok {
		digits, base = "0"+rest, 16
	}
	return !strings.ContainsFunc(digits, func(r rune) bool {
		return !(r >= '0' && r <= '9' || base == 16 && r >= 'a' && r <= 'f')
	})
}

func (o origin) secure() bool { return o.scheme == "https" }

// hostport is the Host header of a request to the origin.
func (o origin) hostport() string {
	if o.port == "" {
		return o.host
	}
	return net.JoinHostPort(o.host, o.port)
}

// hosts are all Host headers that name the origin: the default port may stand
// there.
func (o origin) hosts() []string {
	switch {
	case o.port != "":
		return []string{o.hostport()}
	case o.secure():
		return []string{o.host, o.host + ":443"}
	}
	return []string{o.host, o.host + ":80"}
}

// String is the origin as browsers send it.
func (o origin) String() string { return o.scheme + "://" + o.hostport() }

// isLoopbackAlias reports whether a Host header names this origin by a loopback
// address: http://127.0.0.1:8080 for http://localhost:8080.
func (o origin) isLoopbackAlias(hostport string) bool {
	if !o.loopback {
		return false
	}
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		host, port = strings.Trim(hostport, "[]"), ""
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() && port == o.port
}
