package bench

import (
	"context"
	"strconv"
	"strings"
	"testing"
)

// A read that is warm asks the server for nothing, but for the proof that copies may
// still be used, about once a second.
func TestValkey_warm_reads_stay_in_the_process(t *testing.T) {
	t.Parallel()
	v := &valkeyServer{}
	start(t, Contest{Start: v.start})
	subject, err := v.axess(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	client := v.client()
	t.Cleanup(func() { _ = client.Close() })
	served := func() int {
		t.Helper()
		info, err := client.Info(context.Background(), "stats").Result()
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(info, "total_commands_processed:")
		text, _, _ := strings.Cut(rest, "\r")
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := subject.Check(); err != nil { // warms it
		t.Fatal(err)
	}
	const reads = 2_000
	before := served()
	for range reads {
		if err := subject.Check(); err != nil {
			t.Fatal(err)
		}
	}
	if asked := served() - before; asked > reads/10 {
		t.Errorf("%d reads asked the server %d times", reads, asked)
	}
}
