package refusal

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

// CLI-024
func TestCode(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err  error
		want int
	}{
		{nil, OK},
		{errors.New("broken"), Failed},
		{New("a", "b", "c"), Refused},
		{fmt.Errorf("x: %w", &Error{Code: Unavailable}), Unavailable},
		{errors.Join(errors.New("also"), &Error{Code: Usage}), Usage},
	} {
		if got := Code(tc.err, Failed); got != tc.want {
			t.Errorf("%v: %d, want %d", tc.err, got, tc.want)
		}
	}
}

// PRD-006: what, why, cure.
func TestError(t *testing.T) {
	t.Parallel()
	e := &Error{What: "the door is locked", Why: "nobody comes in", Cure: "run key", Err: fs.ErrPermission}
	if e.Error() != "the door is locked: nobody comes in\n  cure: run key" || !errors.Is(e, fs.ErrPermission) {
		t.Error(e)
	}
}

// CLI-027
func TestVisible(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain Ärger ✓\nnext": "plain Ärger ✓\nnext",
		"\x1b[2J":             `\u{1B}[2J`,
		"a\u202eb\u200b\r":    `a\u{202E}b\u{200B}\u{D}`,
		"\xff":                "�",
	} {
		if got := Visible(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
