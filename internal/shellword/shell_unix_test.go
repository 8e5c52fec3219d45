//go:build unix

package shellword_test

import (
	"os/exec"
	"testing"

	"github.com/axess-go/axess/internal/shellword"
)

// PRD-006: a shell reads back what was quoted, as one word.
func TestQuote_is_one_word_to_a_shell(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{
		"", "plain/axess.keys", "my keys", "it's", "'", "a'b c'", "$HOME", "`id`", "$(id)", `a\b`, `"x"`, "~", "~/k", "*", "a;b", "a&b|c", "#x", "a\nb", "!!", "{a,b}", "süß", "x=$y", "[a]", "<f>",
	} {
		out, err := exec.CommandContext(t.Context(), sh, "-c", "printf '%s.' "+shellword.Quote(word)).Output()
		if err != nil || string(out) != word+"." {
			t.Errorf("%q is %q to a shell, %v", word, out, err)
		}
	}
}
