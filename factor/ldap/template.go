package ldap

import (
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"
)

// The slots of templates.
const (
	slotUser = "{user}"
	slotDN   = "{dn}"
)

// template is a text with one slot. What is put into the slot is never read again.
type template struct{ before, after string }

func (t template) fill(escaped string) string { return t.before + escaped + t.after }

// parseTemplate takes a text in which slot stands once, and no other slot.
func parseTemplate(field, s, slot string) (template, error) {
	before, after, found := strings.Cut(s, slot)
	if !found || strings.Contains(after, slot) {
		return template{}, bad(field, "must hold "+slot+" once")
	}
	if strings.ContainsAny(before+after, "{}\x00") {
		return template{}, bad(field, "holds another brace, or a zero byte")
	}
	return template{before, after}, nil
}

// parseFilter takes a filter in which slot is the whole value of an equality: anything
// wider would let a name find somebody else's entry.
func parseFilter(field, s, slot string) (template, error) {
	t, err := parseTemplate(field, s, slot)
	if err != nil {
		return template{}, err
	}
	if !t.holds(filterValues, escapeFilter, true) {
		return template{}, bad(field, "is no filter with an equality to "+slot)
	}
	return t, nil
}

// probes are names that a template has to survive: each must come back as one value.
var probes = []string{"x", ` #axess,probe=+;<>"\\*()`, "a{user}b", "\x00\xff ", "* "}

// holds reports whether values finds each probe once in the filled template, as a part of
// a value or as a whole one, and otherwise the same values.
func (t template) holds(values func(string) ([]string, bool), escape func(string) string, whole bool) bool {
	parts := -1
	for _, probe := range probes {
		got, ok := values(t.fill(escape(probe)))
		if !ok || parts >= 0 && len(got) != parts {
			return false
		}
		parts = len(got)
		found := 0
		for _, v := range got {
			if v == probe || !whole && strings.Contains(v, probe) {
				found++
			}
		}
		if found != 1 && probe != "x" { // an x may be anywhere
			return false
		}
	}
	return true
}

// dnValues are the values of a distinguished name, in order.
func dnValues(s string) ([]string, bool) {
	dn, err := goldap.ParseDN(s)
	if err != nil || len(dn.RDNs) == 0 {
		return nil, false
	}
	var out []string
	for _, rdn := range dn.RDNs {
		for _, a := range rdn.Attributes {
			out = append(out, a.Value)
		}
	}
	return out, true
}

// filterValues are the values of the equalities of a filter, in order, but for those
// behind a negation: what does not fit a name is everybody else.
func filterValues(s string) ([]string, bool) {
	p, err := goldap.CompileFilter(s)
	if err != nil {
		return nil, false
	}
	return equalities(nil, p), true
}

func equalities(out []string, p *ber.Packet) []string {
	switch {
	case p.ClassType != ber.ClassContext, p.Tag == goldap.FilterNot:
		return out
	case p.Tag == goldap.FilterEqualityMatch && len(p.Children) == 2:
		return append(out, p.Children[1].Data.String())
	}
	for _, c := range p.Children {
		out = equalities(out, c)
	}
	return out
}

const hexDigits = "0123456789abcdef"

// escapeDN makes any bytes the value of an attribute (RFC 4514 §2.4). What the grammar
// would let stand at some places only is escaped at all of them; bytes that are no ASCII
// are too, because they may be no UTF-8.
func escapeDN(s string) string {
	var b strings.Builder
	for i, c := range []byte(s) {
		switch {
		case c < ' ' || c > '~':
			b.Write([]byte{'\\', hexDigits[c>>4], hexDigits[c&15]})
		case strings.IndexByte(`"+,;<>\=#`, c) >= 0, c == ' ' && (i == 0 || i == len(s)-1):
			b.Write([]byte{'\\', c})
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escapeFilter makes any bytes the value of an assertion (RFC 4515 §3).
func escapeFilter(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || strings.IndexByte(`*()\`, c) >= 0 {
			b.Write([]byte{'\\', hexDigits[c>>4], hexDigits[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
