package control

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// peer refuses the other end of a socket unless it is this user or root. The mode
// of the socket says the same, but not every system heeds it.
func peer(conn net.Conn) error {
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		return ErrPeer
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	var cred *syscall.Ucred
	var asked error
	if err := raw.Control(func(fd uintptr) {
		cred, asked = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); err != nil {
		return fmt.Errorf("control: %w", err)
	}
	if asked != nil {
		return fmt.Errorf("control: %w", asked)
	}
	return allowed(int(cred.Uid), os.Geteuid())
}
