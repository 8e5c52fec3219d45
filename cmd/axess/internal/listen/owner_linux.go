package listen

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// owner finds the process that listens on a TCP port: the kernel's table gives
// the socket's inode, and the process is the one that has it open. 0 when it is
// another user's, whose open files are not shown.
func owner(port int) (pid int, name string) {
	// The kernel writes its table piece by piece: while many connections come and go a
	// socket can be missing from one reading, and is in the next.
	for range 5 {
		if inodes := listening(port); len(inodes) > 0 {
			return holder(inodes)
		}
	}
	return 0, ""
}

// listening are the sockets that listen on a port, as links to open files name them.
func listening(port int) map[string]bool {
	inodes := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			const listens = "0A"
			if len(f) < 10 || f[3] != listens {
				continue
			}
			_, hex, ok := strings.Cut(f[1], ":")
			if n, err := strconv.ParseInt(hex, 16, 32); ok && err == nil && int(n) == port {
				inodes["socket:["+f[9]+"]"] = true
			}
		}
	}
	return inodes
}

// holder is the process that has one of these sockets open.
func holder(inodes map[string]bool) (pid int, name string) {
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return 0, ""
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err != nil || !inodes[target] {
			continue
		}
		dir := filepath.Dir(filepath.Dir(link))
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		comm, err := os.ReadFile(filepath.Join(dir, "comm"))
		if err != nil {
			return pid, ""
		}
		return pid, strings.TrimSpace(string(comm))
	}
	return 0, ""
}
