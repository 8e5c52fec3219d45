package main

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/logtest"
)

// mute listens, takes connections and says nothing.
func mute(t *testing.T) (addr string, taken <-chan struct{}) {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	came := make(chan struct{}, 64)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			came <- struct{}{}
		}
	}()
	t.Cleanup(func() { _ = ln.Close() })
	return ln.Addr().String(), came
}

// Whoever is told to stop while it waits for a server has ended well: exit code 4
// would keep a supervisor from starting it again. CLI-009, CLI-024
func TestServe_is_stopped_while_it_waits_for_a_server(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"mysql", "postgres"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			addr, taken := mute(t)
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			var errs, out logtest.Buffer
			code := make(chan int, 1)
			go func() {
				code <- run(ctx, testProcess(nil, &out, &errs, "serve", "--addr", "127.0.0.1:0", "--data", t.TempDir(), "--dsn", scheme+"://x@"+addr+"/x"))
			}()
			<-taken
			stop()
			if got := <-code; got != 0 || errs.String() != "" {
				t.Errorf("exit %d:\n%s", got, errs.String())
			}
		})
	}
}
