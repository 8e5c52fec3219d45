package session

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"testing"

	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/seal"
	"github.com/fxamacker/cbor/v2"
)

// SES-176: values of another implementation.
func TestBinding_golden(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/binding-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Master, KID, Salt hexBytes
		Cases             []struct {
			Component Component
			Shown     string
			Version   uint64
			MAC       hexBytes
		}
	}
	if err := json.Unmarshal(b, &v); err != nil || len(v.Cases) != 8 {
		t.Fatal(err, len(v.Cases))
	}
	ips, err := clientip.New(clientip.Config{})
	if err != nil {
		t.Fatal(err)
	}
	key := seal.Key{Master: seal.NewSecret(v.Master), State: seal.Primary, Created: t0}
	bind := newBinder(&Config{ClientIP: ips, Keys: seal.Keys{Cookie: testRing(t, seal.Cookie, key)}})
	for i, c := range v.Cases {
		r := &http.Request{Header: http.Header{"User-Agent": {c.Shown}, "Accept-Language": {c.Shown}}, RemoteAddr: c.Shown}
		e, ok := bind.bind(c.Component, v.Salt, r)
		if !ok || string(e.mac[:]) != string(c.MAC) || string(e.kid[:]) != string(v.KID) || e.version != c.Version {
			t.Errorf("%d: %x under %x, version %d", i, e.mac, e.kid, e.version)
		}
	}
	body := mustDecode(t, vector(t, "authenticated, bound"))
	var known []bound
	unknown := 0
	eachBound(body.binding, func(e bound, ok bool, _ []byte) {
		if ok {
			known = append(known, e)
		} else {
			unknown++
		}
	})
	if len(known) != 2 || known[0].component != BindUserAgent || known[0].version != 142 || known[1].component != BindIPPrefix || unknown != 1 {
		t.Errorf("%+v, %d", known, unknown)
	}
	if string(known[0].mac[:]) != string(v.Cases[0].MAC) || string(known[0].kid[:]) != string(v.KID) || string(body.salt) != string(v.Salt) {
		t.Errorf("%+v", known[0])
	}
	// What belongs to another release stays, to the byte, when others are replaced.
	again := replaceBound(body.binding, known)
	n := 0
	eachBound(again, func(_ bound, ok bool, raw []byte) {
		if !ok && len(raw) == 1+17+1 {
			n++
		}
	})
	if n != 1 || len(again) != len(body.binding) {
		t.Errorf("%x", again)
	}
}

// SES-030: bodies whose bindings nobody could have written.
func TestBody_refuses_malformed_bindings(t *testing.T) {
	t.Parallel()
	good := vector(t, "authenticated, bound")
	entry := func(change ...any) []any {
		e := []any{make([]byte, 16), 1, make([]byte, 4), 0}
		for i := 0; i < len(change); i += 2 {
			e[change[i].(int)] = change[i+1]
		}
		return e
	}
	many := make([]any, maxBound+1)
	for i := range many {
		many[i] = entry()
	}
	for name, tc := range map[string]struct {
		key   uint64
		value any
		want  error
	}{
		"good":               {7, []any{entry()}, nil},
		"unknown component":  {7, []any{entry(1, 200)}, nil},
		"other length":       {7, []any{[]any{"later"}, []any{1, 2, 3, 4, 5}}, nil},
		"empty":              {7, []any{}, ErrIntegrity},
		"no list":            {7, 1, ErrIntegrity},
		"too many":           {7, many, ErrIntegrity},
		"short mac":          {7, []any{entry(0, make([]byte, 15))}, ErrIntegrity},
		"short key id":       {7, []any{entry(2, make([]byte, 3))}, ErrIntegrity},
		"component as text":  {7, []any{entry(1, "ua")}, ErrIntegrity},
		"version above 2^32": {7, []any{entry(3, uint64(1)<<33)}, ErrIntegrity},
		"short salt":         {12, make([]byte, 15), ErrIntegrity},
		"no salt":            {12, nil, ErrIntegrity},
	} {
		var m map[any]any
		if err := cbor.Unmarshal(good, &m); err != nil {
			t.Fatal(err)
		}
		if m[tc.key] = tc.value; tc.value == nil {
			delete(m, tc.key)
		}
		enc := canonical(t, m)
		b, _, err := codecV1.decode(enc)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && string(b.encode()) != string(enc) {
			t.Errorf("%s: written otherwise", name)
		}
	}
}
