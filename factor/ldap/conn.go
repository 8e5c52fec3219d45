package ldap

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/seal"
)

// What a directory may send for each step, TLS and certificates included: the decoder
// makes some hundred bytes of memory of two.
const (
	handshakeBytes = 256 << 10
	bindBytes      = 64 << 10
	searchBytes    = 1 << 20
)

var (
	errTooMuch = errors.New("the directory sent more than any would")
	errClear   = errors.New("the connection is not TLS with a verified certificate")
)

// bounded is a connection that reads no more than it may.
type bounded struct {
	net.Conn

	left atomic.Int64
}

func (b *bounded) Read(p []byte) (int, error) {
	left := b.left.Load()
	if left <= 0 {
		return 0, errTooMuch
	}
	n, err := b.Conn.Read(p[:min(int64(len(p)), left)])
	b.left.Add(-int64(n))
	return n, err
}

// conn is one connection to a directory. One task uses it at a time.
type conn struct {
	dir *Directory
	raw *bounded
	ops *goldap.Conn
	// since is when it became idle, for the pool.
	since time.Duration
}

// connect dials and makes the connection TLS. Its errors are [*Error].
func (d *Directory) connect(ctx context.Context) (*conn, error) {
	ctx, cancel := clock.WithTimeout(ctx, d.clock, connectLimit)
	defer cancel()
	nc, err := d.dialer.DialContext(ctx, "tcp", d.address)
	if err != nil {
		return nil, &Error{Op: "connect", Reason: ended(ctx, ReasonTransport)}
	}
	c := &conn{dir: d, raw: &bounded{Conn: nc}}
	if err := c.secure(ctx); err != nil {
		c.drop()
		return nil, err
	}
	return c, nil
}

// secure is all that is said before a bind. The library's two goroutines of a connection
// end with it.
func (c *conn) secure(ctx context.Context) error {
	if c.dir.tls == nil {
		if tcp, ok := c.raw.RemoteAddr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
			return &Error{Op: "connect", Reason: ReasonTLS, Detail: "InsecureLoopback is for this machine, and the name led elsewhere"}
		}
		c.ops = goldap.NewConn(c.raw, false)
		c.ops.Start()
		return nil
	}
	err := c.step(ctx, connectLimit, handshakeBytes, func(ctx context.Context) error {
		if c.dir.startTLS {
			c.ops = goldap.NewConn(c.raw, false)
			c.ops.Start()
			return c.ops.StartTLS(c.dir.tls.Clone())
		}
		secured := tls.Client(c.raw, c.dir.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			return err
		}
		c.ops = goldap.NewConn(secured, true)
		c.ops.Start()
		return nil
	})
	if err == nil {
		err = c.private()
	}
	if err != nil {
		detail := ""
		// The text of such an error names what is in the certificate of a stranger.
		if strings.Contains(err.Error(), "x509: ") || strings.Contains(err.Error(), "tls: failed to verify") {
			detail = "the certificate was not accepted"
		}
		return &Error{Op: "tls", Reason: ended(ctx, ReasonTLS), Detail: detail}
	}
	return nil
}

// private answers whether a password may be sent now (FAC-091).
func (c *conn) private() error {
	if c.dir.tls == nil {
		return nil // to this machine, on purpose
	}
	s, ok := c.ops.TLSConnectionState()
	if !ok || !s.HandshakeComplete || len(s.VerifiedChains) == 0 || s.Version < tls.VersionTLS12 {
		return errClear
	}
	return nil
}

