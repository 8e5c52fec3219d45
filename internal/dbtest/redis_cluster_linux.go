package dbtest

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Cluster is a cluster of servers, every one with [RedisPassword]. The first half are
// primaries at first, the others their replicas in the same order.
type Cluster struct {
	// URL names all nodes.
	URL   string
	Nodes []*RedisServer
}

// RedisCluster starts n servers, n even and 6 or more, and waits until they are one
// cluster of n/2 primaries, each with a replica that is up to date. Its servers
// find out after two seconds that one of them is gone.
func RedisCluster(n int, args ...string) (*Cluster, error) {
	c := &Cluster{}
	var addrs []string
	for range n {
		s, err := clusterNode(args)
		if err != nil {
			return nil, errors.Join(err, c.Stop())
		}
		c.Nodes, addrs = append(c.Nodes, s), append(addrs, s.Addr)
	}
	c.URL = "redis://:" + RedisPassword + "@" + strings.Join(addrs, ",")
	if err := c.join(); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// Stop ends all servers and removes their data.
func (c *Cluster) Stop() error {
	var all []error
	for _, s := range c.Nodes {
		all = append(all, s.Stop())
	}
	return errors.Join(all...)
}

func clusterNode(args []string) (*RedisServer, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	own := []string{"--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-config-file", "nodes.conf", "--cluster-port", port}
	return Redis(append(own, args...)...)
}

// Grow adds a primary without slots, and waits until all know of it.
func (c *Cluster) Grow() (*RedisServer, error) {
	s, err := clusterNode(nil)
	if err != nil {
		return nil, err
	}
	c.Nodes = append(c.Nodes, s)
	if err := s.meet(c.Nodes[0]); err != nil {
		return nil, err
	}
	return s, patiently(c.whole)
}

// meet makes a server known to another and, by its talk, to all.
func (s *RedisServer) meet(other *RedisServer) error {
	host, port, err := net.SplitHostPort(other.Addr)
	if err != nil {
		return err
	}
	bus, err := s.busOf(other)
	if err != nil {
		return err
	}
	_, err = s.Say("CLUSTER", "MEET", host, port, bus)
	return err
}

func (c *Cluster) join() error {
	const slots = 16384
	primaries := len(c.Nodes) / 2
	for i, s := range c.Nodes[:primaries] {
		first, last := i*slots/primaries, (i+1)*slots/primaries-1
		if _, err := s.Say("CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(first), strconv.Itoa(last)); err != nil {
			return err
		}
		if _, err := s.Say("CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1)); err != nil {
			return err
		}
	}
	for _, s := range c.Nodes[1:] {
		if err := s.meet(c.Nodes[0]); err != nil {
			return err
		}
	}
	for i, s := range c.Nodes[primaries:] {
		id, err := c.Nodes[i].Say("CLUSTER", "MYID")
		if err != nil {
			return err
		}
		// The node must have heard of its primary before it can follow it.
		if err := patiently(func() error { _, err := s.Say("CLUSTER", "REPLICATE", id); return err }); err != nil {
			return err
		}
	}
	return c.Wait()
}

// busOf is the port of the cluster's own talk.
func (*RedisServer) busOf(other *RedisServer) (string, error) {
	for i, arg := range other.args {
		if arg == "--cluster-port" {
			return other.args[i+1], nil
		}
	}
	return "", errors.New("dbtest: not a server of a cluster")
}

// Wait waits until every server that runs finds the cluster whole and every
// replica among them is in step with its primary.
func (c *Cluster) Wait() error {
	return patiently(func() error {
		if err := c.whole(); err != nil {
			return err
		}
		return c.counted()
	})
}

func (c *Cluster) whole() error {
	for _, s := range c.Nodes {
		if s.ended() {
			continue
		}
		state, err := s.Say("CLUSTER", "INFO")
		if err == nil && (!strings.Contains(state, "cluster_state:ok") || !strings.Contains(state, "cluster_known_nodes:"+strconv.Itoa(len(c.Nodes)))) {
			err = fmt.Errorf("dbtest: cluster: %s: %s", s.Addr, state)
		}
		if err != nil {
			return err
		}
		role, err := s.Say("INFO", "replication")
		if err == nil && strings.Contains(role, "role:slave") && !strings.Contains(role, "master_link_status:up") {
			err = fmt.Errorf("dbtest: cluster: %s: %s", s.Addr, role)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// counted says whether all replicas have taken their place, also in the eyes of
// their primaries.
func (c *Cluster) counted() error {
	replicas, running := 0, 0
	for _, s := range c.Nodes {
		if s.ended() {
			continue
		}
		running++
		role, err := s.Say("INFO", "replication")
		if err != nil {
			return err
		}
		if strings.Contains(role, "role:slave") {
			replicas++
		}
	}
	if want := running - len(c.Nodes)/2; replicas != want {
		return fmt.Errorf("dbtest: cluster: %d replicas, want %d", replicas, want)
	}
	return nil
}

func (s *RedisServer) ended() bool {
	select {
	case <-s.p.over:
		return true
	default:
		return false
	}
}

// patiently repeats what fails for up to half a minute.
func patiently(do func() error) error {
	var err error
	for range 300 {
		if err = do(); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond) //axess:allow L01 waits for real processes
	}
	return err
}

// Say sends one command over a connection of its own, without TLS, and returns what a
// string, a number or a line answers. Arrays are returned line by line.
func (s *RedisServer) Say(words ...string) (answer string, err error) {
	conn, err := net.DialTimeout("tcp", s.Addr, 5*time.Second) //nolint:noctx // a test's own server
	if err != nil {
		return "", err
	}
	defer conn.Close()
	//axess:allow L01 a deadline of a socket is real time
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return "", err
	}
	if _, err := conn.Write(append(command("AUTH", RedisPassword), command(words...)...)); err != nil {
		return "", err
	}
	r := bufio.NewReader(conn)
	if _, err := reply(r); err != nil {
		return "", err
	}
	return reply(r)
}

func command(words ...string) []byte {
	b := fmt.Appendf(nil, "*%d\r\n", len(words))
	for _, w := range words {
		b = fmt.Appendf(b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b
}

func reply(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	switch line[0] {
	case '-':
		return "", errors.New("redis: " + line[1:])
	case '$':
		n, err := strconv.Atoi(line[1:])
		if err != nil || n < 0 {
			return "", err
		}
		body := make([]byte, n+2)
		for have := 0; have < len(body); {
			m, err := r.Read(body[have:])
			if err != nil {
				return "", err
			}
			have += m
		}
		return string(body[:n]), nil
	case '*':
		n, err := strconv.Atoi(line[1:])
		if err != nil {
			return "", err
		}
		var all []string
		for range n {
			part, err := reply(r)
			if err != nil {
				return "", err
			}
			all = append(all, part)
		}
		return strings.Join(all, "\n"), nil
	}
	return line[1:], nil
}
