package strictjson_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/strictjson"
)

type inner struct {
	Name string `json:"name"`
}

type outer struct {
	Sub   string            `json:"sub"`
	Plain int               // by its own name
	List  []inner           `json:"list"`
	ByKey map[string]*inner `json:"by_key"`
	Raw   json.RawMessage   `json:"raw"`
	Any   any               `json:"any"`
	Skip  string            `json:"-"`
}

// WKL-011
func TestDecoder_fills_a_field_by_its_exact_name_alone(t *testing.T) {
	t.Parallel()
	d, err := strictjson.NewDecoder[outer](strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Decode([]byte(` {"SUB":"eve","sub":"ada","Sub":"eve","plain":1,"Plain":2,"list":[{"NAME":"eve"},{"name":"ada"}],
		"by_key":{"NAME":{"Name":"eve"},"name":{"name":"ada"}},"raw":{"A":1},"any":{"B":[2]},"Skip":"x","-":"x","other":{"sub":1}}`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"sub":"ada","Plain":2,"list":[{"name":""},{"name":"ada"}],"by_key":{"NAME":{"name":""},"name":{"name":"ada"}},"raw":{"A":1},"any":{"B":[2]}}`; string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

func TestDecoder_refuses_what_Scan_refuses_and_a_wrong_type(t *testing.T) {
	t.Parallel()
	d, err := strictjson.NewDecoder[outer](strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`{"sub":"a","sub":"b"}`, `{"sub":{"canary":1}}`, `{"list":{"canary":1}}`, `[{"canary":1}]`, `{"sub":"canary"`, `{"by_key":["canary"]}`} {
		if got, err := d.Decode([]byte(text)); err == nil || strings.Contains(err.Error(), "canary") || got.Sub != "" {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestNewDecoder_refuses_types_whose_names_it_cannot_know(t *testing.T) {
	t.Parallel()
	type node struct{ Next []*node }
	for name, make := range map[string]func() error{
		"own reader":      func() error { _, err := strictjson.NewDecoder[struct{ T time.Time }](strictjson.Limits{}); return err },
		"embedded":        func() error { _, err := strictjson.NewDecoder[struct{ inner }](strictjson.Limits{}); return err },
		"contains itself": func() error { _, err := strictjson.NewDecoder[node](strictjson.Limits{}); return err },
	} {
		if make() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func ExampleNewDecoder() {
	type claims struct {
		Sub string `json:"sub"`
	}
	d, err := strictjson.NewDecoder[claims](strictjson.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := d.Decode([]byte(`{"SUB":"eve"}`))
	fmt.Printf("%q %v\n", got.Sub, err)
	// Output: "" <nil>
}
