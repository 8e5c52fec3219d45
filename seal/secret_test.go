package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// SES-241: nothing that holds a key prints it, at any depth, in any verb.
func TestSecretsNeverPrint(t *testing.T) {
	t.Parallel()
	key := testKey("print", Primary)
	raw := bytes.Clone(key.Master.Reveal())
	ring := mustRing(t, Cookie, key)
	mac := ring.MAC(LabelCSRF)
	mac.Sum([]byte("warm"))
	type hidden struct {
		s Secret
		k Key
		r *Ring
	}
	values := map[string]any{
		"secret": key.Master, "pointer": &key.Master, "key": key, "key pointer": &key,
		"ring": ring, "ring value": ring.Keys(), "mac": mac, "keys": Keys{Cookie: ring},
		"unexported fields": hidden{key.Master, key, ring}, "map": map[string]Secret{"a": key.Master},
		"slice": []Secret{key.Master}, "sealer": ring.Sealer(LabelLinkCookie),
	}
	for name, v := range values {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%o", "%c", "%U", "%t", "%p"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "v", v)
		if j, err := json.Marshal(v); err == nil {
			out.Write(j)
		}
		for _, f := range spellings(raw) {
			if strings.Contains(out.String(), f) {
				t.Errorf("%s prints its key: %q", name, f)
			}
		}
	}
}

// spellings are the ways fmt and encoders write the first bytes of b.
func spellings(b []byte) []string {
	h := b[:6]
	return []string{
		string(h), hex.EncodeToString(h), strings.ToUpper(hex.EncodeToString(h)),
		base64.StdEncoding.EncodeToString(h), base64.RawURLEncoding.EncodeToString(h),
		strings.Trim(fmt.Sprintf("%d", h), "[]"), strings.Trim(fmt.Sprintf("%b", h), "[]"),
		strings.Trim(fmt.Sprintf("%o", h), "[]"), strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", h), "[]byte{"), "}"),
		strings.Trim(strings.ReplaceAll(fmt.Sprintf("%d", h), " ", ","), "[]"),
	}
}

func TestSecretSaysRedacted(t *testing.T) {
	t.Parallel()
	s := NewSecret([]byte("hunter2hunter2"))
	text, err := s.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{s.String(), s.GoString(), fmt.Sprint(s), fmt.Sprintf("%x", s), s.LogValue().String(), string(text)} {
		if got != "[redacted]" {
			t.Errorf("got %q", got)
		}
	}
	j, err := json.Marshal(struct{ S Secret }{s})
	if err != nil || string(j) != `{"S":"[redacted]"}` {
		t.Errorf("JSON: %s, %v", j, err)
	}
}

func TestSecretWipeReachesEveryCopy(t *testing.T) {
	t.Parallel()
	in := []byte("some secret")
	s := NewSecret(in)
	in[0] = 'X'
	if string(s.Reveal()) != "some secret" {
		t.Fatal("the secret shares the caller's bytes")
	}
	other, bytesHeld := s, s.Reveal()
	s.Wipe()
	if other.Reveal() != nil || !bytes.Equal(bytesHeld, make([]byte, len(bytesHeld))) {
		t.Fatalf("left: %q, %q", other.Reveal(), bytesHeld)
	}
	s.Wipe()
	Secret{}.Wipe()
}

func TestSecretEqual(t *testing.T) {
	t.Parallel()
	a, b, c := NewSecret([]byte("one")), NewSecret([]byte("one")), NewSecret([]byte("two"))
	if !a.Equal(b) || a.Equal(c) || a.Equal(Secret{}) {
		t.Fatal("comparison is wrong")
	}
	if (Secret{}).Equal(Secret{}) || NewSecret(nil).Equal(NewSecret(nil)) {
		t.Fatal("two unset secrets match")
	}
}

// SES-241: errors carry no key bytes either.
func TestErrorsCarryNoKeyBytes(t *testing.T) {
	t.Parallel()
	weak := Key{Master: NewSecret(bytes.Repeat([]byte("WEAK"), 8)), State: Primary}
	strong := testKey("err", Primary)
	_, e1 := NewRing(Cookie, weak)
	_, e2 := NewRing(Cookie, strong, strong)
	_, e3 := NewRing(Cookie, retiringUntil("err", time.Time{}))
	e4 := Keys{mustRing(t, Cookie, strong), mustRing(t, Session, strong), mustRing(t, Data, testKey("d", Primary)), mustRing(t, Index, testKey("i", Primary))}.Check()
	for i, err := range []error{e1, e2, e3, e4} {
		if err == nil {
			t.Fatalf("error %d is nil", i+1)
		}
		for _, f := range append(spellings(strong.Master.Reveal()), spellings(weak.Master.Reveal())...) {
			if strings.Contains(err.Error(), f) {
				t.Errorf("%q holds %q", err, f)
			}
		}
	}
}
