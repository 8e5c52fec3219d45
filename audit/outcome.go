package audit

// Outcome says how something ended (AUD-002).
type Outcome uint8

// The outcomes. The zero outcome is invalid.
const (
	Success Outcome = iota + 1
	Failure
	// Locked: refused unseen, because too much failed before.
	Locked
	// Expired: it came too late.
	Expired
	// Suspicious: it looks like an attack, for instance a code used twice.
	Suspicious
	// Info: it happened by itself.
	Info
)

// String returns the word used in events; "" for an invalid outcome.
func (o Outcome) String() string {
	switch o {
	case Success:
		return "success"
	case Failure:
		return "failure"
	case Locked:
		return "locked"
	case Expired:
		return "expired"
	case Suspicious:
		return "suspicious"
	case Info:
		return "info"
	}
	return ""
}

func parseOutcome(s string) (Outcome, bool) {
	for o := Success; o <= Info; o++ {
		if o.String() == s {
			return o, true
		}
	}
	return 0, false
}

// outcomes is a set of them.
type outcomes uint8

func anyOf(list ...Outcome) outcomes {
	var s outcomes
	for _, o := range list {
		s |= 1 << o
	}
	return s
}

func (s outcomes) has(o Outcome) bool { return o >= Success && o <= Info && s&(1<<o) != 0 }

// Class says what may happen to an event under pressure (AUD-002): bulk may be
// coalesced, normal may be dropped with a gap noted, critical never.
type Class uint8

// The classes. The zero class is invalid.
const (
	Critical Class = iota + 1
	Normal
	Bulk
)

// String returns the word used in events; "" for an invalid class.
func (c Class) String() string {
	switch c {
	case Critical:
		return "critical"
	case Normal:
		return "normal"
	case Bulk:
		return "bulk"
	}
	return ""
}

func parseClass(s string) (Class, bool) {
	for c := Critical; c <= Bulk; c++ {
		if c.String() == s {
			return c, true
		}
	}
	return 0, false
}
