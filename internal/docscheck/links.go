package docscheck

import (
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Links reports what leads nowhere: a file that is not there, an anchor that its
// page lacks, an address without TLS, a picture without words for those who do
// not see it (DOC-010). Nothing is fetched.
func Links(root string, pages []Page) []Fault {
	byPath := map[string]Page{}
	for _, p := range pages {
		byPath[p.Path] = p
	}
	var faults []Fault
	for _, p := range pages {
		for _, l := range p.Links {
			if text := checkLink(root, byPath, p, l); text != "" {
				faults = append(faults, Fault{p.Path, l.Line, text})
			}
		}
		for _, b := range p.Blocks {
			if b.Info == "unclosed" {
				faults = append(faults, Fault{p.Path, b.Line, "a fenced block is never closed"})
			}
		}
	}
	return faults
}

func checkLink(root string, byPath map[string]Page, p Page, l Link) string {
	if l.Image && strings.TrimSpace(l.Text) == "" {
		return "a picture without alternative text: " + l.Target
	}
	switch {
	case strings.HasPrefix(l.Target, "https://"), strings.HasPrefix(l.Target, "mailto:"):
		return ""
	case strings.Contains(l.Target, "://"):
		return "an address without TLS: " + l.Target
	case strings.HasPrefix(l.Target, "/"):
		return "a link that only one host understands: " + l.Target
	}
	file, fragment, _ := strings.Cut(l.Target, "#")
	target := p.Path
	if file != "" {
		target = path.Join(path.Dir(p.Path), file)
	}
	if strings.HasPrefix(target, "../") {
		return "leaves the repository: " + l.Target
	}
	if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(target))); err != nil {
		return "there is no " + target
	}
	if fragment == "" {
		return ""
	}
	if page, ok := byPath[target]; !ok || !page.Anchors[fragment] {
		return target + " has no heading #" + fragment
	}
	return ""
}

// Index reports pages directly in dir that the index page does not link: nobody
// finds them.
func Index(pages []Page, index, dir string) []Fault {
	linked := map[string]bool{index: true}
	for _, p := range pages {
		if p.Path != index {
			continue
		}
		for _, l := range p.Links {
			file, _, _ := strings.Cut(l.Target, "#")
			linked[path.Join(path.Dir(index), file)] = true
		}
	}
	var faults []Fault
	for _, p := range pages {
		if path.Dir(p.Path) == dir && !linked[p.Path] {
			faults = append(faults, Fault{p.Path, 0, "is not in " + index})
		}
	}
	return faults
}
