package devtls

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

const localhost = "localhost"

// The errors of this package.
var (
	// ErrHost: no name that this machine may have for development.
	ErrHost = errors.New("devtls: host is no name such as app.example.test")
	// ErrUnlimited: an authority that could vouch for more than this machine.
	ErrUnlimited = errors.New("the authority is not limited to this machine")
)

func loopback() []*net.IPNet {
	return []*net.IPNet{
		{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
		{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
	}
}

// check refuses an authority that is trusted for more than it should be, whoever
// has made it.
func check(ca *x509.Certificate) error {
	within := slices.EqualFunc(ca.PermittedIPRanges, loopback(), func(a, b *net.IPNet) bool { return a.String() == b.String() })
	_, err := checkHosts(slices.DeleteFunc(slices.Clone(ca.PermittedDNSDomains), func(s string) bool { return s == localhost }))
	if !ca.IsCA || !ca.MaxPathLenZero || !ca.PermittedDNSDomainsCritical || !within || err != nil ||
		!slices.Contains(ca.PermittedDNSDomains, localhost) || !slices.Equal(ca.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}) {
		return ErrUnlimited
	}
	return nil
}

// CheckHosts refuses what Ensure would: [ErrHost].
func CheckHosts(hosts []string) error {
	_, err := checkHosts(hosts)
	return err
}

// checkHosts returns the names in lower case and in order, each once. A name
// without a dot is refused: as a constraint, "com" would be everything below it.
func checkHosts(hosts []string) ([]string, error) {
	var out []string
	for _, h := range hosts {
		name := strings.ToLower(h)
		if _, err := netip.ParseAddr(name); err == nil || !isName(name) {
			return nil, fmt.Errorf("%q: %w", h, ErrHost)
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// isName accepts two labels or more of letters, digits and hyphens.
func isName(name string) bool {
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' ||
			strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return len(labels) > 1 && len(name) <= 253
}
