// Package overlay changes the product for one build without touching the working tree:
// edits of source files, written beside it, which the go command takes with -overlay.
//
//	path, err := overlay.Write(root, dir, []overlay.Edit{{File: "session/load.go", Old: "n > 3", New: "n > 4"}})
//	cmd := exec.Command("go", "test", "-overlay="+path, "./session")
//
// Whoever plants a fault to see whether something notices it uses this: the tables of
// internal/cmd/weaken and internal/cmd/plant.
//
// Requirements: none of its own; it serves FUZ-053 and SIM-070.
package overlay

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Edit replaces Old, which occurs exactly once in File, by New.
type Edit struct {
	File string // from the root of the repository, with slashes
	Old  string
	New  string
}

// Texts returns the files that the edits change, in order, and what they say then. An
// edit that does not fit the tree, that changes nothing or a test, is an error.
func Texts(root string, edits []Edit) (files []string, texts map[string]string, err error) {
	texts = map[string]string{}
	for _, edit := range edits {
		text, begun := texts[edit.File]
		if !begun {
			read, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(edit.File)))
			if err != nil {
				return nil, nil, fmt.Errorf("overlay: read the file to change: %w", err)
			}
			text, files = string(read), append(files, edit.File)
		}
		if texts[edit.File], err = edit.apply(text); err != nil {
			return nil, nil, err
		}
	}
	return files, texts, nil
}

func (e Edit) apply(text string) (string, error) {
	if strings.HasSuffix(e.File, "_test.go") {
		return "", fmt.Errorf("overlay: %s is a test: change the product", e.File)
	}
	if e.Old == e.New {
		return "", fmt.Errorf("overlay: old and new text in %s are the same", e.File)
	}
	if n := strings.Count(text, e.Old); n != 1 {
		return "", fmt.Errorf("overlay: the old text occurs %d times in %s, must be once: %q", n, e.File, e.Old)
	}
	return strings.Replace(text, e.Old, e.New, 1), nil
}

// Write writes the changed files into dir and returns the path of the overlay that
// puts them in place of those under root, which must be absolute.
func Write(root, dir string, edits []Edit) (string, error) {
	files, texts, err := Texts(root, edits)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for i, file := range files {
		path := filepath.Join(dir, strconv.Itoa(i)+".go")
		if err := os.WriteFile(path, []byte(texts[file]), 0o600); err != nil {
			return "", fmt.Errorf("overlay: %w", err)
		}
		replace[filepath.Join(root, filepath.FromSlash(file))] = path
	}
	spec, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", fmt.Errorf("overlay: %w", err)
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, spec, 0o600); err != nil {
		return "", fmt.Errorf("overlay: %w", err)
	}
	return path, nil
}
