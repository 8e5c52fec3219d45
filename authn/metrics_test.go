package authn_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/store"
)

// sums are the counters of one run by name and labels.
type sums struct {
	metric.Discard
	mu sync.Mutex
	of map[string]int // "name key=value key=value"
}

func (s *sums) Count(name string, labels ...metric.Label) {
	for _, l := range labels {
		name += " " + l.Key().String() + "=" + l.Value()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of[name]++
}

func (s *sums) Observe(name string, _ float64, labels ...metric.Label) { s.Count(name, labels...) }

// total adds up what begins with a name and has all the labels.
func (s *sums) total(name string, labels ...string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for series, count := range s.of {
		parts := strings.Fields(series)
		if parts[0] == name && !slices.ContainsFunc(labels, func(l string) bool { return !slices.Contains(parts, l) }) {
			n += count
		}
	}
	return n
}

func (s *sums) series() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.of))
}

// measured is a rig whose service counts into sums.
func measured(t *testing.T) (*rig, *sums) {
	t.Helper()
	s := &sums{of: map[string]int{}}
	return newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { c.Metrics = s }), s
}

// AUN-173: each thing that is counted, once.
func TestMetrics_count_what_happens(t *testing.T) {
	t.Parallel()
	r, m := measured(t)
	u := r.person(ada)
	b := r.browser()
	want := func(n int, name string, labels ...string) {
		t.Helper()
		if got := m.total(name, labels...); got != n {
			t.Errorf("%s %v is %d, want %d, of %q", name, labels, got, n, m.series())
		}
	}
	b.begin("nobody@example.org")
	b.try(pw("no password"))
	want(1, authn.MetricAttempts, "kind=interactive")
	want(1, authn.MetricDecoys, "reason=unknown_user")
	want(1, authn.MetricFactorResults, "factor=password", "outcome=failure", "reason=mismatch")
	want(1, authn.MetricHashWait)

	b.signIn(ada)
	want(2, authn.MetricAttempts, "kind=interactive")
	want(1, authn.MetricDecoys)
	want(1, authn.MetricFactorResults, "factor=password", "outcome=success")
	want(1, authn.MetricCompletions, "kind=interactive", "outcome=success")

	show := r.app(u)
	r.clock.Advance(time.Minute)
	b.mustStep(anyOf(factor.TOTP), factor.TOTP)
	if out := b.try(code(show())); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	want(1, authn.MetricAttempts, "kind=step_up")
	want(1, authn.MetricCompletions, "kind=step_up", "outcome=success")
	other := r.browser()
	other.begin(ada)
	other.try(pw(goodPassword))
	other.try(code(show())) // spent
	want(1, authn.MetricFactorResults, "factor=totp", "outcome=suspicious", "reason=replay")

	for range 6 {
		other.begin(ada)
		other.try(pw("no password"))
	}
	want(1, authn.MetricLockouts, "kind=user")
	want(1, authn.MetricLockoutRejections)
	want(1, authn.MetricFactorResults, "factor=password", "outcome=locked")

	r.ledger.down = true
	other.begin(ada)
	other.try(pw(goodPassword))
	want(1, authn.MetricLockoutStoreErrors)
	want(1, authn.MetricFactorResults, "factor=password", "outcome=unavailable")
	r.ledger.down = false

	taken := r.browser()
	taken.begin(r.person("late@example.org").Primary().Typed)
	r.failing(map[string]error{"Record/identity.RecordLogin": store.ErrConflict})
	taken.try(pw(goodPassword))
	want(1, authn.MetricCompletions, "kind=interactive", "outcome=failure", "reason=not_active")
	r.failing(nil)

	_, err := r.browser().confirm(r.browser().asks("new@example.org", goodPassword), "another good password")
	must(t, err)
	want(1, authn.MetricCompletions, "kind=signup", "outcome=success")
	p := r.provisioner(open())
	provided(t, p, vouched("Eve", "eve@example.org"), authn.ProvisionCreated)
	provided(t, p, vouched("Eve", "eve@example.org"), authn.ProvisionKnown)
	provides(t, p, vouched("Mallory", "m@example.net"))
	want(1, authn.MetricProvisions, "outcome=created")
	want(1, authn.MetricProvisions, "outcome=known")
	want(1, authn.MetricProvisions, "outcome=failure", "reason=domain")

	if presented, judged := m.total(authn.MetricFactorAttempts), m.total(authn.MetricFactorResults); presented != judged {
		t.Errorf("%d presented, %d judged", presented, judged)
	}
}

// AUN-173: a hash that gets no turn is counted, and its attempt as busy.
func TestMetrics_of_a_full_gate(t *testing.T) {
	t.Parallel()
	s := &sums{of: map[string]int{}}
	var gate *password.Gate
	r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) {
		c.Metrics = s
		var err error
		gate, err = password.NewGate(password.GateConfig{Clock: c.Clock, Params: password.InsecureCheap(), Parallel: 1, Wait: time.Millisecond})
		must(t, err)
		c.Gate = gate
	})
	r.person(ada)
	b := r.browser()
	b.begin(ada)
	pass, err := gate.Enter(t.Context(), r.hasher.Cost(nil))
	must(t, err)
	defer pass.Leave()
	done := make(chan authn.FactorOutcome, 1)
	go func() {
		out, _ := b.verify(pw(goodPassword))
		done <- out
	}()
	for len(done) == 0 {
		r.clock.Advance(time.Millisecond)
		runtime.Gosched()
	}
	if out := <-done; !is[authn.Busy](out) {
		t.Errorf("%T", out)
	}
	if s.total(authn.MetricHashRejects) != 1 || s.total(authn.MetricFactorResults, "outcome=busy") != 1 || s.total(authn.MetricHashWait) != 1 {
		t.Errorf("%q", s.series())
	}
}

