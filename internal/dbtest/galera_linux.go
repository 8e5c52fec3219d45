package dbtest

import (
	"errors"
	"os"
	"strings"
)

// galeraProvider is the library that makes a server a node of a cluster.
const galeraProvider = "/usr/lib/galera/libgalera_smm.so"

// Galera starts a cluster of n nodes, each of which takes writes. A node that was
// killed comes back with Start and joins the others again. They are told dead after a
// second, not after five, so that tests need not wait.
func Galera(n int) (nodes []*MySQLServer, err error) {
	if _, err := os.Stat(galeraProvider); err != nil {
		return nil, &AbsentError{"Galera", "make servers installs it"}
	}
	defer func() {
		if err != nil {
			for _, s := range nodes {
				err = errors.Join(err, s.Stop())
			}
		}
	}()
	addresses := make([]string, n)
	for i := range addresses {
		port, err := freePortIn(firstGaleraPort, lastGaleraPort)
		if err != nil {
			return nil, err
		}
		addresses[i] = "127.0.0.1:" + port
	}
	for i := range n {
		s, err := galeraNode(addresses, i)
		if s != nil {
			nodes = append(nodes, s)
		}
		if err != nil {
			return nodes, err
		}
	}
	return nodes, nil
}

// galeraNode starts a node; the first one makes the cluster.
func galeraNode(addresses []string, i int) (*MySQLServer, error) {
	dir, u, err := mariadbData("galera")
	if err != nil {
		return nil, err
	}
	var ports [3]string
	for i := range ports {
		if ports[i], err = freePortIn(firstGaleraPort, lastGaleraPort); err != nil {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
	_, base, _ := strings.Cut(addresses[i], ":")
	s, err := mariadbServer(dir, u, ports[0],
		"--binlog-format=ROW", "--default-storage-engine=InnoDB", "--innodb-autoinc-lock-mode=2",
		"--wsrep-on=ON", "--wsrep-provider="+galeraProvider, "--wsrep-cluster-name=axess",
		"--wsrep-node-address="+addresses[i], "--wsrep-sst-method=rsync", "--wsrep-sst-receive-address=127.0.0.1:"+ports[2],
		"--wsrep-provider-options=gmcast.listen_addr=tcp://"+addresses[i]+";base_port="+base+";ist.recv_addr=127.0.0.1:"+ports[1]+
			";gcache.size=32M;evs.suspect_timeout=PT3S;evs.inactive_timeout=PT12S")
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	whole := s.args
	s.args = append(whole[:len(whole):len(whole)], "--wsrep-cluster-address=gcomm://"+strings.Join(addresses[:i], ","))
	err = s.Start()
	s.args = append(whole[:len(whole):len(whole)], "--wsrep-cluster-address=gcomm://"+strings.Join(addresses, ","))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.recovers = true
	return s, nil
}
