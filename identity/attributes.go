package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Limits of attributes (PRN-009).
const (
	maxAttributes     = 64
	maxAttributeBytes = 8 << 10
	maxAttributeDepth = 4
)

// attributes is the canonical JSON of an application's attributes, empty for
// none. A string cannot be changed by whoever reads it (PRN-007).
type attributes string

// reservedAttribute lists the names that policies read from the principal
// itself. If attributes could carry them, whoever feeds attributes (a token's
// issuer) could choose the tenant that a policy sees (PRN-010).
func reservedAttribute(key string) bool {
	switch key {
	case "user_id", "tenant_id", "session_id", "workload_id", "trust_domain", "issuer", "tenant_slug",
		"service_name", "factors", "authn_time", "acr", "device_id", "credential_expiry", "credential_ref", "kind", "actor":
		return true
	}
	return false
}

func newAttributes(in map[string]any) (attributes, error) {
	if len(in) == 0 {
		return "", nil
	}
	if len(in) > maxAttributes {
		return "", fmt.Errorf("%w: more than %d attributes", ErrPrincipalInvalid, maxAttributes)
	}
	for _, k := range slices.Sorted(maps.Keys(in)) { // sorted: which error is told must not vary
		v := in[k]
		if !validAttributeKey(k) {
			return "", fmt.Errorf("%w: attribute key malformed", ErrPrincipalInvalid)
		}
		if reservedAttribute(k) {
			return "", fmt.Errorf("%w: attribute %q is reserved", ErrPrincipalInvalid, k)
		}
		if err := checkValue(v, 1); err != nil {
			return "", fmt.Errorf("%w: attribute %q: %w", ErrPrincipalInvalid, k, err)
		}
	}
	first, err := encodeJSON(in)
	if err != nil {
		return "", fmt.Errorf("%w: attributes: %w", ErrPrincipalInvalid, err)
	}
	// Through its own decoder once, so that a value has one form: 3.0 and 3 are
	// the same number, and decode(encode(p)) equals p (PRN-012).
	out, err := encodeJSON(attributes(first).decode())
	if err != nil {
		return "", fmt.Errorf("%w: attributes: %w", ErrPrincipalInvalid, err)
	}
	if len(out) > maxAttributeBytes {
		return "", fmt.Errorf("%w: attributes above %d bytes", ErrPrincipalInvalid, maxAttributeBytes)
	}
	return attributes(out), nil
}

// decode returns a fresh copy: strings, bools, nil, int64, float64, []any and
// map[string]any. Never nil.
func (a attributes) decode() map[string]any {
	out := map[string]any{}
	if a == "" {
		return out
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(a)))
	dec.UseNumber()
	if err := dec.Decode(&out); err != nil {
		panic("identity: attributes: " + err.Error()) // our own encoding
	}
	for k, v := range out {
		out[k] = plainNumbers(v)
	}
	return out
}

func plainNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, err := v.Float64()
		if err != nil {
			panic("identity: attributes: " + err.Error()) // checkValue let finite numbers through only
		}
		return f
	case []any:
		for i := range v {
			v[i] = plainNumbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plainNumbers(v[k])
		}
	}
	return v
}

var errDepth = errors.New("nested deeper than 4")

func checkValue(v any, depth int) error {
	if depth > maxAttributeDepth {
		return errDepth
	}
	switch v := v.(type) {
	case nil, bool, int, int64:
		return nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errors.New("not a finite number")
		}
		return nil
	case json.Number:
		if _, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return nil
		}
		if f, err := v.Float64(); err != nil || math.IsInf(f, 0) {
			return errors.New("not a number")
		}
		return nil
	case string:
		if !utf8.ValidString(v) {
			return errors.New("not UTF-8")
		}
		return nil
	case []any:
		for _, e := range v {
			if err := checkValue(e, depth+1); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if !utf8.ValidString(k) {
				return errors.New("not UTF-8")
			}
			if err := checkValue(v[k], depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("type %T is not a JSON value", v)
}

// validAttributeKey is [a-z][a-z0-9_.]{0,63}.
func validAttributeKey(k string) bool {
	if len(k) < 1 || len(k) > 64 || k[0] < 'a' || k[0] > 'z' {
		return false
	}
	for i := range len(k) {
		c := k[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// encodeJSON sorts keys and keeps <, > and & as they are, so that the size limit
// counts what was given.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// checkMembers refuses duplicate members at any depth, which encoding/json lets
// the last one win, and anything after the value (PRN-013).
func checkMembers(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	type level struct {
		keys   []string
		object bool
		value  bool // an object's next token is a value
	}
	var stack []level
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		top := len(stack) - 1
		isKey := top >= 0 && stack[top].object && !stack[top].value
		if d, ok := tok.(json.Delim); ok {
			if d == '}' || d == ']' {
				stack = stack[:top]
				continue
			}
			if top >= 0 {
				stack[top].value = false
			}
			stack = append(stack, level{object: d == '{'})
			continue
		}
		if !isKey {
			if top >= 0 {
				stack[top].value = false
			}
			continue
		}
		key, _ := tok.(string)
		if slices.Contains(stack[top].keys, key) {
			return errors.New("a member twice")
		}
		stack[top].keys = append(stack[top].keys, key)
		stack[top].value = true
	}
}

// onlyMembers refuses names that are not expected in exactly this case:
// encoding/json would take "KIND" for "kind", which is one more way to say a
// member twice (PRN-013).
func onlyMembers(data []byte, names ...string) error {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		return fmt.Errorf("%w: %w", ErrPrincipalInvalid, err)
	}
	for k := range top {
		if !slices.Contains(names, k) {
			return fmt.Errorf("%w: unknown member", ErrPrincipalInvalid)
		}
	}
	return nil
}