// AUN-173, TEL-005: over every verb, right, wrong and with ports that fail, each
// presented credential has one result, labels are of closed sets, and every series
// stands in the book.
func TestMetrics_of_every_verb(t *testing.T) {
	t.Parallel()
	words := constants(t, "../audit", "Reason", "Scope")
	words = append(words, constants(t, ".", "alarm")...)
	for k := range strings.FieldsSeq("interactive signup step_up success failure suspicious locked busy unavailable known joined created " +
		"password totp recovery") {
		words = append(words, k)
	}
	book, err := os.ReadFile("../docs/operations.md")
	must(t, err)
	for _, broken := range []string{"", "AccountByID", "Reserve/1", "Reserve/2", "Commit/1", "Record/identity.Append", "Rotate/1"} {
		r, m := measured(t)
		n := 0
		var mu sync.Mutex
		fault := func(verb string) error {
			mu.Lock()
			defer mu.Unlock()
			if n++; verb == broken && n%2 == 0 {
				return fmt.Errorf("%s: %w", verb, store.ErrUnavailable)
			}
			return nil
		}
		r.ident.hook(fault)
		r.store.hook(fault)
		r.ledger.hook(fault)
		everyVerb(r, &canaries{marks: map[string]string{}, codes: map[string]bool{}})
		for _, k := range []string{"factor=password", "factor=totp"} {
			if presented, judged := m.total(authn.MetricFactorAttempts, k), m.total(authn.MetricFactorResults, k); presented != judged || presented == 0 && broken == "" {
				t.Errorf("%q broken: %s: %d presented, %d judged", broken, k, presented, judged)
			}
		}
		for _, series := range m.series() {
			parts := strings.Fields(series)
			if !strings.Contains(string(book), "`"+parts[0]+"`") {
				t.Errorf("%s is not in the book", parts[0])
			}
			for _, label := range parts[1:] {
				if _, value, _ := strings.Cut(label, "="); !slices.Contains(words, value) {
					t.Errorf("%s: %q is a word of nobody's", series, value)
				}
			}
		}
	}
}

// constants are the values of the constants of some types of a package.
func constants(t *testing.T, dir string, types ...string) (values []string) {
	t.Helper()
	each(t, dir, func(n ast.Node) {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return
		}
		typ, ok := spec.Type.(*ast.Ident)
		lit, is := spec.Values[0].(*ast.BasicLit)
		if !ok || !is || !slices.Contains(types, typ.Name) {
			return
		}
		text, err := strconv.Unquote(lit.Value)
		must(t, err)
		values = append(values, text)
	})
	if len(values) == 0 {
		t.Fatalf("no constants of %v in %s", types, dir)
	}
	return values
}

// each visits the source of a package, without tests.
func each(t *testing.T, dir string, visit func(ast.Node)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && path != dir {
			return cmpErr(err)
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool { visit(n); return true })
		return nil
	})
	must(t, err)
}

func cmpErr(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}

// logged keeps the attributes of records.
type logged struct {
	mu      sync.Mutex
	records []slog.Record
}

func (*logged) Enabled(context.Context, slog.Level) bool { return true }
func (l *logged) WithAttrs([]slog.Attr) slog.Handler     { return l }
func (l *logged) WithGroup(string) slog.Handler          { return l }
func (l *logged) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, r)
	return nil
}

// AUN-172: the log holds a message of the program, a reason of a closed list, each of
// which the book explains, and an error; nothing else, whatever is typed and
// whichever port fails.
func TestLog_has_closed_fields(t *testing.T) {
	t.Parallel()
	reasons := constants(t, ".", "alarm")
	book, err := os.ReadFile("../docs/operations.md")
	must(t, err)
	for _, reason := range reasons {
		if !strings.Contains(string(book), "`authn: "+reason+"`") {
			t.Errorf("the book does not explain %s", reason)
		}
	}
	// No other word becomes a reason.
	each(t, ".", func(n ast.Node) {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 2 {
			return
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "alarm" {
			if id, ok := call.Args[1].(*ast.Ident); !ok || !strings.HasPrefix(id.Name, "alarm") {
				t.Errorf("an alarm with a reason that is no constant: %v", call.Args[1])
			}
		}
	})
	seen := map[string]bool{}
	for _, broken := range []string{"", "AccountByID", "Reserve/1", "Commit/1", "Record/identity.Append"} {
		out := &logged{}
		r := newRig(t, func(c *authn.Config, _ *authn.AccountsConfig) { c.Logger = slog.New(out) })
		n := 0
		var mu sync.Mutex
		fault := func(verb string) error {
			mu.Lock()
			defer mu.Unlock()
			if n++; verb == broken && n%2 == 0 {
				return fmt.Errorf("%s: %w", verb, store.ErrUnavailable)
			}
			return nil
		}
		r.ident.hook(fault)
		r.ledger.hook(fault)
		everyVerb(r, &canaries{marks: map[string]string{}, codes: map[string]bool{}})
		for _, rec := range out.records {
			if !regexp.MustCompile(`^authn: [a-zA-Z_: ]+$`).MatchString(rec.Message) {
				t.Errorf("message %q", rec.Message)
			}
			rec.Attrs(func(a slog.Attr) bool {
				switch {
				case a.Key == "error":
				case a.Key == "reason" && slices.Contains(reasons, a.Value.String()) && rec.Message == "authn: "+a.Value.String():
					seen[a.Value.String()] = true
				default:
					t.Errorf("%s: field %s=%v", rec.Message, a.Key, a.Value)
				}
				return true
			})
		}
	}
	for _, must := range []string{"ledger_outage", "unavailable"} {
		if !seen[must] {
			t.Errorf("the runs did not get as far as %s", must)
		}
	}
}
