package smtp

import (
	"net"
	"testing"
)

// What "localhost" resolves to is decided elsewhere; what may be plain text is
// decided by the address that answered.
func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{"127.0.0.1": true, "127.8.8.8": true, "::1": true, "192.0.2.1": false, "2001:db8::1": false, "0.0.0.0": false} {
		if got := isLoopback(&net.TCPAddr{IP: net.ParseIP(address), Port: 25}); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	if isLoopback(&net.UnixAddr{Name: "/run/smtp"}) {
		t.Error("a path is an address of this machine")
	}
}
