//go:build !linux

package dbtest

// RedisPassword is what the servers ask for.
const RedisPassword = "axess-test-key"

// RedisServer exists on Linux alone; see [PostgresServer].
type RedisServer struct{ URL, Addr, CA string }

// Cluster exists on Linux alone; see [PostgresServer].
type Cluster struct {
	URL   string
	Nodes []*RedisServer
}

func absentRedis() error { return &AbsentError{"Redis", "run the tests on Linux"} }

// Redis is an [AbsentError].
func Redis(...string) (*RedisServer, error) { return nil, absentRedis() }

// RedisTLS is an [AbsentError].
func RedisTLS(...string) (*RedisServer, error) { return nil, absentRedis() }

// RedisReplica is an [AbsentError].
func RedisReplica(*RedisServer, ...string) (*RedisServer, error) { return nil, absentRedis() }

// RedisCluster is an [AbsentError].
func RedisCluster(int, ...string) (*Cluster, error) { return nil, absentRedis() }

// Start fails.
func (*RedisServer) Start() error { return errLinux }

// Kill fails.
func (*RedisServer) Kill() error { return errLinux }

// Pause fails.
func (*RedisServer) Pause() error { return errLinux }

// Resume fails.
func (*RedisServer) Resume() error { return errLinux }

// Stop fails.
func (*RedisServer) Stop() error { return errLinux }

// Say fails.
func (*RedisServer) Say(...string) (string, error) { return "", errLinux }

// Grow fails.
func (*Cluster) Grow() (*RedisServer, error) { return nil, errLinux }

// Wait fails.
func (*Cluster) Wait() error { return errLinux }

// Stop fails.
func (*Cluster) Stop() error { return errLinux }
