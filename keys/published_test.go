package keys

import (
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axess-go/axess/seal"
)

// PRD-032: every key printed anywhere in the repository is on the list, so that
// nobody can run on one that was copied from a page.
func TestEveryPrintedKeyIsRefused(t *testing.T) {
	t.Parallel()
	found := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !printed(path) {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			_, k, err := decodeLine([]byte(strings.TrimSpace(line)))
			if err != nil {
				continue
			}
			found++
			if !published(k.Master) {
				t.Errorf("%s prints key %s, which published does not know", path, k.ID())
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 7 {
		t.Fatalf("the walk found %d keys: it looks in the wrong place", found)
	}

	text, err := os.ReadFile("../seal/testdata/vectors-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]json.RawMessage
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"macs", "envelopes"} {
		var rows []struct{ Master string }
		if err := json.Unmarshal(v[part], &rows); err != nil || len(rows) == 0 {
			t.Fatal(len(rows), err)
		}
		for _, r := range rows {
			m, err := hex.DecodeString(r.Master)
			if err != nil || !published(seal.NewSecret(m)) {
				t.Errorf("a master of the %s vectors is not known: %v", part, err)
			}
		}
	}
	if published(seal.NewSecret(make([]byte, 32))) || published(seal.Secret{}) {
		t.Error("published knows everything")
	}
}

func printed(path string) bool {
	switch filepath.Ext(path) {
	case ".md", ".go", ".keys", ".txt", ".json", ".toml", ".yaml", ".yml":
		return true
	}
	return false
}
