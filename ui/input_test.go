package ui

import (
	"errors"
	"strings"
	"testing"
)

func boundFrame(t *testing.T) Frame {
	t.Helper()
	r, err := NewRenderer(Config{})
	if err != nil {
		t.Fatal(err)
	}
	return Frame{bound: &r.binding, words: r.binding.languages.def()}
}

func TestInput_secret_kinds_take_no_value(t *testing.T) {
	t.Parallel()
	const canary = "canary-4f1d"
	frame := boundFrame(t)
	// UIX-051
	for _, kind := range []string{"password", "sign_up_password", "new_password", "current_password", "code"} {
		if _, err := frame.Input(kind, ""); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		_, err := frame.Input(kind, canary)
		if err == nil {
			t.Errorf("%s accepts a value", kind)
		} else if strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the error tells the value", kind)
		}
	}
	if in, err := frame.Input("email", canary); err != nil || in.Value != canary {
		t.Errorf("email does not keep what was typed: %+v, %v", in, err)
	}
	if _, err := frame.Input("no_such_kind", ""); err == nil {
		t.Error("an unknown kind is drawn")
	}
}

func TestFrame_without_a_renderer_says_so(t *testing.T) {
	t.Parallel()
	if _, err := (Frame{}).T("sign_in.title"); !errors.Is(err, errUnbound) {
		t.Errorf("got %v", err)
	}
}

func TestT_takes_arguments_in_pairs(t *testing.T) {
	t.Parallel()
	frame := boundFrame(t)
	if _, err := frame.T("factor.step", "step"); err == nil {
		t.Error("a name without a value")
	}
	if _, err := frame.T("factor.step", 1, 2, "steps", 2); err == nil {
		t.Error("a name that is a number")
	}
}

func TestSignedOutPage_hands_no_name_to_its_template(t *testing.T) {
	t.Parallel()
	frame := boundFrame(t)
	_, data := SignedOutPage{Frame: Frame{SignedInAs: "Ada"}}.bind(frame.bound)
	// UIX-059: a replaced template cannot show what it is not given.
	if name := data.(*SignedOutPage).SignedInAs; name != "" {
		t.Errorf("hands on %q", name)
	}
}