// bind says who speaks. An error is an [*Error] with a reason that is not empty.
func (c *conn) bind(ctx context.Context, name string, password seal.Secret) error {
	if name == "" || len(password.Reveal()) == 0 {
		return &Error{Op: "bind", Reason: ReasonInput} // RFC 4513 §5.1.2
	}
	if err := c.private(); err != nil {
		return &Error{Op: "bind", Reason: ReasonTLS, Detail: err.Error()}
	}
	var res *goldap.SimpleBindResult
	err := c.step(ctx, stepLimit, bindBytes, func(context.Context) (err error) {
		res, err = c.ops.SimpleBind(goldap.NewSimpleBindRequest(name, string(password.Reveal()), []goldap.Control{goldap.NewControlBeheraPasswordPolicy()}))
		return err
	})
	var controls []goldap.Control
	if res != nil {
		controls = res.Controls
	}
	reason, code := bindReason(err, controls)
	if reason == "" {
		return nil
	}
	if reason == ReasonTransport {
		reason = ended(ctx, timedOut(err, reason))
	}
	return &Error{Op: "bind", Reason: reason, Code: code}
}

// search returns at most limit entries; more are ReasonNoEntry. Referrals in the answer
// are not followed.
func (c *conn) search(ctx context.Context, base string, scope int, filter string, limit int, attributes ...string) ([]*goldap.Entry, error) {
	if err := c.private(); err != nil {
		return nil, &Error{Op: "search", Reason: ReasonTLS, Detail: err.Error()}
	}
	if len(attributes) == 0 {
		attributes = []string{"1.1"} // none (RFC 4511 §4.5.1.8)
	}
	req := goldap.NewSearchRequest(base, scope, goldap.NeverDerefAliases, limit+1, int(stepLimit/time.Second), false, filter, attributes, nil)
	req.EnforceSizeLimit = true
	var res *goldap.SearchResult
	err := c.step(ctx, stepLimit, searchBytes, func(context.Context) (err error) {
		res, err = c.ops.Search(req)
		return err
	})
	reason, code := searchReason(err)
	switch {
	case reason == "" && len(res.Entries) > limit, errors.Is(err, goldap.ErrSizeLimitExceeded):
		return nil, &Error{Op: "search", Reason: ReasonNoEntry}
	case reason == "":
		return res.Entries, nil
	case reason == ReasonTransport:
		reason = ended(ctx, timedOut(err, reason))
	}
	return nil, &Error{Op: "search", Reason: reason, Code: code}
}

// errStep marks a step that its own end has stopped.
var errStep = errors.New("step took too long")

// step runs do, which may read budget bytes, and closes the connection under it at its
// end or the end of ctx: the library has no context (FAC-095).
func (c *conn) step(ctx context.Context, limit time.Duration, budget int64, do func(context.Context) error) error {
	ctx, cancel := clock.WithTimeout(ctx, c.dir.clock, limit)
	defer cancel()
	c.raw.left.Store(budget)
	done := c.dir.sched.NewGate("ldap.step")
	watch := c.dir.sched.Go(ctx, "ldap.watch", func(ctx context.Context) error {
		if err := done.Wait(ctx); err != nil {
			_ = c.raw.Close() // whatever do waits for, it waits no longer
			return errStep
		}
		return nil
	})
	err := do(ctx)
	done.Open()
	if stopped := watch.Wait(context.WithoutCancel(ctx)); err != nil && stopped != nil {
		return stopped
	}
	return err
}

// leave says good-bye and closes.
func (c *conn) leave(ctx context.Context) {
	_ = c.step(ctx, time.Second, bindBytes, func(context.Context) error { return c.ops.Unbind() })
	c.drop()
}

// drop closes without a word. The connection goes first: the library would wait for a
// directory that does not read.
func (c *conn) drop() {
	_ = c.raw.Close()
	if c.ops != nil {
		_ = c.ops.Close()
	}
}

func timedOut(err error, otherwise Reason) Reason {
	if errors.Is(err, errStep) {
		return ReasonTimeout
	}
	return otherwise
}

// ended is why a step failed whose context may have ended.
func ended(ctx context.Context, otherwise Reason) Reason {
	switch {
	case ctx.Err() == nil:
		return otherwise
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return ReasonTimeout
	}
	return ReasonCancelled
}
