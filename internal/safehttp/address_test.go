package safehttp_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/axess-go/axess/internal/safehttp"
)

// OAU-014
func TestBlocked_judges_what_an_address_leads_to(t *testing.T) {
	t.Parallel()
	for _, a := range []string{
		"0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.168.1.1", "192.0.0.170", "192.0.2.1", "198.18.0.1", "198.19.255.255", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2001::1", "100::1", "64:ff9b:1::a00:1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::10.0.0.1",
		"2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254",
	} {
		if !safehttp.Blocked(netip.MustParseAddr(a)) {
			t.Errorf("%s is let through", a)
		}
	}
	for _, a := range []string{
		"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "192.167.255.255", "169.253.1.1", "223.255.255.255",
		"2606:4700:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8", "2002:808:808::1", "64:ff9b::8.8.8.8",
	} {
		if safehttp.Blocked(netip.MustParseAddr(a)) {
			t.Errorf("%s is blocked", a)
		}
	}
	if !safehttp.Blocked(netip.Addr{}) {
		t.Error("no address at all is let through")
	}
}

func ExampleBlocked() {
	fmt.Println(safehttp.Blocked(netip.MustParseAddr("::ffff:169.254.169.254")), safehttp.Blocked(netip.MustParseAddr("1.1.1.1")))
	// Output: true false
}
