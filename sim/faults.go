package sim

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Faults are rates, each in a million of what they befall, and how far clocks are off.
type Faults struct {
	// Of calls of a store: they do not reach it, their answer is lost, they arrive
	// twice, they take up to 30 s, and the server dies at their beginning or end.
	Fail, LostAck, Twice, Delay, CrashPoint int
	// Of what a replica is asked: from then on it lags, by up to five seconds.
	Stale int
	// Of answers: they do not reach the browser, or others and newer mails overtake them.
	Lost, Reorder int
	// Of mails: from then on the mail server takes none for up to ten minutes.
	Mail int
	// Of requests, during or after which a server dies, is cut off from its store for up
	// to a minute, stands still for as long, or has its clock set by up to five minutes
	// either way, or up to 90 s back; the store answers and takes no write from anybody for
	// up to a minute, as with a full disk or a primary that steps down; it fails over, or a
	// new release is rolled out, with the next phase of a change of all keys.
	Crash, Partition, Pause, Jump, Back, ReadOnly, Failover, Deploy int
	// Of starts of a server, which then hears of nothing that the store would tell it.
	NotifyLoss int
	// Of requests, during which somebody who can write to the database edits it.
	Tamper int
	// Skew is how far clocks of servers are off from the beginning; they also run fast or
	// slow by up to 200 millionths.
	Skew time.Duration
}

// kind is a fault with its name in a specification.
type kind struct {
	name string
	rate *int
}

// kinds are those that have a rate, in the order in which they are told.
func (f *Faults) kinds() []kind {
	return []kind{
		{"fail", &f.Fail},
		{"lostack", &f.LostAck},
		{"dup", &f.Twice},
		{"delay", &f.Delay},
		{"crashpoint", &f.CrashPoint},
		{"stale", &f.Stale},
		{"lost", &f.Lost},
		{"reorder", &f.Reorder},
		{"mail", &f.Mail},
		{"crash", &f.Crash},
		{"partition", &f.Partition},
		{"pause", &f.Pause},
		{"jump", &f.Jump},
		{"back", &f.Back},
		{"readonly", &f.ReadOnly},
		{"failover", &f.Failover},
		{"deploy", &f.Deploy},
		{"notifyloss", &f.NotifyLoss},
		{"tamper", &f.Tamper},
	}
}

// Light, Default, Heavy and Chaos are sets of rates (SIM-040).
func Light() Faults {
	f := Default()
	for _, k := range f.kinds() {
		*k.rate /= 10
	}
	f.Skew = time.Second
	return f
}

// Default faults.
func Default() Faults {
	return Faults{
		Fail: 5000, LostAck: 5000, Twice: 2000, Delay: 20_000, CrashPoint: 500,
		Stale: 50_000, Lost: 5000, Reorder: 10_000, Mail: 10_000,
		Crash: 5000, Partition: 5000, Pause: 3000, Jump: 1500, Back: 600, ReadOnly: 3000, Failover: 1500, Deploy: 3000,
		NotifyLoss: 100_000, Skew: 2 * time.Second,
	}
}

// Heavy faults.
func Heavy() Faults { return times(5) }

// Chaos is more than a site can be asked to bear: nothing that must not be is, but little
// else may happen.
func Chaos() Faults { return times(20) }

func times(n int) Faults {
	f := Default()
	for _, k := range f.kinds() {
		*k.rate = min(n**k.rate, million/3)
	}
	return f
}

// million is what rates are counted in.
const million = 1_000_000

// ErrFaults answers a specification of faults that cannot be meant.
var ErrFaults = errors.New("sim: faults")

// ParseFaults reads what goes wrong, as in "default,crash=1e-3,skew=90s": sets and kinds
// in order, the later in place of the earlier. A set is none, light, default, heavy or
// chaos; a rate is from 0 to 1, and skew is a time. Error: [ErrFaults], which names what
// was nearest.
func ParseFaults(spec string) (Faults, error) {
	var f Faults
	if len(spec) > 4096 {
		return Faults{}, fmt.Errorf("%w: %.40q goes on for too long", ErrFaults, spec)
	}
	for part := range strings.SplitSeq(spec, ",") {
		name, value, rated := strings.Cut(strings.TrimSpace(part), "=")
		if !rated {
			set, ok := sets()[name]
			if !ok {
				return Faults{}, fmt.Errorf("%w: %.40q is no set of faults: did you mean %s?", ErrFaults, name, nearest(name, []string{"none", "light", "default", "heavy", "chaos"}))
			}
			f = set
			continue
		}
		if err := f.set(name, value); err != nil {
			return Faults{}, err
		}
	}
	return f, nil
}

func (f *Faults) set(name, value string) error {
	if name == "skew" {
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 || d > time.Hour {
			return fmt.Errorf("%w: skew is a time of up to an hour such as 90s, not %.40q", ErrFaults, value)
		}
		f.Skew = d
		return nil
	}
	for _, k := range f.kinds() {
		if k.name != name {
			continue
		}
		r, err := strconv.ParseFloat(value, 64)
		if err != nil || !(r >= 0 && r <= 1) {
			return fmt.Errorf("%w: %s is a rate from 0 to 1 such as 1e-3, not %.40q", ErrFaults, name, value)
		}
		*k.rate = int(r*million + 0.5)
		return nil
	}
	return fmt.Errorf("%w: %.40q is no kind of fault: did you mean %s?", ErrFaults, name, nearest(name, append(FaultKinds(), "skew")))
}

// String is the specification that [ParseFaults] reads as these faults.
func (f Faults) String() string {
	parts := []string{"none"}
	for _, k := range f.kinds() {
		if *k.rate > 0 {
			parts = append(parts, fmt.Sprintf("%s=%g", k.name, float64(*k.rate)/million))
		}
	}
	if f.Skew > 0 {
		parts = append(parts, "skew="+f.Skew.String())
	}
	return strings.Join(parts, ",")
}

func sets() map[string]Faults {
	return map[string]Faults{"none": {}, "light": Light(), "default": Default(), "heavy": Heavy(), "chaos": Chaos()}
}

// FaultKinds are the names of the faults that have a rate.
func FaultKinds() []string {
	var out []string
	for _, k := range (&Faults{}).kinds() {
		out = append(out, k.name)
	}
	return out
}

// nearest is the word that takes the fewest changes of letters.
func nearest(word string, of []string) string {
	best, least := "", 1<<30
	for _, w := range of {
		if d := distance(word, w); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance is Levenshtein's, of short words.
func distance(a, b string) int {
	a = a[:min(len(a), 40)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, before+1)
		}
	}
	return row[len(b)]
}
