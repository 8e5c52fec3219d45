package listen

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/axess-go/axess/clock"
)

// Service is what the service manager said in the environment, and the way to
// answer. The zero value is no service manager.
type Service struct {
	notify   string // socket that takes messages
	watchdog time.Duration
	fds      int
	first    int // number of the first socket that was handed over
}

// Environment reads the variables of sd_notify and of socket activation. Those
// meant for another process are none.
func Environment(getenv func(string) (string, bool)) Service {
	get := func(name string) string { v, _ := getenv(name); return v }
	mine := func(name string) bool { return get(name) == strconv.Itoa(os.Getpid()) }
	s := Service{notify: get("NOTIFY_SOCKET"), first: 3}
	if n, err := strconv.Atoi(get("LISTEN_FDS")); err == nil && n > 0 && mine("LISTEN_PID") {
		s.fds = n
	}
	if n, err := strconv.ParseInt(get("WATCHDOG_USEC"), 10, 64); err == nil && n > 0 && (get("WATCHDOG_PID") == "" || mine("WATCHDOG_PID")) {
		s.watchdog = time.Duration(n) * time.Microsecond
	}
	return s
}

// sockets are the listeners that were handed over.
func (s Service) sockets() (all []net.Listener, err error) {
	for i := range s.fds {
		f := os.NewFile(uintptr(s.first+i), "LISTEN_FD_"+strconv.Itoa(s.first+i))
		ln, err := net.FileListener(f)
		if err == nil {
			err = f.Close() // the listener has a copy
		}
		if err != nil {
			for _, other := range all {
				err = errors.Join(err, other.Close())
			}
			return nil, fmt.Errorf("listen: socket %d that the service manager handed over: %w", i+1, err)
		}
		all = append(all, ln)
	}
	return all, nil
}

// The messages of sd_notify.
const (
	Ready    = "READY=1"
	Stopping = "STOPPING=1"
	alive    = "WATCHDOG=1"
)

// Reloading is the message at the beginning of a reload; [Ready] ends it.
func Reloading(c clock.Clock) string {
	return "RELOADING=1\nMONOTONIC_USEC=" + strconv.FormatInt(c.Mono().Microseconds(), 10)
}

// tellFor is how long a service manager may leave its messages unread: who waits
// to tell it something would not stop either.
const tellFor = time.Second

// Tell sends a message, or gives up after a second. Without a service manager it
// does nothing.
func (s Service) Tell(message string) error {
	if s.notify == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: s.notify, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("listen: notify: %w", err)
	}
	if err = conn.SetWriteDeadline(clock.System().Now().Add(tellFor)); err == nil {
		_, err = conn.Write([]byte(message))
	}
	if err := errors.Join(err, conn.Close()); err != nil {
		return fmt.Errorf("listen: notify: %w", err)
	}
	return nil
}

// Watchdog says that the process lives, twice as often as it must, until ctx
// ends. Before each time check is asked; while it fails nothing is said, and the
// service manager restarts the process. A message that could not be sent is logged,
// once until one is sent again, and the watch goes on.
func (s Service) Watchdog(ctx context.Context, c clock.Clock, log *slog.Logger, check func() error) error {
	if s.watchdog == 0 {
		return nil
	}
	lost := false
	for ctx.Err() == nil {
		if check() == nil {
			err := s.Tell(alive)
			if err != nil && !lost {
				log.WarnContext(ctx, "axess: the service manager was not told that the server lives", "error", err)
			}
			lost = err != nil
		}
		if err := c.Sleep(ctx, s.watchdog/2); err != nil {
			return nil //nolint:nilerr // the end of the server is the end of the watch
		}
	}
	return nil
}
