// Package metric is the hole through which every package counts.
//
// A package takes a [Sink] at construction and tells it what happened; which
// system collects the numbers is decided far above. [Discard] is the default,
// [Recorder] is for tests.
//
//	m.Count("axess.runner.runs", metric.L(metric.Job, "mail"), metric.L(metric.Outcome, "ok"))
//	m.Observe("axess.session.load.duration", d.Seconds())
//
// It is not for logs and not for audit events. A label never identifies anybody:
// keys are a closed set, and values are names the program was written with (a
// factor, a reason, a job), never a user, a session, an address or an error
// text. [Label.Value] enforces the shape; the Recorder reports violations.
//
// Requirements: TEL-005 (the shape of labels).
package metric

// Sink takes measurements. Implementations are safe for concurrent use, never
// block, never panic and keep no reference to labels. Names are constants in
// lower case, dotted, beginning with "axess."; durations are in seconds, sizes
// in bytes.
//
// A call with labels may allocate the slice; a hot path keeps one and passes it
// with `labels...`.
type Sink interface {
	// Count adds one to a counter.
	Count(name string, labels ...Label)
	// Gauge sets what a level is now.
	Gauge(name string, v float64, labels ...Label)
	// Observe adds v to a distribution.
	Observe(name string, v float64, labels ...Label)
}

// Key is a label's key. The set is closed.
type Key uint8

// The keys.
const (
	Outcome   Key = iota + 1 // how it ended: ok, error, panic, refused, …
	Reason                   // why, from the package's closed list of reasons
	Kind                     // of event, mail, token
	Factor                   // identity.Kind
	Method                   // name of a login method
	Op                       // verb of a port or step of a flow
	Store                    // name of a backend
	Job                      // background job
	Layer                    // middleware or control
	Component                // part of a whole, as of a binding
	Action                   // what was done about it
	Kid                      // id of a key, eight hexadecimal digits, or other
)

// String returns the key's name in lower case, "invalid" outside the set.
func (k Key) String() string {
	switch k {
	case Outcome:
		return "outcome"
	case Reason:
		return "reason"
	case Kind:
		return "kind"
	case Factor:
		return "factor"
	case Method:
		return "method"
	case Op:
		return "op"
	case Store:
		return "store"
	case Job:
		return "job"
	case Layer:
		return "layer"
	case Component:
		return "component"
	case Action:
		return "action"
	case Kid:
		return "kid"
	}
	return Invalid
}

// Label is one dimension of a measurement.
type Label struct {
	key   Key
	value string
}

// Invalid stands for a value or key that must not reach a metric system.
const Invalid = "invalid"

// L makes a label.
func L(k Key, value string) Label { return Label{k, value} }

// Key returns the label's key.
func (l Label) Key() Key { return l.key }

// Value returns the label's value, or [Invalid] if it does not look like a name
// from a program's own vocabulary: 1 to 32 of the characters a-z 0-9 _ . : with
// at most four digits. Ids, digests, addresses, e-mails and error texts do not.
// The one exception is the id of a key: a program has a handful of them, and they
// name nobody. A sink reads values only through this method.
func (l Label) Value() string {
	if l.key == Kid && hexID(l.value) {
		return l.value
	}
	if len(l.value) == 0 || len(l.value) > 32 {
		return Invalid
	}
	digits := 0
	for i := range len(l.value) {
		switch c := l.value[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'a' && c <= 'z', c == '_', c == '.', c == ':':
		default:
			return Invalid
		}
	}
	if digits > 4 {
		return Invalid
	}
	return l.value
}

// hexID: eight digits, as key ids are printed.
func hexID(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 8
}

// Discard is a Sink that forgets.
type Discard struct{}

// Count does nothing.
func (Discard) Count(string, ...Label) {}

// Gauge does nothing.
func (Discard) Gauge(string, float64, ...Label) {}

// Observe does nothing.
func (Discard) Observe(string, float64, ...Label) {}
