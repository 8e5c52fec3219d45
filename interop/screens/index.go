package main

import (
	"bytes"
	"fmt"
	"html"
)

// index is the page that shows the pictures.
func index(all []picture, format string) []byte {
	var b bytes.Buffer
	b.WriteString("# The pages in pictures\n\n" +
		"Every page as it comes, without a theme of its own: [docs/pages.md](../pages.md) says how to give them your colours, your logo, your words. " +
		"Light or dark is the reader's choice; the large pictures follow yours, the small ones show both. Each page works without scripts and without the style sheet, from 320 px up, with a keyboard and a screen reader.\n\n" +
		"The pictures are taken by `make screens`, not by hand.\n")
	for _, p := range all {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n<p>\n", p.title, p.text)
		for _, d := range devices() {
			width := 560
			if d.name == "phone" {
				width = 170
			}
			if d.name == "desktop" { // in the scheme of whoever reads
				light, dark := file(p.sample, d.name, "light", format), file(p.sample, d.name, "dark", format)
				fmt.Fprintf(&b, "<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"%s\"><img src=\"%s\" width=\"%d\" alt=\"%s\"></picture>\n",
					dark, light, width, html.EscapeString(p.title+", desktop: "+p.text))
				continue
			}
			for _, scheme := range schemes {
				fmt.Fprintf(&b, "<a href=\"%[1]s\"><img src=\"%[1]s\" width=\"%[2]d\" alt=\"%[3]s\"></a>\n",
					file(p.sample, d.name, scheme, format), width, html.EscapeString(p.title+", "+d.name+", "+scheme+": "+p.text))
			}
		}
		fmt.Fprintf(&b, "</p>\n")
	}
	return b.Bytes()
}
