package listen

import (
	"crypto/tls"
	"log/slog"
	"net"
	"testing"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/stall"
)

// PRD-071: what is written over TLS ends too, below it.
func TestCertificates_listen_over_bounded_writes(t *testing.T) {
	t.Parallel()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	on := (&Certificates{clock: clock.System(), log: slog.New(slog.DiscardHandler)}).Listen(ln)
	defer on.Close()
	if err := dial(t, ln.Addr().String()); err != nil { // the system accepts it before we do
		t.Fatal(err)
	}
	c, err := on.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	over, ok := c.(*tls.Conn)
	if !ok {
		t.Fatalf("%T", c)
	}
	if _, ok := over.NetConn().(*stall.Conn); !ok {
		t.Errorf("under TLS: %T", over.NetConn())
	}
}
