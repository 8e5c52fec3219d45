package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/redis/go-redis/v9"

	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/valkey"
)

const (
	redisSource  = "github.com/alexedwards/scs/goredisstore v0.0.0-20250212122300"
	nameSCSRedis = "scs, goredisstore"
	nameCold     = "axess, without local cache"
	nameOnMemory = "axess, memory store"
)

// valkeyServer is one server for all entries of a contest, whose keys have a prefix of
// their own each.
type valkeyServer struct {
	*dbtest.RedisServer
	prefixes int
}

func (v *valkeyServer) start() (stop func() error, err error) {
	if v.RedisServer, err = dbtest.Redis(); err != nil {
		return nil, err
	}
	return v.Stop, nil
}

// prefix is one that nobody has had.
func (v *valkeyServer) prefix() string {
	v.prefixes++
	return fmt.Sprintf("bench%d", v.prefixes)
}

// valkeyContest is the read contest on Valkey, or what the machine has of its kind:
// warm, from the copies in the process that the server ends, and cold.
func valkeyContest() Contest {
	v := &valkeyServer{}
	ours := func(sessions, memo int, opts ...valkey.Option) func(string) (Subject, error) {
		return func(string) (Subject, error) { return v.axess(sessions, memo, opts...) }
	}
	scs := func(sessions int, idle time.Duration) func(string) (Subject, error) {
		return func(string) (Subject, error) { return v.scs(sessions, idle) }
	}
	cold := valkey.WithoutLocalCache("what a session costs that this process has not seen lately")
	return Contest{
		Name:  "valkey",
		Title: "Authenticated read through the session middleware, sessions in Valkey",
		Start: v.start,
		Entries: []Entry{
			{Name: nameAxess, Make: ours(1, 0)},
			{Name: nameAxess + nameNetwork, Make: ours(manyOnDisk, 0)},
			{Name: nameAnew, Make: ours(1, session.WithoutMemo)},
			{Name: nameCold, Make: ours(1, 0, cold)},
			{Name: nameCold + nameNetwork, Make: ours(manyOnDisk, 0, cold)},
			{Name: nameOnMemory, Make: func(string) (Subject, error) { return axessOn(memory.New(memory.Config{}).Stores(), 1, 0) }},
			{Name: nameSCSRedis, Source: redisSource, Make: scs(1, 0)},
			{Name: nameSCSRedis + nameWithIdle, Source: redisSource, Make: scs(1, idle)},
			{Name: nameSCSRedis + nameWithIdle + nameNetwork, Source: redisSource, Beside: nameCold + nameNetwork, Make: scs(manyOnDisk, idle)},
		},
		Bars: []Bar{
			{Entry: nameAxess, Against: nameOnMemory, Ratio: 1.30},
			{Entry: nameCold, Against: nameSCSRedis, Ratio: 1.00},
			{Entry: nameCold, Against: nameSCSRedis + nameWithIdle, Ratio: 1.00},
		},
	}
}

func (v *valkeyServer) axess(sessions, memo int, opts ...valkey.Option) (Subject, error) {
	b, err := valkey.Open(context.Background(), v.URL, append(opts, valkey.WithPrefix(v.prefix()))...)
	if err != nil {
		return nil, err
	}
	return axessOn(b.Stores(), sessions, memo)
}

func (v *valkeyServer) client() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: v.Addr, Password: dbtest.RedisPassword})
}

func (v *valkeyServer) scs(sessions int, idle time.Duration) (Subject, error) {
	prefix := v.prefix() + ":"
	return scsOn(sessions, idle, func(m *scs.SessionManager) { m.Store = goredisstore.NewWithPrefix(v.client(), prefix) })
}
