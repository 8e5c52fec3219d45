package metric_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/axess-go/axess/metric"
)

// TEL-005: user, session, device, address and raw error text never label a
// metric.
func TestLabel_lets_only_names_through(t *testing.T) {
	t.Parallel()
	for _, ok := range []string{"ok", "totp", "federated:google", "session.load", "sha_256", "tls1.3", "email_otp"} {
		if got := metric.L(metric.Kind, ok).Value(); got != ok {
			t.Errorf("%q became %q", ok, got)
		}
	}
	for _, bad := range []string{
		"", "ada@example.com", "192.0.2.17", "2001:db8::1234:5678",
		"6f1c0d52-6a0e-4b1e-9a51-0d1f3f0a77aa", "6f1c0d526a0e4b1e", "Ada", "two words",
		"dial tcp: refused", "ü", "line\nbreak", strings.Repeat("a", 33), "user_12345",
	} {
		if got := metric.L(metric.Reason, bad).Value(); got != metric.Invalid {
			t.Errorf("%q reached the metrics as %q", bad, got)
		}
	}
}

// TEL-005: the id of a key is let through as one, and nothing else of its length.
func TestLabel_lets_key_ids_through(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{"0123cdef": "0123cdef", "12345678": "12345678", "other": "other", "0123456789abcdef": metric.Invalid, "1234567g": metric.Invalid} {
		if got := metric.L(metric.Kid, value).Value(); got != want {
			t.Errorf("%q became %q, want %q", value, got, want)
		}
	}
	if got := metric.L(metric.Kind, "12345678").Value(); got != metric.Invalid {
		t.Errorf("a kind became %q", got)
	}
}

func TestKey_set_is_closed(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for k := metric.Outcome; k.String() != metric.Invalid; k++ {
		if seen[k.String()] {
			t.Errorf("two keys are called %s", k)
		}
		seen[k.String()] = true
	}
	if len(seen) != 12 {
		t.Errorf("%d keys", len(seen))
	}
	if metric.Key(0).String() != metric.Invalid || metric.Key(200).String() != metric.Invalid {
		t.Error("a key from nowhere has a name")
	}
}

func TestRecorder_remembers_by_name_and_labels_in_any_order(t *testing.T) {
	t.Parallel()
	var r metric.Recorder
	a, b := metric.L(metric.Job, "mail"), metric.L(metric.Outcome, "ok")
	r.Count("runs", a, b)
	r.Count("runs", b, a)
	r.Count("runs", a)
	r.Gauge("depth", 3)
	r.Gauge("depth", 2)
	r.Observe("took", 0.5, a)
	r.Observe("took", 0.25, a)
	if n := r.Counted("runs", b, a); n != 2 {
		t.Errorf("counted %d", n)
	}
	if n := r.Counted("runs"); n != 0 {
		t.Errorf("without labels %d", n)
	}
	if v, ok := r.Level("depth"); v != 2 || !ok {
		t.Errorf("level %v %v", v, ok)
	}
	if _, ok := r.Level("nothing"); ok {
		t.Error("a level from nowhere")
	}
	if got := r.Observed("took", a); !slices.Equal(got, []float64{0.5, 0.25}) {
		t.Errorf("observed %v", got)
	}
	want := []string{"count runs job=mail", "count runs job=mail outcome=ok", "gauge depth", "observe took job=mail"}
	if got := r.Series(); !slices.Equal(got, want) {
		t.Errorf("series %q", got)
	}
}

func TestRecorder_reports_labels_that_are_not_names(t *testing.T) {
	t.Parallel()
	var r metric.Recorder
	r.Count("ok", metric.L(metric.Reason, "invalid_credentials"))
	if got := r.Violations(); len(got) != 0 {
		t.Fatalf("violations %q", got)
	}
	r.Count("a", metric.L(metric.Reason, "ada@example.com"))
	r.Count("b", metric.L(metric.Key(99), "ok"))
	if got := r.Violations(); len(got) != 2 || strings.Contains(strings.Join(got, ""), "ada") {
		t.Fatalf("violations %q", got)
	}
}

func TestSinks_are_safe_for_concurrent_use(t *testing.T) {
	t.Parallel()
	var r metric.Recorder
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for _, s := range []metric.Sink{&r, metric.Discard{}} {
				s.Count("c")
				s.Gauge("g", 1)
				s.Observe("o", 1)
			}
		})
	}
	wg.Wait()
	if r.Counted("c") != 32 {
		t.Errorf("counted %d", r.Counted("c"))
	}
}

func ExampleRecorder() {
	var r metric.Recorder
	var sink metric.Sink = &r
	sink.Count("axess.runner.runs", metric.L(metric.Job, "sweep"), metric.L(metric.Outcome, "ok"))
	fmt.Println(r.Series())
	// Output: [count axess.runner.runs job=sweep outcome=ok]
}
