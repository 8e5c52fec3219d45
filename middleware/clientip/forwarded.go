package clientip

import (
	"net/netip"
	"strings"
)

const (
	maxEntries = 32
	maxBytes   = 8 << 10
)

// walk goes through X-Forwarded-For from the right, the side on which proxies
// append, and returns the first entry that is not a trusted proxy. What stands
// further left was written by the caller and is not even looked at: the limits
// count what was walked, so that padding cannot make the walk give up and pass
// the proxy's own address off as the caller's (MID-012, MID-014).
//
// A malformed entry, the end of the header or a limit on the way yields
// nothing, and the caller of walk stays with the peer.
func (r *Resolver) walk(lines []string) (netip.Addr, bool) {
	entries, budget := 0, maxBytes
	for i := len(lines) - 1; i >= 0; i-- {
		rest, more := lines[i], true
		for more {
			window := rest[max(0, len(rest)-budget):]
			comma := strings.LastIndexByte(window, ',')
			if comma < 0 && len(window) < len(rest) {
				return netip.Addr{}, false
			}
			entry := window[comma+1:]
			more = comma >= 0
			rest = rest[:len(rest)-len(entry)]
			rest = strings.TrimSuffix(rest, ",")
			budget -= len(entry) + 1
			if entries++; entries > maxEntries || budget < 0 {
				return netip.Addr{}, false
			}
			ip, ok := parseEntry(entry)
			if !ok {
				return netip.Addr{}, false
			}
			if !r.trusts(ip) {
				return ip, true
			}
		}
	}
	return netip.Addr{}, false
}

// parseEntry reads an address, with or without port. Zones are malformed: they
// mean something on one machine only.
func parseEntry(s string) (netip.Addr, bool) {
	s = strings.Trim(s, " \t")
	var ip netip.Addr
	var err error
	switch {
	case len(s) > 64:
		return netip.Addr{}, false
	case strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]"):
		ip, err = netip.ParseAddr(s[1 : len(s)-1])
		if err == nil && ip.Is4() {
			return netip.Addr{}, false
		}
	case strings.HasPrefix(s, "[") || strings.Count(s, ":") == 1:
		var ap netip.AddrPort
		ap, err = netip.ParseAddrPort(s)
		ip = ap.Addr()
	default:
		ip, err = netip.ParseAddr(s)
	}
	if err != nil || ip.Zone() != "" {
		return netip.Addr{}, false
	}
	return ip.Unmap(), true
}
