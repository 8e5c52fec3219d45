package safehttp

import "net/netip"

// inner are the IPv4 networks that no document of a stranger may send us to: our own
// machine and network, those of the provider (CGNAT, link-local with its metadata
// service), and those that are nobody's (RFC 6890).
var inner = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
)

// inner6 are those within 2000::/3, the one range of IPv6 that is out in the open:
// Teredo and other protocols, documentation.
var inner6 = prefixes("2001::/23", "2001:db8::/32", "3fff::/20")

var (
	open6 = netip.MustParsePrefix("2000::/3")
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
	to4   = netip.MustParsePrefix("2002::/16")
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, p := range list {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

// Blocked reports whether a is an address that a stranger must not make us speak to:
// anything but an address of the open Internet. An IPv6 address that carries an IPv4
// address (mapped, 6to4, NAT64) is judged by what it carries.
func Blocked(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() {
		return true
	}
	if a.Is4() {
		return within(inner, a)
	}
	b := a.As16()
	switch {
	case a.Zone() != "":
		return true
	case nat64.Contains(a):
		return Blocked(netip.AddrFrom4([4]byte(b[12:])))
	case to4.Contains(a):
		return Blocked(netip.AddrFrom4([4]byte(b[2:6])))
	}
	return !open6.Contains(a) || within(inner6, a)
}

func within(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// isLoopback reports whether host, as a URL has it, is this machine by its very text.
// A name that begins or ends alike is not, and no other name is asked for.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Zone() == "" && a.IsLoopback() && !a.Is4In6()
}
