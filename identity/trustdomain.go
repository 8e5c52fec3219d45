package identity

import (
	"errors"
	"fmt"
	"strings"
)

// Limits of SPIFFE names in bytes; a value of exactly the limit is accepted.
const (
	MaxTrustDomain = 255
	MaxWorkloadID  = 2048
)

// ErrWorkloadID is the class of every refusal of a trust domain or a workload
// id. The text names the rule, never the input.
var ErrWorkloadID = errors.New("identity: workload id invalid")

// spiffeScheme is exact: a scheme in another case is another name (PRN-025).
const spiffeScheme = "spiffe://"

// TrustDomain is the authority that vouches for workloads: 1 to 255 bytes of
// [a-z0-9._-], as the SPIFFE ID standard §2.1 says. Comparison is byte equality.
// The zero value is invalid.
type TrustDomain struct{ name string }

// ParseTrustDomain reads a bare name, without scheme. Nothing is folded or
// repaired: what does not fit is an error. Error: [ErrWorkloadID] (PRN-020).
func ParseTrustDomain(s string) (TrustDomain, error) {
	if len(s) < 1 || len(s) > MaxTrustDomain {
		return TrustDomain{}, fmt.Errorf("%w: trust domain is not 1 to %d bytes", ErrWorkloadID, MaxTrustDomain)
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && !spiffeMark(c) {
			return TrustDomain{}, fmt.Errorf("%w: character of the trust domain", ErrWorkloadID)
		}
	}
	return TrustDomain{s}, nil
}

// spiffeMark is what trust domains and segments share beside letters.
func spiffeMark(c byte) bool {
	return '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-'
}

// IsZero reports the invalid zero value.
func (d TrustDomain) IsZero() bool { return d.name == "" }

// String prints the bare name.
func (d TrustDomain) String() string { return d.name }

// MarshalText implements encoding.TextMarshaler with the bare name.
func (d TrustDomain) MarshalText() ([]byte, error) { return []byte(d.name), nil }

// UnmarshalText implements encoding.TextUnmarshaler by [ParseTrustDomain].
func (d *TrustDomain) UnmarshalText(b []byte) error {
	v, err := ParseTrustDomain(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// WorkloadID names a program: spiffe://<trust domain>[/segment…], at most 2048
// bytes. A segment is 1 or more of [A-Za-z0-9._-] and neither "." nor "..".
// There is no userinfo, port, query, fragment, percent-encoding, empty segment
// or trailing slash (SPIFFE ID standard §2). Comparison is byte equality, so two
// ids are the same if they are == (PRN-025). The zero value is invalid.
type WorkloadID struct{ uri string }

// ParseWorkloadID reads a workload id. A trust domain without a path parses, but
// is no leaf: [WorkloadID.IsLeaf]. Error: [ErrWorkloadID] (PRN-021, PRN-022).
func ParseWorkloadID(s string) (WorkloadID, error) {
	if len(s) > MaxWorkloadID { // before any work on it
		return WorkloadID{}, fmt.Errorf("%w: longer than %d bytes", ErrWorkloadID, MaxWorkloadID)
	}
	rest, ok := strings.CutPrefix(s, spiffeScheme)
	if !ok {
		return WorkloadID{}, fmt.Errorf("%w: does not begin with %s", ErrWorkloadID, spiffeScheme)
	}
	domain, path, hasPath := strings.Cut(rest, "/")
	if _, err := ParseTrustDomain(domain); err != nil {
		return WorkloadID{}, err
	}
	if hasPath {
		for segment := range strings.SplitSeq(path, "/") {
			if err := checkSegment(segment); err != nil {
				return WorkloadID{}, err
			}
		}
	}
	return WorkloadID{s}, nil
}

// BuildWorkloadID joins segments under a trust domain. Segments are checked,
// never escaped or repaired: text of a claim that does not fit is an error
// (PRN-024). Error: [ErrWorkloadID].
func BuildWorkloadID(d TrustDomain, segments ...string) (WorkloadID, error) {
	if d.IsZero() {
		return WorkloadID{}, fmt.Errorf("%w: no trust domain", ErrWorkloadID)
	}
	uri := spiffeScheme + d.name
	for _, s := range segments {
		// Here, because a slash within one segment would parse as two.
		if err := checkSegment(s); err != nil {
			return WorkloadID{}, err
		}
		uri += "/" + s
	}
	return ParseWorkloadID(uri)
}

func checkSegment(s string) error {
	if s == "" || s == "." || s == ".." {
		return fmt.Errorf("%w: a segment is empty or made of dots", ErrWorkloadID)
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && !spiffeMark(c) {
			return fmt.Errorf("%w: character of a segment", ErrWorkloadID)
		}
	}
	return nil
}

// IsZero reports the invalid zero value.
func (w WorkloadID) IsZero() bool { return w.uri == "" }

// String prints the URI.
func (w WorkloadID) String() string { return w.uri }

// TrustDomain is the authority part.
func (w WorkloadID) TrustDomain() TrustDomain {
	domain, _, _ := strings.Cut(strings.TrimPrefix(w.uri, spiffeScheme), "/")
	return TrustDomain{domain}
}

// Path is everything behind the trust domain, with its leading slash, or empty.
func (w WorkloadID) Path() string {
	return strings.TrimPrefix(w.uri, spiffeScheme+w.TrustDomain().name)
}

// IsLeaf reports that the id names a workload, not a whole trust domain. Only a
// leaf ever authenticates (PRN-023).
func (w WorkloadID) IsLeaf() bool { return w.Path() != "" }

// MarshalText implements encoding.TextMarshaler with the URI.
func (w WorkloadID) MarshalText() ([]byte, error) { return []byte(w.uri), nil }

// UnmarshalText implements encoding.TextUnmarshaler by [ParseWorkloadID].
func (w *WorkloadID) UnmarshalText(b []byte) error {
	v, err := ParseWorkloadID(string(b))
	if err != nil {
		return err
	}
	*w = v
	return nil
}
