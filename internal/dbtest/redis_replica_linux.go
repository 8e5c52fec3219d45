package dbtest

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// RedisReplica starts a replica of a server and waits until both know that it is in
// step.
func RedisReplica(of *RedisServer, args ...string) (*RedisServer, error) {
	host, port, err := net.SplitHostPort(of.Addr)
	if err != nil {
		return nil, err
	}
	s, err := Redis(append([]string{"--replicaof", host, port}, args...)...)
	if err != nil {
		return nil, err
	}
	err = patiently(func() error {
		for server, want := range map[*RedisServer]string{s: "master_link_status:up", of: "state=online"} {
			said, err := server.Say("INFO", "replication")
			if err == nil && !strings.Contains(said, want) {
				err = fmt.Errorf("dbtest: redis: no replica yet: %s", said)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}
