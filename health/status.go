package health

// Status says whether requests should be sent here. The zero value is Unhealthy:
// what nobody has looked at is not known to work.
type Status uint8

// The states, from bad to good. A Degraded program still answers requests.
const (
	Unhealthy Status = iota
	Degraded
	Healthy
)

// String returns the state's name.
func (s Status) String() string {
	switch s {
	case Healthy:
		return "healthy"
	case Degraded:
		return "degraded"
	case Unhealthy:
	}
	return "unhealthy"
}

// Ready reports whether requests may be sent.
func (s Status) Ready() bool { return s == Healthy || s == Degraded }

// Result is what one check found. The zero value is Unhealthy without a reason.
type Result struct {
	Status Status
	Reason string // for operators; empty when healthy
}

// IsHealthy is the result of a part that works.
func IsHealthy() Result { return Result{Status: Healthy} }

// IsDegraded is the result of a part that works, but not as it should.
func IsDegraded(reason string) Result { return Result{Degraded, reason} }

// IsUnhealthy is the result of a part that does not work.
func IsUnhealthy(reason string) Result { return Result{Unhealthy, reason} }

// Finding is the result of a named check.
type Finding struct {
	Name string
	Result
}

// Report is what all checks found. Its status is that of the worst.
type Report struct {
	Status   Status
	Findings []Finding // in the order in which the checks were given
}
