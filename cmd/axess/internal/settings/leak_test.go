package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// CLI-008: what stands in a file that is no TOML is not repeated, wherever the
// secret stands.
func TestLoad_repeats_nothing_of_a_file_that_is_no_TOML(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"pasword = hunter", "[mail]\npassword = [\n\"x\",\nhunter]", "[mail]\npassword = \"\"\"a\nb\"\"\"hunter", "hunter", "hunter = 1\nhunter = 2",
	} {
		path := filepath.Join(t.TempDir(), "a.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(Input{File: path})
		if err == nil || strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), " line ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
